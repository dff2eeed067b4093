"""Debian's copyright files: which licences a package states, machine-readable or in free words.

Source: the machine-readable debian/copyright format 1.0 (DEP-5) and what came before it; Debian Policy 12.5: a package
may take its directory of documentation, and the copyright file in it, from another of the same source.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct

from lading.formats.decoders.deb822 import iter_paragraphs
from lading.formats.licenses.expressions import meaning_of
from lading.formats.licenses.texts import licenses_in
from lading.model.reader import Content

_FIELDS: Final = ("format", "format-specification", "files", "license", "copyright")
_MOST_PATTERNS: Final = 60
_MOST_PARTS: Final = 1000
_LONGEST_NAME: Final = 300
_BUILDING: Final = re.compile(
    r"(?:\./)?(?:debian(?:/.*)?|(?:.*/)?(?:m4|build-aux|autotools|config-aux|tests?|t|testsuite|testing|testdata|ci)/.*|"
    r"(?:.*/)?(?:aclocal\.m4|ar-lib|autogen\.sh|bootstrap(?:\.sh)?|compile|config\.(?:guess|sub|rpath)|configure(?:\.ac|\.in)?|"
    r"depcomp|INSTALL|install-sh|ltmain\.sh|Makefile\.(?:in|am)|missing|mkinstalldirs|test-driver|ylwrap|[^/]*\.m4))"
)
"""What serves to build or to test, and is in no binary package."""


class CopyrightPart(Struct, frozen=True, array_like=True):
    """What one paragraph states: for `files` (patterns of the source, empty for the whole package) the licences `name`
    in Debian's words, and those whose words stand with it (`texts`, expressions of SPDX)."""

    files: tuple[str, ...]
    name: str
    texts: tuple[str, ...] = ()


def parse_copyright(content: Content) -> tuple[CopyrightPart, ...]:
    """The parts of a copyright file. One in free words is a single part without a name."""
    paragraphs = [one.fields for one in iter_paragraphs(content, _FIELDS)]
    if not paragraphs or not ({"format", "format-specification"} & paragraphs[0].keys()) or not _stated(paragraphs):
        return (CopyrightPart((), "", licenses_in(content[:].decode("utf-8", "replace"))),)
    alone = [one for one in paragraphs if "license" in one and "files" not in one and "format" not in one]
    texts = {_name(one["license"]): one["license"] for one in reversed(alone)}
    parts = [_part(one, texts) for one in paragraphs[:_MOST_PARTS] if "license" in one and one not in alone]
    return tuple(dict.fromkeys(parts))


def stated_licenses(parts: Iterable[CopyrightPart]) -> tuple[str, ...]:
    """The licences of the binary packages of a source: expressions of SPDX, and in Debian's words what is not known.
    What serves only to build or test the source is left out, where a file says so."""
    kept = [one for one in parts if not one.files or not all(map(_is_building, one.files))]
    stated: dict[str, None] = {}
    for part in kept:
        found = meaning_of(part.name) if part.name else None
        if found is not None:
            stated[found.expression] = None
        elif part.texts:
            stated |= dict.fromkeys(part.texts)
        elif part.name:
            stated[part.name] = None
    return tuple(stated)


def _stated(paragraphs: Iterable[Mapping[str, str]]) -> bool:
    return any("license" in one for one in paragraphs)


def _part(paragraph: Mapping[str, str], texts: Mapping[str, str]) -> CopyrightPart:
    name = _name(paragraph["license"])
    files = tuple(paragraph.get("files", "").replace(",", " ").split()[:_MOST_PATTERNS])
    if meaning_of(name) is not None:
        return CopyrightPart(files, name)
    own = paragraph["license"] if "\n" in paragraph["license"] else texts.get(name, "")
    if own:
        return CopyrightPart(files, name, licenses_in(own))
    return CopyrightPart(files, _with_known(name, texts))


def _with_known(name: str, texts: Mapping[str, str]) -> str:
    """An expression in Debian's words, the names in it that only a paragraph of its own explains in SPDX's."""
    for one, text in texts.items():
        if one and one in name and meaning_of(one) is None and (found := licenses_in(text)):
            expression = f"({' AND '.join(f'({each})' if ' OR ' in each else each for each in found)})"
            name = re.sub(rf"(?<![\w.+-]){re.escape(one)}(?![\w.+-])", expression.replace("\\", ""), name)
    return name


def _name(license: str) -> str:
    return " ".join(license.partition("\n")[0].split())[:_LONGEST_NAME]


@lru_cache(maxsize=4096)
def _is_building(pattern: str) -> bool:
    return _BUILDING.fullmatch(pattern) is not None
