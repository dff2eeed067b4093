"""One server that may have a repository: what is asked of it, and what its answers mean for people (OCI distribution
specification 1.1)."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import is_loopback, origin_of
from lading.net.client import HttpClient
from lading.net.proxies import shown_proxy
from lading.net.response import HttpResponse
from lading.net.routes import Endpoint
from lading.net.session import Session
from lading.net.trouble import NotTls

_TOO_MANY: Final = 429
_ERROR_LIMIT: Final = 64 * 1024
_NOT_TEXT: Final = re.compile(r"[^\x20-\x7e]+")
_LONGEST_REASON: Final = 200


CATALOGUE: Final = "catalogue"
"""What stands for the right to list the repositories of a registry, in place of actions."""


class Server:
    """A server as an endpoint describes it, asked for the rights `actions` (none when empty) with the credentials that
    are kept for it. `plain_http` is for one whose scheme is not said; `what` names in errors what the repository holds.

    A registry on this machine that does not speak TLS is asked without, from then on, as Docker does it, and so is one
    that need not be trusted."""

    def __init__(
        self, endpoint: Endpoint, client: HttpClient, plain_http: bool, actions: str = "", what: str = ""
    ) -> None:
        self.endpoint = endpoint
        self._client = client
        self._plain_http = endpoint.scheme == "http" or (plain_http and not endpoint.scheme)
        self._what = what
        client.trust(endpoint.address, endpoint.tls)
        self.credentials = client.network.credentials.find(endpoint.host, endpoint.repository)
        self._scope = "registry:catalog:*" if actions == CATALOGUE else _scope(endpoint.repository, actions)
        self.session = self._new_session()

    @property
    def base(self) -> str:
        """The address of the server."""
        return f"{'http' if self._plain_http else 'https'}://{self.endpoint.address}"

    @property
    def proxy(self) -> str:
        """The proxy that it is asked by, for people; empty for none."""
        origin = origin_of(self.base)
        found = self._client.network.proxies.proxy_for(origin.scheme, origin.host, origin.port)
        return shown_proxy(found) if found else ""

    def get(self, kind: str, name: str, headers: Mapping[str, str]) -> HttpResponse:
        """The answer that has a manifest or blob. Raises NetError."""
        if self.endpoint.refused:
            raise NetError(f"{self.endpoint.host}/{self.endpoint.repository}: {self.endpoint.refused}")
        try:
            return self.request("GET", self.path(kind, name), headers)
        except NetError as error:
            if error.status != _TOO_MANY:
                raise
            login = f"an account (lading registry login {self.endpoint.host}) or " if self.credentials.anonymous else ""
            advice = f"{login}a mirror (registries.conf) may be let in more often"
            raise NetError(f"{error}; {advice}", error.status) from error

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> HttpResponse:
        """Session.request. Raises NetError."""
        try:
            return self.session.request(method, target, headers, body)
        except NotTls:
            scheme, insecure = self.endpoint.scheme, self.endpoint.tls.insecure
            may = scheme == "either" or (not scheme and (insecure or is_loopback(origin_of(self.base).host)))
            if self._plain_http or not may:
                raise
            self._plain_http = True
            self.session = self._new_session()
            return self.session.request(method, target, headers, body)

    def enter(self) -> HttpResponse:
        """The answer to who asks for nothing but to be let in. Raises NetError."""
        return self.request("GET", f"{self.endpoint.root}/", {})

    def path(self, kind: str, name: str) -> str:
        """The path of a manifest or blob."""
        namespace = f"?ns={self.endpoint.namespace}" if self.endpoint.namespace else ""
        return f"{self.endpoint.root}/{self.endpoint.repository}/{kind}/{name}{namespace}"

    def refusal(self, response: HttpResponse, what: str) -> NetError:
        """What the registry's answer means for people."""
        status, host = response.status, response.host
        reason = self.session.censor(_reason(response))[:_LONGEST_REASON]
        answer = f"{response.answer}: {reason}" if reason else response.answer
        if status in (401, 403):
            return NetError(
                f"{what}: {host} denies access ({answer}), or has no such {self._what}; tried {self.session.tried}",
                status,
            )
        if status == 404:
            return NetError(f"{what}: not found at {host} ({answer}); check the name and the tag", status)
        advice = "leave out --plain-http" if self._plain_http and status == 400 else "is it a registry?"
        return NetError(f"{what}: {host} answered {answer}; {advice}", status)

    def _new_session(self) -> Session:
        return Session(self._client, self.base, self.credentials, self._scope, dict(self.endpoint.headers))


def _scope(repository: str, actions: str) -> str:
    return f"repository:{repository}:{actions}" if actions else ""


class _Error(Struct):
    code: str = ""
    message: str = ""


class _Errors(Struct):
    errors: list[_Error] | None = None


def _reason(response: HttpResponse) -> str:
    """The registry's own words in one line, empty when it has none."""
    try:
        errors = msgspec.json.decode(response.read_all(_ERROR_LIMIT), type=_Errors).errors
    except (NetError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    text = (errors[0].message or errors[0].code) if errors else ""
    return " ".join(_NOT_TEXT.sub(" ", text).split())
