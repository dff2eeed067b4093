"""Accounts of the clouds' registries, against fakes of their services: who is asked for what, and what is said."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lading.net.cloud_accounts import CloudAccounts, cloud_accounts
from lading.net.clouds import asking
from lading.net.clouds.asking import Ask
from lading.net.clouds.aws_keys import AwsServices
from lading.net.clouds.azure import AzureServices
from lading.net.clouds.google import GoogleServices
from lading.net.clouds.hosts import cloud_of
from lading.net.clouds.identity import CloudServices, find_account
from lading.net.credentials import Credentials
from lading.net.proxies import Proxies
from tests.net.clouds.services import ACR, ECR, GAR, IMPERSONATE, NOW, PASSWORD, ROLE, Clouds, answer
from tests.net.hostile import serve_raw, silent
from tests.net.scripted import Reply, Request, serve


@pytest.fixture
def clouds(tmp_path: Path) -> Iterator[Clouds]:
    with serve(answer) as server:
        yield Clouds(server, tmp_path)


def _write(home: Path, name: str, content: str | Mapping[str, object]) -> Path:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
ECR_ASKED = "POST /ecr/eu-west-1/amazonaws.com/"


def _is_signed_by(request: Request, key: str, service: str, token: str = "") -> bool:
    proof = request.headers["authorization"]
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20260102/{'eu-west-1'}/{service}/aws4_request, "
    return proof.startswith(scope) and request.headers.get("x-amz-security-token", "") == token


def test_amazon_by_variables(clouds: Clouds) -> None:
    found = clouds.find(ECR, **KEYS, AWS_SESSION_TOKEN="env-token")
    assert found == Credentials("the identity at AWS of AWS_ACCESS_KEY_ID", "AWS", PASSWORD)
    [request] = clouds.server.requests
    assert _is_signed_by(request, "AKIAENV", "ecr", "env-token")
    assert request.headers["x-amz-target"] == "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
    assert (clouds.asked, request.body) == ([ECR_ASKED], b'{"registryIds":["123456789012"]}')


def test_amazon_public(clouds: Clouds) -> None:
    found = clouds.find("public.ecr.aws", **KEYS)
    assert (found.username, found.password, clouds.asked) == ("AWS", PASSWORD, ["POST /public/"])
    assert clouds.server.requests[0].headers["x-amz-target"] == "SpencerFrontendService.GetAuthorizationToken"


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL"])
def test_amazon_at_another_place(variable: str, clouds: Clouds) -> None:
    """As its own tools are told of it, which the signature covers."""
    elsewhere = "{URL}/ecr/eu-west-1/amazonaws.com"
    clouds.services = CloudServices()
    assert clouds.find(ECR, **KEYS, **{variable: elsewhere}).password == PASSWORD
    assert clouds.asked == [ECR_ASKED]
    said = "the identity at AWS: evil.example: is named without encryption; refused"
    assert clouds.find(ECR, **KEYS, **{variable: "http://evil.example"}) == Credentials(said)


def test_amazon_by_files(clouds: Clouds) -> None:
    _write(clouds.home, ".aws/config", "[profile team]\nregion = eu-west-1\n")
    text = "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = file-secret\n[team]\n"
    _write(clouds.home, ".aws/credentials", text + "aws_access_key_id=AKIATEAM\naws_secret_access_key=t%eam\n")
    assert clouds.find(ECR).source == "the identity at AWS of the profile default of AWS"
    assert clouds.find(ECR, AWS_PROFILE="team").source == "the identity at AWS of the profile team of AWS"
    keys = ("AKIAFILE", "AKIATEAM")
    assert [_is_signed_by(one, key, "ecr") for one, key in zip(clouds.server.requests, keys, strict=True)] == [True] * 2
    said = "the identity at AWS: the profile 'none' of AWS_PROFILE stands in no file of AWS"
    assert clouds.find(ECR, AWS_PROFILE="none") == Credentials(said)


@pytest.mark.parametrize("base", ["[profile base]\n", ""])
def test_amazon_by_a_role(base: str, clouds: Clouds) -> None:
    source = "base" if base else "default"
    text = f"[default]\nrole_arn = {ROLE}\nsource_profile = {source}\nexternal_id = x1\n{base}"
    _write(clouds.home, ".aws/config", text + "aws_access_key_id = AKIABASE\naws_secret_access_key = base-secret\n")
    assert clouds.find(ECR).source == f"the identity at AWS of the role {ROLE}"
    assert clouds.asked == ["POST /sts/eu-west-1/amazonaws.com/", ECR_ASKED]
    form = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "lading"}
    assert clouds.form(0) == {**form, "ExternalId": "x1"}
    assert _is_signed_by(clouds.server.requests[0], "AKIABASE", "sts")
    assert _is_signed_by(clouds.server.requests[1], "ASIATAKEN", "ecr", "taken-token")


_OF_ROLE = "sso_account_id = 123456789012\nsso_role_name = scan\n"


@pytest.mark.parametrize(
    ("config", "called"),
    [
        (f"[default]\n{_OF_ROLE}sso_session = work\n[sso-session work]\nsso_region = us-east-1\n", "work"),
        (f"[default]\n{_OF_ROLE}sso_region = us-east-1\nsso_start_url = https://w.example\n", "https://w.example"),
    ],
)
def test_amazon_by_a_sign_on(config: str, called: str, clouds: Clouds) -> None:
    _write(clouds.home, ".aws/config", config)
    name = hashlib.sha1(called.encode()).hexdigest()
    kept = {"accessToken": "sso-token", "expiresAt": "2026-01-02T04:00:00Z"}
    _write(clouds.home, f".aws/sso/cache/{name}.json", kept)
    assert clouds.find(ECR).source == "the identity at AWS of the profile default of AWS"
    first, second = clouds.server.requests
    assert first.path == "/sso/us-east-1/federation/credentials?account_id=123456789012&role_name=scan"
    assert first.headers["x-amz-sso_bearer_token"] == "sso-token"
    assert _is_signed_by(second, "ASIASSO", "ecr", "sso-session-token")
    _write(clouds.home, f".aws/sso/cache/{name}.json", {**kept, "expiresAt": "2026-01-02T03:00:00Z"})
    said = "the identity at AWS: the profile default of AWS has no session that holds; aws sso login begins one"
    assert (clouds.find(ECR).source, len(clouds.asked)) == (said, 2)


def test_amazon_by_a_web_identity(clouds: Clouds) -> None:
    token = _write(clouds.home, "token", "web-token\n")
    found = clouds.find(ECR, AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_ARN=ROLE)
    assert found.source == f"the identity at AWS of the role {ROLE}"
    assert (clouds.form(0)["Action"], clouds.form(0)["WebIdentityToken"]) == ("AssumeRoleWithWebIdentity", "web-token")
    assert "authorization" not in clouds.server.requests[0].headers


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role"},
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{URL}/container/role",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token",
        },
    ],
)
def test_amazon_in_a_container(variables: dict[str, str], clouds: Clouds) -> None:
    assert clouds.find(ECR, **variables).source == "the identity at AWS of the role of this container"
    assert clouds.asked == ["GET /container/role", ECR_ASKED]
    sent = clouds.server.requests[0].headers.get("authorization")
    assert sent == variables.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    assert _is_signed_by(clouds.server.requests[1], "ASIASESSION", "ecr", "session-token")


def test_amazon_on_a_machine(clouds: Clouds) -> None:
    assert clouds.find(ECR).source == "the identity at AWS of the role node of this machine"
    roles = "GET /machine/latest/meta-data/iam/security-credentials/"
    assert clouds.asked == ["PUT /machine/latest/api/token", roles, f"{roles}node", ECR_ASKED]
    sent = [one.headers.get("x-aws-ec2-metadata-token") for one in clouds.server.requests]
    assert sent == [None, "imds-token", "imds-token", None]
    disabled = clouds.find(ECR, AWS_EC2_METADATA_DISABLED="true")
    assert (disabled, len(clouds.asked)) == (Credentials("this process has no identity at AWS"), 4)


@pytest.mark.parametrize(
    ("config", "variables", "said"),
    [
        ("[default]\nrole_arn = x\n", {}, "the profile default of AWS has no key to take its role with"),
        (
            "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_session = x\n",
            {},
            "the profile default of AWS has no session that holds; aws sso login begins one",
        ),
        (
            "[default]\ncredential_process = x\n",
            {},
            "the profile default of AWS has a credential_process, which Lading does not start",
        ),
        (
            "[default]\nrole_arn=x\nsource_profile=b\n[profile b]\nrole_arn=x\nsource_profile=default\n",
            {},
            "the profile default of AWS takes roles in a circle",
        ),
        ("nonsense\n", {}, "{H}/.aws/config is damaged"),
        (
            "",
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.example/role"},
            "AWS_CONTAINER_CREDENTIALS_FULL_URI names no service of a container",
        ),
        (
            "",
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "{H}/none", "AWS_ROLE_ARN": "x"},
            "{H}/none: cannot be read: No such file or directory",
        ),
    ],
)
def test_identities_at_amazon_that_cannot_be(config: str, variables: dict[str, str], said: str, clouds: Clouds) -> None:
    _write(clouds.home, ".aws/config", config)
    home = str(clouds.home)
    found = clouds.find(ECR, **{name: value.replace("{H}", home) for name, value in variables.items()})
    assert found == Credentials(f"the identity at AWS: {said.replace('{H}', home)}")
    assert clouds.asked == []


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _decoded(part: str) -> dict[str, object]:
    document = json.loads(base64.urlsafe_b64decode(part + "=="))
    assert isinstance(document, dict)
    return document


def test_google_by_a_service_account(clouds: Clouds, key: rsa.RSAPrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    file = {"type": "service_account", "client_email": "a@b.example", "private_key": pem, "private_key_id": "k1"}
    path = _write(clouds.home, "account.json", file)
    found = clouds.find(GAR, GOOGLE_APPLICATION_CREDENTIALS=str(path))
    assert found == Credentials(f"the identity at Google Cloud of {path}", "oauth2accesstoken", PASSWORD)
    form = clouds.form(0)
    assert (clouds.asked, form["grant_type"]) == (
        ["POST /google/token"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    )
    head, claims, signature = form["assertion"].split(".")
    assert _decoded(head) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    issued = int(NOW.timestamp())
    assert _decoded(claims) == {
        "iss": "a@b.example",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": f"{clouds.server.url}/google/token",
        "iat": issued,
        "exp": issued + 3600,
    }
    proof = base64.urlsafe_b64decode(signature + "==")
    key.public_key().verify(proof, f"{head}.{claims}".encode(), PKCS1v15(), SHA256())


def test_google_by_a_user(clouds: Clouds) -> None:
    file = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    path = _write(clouds.home, ".config/gcloud/application_default_credentials.json", file)
    assert clouds.find("gcr.io") == Credentials(
        f"the identity at Google Cloud of {path}", "oauth2accesstoken", PASSWORD
    )
    assert clouds.form(0) == {
        "grant_type": "refresh_token",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
    }


def test_google_by_another_provider(clouds: Clouds) -> None:
    url = clouds.server.url
    file = {
        "type": "external_account",
        "audience": "//iam.example/pool",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{url}/google/exchange",
        "service_account_impersonation_url": f"{url}{IMPERSONATE}",
        "credential_source": {
            "url": f"{url}/google/subject",
            "headers": {"Authorization": "bearer ci"},
            "format": {"type": "json", "subject_token_field_name": "value"},
        },
    }
    path = _write(clouds.home, "account.json", file)
    assert clouds.find(GAR, GOOGLE_APPLICATION_CREDENTIALS=str(path)).password == PASSWORD
    assert clouds.asked == ["GET /google/subject", "POST /google/exchange", f"POST {IMPERSONATE}"]
    assert (clouds.form(1)["subject_token"], clouds.form(1)["audience"]) == ("subject-token", "//iam.example/pool")
    sent = [one.headers.get("authorization") for one in clouds.server.requests]
    assert sent == ["bearer ci", None, "Bearer federated-token"]


def test_google_on_a_machine(clouds: Clouds) -> None:
    found = clouds.find(GAR)
    assert found == Credentials("the identity at Google Cloud of this machine", "oauth2accesstoken", PASSWORD)
    assert clouds.server.requests[0].headers["metadata-flavor"] == "Google"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "{P} cannot be read"),
        ('{"type": "x"}', "{P}: credentials of the type 'x' are not known"),
        ('{"type": "service_account", "private_key": "x"}', "{P}: holds no private key"),
        (
            '{"type": "authorized_user", "token_uri": "http://evil.example/token"}',
            "evil.example: is named without encryption; refused",
        ),
    ],
)
def test_identities_at_google_that_cannot_be(content: str, said: str, clouds: Clouds) -> None:
    path = _write(clouds.home, "account.json", content)
    found = clouds.find(GAR, GOOGLE_APPLICATION_CREDENTIALS=str(path))
    assert found == Credentials(f"the identity at Google Cloud: {said.replace('{P}', str(path))}")
    assert clouds.asked == []


ENTRA = {"AZURE_TENANT_ID": "tenant-1", "AZURE_CLIENT_ID": "client-1"}


def test_azure_by_a_secret(clouds: Clouds) -> None:
    found = clouds.find(ACR, **ENTRA, AZURE_CLIENT_SECRET="entra-secret")
    assert found == Credentials("the identity at Azure of AZURE_CLIENT_SECRET", identity_token=PASSWORD)
    assert clouds.asked == ["POST /login/tenant-1/oauth2/v2.0/token", "POST /exchange/company.azurecr.io"]
    scope = "https://containerregistry.azure.net/.default"
    form = {"grant_type": "client_credentials", "client_id": "client-1", "scope": scope}
    assert clouds.form(0) == {**form, "client_secret": "entra-secret"}
    exchange = {"grant_type": "access_token", "service": ACR, "access_token": "entra-token", "tenant": "tenant-1"}
    assert clouds.form(1) == exchange


def test_azure_by_a_workload(clouds: Clouds) -> None:
    token = _write(clouds.home, "token", "workload-token")
    found = clouds.find(ACR, **ENTRA, AZURE_FEDERATED_TOKEN_FILE=str(token))
    assert found.source == "the identity at Azure of AZURE_FEDERATED_TOKEN_FILE"
    assert clouds.form(0)["client_assertion"] == "workload-token"
    assert "client_secret" not in clouds.form(0)


def test_azure_on_a_machine(clouds: Clouds) -> None:
    found = clouds.find(ACR, AZURE_CLIENT_ID="client-1")
    assert found == Credentials("the identity at Azure of this machine", identity_token=PASSWORD)
    [asked, _] = clouds.server.requests
    query = parse_qs(asked.path.partition("?")[2])
    assert query == {
        "api-version": ["2018-02-01"],
        "resource": ["https://containerregistry.azure.net"],
        "client_id": ["client-1"],
    }
    assert asked.headers["metadata"] == "true"


def test_azure_in_app_service(clouds: Clouds) -> None:
    found = clouds.find(ACR, IDENTITY_ENDPOINT="{URL}/app", IDENTITY_HEADER="app-header")
    assert found.source == "the identity at Azure of IDENTITY_ENDPOINT"
    assert clouds.server.requests[0].headers["x-identity-header"] == "app-header"


@pytest.mark.parametrize(
    ("host", "variables", "said"),
    [
        (ECR, KEYS, "the identity at AWS: {S} answered 403 Forbidden: … may not"),
        (
            ACR,
            {**ENTRA, "AZURE_CLIENT_SECRET": "env-secret"},
            "the identity at Azure: {S} answered 403 Forbidden: … may not",
        ),
        (ECR, {}, "this process has no identity at AWS"),
        (GAR, {}, "this process has no identity at Google Cloud"),
        (ACR, {}, "this process has no identity at Azure"),
    ],
)
def test_a_cloud_that_refuses(host: str, variables: dict[str, str], said: str, tmp_path: Path) -> None:
    """What it says is told, but for what it was sent."""

    def refuse(request: Request) -> Reply:
        secret = request.headers.get("authorization") or parse_qs(request.body.decode()).get("client_secret", ["x"])[0]
        return Reply(403, json.dumps({"message": f"{secret} may\n not"}).encode())

    with serve(refuse) as server:
        found = Clouds(server, tmp_path).find(host, **variables)
        assert found == Credentials(said.replace("{S}", server.host))


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"authorizationData": []}', b"<x>"])
def test_answers_that_make_no_sense(body: bytes, tmp_path: Path) -> None:
    with serve(lambda _: Reply(200, body)) as server:
        found = Clouds(server, tmp_path).find(ECR, **KEYS)
        assert found.anonymous
        assert found.source in (
            "the identity at AWS: the account that AWS gives cannot be read",
            "the identity at AWS: the account that AWS gives is empty",
        )


def test_no_cloud_is_asked_for_another_registry() -> None:
    """Nothing can be asked here but loopback, and nothing is."""
    accounts = cloud_accounts({**KEYS, "PATH": "/bin", "AZURE_CLIENT_SECRET": "x"}, Path(), Proxies())
    assert accounts.find("docker.io", "library/debian") == Credentials("")
    assert accounts.find("registry.example", "a") == Credentials("")
    assert set(accounts.variables) == {*KEYS, "AZURE_CLIENT_SECRET"}
    assert "env-secret" not in repr(accounts)
    assert CloudAccounts().find("localhost:5000", "a") == Credentials("")


def test_services_that_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's metadata is then not there, and a service is not waited for."""
    monkeypatch.setattr(asking, "_METADATA_SECONDS", 1.0)
    monkeypatch.setattr(asking, "_SERVICE_SECONDS", 2.0)
    with serve_raw(silent()) as server:
        services = CloudServices(
            AwsServices(ecr=f"{server.url}/", machine=f"{server.url}/"),
            GoogleServices(metadata=server.url),
            AzureServices(login=f"{server.url}/", machine=f"{server.url}/"),
        )
        for host, name in ((ECR, "AWS"), (GAR, "Google Cloud"), (ACR, "Azure")):
            cloud = cloud_of(host)
            assert cloud is not None
            found = find_account(cloud, host, {}, tmp_path, Ask(), services)
            assert found == Credentials(f"this process has no identity at {name}")
        for host, name, variables in ((ECR, "AWS", KEYS), (ACR, "Azure", {**ENTRA, "AZURE_CLIENT_SECRET": "x"})):
            cloud = cloud_of(host)
            assert cloud is not None
            found = find_account(cloud, host, variables, tmp_path, Ask(), services)
            assert found.source == f"the identity at {name}: {server.host}: stopped answering; try again later"
