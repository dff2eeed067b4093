"""Whether Lading asks the clouds for accounts as the clouds' own SDKs do, and these read what the tests' fakes say.

    pip install boto3 google-auth requests azure-identity azure-containerregistry
    python bench/clouds.py

Each way to be somebody at a cloud is gone twice against the fakes of tests/net/clouds/services.py: by Lading and by the
SDK. Every request that Lading sends has to be one of the SDK's: method, path, and of query, body and headers what the
service reads; and the SDK has to come to the same account by what the fakes answer. (Signatures are held against
botocore's by tests/net/clouds/test_sigv4.py.)
"""

import base64
import hashlib
import json
import os
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import botocore.session
import google.auth
import google.auth.compute_engine
import google.auth.transport.requests
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import AzureError
from azure.identity import ClientSecretCredential, ManagedIdentityCredential, WorkloadIdentityCredential
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.net.clouds.services import ACR, ECR, GAR, IMPERSONATE, PASSWORD, ROLE, Clouds, answer
from tests.net.scripted import Reply, Request, Server, serve
from tests.net.tls import make_certificate

READ = ("x-amz-target", "x-amz-sso_bearer_token", "metadata", "metadata-flavor", "x-identity-header", "authorization")
OF_A_CALL = {"RoleSessionName", "assertion", "DurationSeconds", "lifetime", "client_info", "api-version"}
"""What may differ: names of sessions, statements that are signed anew, lifetimes that are the service's own without,
versions of a REST interface as generated code has them."""
OPTIONAL = {"tenant", "scopes"}
"""What a service may be told and knows without: the tenant of a token, the scopes of a machine's account."""
Variables = Mapping[str, str]


def amazon(server: Server, host: str, home: Path, variables: Variables) -> str:
    """The password that boto3 comes to."""
    session = botocore.session.get_session()
    public = host == "public.ecr.aws"
    url = f"{server.url}/public/" if public else f"{server.url}/ecr/eu-west-1/amazonaws.com/"
    service, region = ("ecr-public", "us-east-1") if public else ("ecr", "eu-west-1")
    asked = {} if public else {"registryIds": [host[:12]]}
    with patch("botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR", str(home / ".aws" / "sso" / "cache")):
        client = session.create_client(service, region_name=region, endpoint_url=url)
        data = client.get_authorization_token(**asked)["authorizationData"]
    token = data["authorizationToken"] if public else data[0]["authorizationToken"]
    return base64.b64decode(token).decode().partition(":")[2]


def google_cloud(server: Server, host: str, home: Path, variables: Variables) -> str:
    """The access token that google-auth comes to."""
    # A user's file may name another service to Google's other libraries, but not to this one.
    user = patch("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{server.url}/google/token")
    if not variables:
        machine = patch("google.auth.compute_engine._metadata._GCE_METADATA_HOST", server.host)
        with machine:
            here = google.auth.compute_engine.Credentials()
            here.refresh(google.auth.transport.requests.Request())
        return str(here.token)
    with user:
        found, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        found.refresh(google.auth.transport.requests.Request())
    return str(found.token)


def azure(server: Server, host: str, home: Path, variables: Variables) -> str:
    """The refresh token that azure-containerregistry comes to, by a credential of azure-identity. Both speak to HTTPS
    alone, for which a second server has the registry."""
    credential: Any
    authority = {"authority": os.environ.get("AZURE_AUTHORITY_HOST", ""), "disable_instance_discovery": True}
    if "AZURE_CLIENT_SECRET" in variables:
        credential = ClientSecretCredential("tenant-1", "client-1", "entra-secret", **authority)
    elif "AZURE_FEDERATED_TOKEN_FILE" in variables:
        credential = WorkloadIdentityCredential(**authority)
    else:
        credential = ManagedIdentityCredential(client_id=variables.get("AZURE_CLIENT_ID"))
    client = ContainerRegistryClient(os.environ["REGISTRY"], credential, audience="https://containerregistry.azure.net")
    try:
        list(client.list_repository_names())
    except AzureError as error:
        return f"failed: {error}"
    return PASSWORD


