"""One repository of a registry: what is asked of it, and what its answers mean for people (OCI distribution
specification 1.1)."""

import re
from typing import Final

import msgspec
from msgspec import Struct

from lading.image.reference import RegistryReference
from lading.model.errors import NetError
from lading.net.address import is_loopback, origin_of, printable
from lading.net.client import HttpClient
from lading.net.response import HttpResponse
from lading.net.resume import ResumingStream
from lading.net.session import Session
from lading.net.trouble import NotTls

_ANY_LENGTH: Final = 1 << 62
_ERROR_LIMIT: Final = 64 * 1024
_NOT_TEXT: Final = re.compile(r"[^\x20-\x7e]+")
_DIGEST: Final = re.compile(r"[a-z0-9]{1,32}(?:[.+_-][a-z0-9]{1,32}){0,4}:[A-Za-z0-9=_-]{1,256}")
_SHOWN: Final = 40
_LONGEST_REASON: Final = 200


class Repository:
    """A repository that is read from, and written to when `push` is set, with the credentials that are kept for it.
    `what` names in errors what it holds."""

    def __init__(
        self, reference: RegistryReference, client: HttpClient, plain_http: bool, *, push: bool = False, what: str = ""
    ) -> None:
        self.reference = reference
        self._client = client
        self._plain_http = plain_http
        self._what = what or "image"
        credentials = client.network.credentials.find(reference.host, reference.repository)
        actions = "pull,push" if push else "pull"
        self._account = credentials, f"repository:{reference.repository}:{actions}"
        self.session = Session(client, self.base, *self._account)

    @property
    def base(self) -> str:
        """The address of the server."""
        return f"{'http' if self._plain_http else 'https'}://{self.reference.address}"

    def get_manifest(self, name: str, accept: str) -> HttpResponse:
        """The answer that has the manifest of a tag or digest. A registry on this machine that does not speak TLS is
        asked without, from then on, as Docker does it. Raises NetError."""
        path, headers = self.path("manifests", name), {"Accept": accept}
        try:
            response = self.session.get(path, headers)
        except NotTls:
            if not is_loopback(origin_of(self.base).host):
                raise
            self._plain_http = True
            self.session = Session(self._client, self.base, *self._account)
            response = self.session.get(path, headers)
        if response.status != 200:
            raise self.refusal(response, str(self.reference))
        stated = response.headers.get("docker-content-digest", "")
        if stated and not _DIGEST.fullmatch(stated):
            response.close()
            what = f"states the digest {printable(stated, _SHOWN)!r}, which is none; is it a registry?"
            raise NetError(f"{self.reference}: {response.host} {what}", response.status)
        return response

    def open_blob(self, digest: str, where: str, *, start: int = 0) -> ResumingStream:
        """A blob's bytes from `start` on, to be checked by the reader. Raises NetError."""
        path = self.path("blobs", digest)
        first = None
        if not start:
            first = self.session.get(path, {})
            if first.status != 200:
                raise self.refusal(first, where)

        def reopen(offset: int) -> HttpResponse:
            return self.session.get(path, {"Range": f"bytes={offset}-"})

        return self._client.resume(first, reopen, where, limit=_ANY_LENGTH, validator=None, start=start)

    def path(self, kind: str, name: str) -> str:
        """The path of a manifest or blob."""
        return f"/v2/{self.reference.repository}/{kind}/{name}"

    def refusal(self, response: HttpResponse, what: str) -> NetError:
        """What a registry's answer means for people."""
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
