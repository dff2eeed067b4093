"""Commits against the ranges of releases."""

import pytest

from lading.match.families.golang import contains_commit, is_unversioned
from lading.model.advisory import Range

EARLY = "v0.0.0-20200101000000-0123456789ab"
LATER = "v1.4.2-0.20200203170920-46ec8731fbce"


@pytest.mark.parametrize(
    ("version", "span", "expected"),
    [
        (EARLY, Range(), True),
        (EARLY, Range(fixed="0.7.0"), True),
        (EARLY, Range(fixed="0.0.0-20191231000000-0123456789ab"), False),
        (EARLY, Range(fixed="1.27.0"), None),
        (EARLY, Range("1.2.0", fixed="1.27.0"), None),
        (EARLY, Range(last_affected="2.0.0"), None),
        (EARLY, Range("0.1.0", fixed="1.0.0"), False),
        (LATER, Range(fixed="20.10.9"), None),
        (LATER, Range("20.10.0", fixed="20.10.9"), None),
        (LATER, Range("1.4.3", fixed="20.10.9"), False),
        (LATER, Range(fixed="1.4.1"), False),
        (LATER, Range(fixed="1.9.0"), True),
        (LATER, Range("1.2.0"), True),
        (LATER, Range(after="2.0.0"), None),
    ],
)
def test_a_commit_and_a_range(version: str, span: Range, expected: bool | None) -> None:
    assert contains_commit(version, (span,)) is expected


def test_one_range_that_holds_is_enough() -> None:
    assert contains_commit(LATER, (Range(fixed="20.0.0"), Range(fixed="1.5.0"))) is True
    assert contains_commit(LATER, (Range(fixed="20.0.0"),), (LATER,)) is True


@pytest.mark.parametrize(
    ("version", "expected"),
    [(EARLY, True), (EARLY[1:], True), (LATER, False), ("v0.0.0", False), ("v0.0.0-rc.1", False), ("", False)],
)
def test_a_commit_before_any_release(version: str, expected: bool) -> None:
    assert is_unversioned(version) is expected
