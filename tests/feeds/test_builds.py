"""Builds of a package by architecture."""

from lading.feeds.builds import by_condition
from lading.model.advisory import Condition


def test_one_version_everywhere_needs_no_condition() -> None:
    both = [("x86_64", "1-2"), ("aarch64", "1-2"), ("src", "1-2")]
    assert by_condition(both, ("aarch64", "x86_64")) == [(None, ("1-2",))]
    assert by_condition([("x86_64", "1-2")]) == [(None, ("1-2",))]
    assert by_condition([("noarch", "1-2")], ("aarch64", "x86_64")) == [(None, ("1-2",))]
    assert by_condition([("noarch", "1-2")], module="a:1") == [(Condition(module="a:1"), ("1-2",))]
    assert by_condition([("src", "1-2")]) == []


def test_two_versions_everywhere_are_no_difference() -> None:
    builds = [(arch, version) for arch in ("x86_64", "aarch64") for version in ("1-2", "1-1")]
    assert by_condition(builds) == [(None, ("1-1", "1-2"))]


def test_versions_that_differ_by_architecture() -> None:
    assert by_condition([("x86_64", "1-1"), ("aarch64", "1-2")]) == [
        (Condition(arches=("i386", "i586", "i686", "x86_64")), ("1-1",)),
        (Condition(arches=("aarch64",)), ("1-2",)),
    ]
    assert by_condition([("x86_64", "1-1"), ("i686", "1-2")]) == [
        (Condition(arches=("x86_64",)), ("1-1",)),
        (Condition(arches=("i686",)), ("1-2",)),
    ]


def test_an_architecture_without_the_package() -> None:
    assert by_condition([("aarch64", "1-2")], ("aarch64", "x86_64")) == [(Condition(arches=("aarch64",)), ("1-2",))]
