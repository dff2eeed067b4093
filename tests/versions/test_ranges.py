"""Ranges: bounds, lists, and what cannot be told."""

import pytest

from lading.model.advisory import Range
from lading.versions.extremes import newest, oldest
from lading.versions.ranges import contains


@pytest.mark.parametrize(
    ("version", "span", "expected"),
    [
        ("1.0", Range(), True),
        ("junk!", Range(), True),
        ("1.0", Range(fixed="1.1"), True),
        ("1.1", Range(fixed="1.1"), False),
        ("1.1", Range(introduced="1.1"), True),
        ("1.0", Range(introduced="1.1"), False),
        ("1.1", Range(introduced="1.0", last_affected="1.1"), True),
        ("1.2", Range(introduced="1.0", last_affected="1.1"), False),
        ("1.5", Range(introduced="1.0", fixed="2.0"), True),
        ("1.0", Range(after="1.0"), False),
        ("1.0.1", Range(after="1.0", fixed="2.0"), True),
        ("1.0", Range(after="junk!"), None),
        ("2.0", Range(after="junk!", fixed="2.0"), False),
        ("junk!", Range(fixed="1.1"), None),
        ("1.0", Range(fixed="junk!"), None),
        ("0.5", Range(introduced="1.0", fixed="junk!"), False),
        ("2.0", Range(introduced="junk!", fixed="2.0"), False),
    ],
)
def test_one_range(version: str, span: Range, expected: bool | None) -> None:
    assert contains("deb", version, (span,)) is expected


def test_a_certain_yes_outweighs_doubt_and_doubt_a_no() -> None:
    doubt, no, yes = Range(fixed="junk!"), Range(fixed="0.1"), Range(fixed="3")
    assert contains("deb", "1", (doubt, no, yes)) is True
    assert contains("deb", "1", (no, doubt)) is None
    assert contains("deb", "1", (no,)) is False
    assert contains("deb", "1", ()) is False


def test_listed_versions_match_as_text_or_by_order() -> None:
    assert contains("deb", "1.0", (), ("0:1.0",)) is True
    assert contains("deb", "junk!", (), ("junk!",)) is True
    assert contains("deb", "1.1", (), ("1.0", "1.2")) is False


def test_a_revision_that_the_range_leaves_open_does_not_count() -> None:
    assert contains("bitnami", "1.2.3-4", (Range(last_affected="1.2.3"),)) is True
    assert contains("bitnami", "1.2.3-4", (Range(fixed="1.2.3"),)) is False
    assert contains("bitnami", "1.2.3-4", (Range(fixed="1.2.3-5"),)) is True
    assert contains("bitnami", "1.2.3-4", (), ("1.2.3",)) is True


def test_extremes() -> None:
    assert newest("deb", ["1.9", "1.10", "1.2"]) == "1.10"
    assert oldest("deb", ["1.9", "1.10", "1.2"]) == "1.2"
    assert (newest("deb", []), oldest("deb", [])) == ("", "")
