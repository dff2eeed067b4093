"""Platforms as image indexes name them, and which of them serves for which.

Source: OCI image specification 1.1, image-index.md (names from GOOS and GOARCH; the table of ARM variants); for other
spellings of them what containerd's module `platforms` makes of them (its `Normalize`), which Docker uses too.
"""

import platform as host
import re
from typing import Final

from msgspec import Struct

from lading.model.errors import UsageError
from lading.model.image import Platform

_PART: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_PLATFORM: Final = re.compile(rf"({_PART})/({_PART})(?:/({_PART}))?")
_MACHINES: Final = {
    "x86_64": ("amd64", ""),
    "amd64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "arm64": ("arm64", ""),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
    "armv5tel": ("arm", "v5"),
    "i386": ("386", ""),
    "i686": ("386", ""),
    "loongarch64": ("loong64", ""),
}
_ALIASES: Final = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "i386": ("386", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_SYSTEMS: Final = {"": "linux", "macos": "darwin"}
_BASE_VARIANT: Final = {"arm64": "v8", "arm": "v7", "amd64": "v1"}


ALL: Final = "all"
"""What names every platform of an image."""


class Wanted(Struct, frozen=True):
    """The platform to take; `explicit` when the user named it. `is_survey` asks for none, but what there is."""

    platform: Platform
    explicit: bool
    is_survey: bool = False

    def rank(self, offered: Platform) -> int | None:
        """How well an offered platform serves: 0 best, None not at all.

        A lower variant serves for a higher one. Where the user named no variant, a higher one serves too, last.
        """
        if self.is_survey:
            return None
        wanted, offered = normalise(self.platform), normalise(offered)
        if (offered.os, offered.architecture) != (wanted.os, wanted.architecture):
            return None
        if offered.variant == wanted.variant:
            return 0
        have, want = _variant(offered), _variant(wanted)
        if have is None or want is None:
            return None if self.platform.variant else 1
        if have <= want:
            return want - have
        return None if self.platform.variant else 100 + have


def parse_platform(text: str) -> Wanted:
    """The platform `text` names as `os/arch[/variant]`; this machine's when it is empty. Raises UsageError."""
    if not text:
        return Wanted(_this_machine(), explicit=False)
    if text == ALL:
        return Wanted(Platform(ALL, ALL), explicit=True, is_survey=True)
    parts = _PLATFORM.fullmatch(text)
    if parts is None:
        raise UsageError(f"--platform {text}: expected OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64, or all")
    named = parts[2].lower()
    architecture, variant = _ALIASES.get(named, (named, ""))
    return Wanted(Platform(parts[1].lower(), architecture, (parts[3] or variant).lower()), explicit=True)


def normalise(stated: Platform) -> Platform:
    """A platform in the words by which engines compare: in lower case, without a variant that goes without saying."""
    system, named = stated.os.lower(), stated.architecture.lower()
    architecture, variant = _ALIASES.get(named, (named, ""))
    variant = stated.variant.lower() or variant
    if variant.isascii() and variant.isdigit():
        variant = f"v{variant}"
    if variant == _BASE_VARIANT.get(architecture):
        variant = ""
    return Platform(_SYSTEMS.get(system, system), architecture, variant)


def is_higher(one: Platform, other: Platform) -> bool:
    """Whether the variant of one platform is above that of another, which machines may run and engines then prefer."""
    level, base = _variant(normalise(one)), _variant(normalise(other))
    return level is not None and base is not None and level > base


def _this_machine() -> Platform:
    machine = host.machine().lower()
    architecture, variant = _MACHINES.get(machine, (machine, ""))
    return Platform("linux", architecture, variant)


def _variant(one: Platform) -> int | None:
    """The variant as a number, None when it is not one (`v7` is 7; none stated is the architecture's usual one)."""
    text = one.variant or _BASE_VARIANT.get(one.architecture, "v0")
    digits = text.removeprefix("v")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None
