"""The files of the truth set (README.md), read."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from msgspec import structs

from lading.formats.go_functions import write_functions
from lading.formats.sbom.purls import distribution_named, parse_purl
from lading.inventory.catalogers import red_hat, ubuntu_pro
from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.router import Router
from lading.model.build_records import BuildRecord
from lading.model.package import Distribution, Evidence, Inventory, Location, Package
from lading.model.reader import WantedFile

Status = Literal["AFFECTED", "UNDER_INVESTIGATION", "NOT_AFFECTED", "ABSENT"]
_KEYS = ("fixed", "severity", "fix_state", "kind", "hidden_reason")


@dataclass(frozen=True)
class Row:
    """What is true of one vulnerability in one package. `expected` are fields of the finding that are to have these
    values; `page` is where the upstream says so."""

    line: int
    status: Status
    vulnerability: str
    package: Package
    expected: dict[str, str]
    page: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.status} {self.vulnerability} in {self.package.purl}"


@dataclass
class Case:
    """One inventory and all that is true of it. `feeds` is what it is matched against: "shared", "own", or a held
    document and the layout path that it is read at."""

    feeds: tuple[str, ...]
    distribution: Distribution | None
    build_records: dict[str, BuildRecord] = field(default_factory=dict)
    symbols: dict[str, bytes] = field(default_factory=dict)
    packages: list[Package] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def inventory(self) -> Inventory:
        """As the catalogers give it."""
        order = sorted(self.packages, key=lambda one: (one.type, one.name, one.version, one.arch, one.purl))
        return Inventory(self.distribution, tuple(order), build_records=self.build_records, symbols=self.symbols)


class TruthFile:
    """One file: its inventories in order."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.cases: list[Case] = []
        self._feeds: tuple[str, ...] = ("shared",)
        self._page = ""
        self._group: list[Package] = []
        self._in_group = False
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                try:
                    self._read(shlex.split(line), number)
                except (ValueError, IndexError, LookupError) as error:
                    raise ValueError(f"{path}:{number}: {error}: {line}") from error

    @property
    def rows(self) -> list[Row]:
        """All rows of the file."""
        return [row for case in self.cases for row in case.rows]

    def _read(self, words: list[str], line: int) -> None:
        first, *rest = words
        if first.startswith("pkg:"):
            self._add_package(first, _pairs(rest))
        elif first in get_args(Status):
            self._add_row(cast(Status, first), rest, line)
        elif first == "feeds":
            self._feeds = tuple(rest)
        elif first == "page":
            (self._page,) = rest
        elif first == "inventory":
            distribution = distribution_named(*rest, *[""] * (2 - len(rest))) if rest else None
            self.cases.append(Case(self._feeds, distribution))
            self._group = []
        elif first == "record":
            path, content = rest
            self.cases[-1].build_records[path] = _build_record(path, content)
        elif first == "functions":
            path, *names = rest
            self.cases[-1].symbols[path] = write_functions(names)
        else:
            raise ValueError(f"{first} is none of the words that a line begins with")

    def _add_package(self, purl: str, facts: dict[str, str]) -> None:
        named = parse_purl(purl)
        if named is None:
            raise ValueError("this is no package URL")
        path = facts.pop("path", "")
        package = structs.replace(
            named.package,
            maintainer=facts.pop("maintainer", ""),
            owner=facts.pop("owner", ""),
            evidence=cast(Evidence, facts.pop("evidence", "sbom")),
            cpes=tuple(cpe for cpe in facts.pop("cpes", "").split() if cpe),
            locations=(Location(path, 1),) if path else (),
            properties=named.package.properties | facts,
        )
        if any(package.purl == other.purl for other in self.cases[-1].packages):
            raise ValueError("the package stands in this inventory already")
        self.cases[-1].packages.append(package)
        self._group = [*self._group, package] if self._in_group else [package]
        self._in_group = True

    def _add_row(self, status: Status, words: list[str], line: int) -> None:
        vulnerability, *rest = words
        pages = [word for word in rest if word.startswith("https://")]
        expected = _pairs(word for word in rest if word not in pages)
        if unknown := expected.keys() - set(_KEYS):
            raise ValueError(f"no finding has {', '.join(unknown)}")
        if expected and status in ("NOT_AFFECTED", "ABSENT"):
            raise ValueError("what is not found has no fields")
        if not self._group:
            raise ValueError("a row needs a package above it")
        self._in_group = False
        for package in self._group:
            page = (
                pages[0]
                if pages
                else self._page.format(vulnerability=vulnerability, lower=vulnerability.lower(), package=package.name)
            )
            if not page:
                raise ValueError("where does the upstream say so?")
            self.cases[-1].rows.append(Row(line, status, vulnerability, package, expected, page))


def _build_record(path: str, content: str) -> BuildRecord:
    routes = Router([red_hat.CATALOGER, ubuntu_pro.CATALOGER]).routes(path)
    if not routes:
        raise ValueError(f"{path} is no place of a build record")
    result: CatalogerResult = routes[0].reader.parse(WantedFile(path, 0o644, content.encode()))
    if result.build_record is None:
        raise ValueError("this is no build record")
    return result.build_record


def _pairs(words: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise ValueError(f"{word} is not of the form key=value")
        pairs[key] = value
    return pairs
