"""Addresses of servers: taken apart strictly, compared by origin, and shown without what is secret in them."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct

from lading.model.errors import NetError

_NAME: Final = r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?"
_PLACE: Final = re.compile(rf"(?:{_NAME}|\[[0-9A-Fa-f:.]{{2,45}}\])(?::\d{{1,5}})?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SECRET: Final = re.compile(r"[?#].*", re.DOTALL)
_LONGEST: Final = 16 * 1024
_LONGEST_NAME: Final = 253
_SHOWN: Final = 120


class Origin(Struct, frozen=True):
    """Who answers at an address. `host` is in lower case, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int


def split_address(url: str) -> SplitResult:
    """The parts of an http:// or https:// address. Raises NetError for anything else, for one with a user or password
    in it, and for a host or port that cannot be."""
    try:
        parts = urlsplit(url[:_LONGEST])
        if "@" in parts.netloc:
            raise NetError(f"{shown(url)}: an address with a user or password in it; refused")
        valid = len(url) <= _LONGEST and not _CONTROL.search(url) and _is_place(parts)
    except ValueError:
        valid = False
    if not valid:
        raise NetError(f"{shown(url)}: not an http:// or https:// address")
    return parts


def join(url: str, target: str) -> str:
    """The address that `target` means where `url` was asked, without a fragment. Raises NetError."""
    try:
        joined = urljoin(url, target[:_LONGEST])
    except ValueError:
        joined = target
    split_address(joined)
    return joined.partition("#")[0]


def origin_of(url: str) -> Origin:
    """Raises NetError."""
    parts = split_address(url)
    return Origin(parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def place_of(url: str) -> str:
    """The host, with the port where one is named. Raises NetError."""
    return split_address(url).netloc


def is_place(text: str) -> bool:
    """Whether a text is HOST or HOST:PORT."""
    try:
        return _is_place(urlsplit(f"https://{text}")) and urlsplit(f"https://{text}").netloc == text
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """An address for an error: short, printable, quoted, and without user, password and query, which may be secret."""
    _, user, place = _SECRET.sub("", url[:_LONGEST]).rpartition("@")
    return repr(printable(f"…@{place}" if user else place, _SHOWN))


def printable(text: str, longest: int) -> str:
    """What a server said, in at most so many characters that do nothing to a terminal."""
    short = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(character if character.isprintable() else "?" for character in short)


def _is_place(parts: SplitResult) -> bool:
    """Raises ValueError for a port or an IPv6 address that cannot be."""
    if parts.scheme not in ("http", "https") or not _PLACE.fullmatch(parts.netloc) or parts.port == 0:
        return False
    if parts.netloc.startswith("["):
        ipaddress.IPv6Address(parts.hostname or "")
    return len(parts.hostname or "") <= _LONGEST_NAME
