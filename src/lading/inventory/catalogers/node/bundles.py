"""JavaScript that a bundler (webpack, esbuild, Rollup, Vite, Parcel, Browserify …) put together, and libraries that
were copied as one file: no package manager knows of either. A library is told by what its code says of its version,
which outlives minifying (bundled.json beside this module, whose records are `Rule`s); by the path of a module that has
a version in it, as bundlers note it down in comments and source maps; or by a package.json that was bundled with the
code. All else in a bundle stays unknown, so that the bundle is named as such.

Source: what these bundlers write; for the paths pnpm's "Symlinked node_modules structure", Yarn's "Offline cache"
(names of its archives) and the isolated installs of Bun and Deno; ECMA-426 for source maps.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pkgutil import get_data
from typing import Final

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.package import Evidence
from lading.model.properties import BUNDLED_IN
from lading.model.reader import PACE_OF_PROGRAMS, WantedFile
from lading.safeio.limits import Spend

BUNDLE: Final = "JavaScript bundle"
_SCRIPTS = (".js", ".mjs", ".cjs")
_MAP = ".map"
_MOST_BYTES = 32 * 1024 * 1024
_MOST_VERSIONS = 20_000
_A_PATH, _A_MANIFEST = 2, 12
_VERSIONS_A_STEP, _BYTES_A_STEP = 8, 400
"""What a match, and what going through a text for one expression costs, in steps (see lading.safeio.limits.Work)."""
_LONGEST_MANIFEST = 4_000
_BEGINNING = 400
# Counts are bounded, so that no content makes a search quadratic.
_NAME = r"(?:@[a-z0-9][\w.-]{0,100}%s)?[a-zA-Z0-9][\w.-]{0,100}"
_VERSION = r"(?P<version>\d{1,6}\.\d{1,6}\.\d{1,8}(?:-[0-9A-Za-z.-]{1,40}?)??)"
_QUOTE = "[\"'`]"
_COMMENTS = r"(?:\s{0,40}(?://[^\n]{0,160}|/\*[^/]{0,400}\*/)){0,3}"
_MARKS = (
    b"exports:{}}", b"__webpack_", b"webpackChunk", b"webpackJsonp", b"__nccwpck_require__", b"parcelRequire",
    b"__commonJS(", b"getDefaultExportFromCjs", b"\n// node_modules/", b"//#region node_modules/",
    b"Bundled license information:", b"TURBOPACK", b".relList;if(", b"__BUNDLE_START_TIME__",
)  # fmt: skip
"""What bundlers write around the modules of others, or beside them."""
_PLACES = (
    # pnpm: node_modules/.pnpm/@vue+shared@3.4.21/node_modules/@vue/shared/…; Bun and Deno alike, in other directories
    rf"node_modules/\.(?:pnpm|bun|deno)/{_NAME % '[+]'}@{_VERSION}(?:[+_(][^/\s\"'`]{{0,300}})?/node_modules/"
    rf"(?P<name>{_NAME % '/'})/",
    # Yarn: .yarn/cache/@vue-shared-npm-3.4.21-0123456789-8.zip/node_modules/@vue/shared/…
    rf"-npm-{_VERSION}-[0-9a-f]{{10}}(?:-[0-9a-z]{{1,20}})?\.zip/node_modules/(?P<name>{_NAME % '/'})/",
)
_MANIFEST = (
    rf"name{_QUOTE}?\s?:\s?{_QUOTE}(?P<name>{_NAME % '/'}){_QUOTE},\s{{0,40}}"
    rf"{_QUOTE}?version{_QUOTE}?\s?:\s?{_QUOTE}{_VERSION}{_QUOTE},"
)
_SOME_VERSION = re.compile(rb"\d\.\d{1,6}\.\d")
_REPOSITORY = re.compile(rb"repository[\"']?\s?:")
_MANAGERS = {
    "yarn": re.compile(r"(?:^|/)yarn(?:-v[\d.]{1,20})?/lib/cli\.js$"),
    "@yarnpkg/cli": re.compile(r"(?:^|/)yarn(?:-[\w.-]{1,40})?\.c?js$"),
}
"""Package managers that are published as one file, which lies in images as it is, and where. What is in it is theirs,
as with every package that is installed whole."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code of the package `name` has `hint` in it, and matches one of the regular expressions `says`. In these
    `{v}` stands for the version, `{q}` for any quotation mark and `{c}` for comments; a group `id` is the name of
    the variable that has the version."""

    name: str
    hint: str
    says: tuple[str, ...]


def parse(file: WantedFile) -> CatalogerResult:
    """The packages that a script, a source map or the licenses beside a bundle are known to hold."""
    data = file.content[:_MOST_BYTES]
    versions = _versions_in(data)
    is_too_much = len(data) >= _MOST_BYTES or versions >= _MOST_VERSIONS  # of which no bundle has as much
    stated = () if is_too_much or file.path.endswith(_MAP) else _iter_said(data, versions, file.spend)
    found = list(dict.fromkeys((*stated, *_iter_placed(data, file.spend), *_iter_manifests(data, file.spend))))
    is_bundle = file.path.endswith(_SCRIPTS) and (is_too_much or any(mark in data for mark in _MARKS))
    own = _own(file.path, data, found) if is_bundle else None
    if own and own[0] in _MANAGERS:
        found = [own]
    evidence: Evidence = "static" if is_bundle and own is None else "bundled"
    copied = {BUNDLED_IN: own[0]} if own else {}
    packages = tuple(
        FoundPackage("npm", name, version, evidence=evidence, properties=copied if (name, version) != own else {})
        for name, version in found
    )
    return CatalogerResult(packages=packages, unknown=BUNDLE if is_bundle else "")


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are tried."""
    return msgspec.json.decode(get_data(__package__, "bundled.json") or b"", type=tuple[Rule, ...])


