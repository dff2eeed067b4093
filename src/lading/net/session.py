"""Requests to one registry with the credentials it asks for.

Source: the distribution project's "Token Authentication Specification" and "OAuth 2.0 Token Authentication".
"""

import threading
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import join, origin_of, place_of, shown
from lading.net.challenge import Challenge, parse_challenges
from lading.net.client import HttpClient
from lading.net.credentials import Credentials
from lading.net.realms import may_send
from lading.net.response import HttpResponse

_ANSWER_LIMIT: Final = 1024 * 1024
_SHORTEST_SECRET: Final = 4
_LONGEST_TOKEN: Final = 64 * 1024
_CLIENT: Final = "lading"
_NONE: Final[Mapping[str, str]] = {}


class Session:
    """Talks to the server at `base` (scheme, host and port). `scope` is the right asked for where the server names
    none; `headers` are sent with every request to it that has none of the name, and may be secret. Safe for threads: a
    token is had once and shared.

    Credentials go to `base`, and to the token service that it names where lading.net.realms lets them.
    """

    def __init__(
        self, client: HttpClient, base: str, credentials: Credentials, scope: str, headers: Mapping[str, str] = _NONE
    ) -> None:
        self._client = client
        self._headers = headers
        self._base = base
        self._origin = origin_of(base)
        self._credentials = credentials
        self._withheld = ""
        self._scope = scope
        self._lock = threading.Lock()
        self._authorization = f"Bearer {credentials.registry_token}" if credentials.registry_token else ""

    @property
    def tried(self) -> str:
        """The credentials that the server has refused, for people."""
        source = self._credentials.source
        return f"no credentials ({source} were not sent to {self._withheld})" if self._withheld else source

    def get(self, path: str, headers: Mapping[str, str]) -> HttpResponse:
        """The answer to a GET, authorised when the server asks for it; 401 when that did not help. Raises NetError."""
        return self.request("GET", path, headers)

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> HttpResponse:
        """The same for any method, and for a path or a whole address: to another server go no credentials."""
        url = join(self._base, target)
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

    def follow(self, url: str, target: str) -> str:
        """HttpClient.follow: where the server sends on to from `url`. Raises NetError."""
        return self._client.follow(url, target)

    def censor(self, text: str) -> str:
        """What a server said, without the secrets that it was sent."""
        known = self._credentials
        sent = (header.partition(" ")[2] for header in (known.basic, self._authorization))
        own = (value for value in self._headers.values() if len(value) >= _SHORTEST_SECRET)
        for secret in (known.password, known.identity_token, known.registry_token, *sent, *own):
            if secret:
                text = text.replace(secret, "…")
        return text

    def _renew(self, used: str, challenges: tuple[Challenge, ...]) -> str:
        """An Authorization to be used in place of `used`; another thread may have had it already."""
        with self._lock:
            if self._authorization == used:
                self._authorization = self._authenticate(challenges)
            return self._authorization

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, authorization: str
    ) -> HttpResponse:
        ours = self._is_ours(url)
        proof = {"Authorization": authorization} if authorization and ours else {}
        own = self._headers if ours else _NONE
        given = {name.lower() for name in (*headers, *proof)}
        kept = {name: value for name, value in own.items() if name.lower() not in given}
        return self._client.request(method, url, {**kept, **headers, **proof}, body)

    def _is_ours(self, url: str) -> bool:
        return origin_of(url) == self._origin

    def _authenticate(self, challenges: tuple[Challenge, ...]) -> str:
        """The Authorization that answers the first challenge we can meet, empty when there is none."""
        for challenge in challenges:
            if challenge.scheme == "bearer" and challenge.parameters.get("realm"):
                return f"Bearer {self._token(challenge.parameters)}"
        if any(challenge.scheme == "basic" for challenge in challenges):
            return self._credentials.basic
        return ""

    def _token(self, parameters: Mapping[str, str]) -> str:
        realm = self._realm(parameters["realm"])
        may_know = may_send(self._origin, origin_of(realm), self._client.token_hosts)
        has_any = self._credentials.identity_token or self._credentials.basic
        self._withheld = self._why_not(realm) if has_any and not may_know else ""
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
            response = self._ask_for_token("POST", realm, headers, urlencode(form).encode())
        else:
            basic = self._credentials.basic if may_know else ""
            separator = "&" if "?" in realm else "?"
            address = f"{realm}{separator}{urlencode({name: value for name, value in query.items() if value})}"
            response = self._ask_for_token("GET", address, {"Authorization": basic} if basic else {})
        return self._read_token(response)

    def _ask_for_token(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpResponse:
        try:
            return self._client.request(method, url, headers, body)
        except NetError as error:
            raise NetError(f"{place_of(self._base)}: its token service {error}", error.status) from error

    def _why_not(self, realm: str) -> str:
        """The token service that is not sent the credentials, why, and what lets it have them."""
        place = place_of(realm)
        if may_send(self._origin, origin_of(realm), frozenset({place})):
            return f"{place}, which is not known to belong to the registry; --token-host {place} allows it"
        return f"{place}, which does not encrypt"

    def _realm(self, text: str) -> str:
        """The address of the token service. Raises NetError."""
        host = place_of(self._base)
        try:
            realm = join(text, "")
            encrypted = origin_of(realm).scheme == "https"
        except NetError as error:
            raise NetError(f"{host}: names a token service by what is no address ({shown(text)}); refused") from error
        if self._origin.scheme == "https" and not encrypted and not self._client.insecure:
            raise NetError(
                f"{host}: names the token service {place_of(realm)} without encryption; "
                "refused (--insecure allows it, without credentials)"
            )
        return realm

    def _read_token(self, response: HttpResponse) -> str:
        if response.status != 200:
            response.discard()
            raise NetError(
                f"{place_of(self._base)}: its token service {response.host} answered {response.answer}; "
                f"tried {self.tried}",
                response.status,
            )
        try:
            token = msgspec.json.decode(response.read_all(_ANSWER_LIMIT), type=_Token)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NetError(f"{response.host}: a token that cannot be read ({error})", response.status) from error
        text = token.token or token.access_token or ""
        if not (text.isascii() and text.isprintable() and text and " " not in text):
            raise NetError(f"{response.host}: answered without a token", response.status)
        if len(text) > _LONGEST_TOKEN:
            raise NetError(
                f"{response.host}: answered with a token of {len(text):,} characters; refused", response.status
            )
        return text


class _Token(Struct):
    token: str | None = None
    access_token: str | None = None
