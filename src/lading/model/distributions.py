"""What is known of distributions: one row each, in `data/distributions.json`.

Sources: os-release(5); Debian's and Ubuntu's release names; https://endoflife.date (names of products, days of end of
support); the OSV schema, "Defined Ecosystems"; package-url's types-doc. How to add one: docs/add-a-distribution.md.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final, Literal

import msgspec
from msgspec import Struct

from lading.model.advisory import Names
from lading.model.rebuilders import PREFIXES

Rules = tuple[tuple[str, str], ...]
"""Regular expressions for the beginning of a text in lower case, and what the first one that holds makes of it."""

_LONGEST: Final = 30
"""Versions are read up to here."""
_OF_FALLBACKS: Final = "osv"
"""What stands before the names of shards that OSV's export fills beside a distribution's own source."""


class DistributionInfo(Struct, frozen=True, forbid_unknown_fields=True):
    """One distribution, or several that are matched alike.

    Names: `ids` of os-release, the first for whoever calls it by another name; `name` for people; `other_names`, in
    lower case, are those of package URLs and of others' bills of materials; `ecosystem` is OSV's, empty for none.

    Releases: `package_type` is the package URL type of its packages; `releases` make the name of a release, which is
    that of the shard that matches it, from a version, `codenames` a version from a code name; `families` are what the
    names of shards with its data begin with (none where it is matched by another one's); `point_releases` tells that
    further numbers of a version are no part of it (12.5 is 12). `ecosystem_releases` stand for `releases` where OSV
    writes them otherwise; `ecosystem_names` tells which names OSV's records go by.

    Matching: `lesser_sources` have shards beside the best one, in that order: what stands before the names of theirs.
    `publishes` is "open" where it names vulnerabilities that it has not fixed, so that what it ships takes its status
    from it; "fixes" where it is silent about them, so that its word stands for those alone that it names. `vendors` are
    words in the vendor of its own rpm packages, in any case, and of the systems that it rebuilds, whose packages are
    the same; none where nothing tells. `keys` are the owners of the keys that sign them (model/signing_keys.py). `epel`
    tells that Fedora's repository for RHEL (EPEL) is built for it.
    `severity_sources` are those whose severities are the distribution's own word.

    Support: `life_cycle` is its product at endoflife.date; that of `other_life_cycles` counts whose word the system's
    pretty name holds. `end_of_support` has days (ISO 8601) by release, for when endoflife.date is not held.
    """

    ids: tuple[str, ...]
    name: str
    package_type: str
    releases: Rules
    publishes: Literal["open", "fixes"]
    other_names: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    codenames: dict[str, str] = {}
    point_releases: bool = False
    ecosystem: str = ""
    ecosystem_releases: Rules = ()
    ecosystem_names: Names = "source"
    lesser_sources: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    epel: bool = False
    severity_sources: tuple[str, ...] = ()
    life_cycle: str = ""
    other_life_cycles: dict[str, str] = {}
    end_of_support: dict[str, str] = {}

    @property
    def is_rolling(self) -> bool:
        """Whether it has one release alone, whatever the version."""
        return self.releases[-1][0] == ""

    def release(self, version: str, codename: str = "") -> str:
        """The release of a version of any precision, or of a code name; empty when it is none."""
        named = self.codenames.get(codename.lower(), "")
        return _made(self.releases, version[:_LONGEST]) or _made(self.releases, named)

    def version_id(self, version: str, release: str) -> str:
        """The version that tells a release: empty for rolling ones, the release's own number where it is left out."""
        if self.is_rolling:
            return ""
        if version and not self.point_releases:
            return version
        number = release.rpartition("-")[2]
        return number if number[:1].isdigit() else ""


@cache
def distributions() -> tuple[DistributionInfo, ...]:
    """The rows of the table."""
    from pkgutil import get_data

    return msgspec.json.decode(
        get_data(__package__, "data/distributions.json") or b"", type=tuple[DistributionInfo, ...]
    )


def distribution_info(id: str) -> DistributionInfo | None:
    """The row of an ID of os-release, None when Lading knows none."""
    return _by_id().get(id)


def distribution_id(name: str) -> str:
    """The ID of os-release of a distribution by any name; the name in lower case when Lading knows none."""
    return _ids_by_name().get(name.lower(), name.lower())


def release_of(id: str, version: str, codename: str = "") -> str:
    """The release ("debian-12", "alpine-3.20", "alpine-edge", "wolfi", "rhel-9", "sles-15.5", "openeuler-24.03-lts") of
    a distribution by its os-release ID and a version of any precision or a code name; empty when Lading knows none."""
    info = distribution_info(id)
    return info.release(version, codename) if info is not None else ""


def codenames(id: str) -> Mapping[str, str]:
    """The versions of a distribution by their code names."""
    info = distribution_info(id)
    return info.codenames if info is not None else {}


@lru_cache(maxsize=4096)
def shard_info(shard: str) -> DistributionInfo | None:
    """The row of the distribution whose data a shard has: by the name of a release, with or without the name of a
    lesser source before it ("oval-rhel-9") or a channel in it ("ubuntu-pro-22.04"). None for other shards."""
    source, _, rest = shard.partition("-")
    name = begin = rest if source in _sources() else shard
    while name:
        info = _by_family().get(name)
        if info is not None and (name == begin or not info.is_rolling):
            return info
        name = name.rpartition("-")[0]
    return None


def end_of_support(shard: str) -> str:
    """The day (ISO 8601) on which the release of a shard goes out of support, as far as the table knows; else empty."""
    info = shard_info(shard)
    return info.end_of_support.get(shard.removeprefix(f"{_OF_FALLBACKS}-"), "") if info is not None else ""


def ecosystem_release(ecosystem: str, release: str) -> str:
    """The release of an OSV ecosystem (`Debian`) by what follows its colon (`12`, `Linux Enterprise Server 15 SP5`);
    empty when Lading knows none."""
    rows = (info for info in distributions() if info.ecosystem == ecosystem)
    made = (_made(info.ecosystem_releases or info.releases, release) for info in rows)
    return next(filter(None, made), "")


def _made(rules: Rules, text: str) -> str:
    matches = ((re.match(pattern, text.lower(), re.ASCII), made) for pattern, made in rules)
    return next((match.expand(made) for match, made in matches if match), "")


@cache
def _by_id() -> Mapping[str, DistributionInfo]:
    return {id: info for info in distributions() for id in info.ids}


@cache
def _ids_by_name() -> Mapping[str, str]:
    named = {name: info.ids[0] for info in distributions() for name in (info.name.lower(), *info.other_names)}
    return named | {id: id for id in _by_id()}


@cache
def _by_family() -> Mapping[str, DistributionInfo]:
    return {family: info for info in distributions() for family in info.families}


@cache
def _sources() -> frozenset[str]:
    lesser = (source for info in distributions() for source in info.lesser_sources)
    return frozenset((_OF_FALLBACKS, *PREFIXES, *lesser))
