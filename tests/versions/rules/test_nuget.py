"""NuGet's labels: which of them are numbers."""

import pytest

from lading.versions.rules import nuget
from tests.versions.rules.native import order


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1.0-2147483647", "1.0-2147483648"),  # the latter is too large for a number, and text comes after numbers
        ("1.0-20240101120000", "1.0-3000000000"),  # both are texts
        ("1.0-2", "1.0-10"),
        ("1.0--1", "1.0-0"),
        ("1.0-1", "1.0-a"),
        ("1.0-a.9", "1.0-A.a"),
        ("1.0-a", "1.0-a.0"),
        ("1.0.0.0-zzz", "1"),
    ],
)
def test_order(left: str, right: str) -> None:
    assert (order(nuget.parse(left), nuget.parse(right)), order(nuget.parse(right), nuget.parse(left))) == (-1, 1)


def test_metadata_case_and_missing_numbers_do_not_count() -> None:
    assert order(nuget.parse("1.0-RC.1+a"), nuget.parse("1.0.0.0-rc.1+b")) == 0
