"""Paragraphs of fields, as Debian's tools and opkg write them.

Source: deb822(5); dpkg's lib/dpkg/parse.c for what it takes: white space before a colon, further lines that begin with
any white space, the end-of-file character of MS-DOS in place of a line feed.
"""

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

from lading.model.reader import Content
from lading.safeio.content import iter_pieces

_LARGEST = 1_000_000
_FIELD = re.compile(rb"^([^\s:\0]++)[ \t\r\v\f]*+:(.*+(?:\n[ \t\r\v\f].*+)*+)", re.MULTILINE)
_BLANK = re.compile(rb"\n[ \t\r\v\f]+(?=\n|\Z)")
_SOURCE = re.compile(r"([^\s(]+)[^(]*+(?:\(([^)]*+))?")


class Paragraph(Struct, frozen=True):
    """Fields by lower-case name; `fault` says what is wrong with the paragraph as a whole, "" for nothing."""

    fields: dict[str, str]
    fault: str = ""


def iter_paragraphs(content: Content, fields: Collection[str]) -> Iterator[Paragraph]:
    """Those of `fields` (lower-case names) that each paragraph has. Values end at a NUL, as they do in C; of a field
    that comes twice, which no tool writes or reads, the first counts. Paragraphs without any are left out; of one above
    1 MB nothing is read."""
    for stanza in _iter_stanzas(content):
        if stanza is None:
            yield Paragraph({}, f"an entry of more than {_LARGEST:,} bytes")
            continue
        for part in _BLANK.sub(b"\n\n", stanza).split(b"\n\n") if _BLANK.search(stanza) else (stanza,):
            paragraph = _paragraph(part, fields)
            if paragraph.fields:
                yield paragraph


def source_of(text: str, name: str, version: str) -> tuple[str, str]:
    """Name and version of the source package that the field Source states ("glibc (2.36-9)"), which are the package's
    own `name` and `version` where it does not. The version is what stands behind the first bracket, however it stands
    there, as dpkg takes it (lib/dpkg/pkg-show.c)."""
    match = _SOURCE.match(text)
    if match is None:
        return name, version
    return match[1], (match[2] or "").strip() or version


def _paragraph(stanza: bytes, fields: Collection[str]) -> Paragraph:
    found: dict[str, str] = {}
    fault = ""
    for key, value in _FIELD.findall(stanza):
        name = key.lower().decode("ascii", "replace")
        if name in fields:
            if name in found:
                fault = f"the field {name.capitalize()} comes twice"
            else:
                found[name] = value.partition(b"\0")[0].decode("utf-8", "backslashreplace").strip()
    return Paragraph(found, fault)


def _iter_stanzas(content: Content) -> Iterator[bytes | None]:
    """What stands between blank lines, None for what is too large."""
    rest = b""
    is_skipped = False
    for piece in iter_pieces(content):
        *stanzas, rest = (rest + piece).replace(b"\r\n", b"\n").replace(b"\x1a", b"\n").split(b"\n\n")
        if stanzas and is_skipped:
            del stanzas[0]
            is_skipped = False
        yield from (stanza if len(stanza) <= _LARGEST else None for stanza in stanzas)
        if len(rest) > _LARGEST and not is_skipped:
            yield None
            is_skipped = True
        if is_skipped:
            rest = rest[-1:]
    if not is_skipped:
        yield rest
