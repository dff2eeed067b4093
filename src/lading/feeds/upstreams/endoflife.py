"""endoflife.date: until when the releases of distributions, languages and servers are supported.

Source: https://endoflife.date/docs/api/ (version 0, a document for each product) and
https://endoflife.date/docs/api/v1/ (version 1, of which one document holds all products).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit, read_document
from lading.model.advisory import Cycle, LifeCycle, ShardName
from lading.model.errors import FeedError

_SITE: Final = "https://endoflife.date"
_FULL: Final = Document("endoflife/api/v1/products/full.json", f"{_SITE}/api/v1/products/full")
_PATH: Final = re.compile(r"endoflife/api/(?:v1/products/)?([\w.+-]+?)(?:\.json|/index\.json|/)?", re.ASCII)
_LISTS: Final = ("all", "products", "v1")
"""Documents that only name the products."""
_LIMIT: Final = 200_000_000
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ENDED: Final = "ended"
_FREE_EXTENSION: Final = frozenset({"debian"})
"""Products whose extended support is for everybody, by the repositories a release has anyway: Debian LTS."""


class _Old(Struct, frozen=True):
    """A release in version 0. Instead of a day `eol` may say whether it has ended, and `extendedSupport` whether there
    is such support, whose end is then not known."""

    cycle: str | int | float
    eol: str | bool | None = None
    extended: str | bool | None = field(default=None, name="extendedSupport")
    latest: str | int | float | None = None
    updated: str | None = field(default=None, name="latestReleaseDate")


class _Latest(Struct, frozen=True):
    name: str | None = None


class _Release(Struct, frozen=True, rename="camel"):
    """A release in version 1."""

    name: str
    is_eol: bool = False
    eol_from: str | None = None
    is_eoes: bool | None = None
    eoes_from: str | None = None
    latest: _Latest | None = None


class _Product(Struct, frozen=True):
    name: str
    releases: list[msgspec.Raw] = []


class _Answer(Struct, frozen=True):
    result: msgspec.Raw
    last_modified: str = ""
    generated_at: str = ""


def parse_products(files: Mapping[str, Path], build: Build) -> None:
    """The one shard, of life cycles alone. What version 1 says of a product stands before what version 0 says.

    Raises FeedError when a document is of neither version.
    """
    writer = build.shard("endoflife", "")
    if writer is None:
        return
    products: dict[str, LifeCycle] = {}
    for path in sorted(files, key=lambda path: ("/v1/" in path, path)):
        data = read_document(files[path], _LIMIT)
        reader = _read_old if data.lstrip()[:1] == b"[" else _read_new
        try:
            products.update((life.product, life) for life in reader(path, data, build))
        except UNREADABLE as error:
            raise FeedError(f"{files[path]}: not a document of endoflife.date: {error}") from error
    for life in products.values():
        writer.add_life_cycle(life)


def _read_old(path: str, data: bytes, build: Build) -> Iterator[LifeCycle]:
    match = _PATH.fullmatch(path)
    product = match[1] if match else path
    cycles = []
    for raw in msgspec.json.decode(data, type=list[msgspec.Raw]):
        try:
            old = msgspec.json.decode(raw, type=_Old)
        except UNREADABLE:
            build.skip(f"{product}: {_start(raw)}")
            continue
        # A release that is only planned has a date to come, an update never has.
        if old.updated:
            build.date(old.updated)
        extended = _end(old.extended) if isinstance(old.extended, str) else ""
        cycles.append(_cycle(product, str(old.cycle), _end(old.eol), extended, str(old.latest or "")))
    yield LifeCycle(product, tuple(cycles))


def _read_new(path: str, data: bytes, build: Build) -> Iterator[LifeCycle]:
    answer = msgspec.json.decode(data, type=_Answer)
    build.date(answer.last_modified or answer.generated_at)
    several = bytes(answer.result).lstrip()[:1] == b"["
    entries = msgspec.json.decode(answer.result, type=list[msgspec.Raw]) if several else [answer.result]
    for raw in entries:
        try:
            product = msgspec.json.decode(raw, type=_Product)
        except UNREADABLE:
            build.skip(f"{path}: {_start(raw)}")
            continue
        yield LifeCycle(product.name, tuple(_releases(product, build)))


def _releases(product: _Product, build: Build) -> Iterator[Cycle]:
    for raw in product.releases:
        try:
            one = msgspec.json.decode(raw, type=_Release)
        except UNREADABLE:
            build.skip(f"{product.name}: {_start(raw)}")
            continue
        latest = (one.latest.name or "") if one.latest else ""
        end, extended = _end(one.eol_from or one.is_eol), _end(one.eoes_from or one.is_eoes)
        yield _cycle(product.name, one.name, end, extended, latest)


def _cycle(product: str, name: str, end: str, extended: str, latest: str) -> Cycle:
    if product in _FREE_EXTENSION and extended:
        end, extended = extended, ""
    return Cycle(name, end, extended, latest)


def _end(said: str | bool | None) -> str:
    if isinstance(said, str):
        return said[:10] if _DAY.match(said) else ""
    return _ENDED if said else ""


def _start(raw: msgspec.Raw) -> str:
    return bytes(raw)[:60].decode("utf-8", "replace")


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    paths = [] if held is None else [path for path in held if _names_products(path)]
    documents = tuple(Document(path, f"{_SITE}/{path.removeprefix('endoflife/')}") for path in paths)
    if held is None:
        documents = (_FULL,)
    return (Unit("endoflife", documents, parse_products),) if documents else ()


def _names_products(path: str) -> bool:
    match = _PATH.fullmatch(path)
    return match is not None and match[1] not in _LISTS


def _unit_for(shard: ShardName) -> Unit | None:
    return _units(None)[0] if shard == "endoflife" else None


FEED = Feed("endoflife", "endoflife.date", _units, _unit_for)
