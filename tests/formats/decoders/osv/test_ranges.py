"""Which versions a record says are affected."""

import json

import pytest

from lading.formats.decoders.osv.ranges import listed_outside, ranges_of
from lading.formats.decoders.osv.records import OsvAffected, parse_osv
from lading.model.advisory import Range
from lading.versions.ranges import contains


def entries(*affected: dict[str, object]) -> list[OsvAffected]:
    return parse_osv(json.dumps({"id": "X-1", "affected": affected}).encode()).affected or []


def entry(*events: tuple[str, str], kind: str = "ECOSYSTEM", **fields: object) -> dict[str, object]:
    return {"ranges": [{"type": kind, "events": [{name: version} for name, version in events]}], **fields}


def spans(scheme: str, *events: tuple[str, str]) -> tuple[Range, ...]:
    return ranges_of(entries(entry(*events)), scheme)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("introduced", "0")], [Range()]),
        ([("introduced", "0"), ("fixed", "2")], [Range(fixed="2")]),
        ([("fixed", "2"), ("introduced", "0")], [Range(fixed="2")]),
        ([("introduced", "1"), ("last_affected", "1.9")], [Range("1", last_affected="1.9")]),
        ([("introduced", "1"), ("last_affected", "1")], [Range("1", last_affected="1")]),
        (
            [("introduced", "2"), ("fixed", "10"), ("introduced", "0"), ("fixed", "1"), ("introduced", "11")],
            [Range(fixed="1"), Range("2", fixed="10"), Range("11")],
        ),
        (
            [("introduced", "0"), ("fixed", "1"), ("introduced", "1"), ("fixed", "2")],
            [Range(fixed="1"), Range("1", "2")],
        ),
        ([("introduced", "0"), ("fixed", "1"), ("fixed", "3")], [Range(fixed="1")]),
        ([("introduced", "0"), ("limit", "3")], [Range(before="3")]),
        ([("introduced", "0"), ("limit", "*")], [Range()]),
        ([("fixed", "2")], []),
        ([], []),
    ],
)
@pytest.mark.parametrize("scheme", ["deb", "unheard"])
def test_ranges(scheme: str, events: list[tuple[str, str]], expected: list[Range]) -> None:
    found = spans(scheme, *events)
    assert (len(found), set(found)) == (len(expected), set(expected))


def test_jumbled_events_of_a_scheme_without_rules_lose_no_stretch() -> None:
    events = [("introduced", "0"), ("introduced", "5"), ("introduced", "20-rc1"), ("fixed", "1"), ("fixed", "10")]
    assert spans("unheard", *events) == (Range(fixed="1"), Range("5", "10"), Range("20-rc1"))


def test_a_release_from_its_beginning_to_itself_is_no_version_of_bitnami() -> None:
    (only,) = spans("bitnami", ("introduced", "1.24.0-0"), ("fixed", "1.24.0"))
    assert [contains("bitnami", version, (only,)) for version in ("1.24.0-0", "1.24.0-3", "1.24.5-0")] == [False] * 3
    assert contains("bitnami", "1.24.0-rc.2", (only,)) is True


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("0-3.1.1 3.2.0-3.2.2 3.1.1-3.2.0", [Range(fixed="3.1.1"), Range("3.2.0", "3.2.2"), Range("3.1.1", "3.2.0")]),
        ("0.13.0-0.14.0rc1 0.12.2-0.13.0", [Range("0.13.0", "0.14.0rc1"), Range("0.12.2", "0.13.0")]),
        ("2.11-2.11.7 0-2.11.6", [Range("2.11", "2.11.7"), Range(fixed="2.11.6")]),
        ("1-1.0 3-", [Range("1", "1.0"), Range("3")]),
        ("5-4 0-3", [Range(fixed="3"), Range("5")]),
    ],
)
def test_events_that_take_turns_are_pairs(events: str, expected: list[Range]) -> None:
    pairs = [pair.split("-") for pair in events.split()]
    filed = [event for start, end in pairs for event in (("introduced", start), ("fixed", end)) if event[1]]
    assert list(spans("pep440", *filed)) == expected


def test_commits_say_nothing_of_versions() -> None:
    assert ranges_of(entries(entry(("introduced", "0"), ("fixed", "abc"), kind="GIT")), "pep440") == ()


def test_the_lowest_version_is_no_bound() -> None:
    assert spans("semver", ("introduced", "0.0.0-0"), ("fixed", "1.2.3")) == (Range(fixed="1.2.3"),)


def test_rpm_leaves_out_the_epoch_0() -> None:
    assert spans("rpm", ("introduced", "0:1-1"), ("fixed", "0:2-1")) == (Range("1-1", fixed="2-1"),)
    assert spans("rpm", ("introduced", "0"), ("fixed", "2:2-1")) == (Range(fixed="2:2-1"),)


@pytest.mark.parametrize(
    ("events", "known", "expected"),
    [
        ([("introduced", "0")], "<= 4.1.76.Final", Range(last_affected="4.1.76.Final")),
        ([("introduced", "0")], "< 2", Range(before="2")),
        ([("introduced", "1.5")], "<=2", Range("1.5", last_affected="2")),
        ([("introduced", "3")], "<= 2", Range("3")),
        ([("introduced", "0"), ("fixed", "3")], "< 2", Range(fixed="3")),
        ([("introduced", "0"), ("last_affected", "3")], "< 2", Range(last_affected="3")),
        ([("introduced", "0")], "= 2", Range()),
        ([("introduced", "0")], 5, Range()),
        ([("introduced", "0")], None, Range()),
    ],
)
def test_the_last_version_known_to_be_affected(events: list[tuple[str, str]], known: object, expected: Range) -> None:
    specific = {"last_known_affected_version_range": known}
    assert ranges_of(entries(entry(*events, database_specific=specific)), "deb") == (expected,)


def test_the_bound_of_one_entry_is_not_that_of_another() -> None:
    one = entry(("introduced", "0"), ("fixed", "1"), database_specific={"last_known_affected_version_range": "< 1"})
    two = entry(("introduced", "2"))
    assert ranges_of(entries(one, two), "deb") == (Range(fixed="1"), Range("2"))


@pytest.mark.parametrize(
    ("scheme", "events", "listed", "outside"),
    [
        ("deb", [("introduced", "0"), ("fixed", "2")], ["1", "1.9", "2", "3"], ("3",)),
        ("deb", [("introduced", "0")], ["1", "2"], ()),
        ("unheard", [("introduced", "0"), ("fixed", "2")], ["1", "2"], ("1",)),
        ("unheard", [("introduced", "0")], ["1", "2"], ()),
        ("deb", [], ["1", "1", "2"], ("1", "2")),
        ("deb", [("introduced", "0"), ("fixed", "2")], ["junk version", "1"], ("junk version",)),
    ],
)
def test_listed_versions_that_ranges_hold_are_left_out(
    scheme: str, events: list[tuple[str, str]], listed: list[str], outside: tuple[str, ...]
) -> None:
    held = entries(entry(*events, versions=listed))
    assert listed_outside(held, ranges_of(held, scheme), scheme) == outside