def _versions_in(data: bytes) -> int:
    """How many versions stand in a text, up to the most that are looked at."""
    return sum(1 for _ in islice(_SOME_VERSION.finditer(data), _MOST_VERSIONS))


def _iter_said(data: bytes, versions: int, spend: Spend) -> Iterator[tuple[str, str]]:
    """What the code of a library says of its version, in a text with so many versions."""
    steps = versions // _VERSIONS_A_STEP + len(data) // _BYTES_A_STEP
    for hint, name, patterns in _compiled_rules():
        if hint in data:
            spend(steps * len(patterns))
            if version := _said(patterns, data):
                yield name, version


def _said(patterns: tuple[re.Pattern[bytes], ...], data: bytes) -> str:
    for pattern in patterns:
        match = pattern.search(data)
        if match is not None and (version := match.groupdict().get("version") or _variable(match, data)):
            return version.decode()
    return ""


def _variable(match: re.Match[bytes], data: bytes) -> bytes:
    """The version that the variable has whose name was matched: by its last definition in front, else the first."""
    name = match.groupdict().get("id")
    if not name:
        return b""
    defined = re.compile(rf"(?<![\w$.]){re.escape(name.decode())}\s?=\s?{_QUOTE}{_VERSION}{_QUOTE}".encode())
    versions = [(one.start(), one["version"]) for one in defined.finditer(data)]
    before = [version for place, version in versions if place < match.start()]
    return before[-1] if before else versions[0][1] if versions else b""


def _iter_placed(data: bytes, spend: Spend) -> Iterator[tuple[str, str]]:
    """What the paths of modules say."""
    spend(sum(map(data.count, (b"node_modules/.", b"-npm-"))))
    for pattern in _compiled(_PLACES):
        for match in pattern.finditer(data):
            spend(_A_PATH)
            yield match["name"].decode(), match["version"].decode()


def _iter_manifests(data: bytes, spend: Spend) -> Iterator[tuple[str, str]]:
    """What published packages say of themselves whose package.json was bundled."""
    (pattern,) = _compiled((_MANIFEST,))
    for match in pattern.finditer(data):
        spend(_A_MANIFEST)
        if _REPOSITORY.search(data, match.end(), match.end() + _LONGEST_MANIFEST):
            yield match["name"].decode(), match["version"].decode()


def _own(path: str, data: bytes, found: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """The library that a file is by its name and its first lines, or the package manager: a bundler made it."""
    file, head = path.rpartition("/")[2].lower(), data[:_BEGINNING]
    for name, version in found:
        stem = name.rpartition("/")[2].removesuffix(".js").removesuffix("js")
        manager = _MANAGERS.get(name)
        if manager.search(path) if manager else stem in file and version.encode() in head:
            return name, version
    return None


@cache
def _compiled_rules() -> tuple[tuple[bytes, str, tuple[re.Pattern[bytes], ...]], ...]:
    return tuple((rule.hint.encode(), rule.name, _compiled(tuple(map(_written_out, rule.says)))) for rule in rules())


def _written_out(says: str) -> str:
    for mark, meaning in (("{v}", _VERSION), ("{q}", _QUOTE), ("{c}", _COMMENTS)):
        says = says.replace(mark, meaning)
    return says


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    return tuple(re.compile(pattern.encode()) for pattern in patterns)


CATALOGER = Cataloger(
    name="bundles",
    version=3,
    parse=parse,
    patterns=tuple(f"**/*{ending}" for ending in (*_SCRIPTS, ".js.map", ".mjs.map", ".cjs.map", ".js.LICENSE.txt")),
    not_below=("node_modules", "nodejs"),
    pace=PACE_OF_PROGRAMS,
)
