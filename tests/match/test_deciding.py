"""Sources that contradict each other."""

import pytest

from lading.match.conditions import ImageContext
from lading.match.packages import match_packages
from lading.model.advisory import Advisory, Condition, Kind, Range, ShardName, State
from lading.model.finding import Finding
from lading.model.package import Package
from tests.samples import FakeStore

EVERY = (Range(),)
SCHEMES = {
    "debian-12": "deb", "gitlab-go": "golang", "gitlab-pypi": "pep440", "go": "golang", "maven": "maven",
    "osv-debian-12": "deb", "pypi": "pep440", "rhel-8": "rpm",
}  # fmt: skip


def found(version: str, *advisories: tuple[str, Advisory], type: str = "pypi") -> list[Finding]:
    """What shards, the first named the best, say of the package "p"."""
    shards: dict[str, tuple[Advisory, ...]] = {}
    for shard, advisory in advisories:
        shards[shard] = (*shards.get(shard, ()), advisory)
    store = FakeStore(shards, schemes=SCHEMES)
    held = [provenance for shard in shards if (provenance := store.provenance(ShardName(shard)))]
    package = Package("p", version, type, source="p" if type in ("deb", "rpm") else "")
    every = match_packages([package], held, ImageContext(), store)
    return sorted((one for one in every if one.is_open), key=lambda one: one.id)


def said(version: str, *advisories: tuple[str, Advisory], type: str = "pypi") -> list[tuple[str, str, str]]:
    return [(one.id, one.status, one.fixed_version) for one in found(version, *advisories, type=type)]


@pytest.mark.parametrize(("state", "remark"), [("wont_fix", "ignored"), ("deferred", ""), ("end_of_life", "")])
def test_a_lesser_source_of_the_distribution_says_why_there_is_no_fix(state: State, remark: str) -> None:
    best = "debian-12", Advisory("CVE-2024-1", "p", ranges=EVERY)
    lesser = "osv-debian-12", Advisory("CVE-2024-1", "p", state, ranges=EVERY, remark=remark)
    (one,) = found("1", best, lesser, type="deb")
    assert (one.status, one.fix_state, one.note, one.basis.shard) == ("affected", state, remark, "debian-12")
    fixed = "debian-12", Advisory("CVE-2024-1", "p", ranges=(Range(fixed="2"),))
    (one,) = found("1", fixed, lesser, type="deb")
    assert (one.fix_state, one.fixed_version, one.note) == ("fixed", "2", "")
    noted = "debian-12", Advisory("CVE-2024-1", "p", "minor", ranges=EVERY)
    (one,) = found("1", noted, lesser, type="deb")
    assert one.fix_state == "minor"


def test_a_placeholder_loses_to_a_range_of_any_source() -> None:
    opened = "pypi", Advisory("CVE-2024-1", "p", ranges=EVERY)
    lesser = "gitlab-pypi", Advisory("CVE-2024-1", "p", ranges=(Range(fixed="2"),))
    assert said("1.5", opened, lesser) == [("CVE-2024-1", "affected", "2")]
    assert said("2", opened, lesser) == []
    same = "pypi", Advisory("GHSA-x", "p", ranges=(Range("1", fixed="1.2"),), aliases=("CVE-2024-1",))
    assert said("1.5", opened, same) == []
    listed = "gitlab-pypi", Advisory("CVE-2024-1", "p", versions=("1.1",))
    assert (said("1.1", opened, listed), said("1.2", opened, listed)) == ([("CVE-2024-1", "affected", "")], [])


def test_without_a_range_of_any_source_a_placeholder_stands() -> None:
    opened = "pypi", Advisory("CVE-2024-1", "p", ranges=EVERY)
    other = "gitlab-pypi", Advisory("CVE-2024-2", "p", ranges=(Range(fixed="1"),))
    free = "gitlab-pypi", Advisory("CVE-2024-1", "p", "not_affected")
    assert said("5", opened, other) == [("CVE-2024-1", "affected", "")]
    assert said("5", opened, free) == [("CVE-2024-1", "affected", "")]


@pytest.mark.parametrize("kind", ["malware", "unmaintained"])
def test_what_is_no_vulnerability_is_meant_in_every_version(kind: Kind) -> None:
    opened = "pypi", Advisory("MAL-1", "p", ranges=EVERY, kind=kind)
    lesser = "gitlab-pypi", Advisory("MAL-1", "p", ranges=(Range(fixed="2"),))
    assert said("3", opened, lesser) == [("MAL-1", "affected", "")]


def test_what_a_distribution_does_not_bound_is_open() -> None:
    opened = "debian-12", Advisory("CVE-2024-1", "p", ranges=EVERY)
    lesser = "osv-debian-12", Advisory("CVE-2024-1", "p", ranges=(Range(fixed="2"),))
    assert said("3", opened, lesser, type="deb") == [("CVE-2024-1", "affected", "")]


def test_where_nobody_knows_a_range_the_question_is_open_and_shown() -> None:
    unseen = "go", Advisory("GO-1", "p", "unbounded", ranges=EVERY)
    (one,) = found("v1.0.0", unseen, type="golang")
    assert (one.status, one.unresolved, one.fix_state) == ("under_investigation", "range", "unknown")
    bounded = "gitlab-go", Advisory("GO-1", "p", ranges=(Range(fixed="1.2.0"),))
    assert said("v1.0.0", unseen, bounded, type="golang") == [("GO-1", "affected", "1.2.0")]
    assert said("v1.2.0", unseen, bounded, type="golang") == []


