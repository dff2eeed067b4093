"""Accounts of Google's registries by the identity that this process has at Google Cloud.

Sources: Google Cloud, "How Application Default Credentials works", "Using OAuth 2.0 for server to server applications",
"Workload Identity Federation" (AIP-4117), "View and query VM metadata"; Artifact Registry, "Set up authentication for
Docker" (access token).
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from lading.model.errors import NetError
from lading.net.clouds.asking import Ask, parse, read_file
from lading.net.credentials import Credentials

_NAME: Final = "oauth2accesstoken"
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE_GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type of tokens
_LIFETIME: Final = 3600


class GoogleServices(Struct, frozen=True):
    """Where the services answer; a file of credentials may name others."""

    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    exchange: str = "https://sts.googleapis.com/v1/token"
    metadata: str = "http://metadata.google.internal"


class GoogleContext(Struct, frozen=True):
    """Who asks from where. `now` is the time in UTC."""

    variables: Mapping[str, str]
    home: Path
    services: GoogleServices
    ask: Ask
    now: datetime


def google_account(context: GoogleContext) -> Credentials | None:
    """The account for Google's registries, None where there is no identity. Raises NetError."""
    found = _token(context)
    if found is None:
        return None
    source, token = found
    return Credentials(f"the identity at Google Cloud of {source}", _NAME, token)


def _token(context: GoogleContext) -> tuple[str, str] | None:
    variables = context.variables
    if named := variables.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return named, _by_file(context, Path(named))
    gcloud = Path(variables.get("CLOUDSDK_CONFIG") or context.home / ".config" / "gcloud")
    default = gcloud / "application_default_credentials.json"
    if default.is_file():
        return str(default), _by_file(context, default)
    return _of_machine(context)


class _File(Struct):
    type: str = ""
    client_email: str = ""
    private_key: str = ""
    private_key_id: str = ""
    token_uri: str = ""
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    audience: str = ""
    subject_token_type: str = ""
    token_url: str = ""
    credential_source: dict[str, Any] = {}
    service_account_impersonation_url: str = ""


class _Token(Struct):
    access_token: str


class _Impersonated(Struct, rename="camel"):
    access_token: str


def _by_file(context: GoogleContext, path: Path) -> str:
    file = parse(read_file(path), _File, str(path))
    if file.type == "service_account":
        url = file.token_uri or context.services.token
        form = {"grant_type": _JWT_GRANT, "assertion": _assertion(file, url, context.now, path)}
    elif file.type == "authorized_user":
        url = file.token_uri or context.services.token
        form = {
            "grant_type": "refresh_token",
            "client_id": file.client_id,
            "client_secret": file.client_secret,
            "refresh_token": file.refresh_token,
        }
    elif file.type == "external_account":
        return _federated(context, file, path)
    else:
        raise NetError(f"{path}: credentials of the type {file.type[:40]!r} are not known")
    return parse(context.ask.post(url, form), _Token, "the token that Google gives").access_token


def _assertion(file: _File, url: str, now: datetime, path: Path) -> str:
    """A signed statement of a service account (RFC 7523)."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    issued = int(now.timestamp())
    head = {"alg": "RS256", "typ": "JWT", "kid": file.private_key_id}
    claims = {"iss": file.client_email, "scope": _SCOPE, "aud": url, "iat": issued, "exp": issued + _LIFETIME}
    text = f"{_base64(msgspec.json.encode(head))}.{_base64(msgspec.json.encode(claims))}"
    try:
        key = load_pem_private_key(file.private_key.encode(), None)
    except (ValueError, TypeError) as error:
        raise NetError(f"{path}: holds no private key") from error
    if not isinstance(key, RSAPrivateKey):
        raise NetError(f"{path}: its private key is not of RSA")
    return f"{text}.{_base64(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _federated(context: GoogleContext, file: _File, path: Path) -> str:
    """A token of another identity provider, exchanged for one of Google's, and that for one of a service account."""
    form = {
        "grant_type": _EXCHANGE_GRANT,
        "audience": file.audience,
        "scope": _SCOPE,
        "requested_token_type": _ACCESS_TOKEN,
        "subject_token": _subject(context, file, path),
        "subject_token_type": file.subject_token_type,
    }
    answer = context.ask.post(file.token_url or context.services.exchange, form)
    token = parse(answer, _Token, "the token that Google gives").access_token
    if not file.service_account_impersonation_url:
        return token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = msgspec.json.encode({"scope": [_SCOPE]})
    answer = context.ask.service("POST", file.service_account_impersonation_url, headers, body)
    return parse(answer, _Impersonated, "the token that Google gives").access_token


def _subject(context: GoogleContext, file: _File, path: Path) -> str:
    source = file.credential_source
    place, url, form = source.get("file"), source.get("url"), source.get("format") or {}
    if isinstance(place, str):
        data = read_file(path.parent / place)
    elif isinstance(url, str):
        headers = source.get("headers") or {}
        data = context.ask.service("GET", url, {str(name): str(value) for name, value in headers.items()})
    else:
        raise NetError(f"{path}: takes its token from neither a file nor an address, which is not known")
    if form.get("type") == "json":
        held = parse(data, dict[str, Any], "the token to exchange").get(str(form.get("subject_token_field_name")))
        return held if isinstance(held, str) else ""
    return data.decode("utf-8", "replace").strip()


def _of_machine(context: GoogleContext) -> tuple[str, str] | None:
    named = context.variables.get("GCE_METADATA_HOST", "")
    base = f"http://{named}" if named else context.services.metadata
    url = f"{base}/computeMetadata/v1/instance/service-accounts/default/token"
    try:
        data = context.ask.metadata("GET", url, {"Metadata-Flavor": "Google"})
    except NetError:
        return None  # no machine of Google's, or one without an account
    return "this machine", parse(data, _Token, "the token of this machine").access_token


def _base64(data: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