def _files(home: Path, url: str) -> dict[str, Path]:
    """Files of credentials."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    source = {
        "url": f"{url}/google/subject",
        "headers": {"Authorization": "bearer ci"},
        "format": {"type": "json", "subject_token_field_name": "value"},
    }
    pool = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
    external = {
        "type": "external_account",
        "audience": pool,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{url}/google/exchange",
        "credential_source": source,
    }
    kept = {"accessToken": "sso-token", "expiresAt": "2099-01-02T04:00:00Z", "startUrl": "https://w.example"}
    content: dict[str, object] = {
        "account": {
            "type": "service_account",
            "client_email": "a@b.example",
            "private_key": pem,
            "private_key_id": "k1",
            "token_uri": f"{url}/google/token",
        },
        "user": {
            "type": "authorized_user",
            "client_id": "c",
            "client_secret": "s",
            "refresh_token": "r",
            "token_uri": f"{url}/google/token",
        },
        "external": external,
        "impersonated": {**external, "service_account_impersonation_url": f"{url}{IMPERSONATE}"},
        "token": "web-token",
        ".aws/credentials": "[default]\naws_access_key_id=AKIAFILE\naws_secret_access_key=file-secret\n",
        "role": f"[default]\nrole_arn={ROLE}\nsource_profile=base\nexternal_id=x1\n[profile base]\n"
        "aws_access_key_id=AKIABASE\naws_secret_access_key=base-secret\n",
        "sso": "[default]\nsso_account_id=123456789012\nsso_role_name=scan\nsso_session=work\n[sso-session work]\n"
        "sso_region=us-east-1\nsso_start_url=https://w.example\n",
        f".aws/sso/cache/{hashlib.sha1(b'work').hexdigest()}.json": kept,
    }
    for name, one in content.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one if isinstance(one, str) else json.dumps(one))
    return {name: home / name for name in content}


KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
NO_FILES = {"AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_CONFIG_FILE": "/none"}
ENTRA = {"AZURE_TENANT_ID": "tenant-1", "AZURE_CLIENT_ID": "client-1"}
CASES: tuple[tuple[str, str, Callable[..., str], Variables], ...] = (
    ("Amazon: variables", ECR, amazon, KEYS),
    ("Amazon: variables of a session", ECR, amazon, {**KEYS, "AWS_SESSION_TOKEN": "env-token"}),
    ("Amazon: public", "public.ecr.aws", amazon, KEYS),
    ("Amazon: profile", ECR, amazon, {}),
    ("Amazon: role of a profile", ECR, amazon, {**NO_FILES, "AWS_CONFIG_FILE": "{role}"}),
    ("Amazon: sign-on", ECR, amazon, {**NO_FILES, "AWS_CONFIG_FILE": "{sso}"}),
    (
        "Amazon: web identity",
        ECR,
        amazon,
        {**NO_FILES, "AWS_WEB_IDENTITY_TOKEN_FILE": "{token}", "AWS_ROLE_ARN": ROLE},
    ),
    (
        "Amazon: container",
        ECR,
        amazon,
        {
            **NO_FILES,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{URL}/container/role",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token",
        },
    ),
    ("Amazon: machine", ECR, amazon, NO_FILES),
    ("Google: service account", GAR, google_cloud, {"GOOGLE_APPLICATION_CREDENTIALS": "{account}"}),
    ("Google: user", "gcr.io", google_cloud, {"GOOGLE_APPLICATION_CREDENTIALS": "{user}"}),
    ("Google: another provider", GAR, google_cloud, {"GOOGLE_APPLICATION_CREDENTIALS": "{external}"}),
    ("Google: impersonated", GAR, google_cloud, {"GOOGLE_APPLICATION_CREDENTIALS": "{impersonated}"}),
    ("Google: machine", GAR, google_cloud, {}),
    ("Azure: secret", ACR, azure, {**ENTRA, "AZURE_CLIENT_SECRET": "entra-secret"}),
    ("Azure: workload", ACR, azure, {**ENTRA, "AZURE_FEDERATED_TOKEN_FILE": "{token}"}),
    ("Azure: machine", ACR, azure, {"AZURE_CLIENT_ID": "client-1"}),
    ("Azure: App Service", ACR, azure, {"IDENTITY_ENDPOINT": "{URL}/app", "IDENTITY_HEADER": "app-header"}),
)


def main() -> None:
    faults = 0
    with tempfile.TemporaryDirectory() as temporary:
        certificate = make_certificate(Path(temporary))
        for case in CASES:
            said = compare(*case[1:], Path(temporary), certificate)
            faults += len(said)
            print(f"{case[0]:32} {'the same' if not said else ''}")
            for line in said:
                print(f"    {line}")
    sys.exit(1 if faults else 0)


def compare(host: str, sdk: Callable[..., str], variables: Variables, home: Path, certificate: Path) -> list[str]:
    """What of Lading's exchange is none of the SDK's."""
    with serve(answer) as server, _registry(certificate) as registry:
        files = _files(home, server.url)
        filled = {}
        for name, value in variables.items():
            text = value.replace("{URL}", server.url)
            filled[name] = str(files[text[1:-1]]) if text[:1] == "{" else text
        found = Clouds(server, home).find(host, **filled)
        ours = [normal(one) for one in server.requests]
        server.requests.clear()
        with patch.dict(os.environ, _environment(server, registry, home, certificate, filled), clear=True):
            theirs = sdk(server, host, home, filled)
        sent = [normal(one) for one in (*server.requests, *registry.requests)]
    said = [f"not sent by the SDK: {one}\n      it sends {_like(one, sent)}" for one in ours if one not in sent]
    password = found.password or found.identity_token
    if not theirs or password != theirs:
        said.append(f"accounts: {found.source} {password!r}; the SDK {theirs!r}")
    return said


def _environment(server: Server, registry: Server, home: Path, certificate: Path, filled: Variables) -> dict[str, str]:
    """Where the SDKs are told that the services are."""
    return {
        "HOME": str(home),
        "AWS_ENDPOINT_URL_STS": f"{server.url}/sts/eu-west-1/amazonaws.com/",
        "AWS_ENDPOINT_URL_SSO": f"{server.url}/sso/us-east-1/",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{server.url}/machine/",
        "AWS_REGION": "eu-west-1",
        "GCE_METADATA_HOST": server.host,
        "GCE_METADATA_IP": server.host,
        "GOOGLE_CLOUD_PROJECT": "p",
        "AZURE_AUTHORITY_HOST": f"{registry.url}/login",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": f"{server.url}/machine",
        "REGISTRY": registry.url,
        "REQUESTS_CA_BUNDLE": str(certificate),
        **filled,
    }


@contextmanager
def _registry(certificate: Path) -> Iterator[Server]:
    """Azure's services behind TLS: Entra, and a registry that asks for an account as Azure's do."""

    def script(request: Request) -> Reply:
        path = request.path.partition("?")[0]
        if path == "/oauth2/exchange":
            return answer(Request("POST", f"/exchange/{ACR}", {}))
        if path == "/oauth2/token":
            text = base64.urlsafe_b64encode(b'{"exp": 4070908800}').decode()
            return Reply(200, json.dumps({"access_token": f"e30.{text}.x"}).encode(), _JSON)
        if path == "/acr/v1/_catalog" and "authorization" in request.headers:
            return Reply(200, b'{"repositories": []}', _JSON)
        if path == "/acr/v1/_catalog":
            realm = f'Bearer realm="https://{ACR}/oauth2/token",service="{ACR}",scope="registry:catalog:*"'
            return Reply(401, b"{}", {"WWW-Authenticate": realm})
        if path.endswith("/openid-configuration"):
            names = ("token_endpoint", "authorization_endpoint")
            found = dict.fromkeys(names, f"{running.url}/login/tenant-1/oauth2/v2.0/token")
            issuer = {"issuer": f"{running.url}/login/tenant-1/v2.0"}
            return Reply(200, json.dumps({**found, **issuer}).encode(), _JSON)
        return answer(request)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serve(script, context) as running:
        yield running


_JSON = {"Content-Type": "application/json"}


def normal(request: Request) -> tuple[str, str, str, str, str]:
    """What of a request its service reads."""
    path, _, query = request.path.partition("?")
    path = path.replace("/oauth2/exchange", f"/exchange/{ACR}").replace("//", "/")
    kind = request.headers.get("content-type", "").partition(";")[0]
    headers = {name: request.headers[name] for name in READ if name in request.headers}
    if "x-identity-header" in headers:
        headers.pop("metadata", None)  # which App Service does not ask for
    proof = headers.get("authorization", "")
    if proof.startswith("AWS4-"):
        headers["authorization"] = "signed for " + "/".join(proof.split("/")[2:4]) + proof.split("=")[1].split("/")[0]
    if kind.endswith(("json", "json-1.1")):
        body = json.dumps({k: v for k, v in json.loads(request.body or b"{}").items() if k not in OF_A_CALL and v})
    else:
        body = _fields(request.body.decode())
    return request.method, path, _fields(query), body, json.dumps(headers, sort_keys=True)


def _fields(text: str) -> str:
    fields = {name: " ".join(sorted(values[0].split())) for name, values in parse_qs(text).items()}
    # For a token to become a service account with, Google's SDK for Python asks for less than the one for Go, as here.
    fields["scope"] = fields.get("scope", "").replace("/auth/iam", "/auth/cloud-platform")
    return str(sorted((name, value) for name, value in fields.items() if value and name not in OF_A_CALL | OPTIONAL))


def _like(one: tuple[str, ...], sent: list[tuple[str, str, str, str, str]]) -> object:
    return [other for other in sent if other[:2] == one[:2]] or [other[:2] for other in sent]


if __name__ == "__main__":
    main()
