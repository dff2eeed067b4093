"""Constraints: the common dialect, what cannot be told, and the ranges they stand for."""

import pytest

from lading.model.advisory import Range
from lading.versions.constraints import outside, ranges_of, satisfies


@pytest.mark.parametrize(
    ("version", "constraint", "answer"),
    [
        ("1.0", "1.0", True),
        ("1.0", "=1.0", True),
        ("1.0", "== 1.00", True),
        ("1.0", "!=1.0", False),
        ("1.1", "!= 1.0", True),
        ("1.0", "<1.0", False),
        ("1.0", "<= 1.0", True),
        ("1.0", ">1.0", False),
        ("1.0", ">=1.0", True),
        ("1.5", ">= 1.0, < 2.0", True),
        ("2.0", ">= 1.0,<2.0", False),
        ("2.0", ">= 1.0, < 2.0 || >= 2.0, < 3.0", True),
        ("3.0", ">= 1.0, < 2.0||>= 2.0, < 3.0", False),
        ("3.0", "", True),
        ("3.0", "  ", True),
        ("junk!", "", None),
        ("junk!", "< 1.0", None),
        ("1.0", "< junk!", None),
        ("1.0", "< 2.0 || junk!", True),
        ("1.0", "< 1.0 || junk!", None),
        ("1.0", "< 0.9, < junk!", False),
        ("1.0", "< 2.0, < junk!", None),
        ("1.0", "~> 1.0", None),
        ("1.0", "=> 1.0", None),
        ("1.0", "=== 1.0", None),
        ("1.0", "< 1.0 2.0", None),
        ("1.0", "< 2.0,", None),
        ("1.0", "|| < 2.0", True),
        ("1.0", ",", None),
        ("1.0", "< 2.0 | > 3.0", None),
    ],
)
def test_satisfies(version: str, constraint: str, answer: bool | None) -> None:
    assert satisfies("deb", version, constraint) is answer


def test_an_unknown_scheme_is_undetermined() -> None:
    assert satisfies("nonsense", "1", "1") is None
    assert ranges_of("nonsense", "1") is None
    assert outside("nonsense", ["1"]) is None


@pytest.mark.parametrize(
    ("constraint", "ranges"),
    [
        ("", (Range(),)),
        ("1.0", (Range(introduced="1.0", last_affected="1.0"),)),
        ("< 1.0", (Range(fixed="1.0"),)),
        ("<= 1.0", (Range(last_affected="1.0"),)),
        ("> 1.0", (Range(after="1.0"),)),
        (">= 1.0", (Range(introduced="1.0"),)),
        (">= 1.0, < 2.0", (Range(introduced="1.0", fixed="2.0"),)),
        (">= 1.0, >= 1.5, < 2.0, < 1.8", (Range(introduced="1.5", fixed="1.8"),)),
        ("> 1.0, <= 2.0", (Range(after="1.0", last_affected="2.0"),)),
        ("> 2.0, < 1.0", ()),
        ("> 1.0, < 1.0", ()),
        (">= 1.0, <= 1.0", (Range(introduced="1.0", last_affected="1.0"),)),
        ("!= 1.0", (Range(fixed="1.0"), Range(after="1.0"))),
        ("!= 1.0, != 2.0, < 3", (Range(fixed="1.0"), Range(after="1.0", fixed="2.0"), Range(after="2.0", fixed="3"))),
        (">= 1.0, != 1.0", (Range(after="1.0"),)),
        (">= 2.0 || < 1.0", (Range(fixed="1.0"), Range(introduced="2.0"))),
        ("< 1.0 || >= 1.0", (Range(),)),
        ("< 1.0 || > 1.0 || 1.0", (Range(),)),
        ("< 2.0 || >= 1.0, < 3.0", (Range(fixed="3.0"),)),
        ("< junk!", None),
        ("< 1.0 || junk!", None),
        ("~> 1.0", None),
    ],
)
def test_ranges(constraint: str, ranges: tuple[Range, ...] | None) -> None:
    assert ranges_of("deb", constraint) == ranges


@pytest.mark.parametrize(
    ("constraints", "ranges"),
    [
        ([], (Range(),)),
        ([""], ()),
        ([">= 2.0"], (Range(fixed="2.0"),)),
        ([">= 2.0", "< 1.0"], (Range(introduced="1.0", fixed="2.0"),)),
        ([">= 1.5, < 1.6", ">= 2.0"], (Range(fixed="1.5"), Range(introduced="1.6", fixed="2.0"))),
        (["> 1.0"], (Range(last_affected="1.0"),)),
        (["1.0"], (Range(fixed="1.0"), Range(after="1.0"))),
        (["< 1.0", ">= 1.0"], ()),
        (["< 1.0", "junk!"], None),
    ],
)
def test_outside(constraints: list[str], ranges: tuple[Range, ...] | None) -> None:
    assert outside("deb", constraints) == ranges
