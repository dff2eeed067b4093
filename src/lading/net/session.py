"""Requests to one registry with the credentials it asks for.

Source: the distribution project's "Token Authentication Specification" and "OAuth 2.0 Token Authentication".
"""

import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec
from msgspec import Struct

from lading.model.errors import NetError
from lading.net.challenge import Challenge, parse_challenges
from lading.net.client import HttpClient
from lading.net.credentials import Credentials
from lading.net.response import HttpResponse

_TOKEN_LIMIT: Final = 1024 * 1024
_CLIENT: Final = "lading"


class Session:
    """Talks to the server at `base` (scheme, host and port). `scope` is the right asked for where the server names
    none. Safe for threads: a token is had once and shared.

    Credentials go to `base`, and to the token service it names: a service on another host gets them only when both
    are spoken to over TLS, so that nobody on the way can have named it.
    """

    def __init__(self, client: HttpClient, base: str, credentials: Credentials, scope: str) -> None:
        self._client = client
        self._base = base
        self._credentials = credentials
        self._scope = scope
        self._lock = threading.Lock()
        self._authorization = f"Bearer {credentials.registry_token}" if credentials.registry_token else ""

    def get(self, path: str, headers: Mapping[str, str]) -> HttpResponse:
        """The answer to a GET, authorised when the server asks for it; 401 when that did not help. Raises NetError."""
        return self.request("GET", path, headers)

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> HttpResponse:
        """The same for any method, and for a path or a whole address: to another server go no credentials."""
        url = urljoin(self._base, target)
        used = self._authorization
        response = self._send(method, url, headers, body, used)
        if response.status != 401 or not self._is_ours(response.url):
            return response
        challenges = parse_challenges(response.headers.get("www-authenticate", ""))
        try:
            fresh = self._renew(used, challenges)
        except NetError:
            response.close()
            raise
        if not fresh or fresh == used:
            return response
        response.discard()
        return self._send(method, url, headers, body, fresh)

    def _renew(self, used: str, challenges: tuple[Challenge, ...]) -> str:
        """An Authorization to be used in place of `used`; another thread may have had it already."""
        with self._lock:
            if self._authorization == used:
                self._authorization = self._authenticate(challenges)
            return self._authorization

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, authorization: str
    ) -> HttpResponse:
        proof = {"Authorization": authorization} if authorization and self._is_ours(url) else {}
        return self._client.request(method, url, {**headers, **proof}, body)

    def _is_ours(self, url: str) -> bool:
        ours, theirs = urlsplit(self._base), urlsplit(url)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)

    def _authenticate(self, challenges: tuple[Challenge, ...]) -> str:
        """The Authorization that answers the first challenge we can meet, empty when there is none."""
        for challenge in challenges:
            if challenge.scheme == "bearer" and challenge.parameters.get("realm"):
                return f"Bearer {self._token(challenge.parameters)}"
        if any(challenge.scheme == "basic" for challenge in challenges):
            return self._credentials.basic
        return ""

    def _token(self, parameters: Mapping[str, str]) -> str:
        realm = parameters["realm"]
        may_know = self._may_know(realm)
        query = {
            "service": parameters.get("service", ""),
            "scope": parameters.get("scope") or self._scope,
        }
        if self._credentials.identity_token and may_know:
            form = {
                "grant_type": "refresh_token",
                "client_id": _CLIENT,
                "refresh_token": self._credentials.identity_token,
                **query,
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            response = self._client.request("POST", realm, headers, urlencode(form).encode())
        else:
            basic = self._credentials.basic if may_know else ""
            separator = "&" if "?" in realm else "?"
            address = f"{realm}{separator}{urlencode({name: value for name, value in query.items() if value})}"
            response = self._client.request("GET", address, {"Authorization": basic} if basic else {})
        return self._read_token(response)

    def _read_token(self, response: HttpResponse) -> str:
        if response.status != 200:
            response.discard()
            raise NetError(
                f"{urlsplit(self._base).netloc}: its token service {response.host} answered {response.answer}; "
                f"tried {self._credentials.source}",
                response.status,
            )
        try:
            token = msgspec.json.decode(response.read_all(_TOKEN_LIMIT), type=_Token)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NetError(f"{response.host}: a token that cannot be read ({error})", response.status) from error
        text = token.token or token.access_token or ""
        if not (text.isascii() and text.isprintable() and text and " " not in text):
            raise NetError(f"{response.host}: answered without a token", response.status)
        return text

    def _may_know(self, realm: str) -> bool:
        """Whether the token service may be sent the credentials."""
        ours, theirs = urlsplit(self._base), urlsplit(realm)
        if ours.scheme == "https":
            return theirs.scheme == "https"
        return ours.hostname == theirs.hostname


class _Token(Struct):
    token: str | None = None
    access_token: str | None = None
