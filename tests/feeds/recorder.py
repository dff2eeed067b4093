"""A Build that keeps what a parser gives it, for the tests of feeds."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from lading.feeds.feed import Build
from lading.formats.decoders.osv.ecosystems import ECOSYSTEMS, shard_name
from lading.model.advisory import Advisory, AdvisoryText, KnownExploited, LifeCycle, Names, VulnerabilityRecord
from lading.model.distributions import shard_info

_FACTS = (
    "cve", "endoflife", "epss", "kev", "kev-euvd", "kev-vulncheck", "nvd", "nvd-overrides", "redhat-repositories",
)  # fmt: skip
_LANGUAGES = frozenset(shard_name(name) for name, one in ECOSYSTEMS.items() if not one.distribution)
_OF_LANGUAGES = ("chainguard-", "friendsofphp", "github-", "gitlab-", "rubysec", "seal-")


class Writer:
    """What was put into one shard, in order."""

    def __init__(self, scheme: str, names: Names) -> None:
        self.scheme = scheme
        self.names = names
        self.advisories: list[Advisory] = []
        self.texts: dict[str, AdvisoryText] = {}
        self.exploited: list[KnownExploited] = []
        self.facts: dict[str, VulnerabilityRecord] = {}
        self.life_cycles: dict[str, LifeCycle] = {}

    def add(self, advisory: Advisory) -> None:
        self.advisories.append(advisory)

    def add_text(self, text: AdvisoryText) -> None:
        self.texts[text.id] = text

    def add_exploited(self, entry: KnownExploited) -> None:
        self.exploited.append(entry)

    def add_facts(self, facts: VulnerabilityRecord) -> None:
        self.facts[facts.id] = facts

    def add_life_cycle(self, life: LifeCycle) -> None:
        self.life_cycles[life.product] = life


class Recorder:
    """A Build that keeps what it is given, of the shards `wanted` (none: all). Every shard is one of facts, of a
    language, or of a distribution that stands in the table of distributions."""

    def __init__(self, *wanted: str) -> None:
        self._wanted = wanted
        self.shards: dict[str, Writer] = {}
        self.skipped: list[str] = []
        self.dates: list[str] = []
        self.years: list[str] = []

    def wants(self, name: str) -> bool:
        return not self._wanted or name in self._wanted

    def shard(self, name: str, scheme: str, names: Names = "source") -> Writer | None:
        assert shard_info(name) or name in _FACTS or name in _LANGUAGES or name.startswith(_OF_LANGUAGES), (
            f"model/data/distributions.json has no row for {name}"
        )
        return self.shards.setdefault(name, Writer(scheme, names)) if self.wants(name) else None

    def skip(self, record: str) -> None:
        self.skipped.append(record)

    def newest_year(self, year: str) -> None:
        self.years.append(year)

    def date(self, day: str) -> None:
        self.dates.append(day)


Parser = Callable[[Mapping[str, Path], Build], None]


def parse(parser: Parser, path: str, document: object, tmp_path: Path) -> Recorder:
    """What `parser` makes of one document, which lies at `path` of the layout."""
    file = tmp_path / "document"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    recorder = Recorder()
    parser({path: file}, recorder)  # type: ignore[arg-type]
    return recorder
