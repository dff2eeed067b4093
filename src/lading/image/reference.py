"""References to images: what the user types, taken apart."""

import re
from typing import Final

from msgspec import Struct

from lading.model.errors import ImageError
from lading.net.hub import HUB, address_of, is_hub, official
from lading.net.registries import Registries
from lading.safeio.verify import is_digest

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
    first, _, rest = name.partition("/")
    if is_short(text):
        first, rest = HUB, name
    repository, colon, tag = rest.partition(":")
    host = HUB if is_hub(first) else first
    repository = official(host, repository)
    valid = _HOST.fullmatch(host) and _REPOSITORY.fullmatch(repository) and len(repository) <= _LONGEST
    if not valid or (colon and not _TAG.fullmatch(tag)):
        raise ImageError(
            f"{text[:_SHOWN]!r}: not an image: no such file or directory, and not a name as registries have them "
            "([HOST/]NAME[:TAG], in lower case)"
        )
    return RegistryReference(host, address_of(host), repository, tag or ("" if digest else "latest"), digest)


def is_short(text: str) -> bool:
    """Whether a reference names no host."""
    first, slash, _ = text.partition("@")[0].partition("/")
    return not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower())


class Meaning(Struct, frozen=True):
    """The images that a reference may mean, to be tried in turn. `rule` says for people which file decides that, empty
    where none does."""

    references: tuple[RegistryReference, ...]
    rule: str = ""


def resolve_reference(text: str, registries: Registries) -> Meaning:
    """What a reference means where short names are looked up in files. Raises ImageError, NetError."""
    plain = parse_registry_reference(text)
    if not is_short(text):
        return Meaning((plain,))
    name = re.split("[:@]", text, maxsplit=1)[0]
    found = registries.short_name(name)
    return Meaning(tuple(parse_registry_reference(f"{one}{text[len(name) :]}") for one in found.names), found.rule)


def _not_a_digest(text: str) -> ImageError:
    """What stands before an @ is shown only where it cannot be a user and password."""
    name, _, rest = text.rpartition("@")
    plain = "@" not in name and "/" not in rest and (_ALGORITHM.match(rest) or not (rest or ":" in name))
    if plain and text.isprintable():
        return ImageError(f"{text[:_SHOWN]}: not a digest after the @; expected sha256: and 64 hexadecimal digits")
    return ImageError(
        f"{f'…@{rest}'[:_SHOWN]!r}: what stands after an @ is a digest (sha256: and 64 hexadecimal digits); "
        "a user and password are no part of a name: lading registry login keeps them"
    )


def full_name(text: str) -> str:
    """A reference in full, by which two are compared; a text that is none as it is."""
    try:
        return str(parse_registry_reference(text))
    except ImageError:
        return text
