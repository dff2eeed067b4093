"""Licences in every file: whole texts, grants in headers, SPDX's tags; and the texts themselves, for notices."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, msgpack

from lading.checks.licenses.files import TEXT_CAP, licenses_of_text
from lading.formats.licenses.categories import Categories
from lading.formats.licenses.expressions import conjuncts, meaning_of
from lading.formats.licenses.packages import file_issues
from lading.formats.licenses.texts import known_text
from lading.model.checks import Case, Checker, CheckResult, Issue, Observed
from lading.model.diagnostics import diagnostic
from lading.model.licenses import LicenseText
from lading.model.reader import PACE_OF_PROGRAMS, Reader, WantedFile
from lading.safeio.zstd import ZstdDecompressor, compress

_NAMED: Final = re.compile(
    r"(?i)(?:(?:un)?licen[cs]es?|copying|copyright|notices?|legal|third[-_]?party[-_]?(?:notices?|licen[cs]es?)|"
    r"[a-z0-9.-]+[-_.]licen[cs]e|licen[cs]e[-_.][a-z0-9.-]+)(?:[-_.](?:lesser|lib|mit|bsd|apache|2\.0))?"
    r"(?:\.(?:txt|md|rst|html?))?"
)
_OTHER: Final = re.compile(
    r"(?i)\.(?:py[co]?|js|mjs|cjs|ts|css|go|rs|rb|java|class|php|c|h|cc|cpp|sh|json|ya?ml|toml|so|xml|list|gz|xz|zst|zip)$"
)
_HEADER: Final = (
    b"SPDX-License-Identifier",
    b"icensed under",
    b"GNU ",
    b"Redistribution and use",
    b"Permission is hereby",
)
_SHARED: Final = re.compile(r"(?:.*/)?share/(?:common-licenses|licenses)/.*")
"""Where distributions keep texts of licenses, whatever these are called."""
_OF_PACKAGES: Final = re.compile(r"(?:.*/)?share/(?:common-licenses/.*|doc/[^/]+/copyright)")
"""Where Debian keeps what the copyright files of its packages say, which are read for the packages."""


class _Seen(Struct, frozen=True, array_like=True):
    """What lies in a file: the licences, and the text where the file is one of them (zstd)."""

    licenses: tuple[str, ...]
    text: bytes = b""


_decode = msgpack.Decoder(_Seen).decode


def license_texts(case: Case) -> tuple[LicenseText, ...]:
    """The license and notice files of an image, each text once with all its paths."""
    texts: dict[str, tuple[tuple[str, ...], list[str]]] = {}
    for path, _, one in _each(case):
        if one.text:
            texts.setdefault(_inflated(one.text), (one.licenses, []))[1].append(path)
    found = (LicenseText(tuple(paths), licenses, text) for text, (licenses, paths) in texts.items())
    return tuple(sorted(found, key=lambda one: one.paths))


def _run(case: Case) -> CheckResult:
    """The licences in files of categories that are an issue."""
    found = dict.fromkeys(issue for path, layer, one in _each(case) for issue in _licenses(path, layer, one))
    return CheckResult(tuple(file_issues(found, Categories(case.examined.inputs.license_terms))))


def _licenses(path: str, layer: int, seen: _Seen) -> Iterator[Issue]:
    """The licences in a file that state which they are, whatever their categories."""
    if _OF_PACKAGES.fullmatch(path):
        return
    for text in seen.licenses:
        found = meaning_of(text)
        for id in conjuncts(found.expression) if found is not None else ():
            yield Issue(
                id=id, kind="license", title="", severity="unknown", message="in a file", path=path, layer=layer
            )


def _each(case: Case) -> Iterator[tuple[str, int, _Seen]]:
    for file in case.files(EVERY_FILE.name):
        yield file.path, file.layer, _decode(file.facts)


def _takes(path: str, head: bytes) -> bool:
    return b"\0" not in head and (_is_text(path) or any(one in head for one in _HEADER))


def _is_text(path: str) -> bool:
    """Whether a file is a license or a notice by its name or its place."""
    name = path.rpartition("/")[2]
    return (_NAMED.fullmatch(name) is not None and not _OTHER.search(name)) or _SHARED.fullmatch(path) is not None


def _observe(file: WantedFile) -> Observed:
    whole = _is_text(file.path)
    seen = _seen(file.content[:TEXT_CAP], whole=whole)
    size = file.stat.size if file.stat is not None else 0
    message = f"{size:,} bytes: licenses behind the first {TEXT_CAP:,} are not known"
    diagnostics = (diagnostic("licenses-limit", message, file.path),) if whole and size > TEXT_CAP else ()
    return Observed(msgpack.encode(seen) if seen.licenses or seen.text else b"", diagnostics)


def _seen(content: bytes, *, whole: bool) -> _Seen:
    known = known_text(content.decode("utf-8", "replace")) if whole else ""
    return _Seen((known,) if known else licenses_of_text(content), compress(content) if whole else b"")


def _inflated(text: bytes) -> str:
    return ZstdDecompressor().decompress(text, TEXT_CAP).decode("utf-8", "replace")


EVERY_FILE: Final = Reader(
    name="license-texts",
    version=2,
    parse=_observe,
    everything=True,
    takes=_takes,
    head=TEXT_CAP,
    inside=True,
    pace=PACE_OF_PROGRAMS,
)
"""What every file says of licenses."""

CHECKER: Final = Checker("license-files", (EVERY_FILE,), _run, compares=False)
