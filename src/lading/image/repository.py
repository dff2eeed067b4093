"""One repository of a registry, which several servers may have: its mirrors, and the registry itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lading.image.manifest import MANIFEST_LIMIT, OCI_INDEX
from lading.image.reference import RegistryReference
from lading.image.server import Server
from lading.model.errors import NetError, TocError
from lading.model.ports import ByteStream
from lading.net.address import printable
from lading.net.client import HttpClient
from lading.net.response import HttpResponse
from lading.net.resume import ResumingStream

_ANY_LENGTH: Final = 1 << 62
_DIGEST: Final = re.compile(r"[a-z0-9]{1,32}(?:[.+_-][a-z0-9]{1,32}){0,4}:[A-Za-z0-9=_-]{1,256}")
_SHOWN: Final = 40
_LONGEST_FAILURE: Final = 300
_NOT_FOUND: Final = 404
_PARTIAL: Final = 206
_NEXT: Final = re.compile(r'<([^<>]{1,4096})>\s*;[^,]*\brel="?next\b', re.IGNORECASE)
_MOST_PAGES: Final = 20


class Repository:
    """A repository that is read from, and written to when `push` is set, which the registry itself alone is. `what`
    names in errors what it holds. Raises NetError where files say that it must not be asked for, or cannot be read.

    The servers are asked in turn, until one has the manifest. One that fails for another reason than that it lacks a
    blob is not asked again; nor is one that lacks the manifest, but where the route says otherwise.
    """

    def __init__(
        self, reference: RegistryReference, client: HttpClient, plain_http: bool, *, push: bool = False, what: str = ""
    ) -> None:
        self.reference = reference
        self._client = client
        route = client.network.registries.route(reference.host, reference.repository, by_digest=bool(reference.digest))
        self.rule = route.rule
        self._asked_for_each = route.asked_for_each
        endpoints, actions = ((route.primary,), "pull,push") if push else (route.endpoints, "pull")
        self._servers = tuple(Server(one, client, plain_http, actions, what or "image") for one in endpoints)
        self._failed: list[tuple[Server, NetError]] = []
        self._dropped: set[int] = set()
        self._answered: Server | None = None

    @property
    def primary(self) -> Server:
        """The registry itself."""
        return self._servers[-1]

    @property
    def answered(self) -> Server:
        """Who gave the last manifest; the registry itself before there was one."""
        return self._answered or self.primary

    @property
    def failures(self) -> tuple[tuple[Server, NetError], ...]:
        """The servers that did not give a manifest, each with its reason."""
        return tuple(self._failed)

    @property
    def is_mirrored(self) -> bool:
        """Whether the last manifest was had from another place than the reference names."""
        endpoint, reference = self.answered.endpoint, self.reference
        return (endpoint.address, endpoint.repository) != (reference.address, reference.repository)

    def get_manifest(self, name: str, accept: str) -> HttpResponse:
        """The answer that has the manifest of a tag or digest. Raises NetError."""
        response = self._get("manifests", name, {"Accept": accept}, str(self.reference))
        stated = response.headers.get("docker-content-digest", "")
        if stated and not _DIGEST.fullmatch(stated):
            response.close()
            what = f"states the digest {printable(stated, _SHOWN)!r}, which is none; is it a registry?"
            raise NetError(f"{self.reference}: {response.host} {what}", response.status)
        return response

    def open_blob(self, digest: str, where: str, *, start: int = 0) -> ResumingStream:
        """A blob's bytes from `start` on, to be checked by the reader. Raises NetError."""
        first = None if start else self._get("blobs", digest, {}, where)

        def reopen(offset: int) -> HttpResponse:
            return self._get("blobs", digest, {"Range": f"bytes={offset}-"}, where)

        return self._client.resume(first, reopen, where, limit=_ANY_LENGTH, validator=None, start=start)

    def read_range(self, digest: str, start: int, end: int, where: str) -> ByteStream:
        """The bytes of a blob from `start` to `end`, as one request asks for them. Raises TocError where the server
        gives no parts, NetError."""
        response = self._get("blobs", digest, {"Range": f"bytes={start}-{end - 1}"}, where)
        stated = response.headers.get("content-range", "")
        if response.status != _PARTIAL or not stated.startswith(f"bytes {start}-{end - 1}/"):
            response.close()
            what = "the whole" if response.status != _PARTIAL else "another part"
            raise TocError(f"{response.host} gives {what} where a part is asked for")
        return response

    def iter_referrers(self, digest: str, where: str) -> Iterator[bytes]:
        """The pages of the list of what is attached to a manifest, each an index (OCI distribution specification 1.1,
        "Listing Referrers"). Raises NetError, with the status of the answer where a registry keeps no such lists."""
        server, response = self._ask("referrers", digest, {"Accept": OCI_INDEX}, where)
        for _ in range(_MOST_PAGES):
            if response.headers.get("content-type", "").partition(";")[0].strip() != OCI_INDEX:
                response.close()
                raise NetError(f"{where}: {response.host} keeps no lists of what is attached", _NOT_FOUND)
            found = _NEXT.search(response.headers.get("link", ""))
            yield response.read_all(MANIFEST_LIMIT)
            if found is None:
                return
            address = server.session.follow(response.url, found[1])
            response = server.request("GET", address, {"Accept": OCI_INDEX})
            if response.status != 200:
                raise server.refusal(response, where)
        response.close()
        raise NetError(f"{where}: more than {_MOST_PAGES} pages are attached; the others are not read")

    def _get(self, kind: str, name: str, headers: Mapping[str, str], what: str) -> HttpResponse:
        """The answer of the first server that has it. Raises NetError."""
        return self._ask(kind, name, headers, what)[1]

    def _ask(self, kind: str, name: str, headers: Mapping[str, str], what: str) -> tuple[Server, HttpResponse]:
        """That server, and its answer."""
        by_digest = kind != "manifests" or ":" in name
        expected = (200, 206) if "Range" in headers else (200,)
        failures: list[tuple[Server, NetError]] = []
        for server in self._able(by_digest=by_digest):
            try:
                response = server.get(kind, name, headers)
                if response.status not in expected:
                    raise server.refusal(response, what)
            except NetError as error:
                failures.append((server, error))
                absent = error.status == _NOT_FOUND
                if not absent or (kind == "manifests" and not self._asked_for_each):
                    self._dropped.add(id(server))
                if not absent or kind == "manifests":
                    self._failed.append((server, error))
            else:
                self._answered = server if kind == "manifests" else self._answered
                return server, response
        raise _joined(failures, what)

    def _able(self, *, by_digest: bool) -> list[Server]:
        """The servers that may be asked for a digest or a tag, and have not failed; where all have, all of them."""
        able = [one for one in self._servers if (one.endpoint.digests if by_digest else one.endpoint.tags)]
        return [one for one in able if id(one) not in self._dropped] or able


def _joined(failures: list[tuple[Server, NetError]], what: str) -> NetError:
    """One error of all servers, which is that of the registry itself, with what the mirrors said."""
    if not failures:
        return NetError(f"{what}: no server is configured that may be asked for it (hosts.toml gives none the right)")
    last = failures[-1][1]
    if len(failures) == 1:
        return last
    said = (printable(str(error).removeprefix(f"{what}: "), _LONGEST_FAILURE) for _, error in failures[:-1])
    return NetError(f"{last}; before that {'; '.join(said)}", last.status)
