"""`WWW-Authenticate` headers taken apart (RFC 9110, section 11.6.1)."""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

_WORD: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_SCHEME: Final = re.compile(rf"\s*({_WORD})(?!\s*=)(?=\s|,|$)\s*")
_PARAMETER: Final = re.compile(rf"\s*({_WORD})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]+))\s*,?")
_LONGEST: Final = 8192


class Challenge(Struct, frozen=True):
    """One way in that a server offers. `scheme` and the names of `parameters` are in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """The challenges of a header, which may hold several. What cannot be read is left out."""
    header = header[:_LONGEST]
    found: list[Challenge] = []
    position = 0
    while (scheme := _SCHEME.match(header, position)) is not None:
        position = scheme.end()
        parameters: dict[str, str] = {}
        while (parameter := _PARAMETER.match(header, position)) is not None:
            quoted, plain = parameter[2], parameter[3]
            parameters[parameter[1].lower()] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            position = parameter.end()
        found.append(Challenge(scheme[1].lower(), parameters))
        while header[position : position + 1] in (",", " "):
            position += 1
    return tuple(found)
