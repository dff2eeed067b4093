"""Bracketed ranges, whatever the scheme."""

import pytest

from lading.versions.bounds import Bound
from lading.versions.brackets import bracketed


def test_each_side_may_be_open_closed_or_absent() -> None:
    assert bracketed("[1.0,2.0)") == ((Bound(">=", "1.0"), Bound("<", "2.0")),)
    assert bracketed("(1.0,2.0]") == ((Bound(">", "1.0"), Bound("<=", "2.0")),)
    assert bracketed("[1.0,)") == ((Bound(">=", "1.0"),),)
    assert bracketed("(,1.0]") == ((Bound("<=", "1.0"),),)
    assert bracketed("[1.0]") == ((Bound("=", "1.0"),),)
    assert bracketed("(,)") == ((),)


def test_several_are_alternatives() -> None:
    expected = ((Bound("<", "1.0"),), (Bound("=", "1.2"),))
    assert bracketed("(,1.0),[1.2]") == expected
    assert bracketed(" ( , 1.0 ) , [ 1.2 ] ") == expected
    assert bracketed("(,1.0)[1.2]") == expected


@pytest.mark.parametrize(
    "text", ["", "1.0", "[", "[]", "(1.0)", "[1.0)", "[1.0", "[1,2,3]", "[1.0],", "[1.0]x", "[[1.0]]"]
)
def test_anything_else_is_not_one(text: str) -> None:
    assert bracketed(text) is None
