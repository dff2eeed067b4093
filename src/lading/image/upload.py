"""Writing to a repository: blobs that it does not have yet, and manifests (OCI distribution specification 1.1, "Push").

A blob is sent in pieces, so that memory stays small, and goes on where the registry says that it is.
"""

import re
from typing import BinaryIO, Final
from urllib.parse import urlencode

from lading.image.repository import Repository
from lading.model.errors import NetError
from lading.model.ports import Progress
from lading.net.response import HttpResponse

_PIECE: Final = 16 * 1024 * 1024
_MOST_PIECE: Final = 128 * 1024 * 1024
_MOST_TROUBLES: Final = 5
_LEAST: Final = re.compile(r"\d{1,18}", re.ASCII)
_RANGE: Final = re.compile(r"(?:bytes=)?0-(\d{1,18})", re.ASCII)


def push_blob(repository: Repository, digest: str, size: int, file: BinaryIO, progress: Progress, key: str) -> bool:
    """Uploads what a file holds, unless the repository has it; tells whether it was sent. Raises NetError."""
    where = f"{repository.reference}: {key}"
    known = repository.primary.request("HEAD", repository.primary.path("blobs", digest), {})
    known.discard()
    if known.status == 200:
        return False
    begun = repository.primary.request("POST", repository.primary.path("blobs", "uploads/"), {"Content-Length": "0"})
    location = _location(repository, begun, where)
    least = _LEAST.fullmatch(begun.headers.get("oci-chunk-min-length", ""))
    piece = min(max(_PIECE, int(least[0]) if least else 0), _MOST_PIECE)
    rest = b""
    if size <= piece:
        rest = file.read(piece)
    else:
        location = _send_pieces(repository, location, size, file, piece, progress, key)
    separator = "&" if "?" in location else "?"
    closing = f"{location}{separator}{urlencode({'digest': digest})}"
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(len(rest))}
    ended = repository.primary.request("PUT", closing, headers, rest)
    if ended.status != 201:
        raise repository.primary.refusal(ended, where)
    ended.discard()
    progress.advance(key, len(rest))
    return True


def push_manifest(repository: Repository, tag: str, data: bytes, media_type: str) -> None:
    """Puts a manifest under a tag. Raises NetError."""
    response = repository.primary.request(
        "PUT",
        repository.primary.path("manifests", tag),
        {"Content-Type": media_type, "Content-Length": str(len(data))},
        data,
    )
    if response.status != 201:
        raise repository.primary.refusal(response, str(repository.reference))
    response.discard()


def _send_pieces(
    repository: Repository, location: str, size: int, file: BinaryIO, piece: int, progress: Progress, key: str
) -> str:
    """Sends all of a file; gives the location at which the upload ends."""
    where = f"{repository.reference}: {key}"
    offset = troubles = 0
    while offset < size:
        file.seek(offset)
        data = file.read(piece)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(data)),
            "Content-Range": f"{offset}-{offset + len(data) - 1}",
        }
        response = repository.primary.request("PATCH", location, headers, data)
        reached = offset + len(data)
        if response.status == 416:
            # An answer was lost, and the piece was sent twice: the registry says how far it is.
            troubles += 1
            response.discard()
            response = repository.primary.request("GET", location, {})
            reached = _reached(response)
        if response.status not in (202, 204) or troubles > _MOST_TROUBLES or not 0 <= reached <= size:
            raise repository.primary.refusal(response, where)
        location = _location(repository, response, where, location)
        progress.advance(key, max(reached - offset, 0))
        offset = reached
    return location


def _location(repository: Repository, response: HttpResponse, where: str, before: str = "") -> str:
    """Where an upload goes on. Raises NetError."""
    if response.status not in (202, 204):
        raise repository.primary.refusal(response, where)
    location = response.headers.get("location", "")
    response.discard()
    if not location and not before:
        raise NetError(f"{where}: {response.host} does not say where to upload to; is it a registry?", response.status)
    return repository.primary.session.follow(response.url, location) if location else before


def _reached(response: HttpResponse) -> int:
    """How many bytes a registry has, by the `Range` of its answer."""
    found = _RANGE.fullmatch(response.headers.get("range", ""))
    return int(found[1]) + 1 if found else 0
