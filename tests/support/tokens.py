"""A token service for a registry that asks for tokens (distribution, "Token Authentication Specification")."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from tests.net.scripted import Reply, Request

ISSUER = "lading-test"
SERVICE = "registry"
LEEWAY = 60
"""Seconds for which the registry takes a token that has expired."""


class Tokens:
    """Signs tokens with the key in a PEM file whose certificate the registry trusts. `accounts` are passwords by name;
    `refresh` is the identity token that is exchanged for others; `lifetime` is how many seconds a token lasts."""

    def __init__(self, certificate: Path, accounts: Mapping[str, str], refresh: str = "") -> None:
        data = certificate.read_bytes()
        key = load_pem_private_key(data, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key
        self._certificate = load_pem_x509_certificate(data)
        self._accounts = accounts
        self._refresh = refresh
        self.lifetime = 300.0
        self.instead: Callable[[Request], Reply] | None = None

    def answer(self, request: Request) -> Reply:
        """What the service says; `instead` says it where it is set."""
        if self.instead is not None:
            return self.instead(request)
        form = parse_qs(request.body.decode() or urlsplit(request.path).query)
        basic = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        name, _, password = basic.partition(":")
        if form.get("refresh_token") == [self._refresh] and self._refresh:
            name = "refreshed"
        elif basic and self._accounts.get(name) != password:
            return Reply(401, b'{"errors": [{"code": "UNAUTHORIZED", "message": "wrong password"}]}')
        token = self.sign(name, form.get("scope", [""])[0])
        return Reply(200, json.dumps({"token": token, "access_token": token}).encode())

    def sign(self, name: str, scope: str) -> str:
        """A token; nobody's gives no rights."""
        kind, _, rest = scope.partition(":")
        repository, _, actions = rest.rpartition(":")
        access = [{"type": kind, "name": repository, "actions": actions.split(",")}] if name and scope else []
        now = int(time.time())
        chain = [base64.b64encode(self._certificate.public_bytes(Encoding.DER)).decode()]
        head = {"typ": "JWT", "alg": "ES256", "x5c": chain}
        claims = {
            "iss": ISSUER,
            "sub": name,
            "aud": SERVICE,
            "exp": now + int(self.lifetime),
            "nbf": now - 600,
            "iat": now - 600,
            "jti": f"{now}",
            "access": access,
        }
        text = f"{_base64(json.dumps(head).encode())}.{_base64(json.dumps(claims).encode())}"
        first, second = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{_base64(first.to_bytes(32, 'big') + second.to_bytes(32, 'big'))}"


def auth_by_tokens(realm: str, certificate: Path) -> dict[str, object]:
    """The registry's configuration for a token service at `realm`."""
    return {"token": {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(certificate)}}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
