"""The one table of distributions: complete, without overlap, and used."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from msgspec import structs

from lading.feeds.registry import FEEDS
from lading.formats.decoders.osv.ecosystems import ECOSYSTEMS
from lading.model.advisory import ShardName
from lading.model.distributions import (
    DistributionInfo,
    codenames,
    distribution_id,
    distributions,
    ecosystem_release,
    end_of_support,
    release_of,
    shard_info,
)
from lading.versions.schemes import SCHEMES

SOURCES = Path(__file__).parents[2] / "src" / "lading"
EVERY = pytest.mark.parametrize("info", distributions(), ids=lambda info: info.ids[0])

VERSIONS = (
    "",
    "2",
    "2.0",
    "9",
    "12",
    "23",
    "5.0",
    "13.2",
    "15.5",
    "22.04",
    "2023",
    "3.20",
    "24.03-lts",
    "24.06",
    "stream",
)


def only_once(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def test_no_two_rows_share_a_name() -> None:
    names = [
        name for info in distributions() for name in dict.fromkeys((*info.ids, info.name.lower(), *info.other_names))
    ]
    assert only_once(names) == []
    assert only_once([family for info in distributions() for family in info.families]) == []
    assert all(name == name.lower() for info in distributions() for name in (*info.ids, *info.other_names))


def samples(info: DistributionInfo) -> set[str]:
    """Names of shards with a distribution's data."""
    return {*filter(None, map(info.release, VERSIONS)), *(f"{family}-9" for family in info.families), *info.families}


def is_made(shard: str) -> bool:
    return any(feed.unit_for(ShardName(shard)) is not None for feed in FEEDS)


@EVERY
def test_feeds_make_the_shards_of_a_row(info: DistributionInfo) -> None:
    """That there is a row for every shard of a feed is seen to by the recorder of the feeds' tests."""
    for family in info.families:
        own = [shard for shard in samples(info) if shard == family or shard.startswith(f"{family}-")]
        assert any(is_made(shard) or is_made(f"osv-{shard}") for shard in own), family
    for source in info.lesser_sources:
        assert any(is_made(f"{source}-{shard}") for shard in samples(info)), source


@EVERY
def test_a_row_holds_together(info: DistributionInfo) -> None:
    rows = [row for version in VERSIONS if (row := shard_info(info.release(version))) is not None]
    assert rows, "its releases are nobody's"
    assert {row.package_type for row in rows} == {info.package_type}
    # What is said of shards stands in the row that has the data.
    of_shards = (info.lesser_sources, info.severity_sources, info.epel, info.ecosystem, info.end_of_support)
    assert any(of_shards) <= bool(info.families)
    assert bool(info.ecosystem_releases) <= bool(info.ecosystem)
    assert bool(info.other_life_cycles) <= bool(info.life_cycle)
    assert all(info.release(number) for number in info.codenames.values())
    assert all(shard_info(release) is info for release in info.end_of_support)


@EVERY
def test_a_row_says_nothing_that_it_need_not(info: DistributionInfo) -> None:
    assert info.name not in info.other_names
    assert not {name for name in info.other_names if name in (*info.ids, info.name.lower())}
    assert only_once([pattern for pattern, _ in info.releases]) == []


def test_every_field_is_read_somewhere() -> None:
    read = {
        node.attr
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert set(DistributionInfo.__struct_fields__) <= read


def test_every_field_is_set_in_some_row() -> None:
    defaults = {field.name: field.default for field in structs.fields(DistributionInfo) if not field.required}
    for name, default in defaults.items():
        assert any(getattr(info, name) != default for info in distributions()), name


def test_systems_of_osv_are_ordered_by_the_rules_of_their_packages() -> None:
    for info in distributions():
        if info.ecosystem:
            known = ECOSYSTEMS[info.ecosystem]
            assert (known.type, known.scheme, known.distribution) == (info.package_type, info.package_type, True)
            assert known.scheme in SCHEMES


@pytest.mark.parametrize(
    ("id", "version", "codename", "release"),
    [
        ("debian", "", "bookworm", "debian-12"),
        ("debian", "", "Bookworm", "debian-12"),
        ("debian", "", "sarge", "debian-3.1"),
        ("debian", "", "sid", "debian-sid"),
        ("debian", "12.5", "", "debian-12"),
        ("raspbian", "11", "bullseye", "debian-11"),
        ("ubuntu", "", "jammy", "ubuntu-22.04"),
        ("ubuntu", "", "unheard", ""),
        ("ubuntu", "24.04", "jammy", "ubuntu-24.04"),
        ("amzn", "2017.09", "", "amazon-1"),
        ("amzn", "2", "", "amazon-2"),
        ("amzn", "2023", "", "amazon-2023"),
        ("clnstrt", "1", "", "cleanstart"),
        ("archarm", "", "", "arch"),
        ("alpine", "3", "", ""),
        ("alpine", "edge", "", "alpine-edge"),
        ("sles", "15", "", "sles-15.0"),
        ("openeuler", "24.03-LTS-SP1", "", "openeuler-24.03-lts-sp1"),
        ("openeuler", "24.03 and more", "", ""),
        ("plan9", "4", "", ""),
    ],
)
def test_releases(id: str, version: str, codename: str, release: str) -> None:
    assert release_of(id, version, codename) == release


def test_code_names() -> None:
    assert codenames("debian")["trixie"] == "13"
    assert codenames("ubuntu")["noble"] == "24.04"
    assert codenames("fedora") == codenames("plan9") == {}


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Debian", "debian"),
        ("Red Hat Enterprise Linux", "rhel"),
        ("redhat", "rhel"),
        ("alma", "almalinux"),
        ("opensuse.leap", "opensuse-leap"),
        ("suse linux enterprise server", "sles"),
        ("sle_hpc", "sle_hpc"),
        ("Plan9", "plan9"),
    ],
)
def test_names_of_others(name: str, id: str) -> None:
    assert distribution_id(name) == id


@pytest.mark.parametrize(
    ("shard", "id"),
    [
        ("debian-12", "debian"),
        ("osv-debian-7", "debian"),
        ("ubuntu-pro-fips-22.04", "ubuntu"),
        ("tracker-ubuntu-pro-22.04", "ubuntu"),
        ("oval-rhel-9", "rhel"),
        ("rhel-containers", "rhel"),
        ("osv-red-hat", "rhel"),
        ("epel-9", "fedora"),
        ("opensuse-leap-micro-5.5", "opensuse-leap-micro"),
        ("opensuse-leap-15.6", "opensuse-leap"),
        ("opensuse-13.2", "opensuse"),
        ("osv-suse-package-hub-12", "sles"),
        ("chainguard", "chainguard"),
        ("chainguard-pypi", ""),
        ("gitlab-npm", ""),
        ("redhat-repositories", ""),
        ("pypi", ""),
        ("", ""),
    ],
)
def test_shards_of_distributions(shard: str, id: str) -> None:
    info = shard_info(shard)
    assert (info.ids[0] if info is not None else "") == id


def test_releases_of_osv_ecosystems() -> None:
    assert ecosystem_release("SUSE", "Linux Enterprise Server 15 SP5-LTSS") == "sles-15.5"
    assert ecosystem_release("Alpine", "v3.20") == "alpine-3.20"
    assert ecosystem_release("SUSE", "Package Hub 12") == ""
    assert ecosystem_release("PyPI", "") == ""


def test_days_of_end_of_support() -> None:
    assert end_of_support("debian-10") == end_of_support("osv-debian-10") == "2024-06-30"
    assert end_of_support("ubuntu-22.04") == end_of_support("pypi") == ""
