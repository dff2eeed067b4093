"""References to images: what the user types, taken apart."""

import re
from typing import Final

from msgspec import Struct

from lading.model.errors import ImageError
from lading.safeio.verify import is_digest

_HUB: Final = "docker.io"
_HUB_NAMES: Final = frozenset({_HUB, "index.docker.io", "registry-1.docker.io"})
_HUB_ADDRESS: Final = "registry-1.docker.io"
_HOST: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_REPOSITORY: Final = re.compile(r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_ALGORITHM: Final = re.compile(r"(?:sha|md|blake)\d[a-z0-9]*:")
_LONGEST: Final = 255
_SHOWN: Final = 300


class RegistryReference(Struct, frozen=True):
    """An image in a registry. `host` is the registry's common name ("docker.io"), `address` the host to connect to,
    with the port where one is named; `digest` is empty or stands above `tag`."""

    host: str
    address: str
    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.host}/{self.repository}{tag}{digest}"


def parse_registry_reference(text: str) -> RegistryReference:
    """`[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]` by the rules of Docker's tools: without a host it is Docker Hub, whose
    own images lie below `library/`, and without a tag or digest the tag is `latest`. Raises ImageError."""
    name, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise _not_a_digest(text)
    first, slash, rest = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        first, rest = _HUB, name
    repository, colon, tag = rest.partition(":")
    host = _HUB if first in _HUB_NAMES else first
    if host == _HUB and "/" not in repository:
        repository = f"library/{repository}"
    valid = _HOST.fullmatch(host) and _REPOSITORY.fullmatch(repository) and len(repository) <= _LONGEST
    if not valid or (colon and not _TAG.fullmatch(tag)):
        raise ImageError(
            f"{text[:_SHOWN]!r}: not an image: no such file or directory, and not a name as registries have them "
            "([HOST/]NAME[:TAG], in lower case)"
        )
    address = _HUB_ADDRESS if host == _HUB else host
    return RegistryReference(host, address, repository, tag or ("" if digest else "latest"), digest)


def _not_a_digest(text: str) -> ImageError:
    """What stands before an @ is shown only where it cannot be a user and password."""
    name, _, rest = text.rpartition("@")
    plain = "@" not in name and "/" not in rest and (_ALGORITHM.match(rest) or not (rest or ":" in name))
    if plain and text.isprintable():
        return ImageError(f"{text[:_SHOWN]}: not a digest after the @; expected sha256: and 64 hexadecimal digits")
    return ImageError(
        f"{f'…@{rest}'[:_SHOWN]!r}: what stands after an @ is a digest (sha256: and 64 hexadecimal digits); "
        "a user and password are no part of a name: docker login keeps them"
    )


def full_name(text: str) -> str:
    """A reference in full, by which two are compared; a text that is none as it is."""
    try:
        return str(parse_registry_reference(text))
    except ImageError:
        return text