def test_custom_ranges_of_go_are_not_for_commits_without_a_release() -> None:
    unseen = "go", Advisory("GO-1", "p", "unbounded", ranges=EVERY)
    custom = "go", Advisory("GO-1", "p", ranges=(Range(fixed="0.61.0"),), condition=Condition(released=True))
    assert said("v0.60.0", unseen, custom, type="golang") == [("GO-1", "affected", "0.61.0")]
    assert said("v0.61.0", unseen, custom, type="golang") == []
    commit = "v0.0.0-20200101000000-0123456789ab"
    assert said(commit, unseen, custom, type="golang") == [("GO-1", "under_investigation", "")]


def test_a_commit_and_the_releases_of_a_later_major_version() -> None:
    commit = "v1.4.2-0.20200203170920-46ec8731fbce"
    (one,) = found(commit, ("go", Advisory("GO-1", "p", ranges=(Range(fixed="20.10.9"),))), type="golang")
    assert (one.status, one.unresolved) == ("under_investigation", "version")
    assert one.reason == (
        f'the installed version "{commit}" is that of a commit, which may be older or newer than "20.10.9"'
    )


GONE = "pypi", Advisory("GHSA-x", "p", "withdrawn", aliases=("CVE-2024-1",))


def test_a_withdrawal_overrules_the_copies_of_lesser_sources() -> None:
    copy = "gitlab-pypi", Advisory("CVE-2024-1", "p", ranges=EVERY, aliases=("GHSA-x",))
    assert (said("1", copy), said("1", GONE, copy)) == ([("CVE-2024-1", "affected", "")], [])


def test_a_withdrawal_leaves_what_has_other_names_as_well() -> None:
    wider = "gitlab-pypi", Advisory("CVE-2024-1", "p", ranges=(Range(fixed="2"),), aliases=("GHSA-x", "GHSA-y"))
    assert said("1", GONE, wider) == [("CVE-2024-1", "affected", "2")]
    same = "pypi", Advisory("PYSEC-1", "p", ranges=(Range(fixed="2"),), aliases=("CVE-2024-1",))
    assert said("1", GONE, same) == [("CVE-2024-1", "affected", "2")]


def test_a_lesser_source_withdraws_nothing_of_a_better_one() -> None:
    better = "pypi", Advisory("CVE-2024-1", "p", ranges=(Range(fixed="2"),))
    assert said("1", better, ("gitlab-pypi", Advisory("CVE-2024-1", "p", "withdrawn"))) == [
        ("CVE-2024-1", "affected", "2")
    ]


def test_the_fix_is_in_no_other_range() -> None:
    spans = (Range(fixed="3.1.1"), Range("3.2.0", fixed="3.2.2"), Range("3.1.1", fixed="3.2.0"))
    one = "pypi", Advisory("CVE-2023-1", "p", ranges=spans)
    assert [said(version, one) for version in ("3.0", "3.1.3", "3.2.1", "3.2.2")] == [
        [("CVE-2023-1", "affected", "3.2.2")], [("CVE-2023-1", "affected", "3.2.2")],
        [("CVE-2023-1", "affected", "3.2.2")], [],
    ]  # fmt: skip
    opened = "pypi", Advisory("CVE-2023-1", "p", ranges=(Range(fixed="2"), Range("2")))
    assert said("1", opened) == [("CVE-2023-1", "affected", "")]


def test_an_end_may_be_no_fix() -> None:
    one = "pypi", Advisory("CVE-2023-1", "p", ranges=(Range(before="1.70"),))
    assert [said(version, one) for version in ("1.69", "1.70")] == [[("CVE-2023-1", "affected", "")], []]


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ("12.8.1.jre8", [("CVE-2025-1", "affected", "12.8.2.jre8")]),
        ("12.8.1.jre11", [("CVE-2025-1", "affected", "12.8.2.jre11")]),
        ("12.8.1", [("CVE-2025-1", "affected", "12.8.2")]),
        ("12.8.2.jre8", []),
        ("12.8.2", []),
    ],
)
def test_a_fix_is_one_in_every_flavour_of_a_release(installed: str, expected: list[tuple[str, str, str]]) -> None:
    one = "maven", Advisory("CVE-2025-1", "p", ranges=(Range("12.8.0.jre11", fixed="12.8.2.jre11"),))
    assert said(installed, one, type="maven") == expected


def test_the_fix_of_an_rpm_is_of_its_own_line() -> None:
    fixes = ("1.0-4.el8", "1.0-4.el9", "1.0-4.module+el8.9.0+1", "1.0-4.module+el9.3.0+1")
    every = [("rhel-8", Advisory("CVE-2025-1", "p", ranges=(Range(fixed=fix),), note=fix)) for fix in fixes]
    assert said("1.0-3.el8", *every, type="rpm") == [("CVE-2025-1", "affected", "1.0-4.el8")]
    together = "rhel-8", Advisory("CVE-2025-1", "p", ranges=tuple(Range(fixed=fix) for fix in fixes))
    assert said("1.0-3.el9_2", together, type="rpm") == [("CVE-2025-1", "affected", "1.0-4.el9")]
    assert said("1.0-3.fc40", together, type="rpm") == [("CVE-2025-1", "affected", "1.0-4.module+el9.3.0+1")]
