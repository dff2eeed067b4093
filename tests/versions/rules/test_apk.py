"""What apk makes of versions that few would write: its tokens decide, not what they look like."""

import pytest

from lading.versions.rules import apk
from lading.versions.schemes import compare


@pytest.mark.parametrize(
    ("left", "right"),
    [
        # The zeros after a dot are a token of their own, and another number follows them unless they end the version.
        ("2.00.0", "2.001"),
        ("1.0", "1.0_rc1"),
        ("1.0_rc1-r0", "1.0-r0"),
        ("1.01", "1.010"),
        ("1.0.1", "1.01"),
        ("1.0", "1."),
        # A suffix may be left open at the end, and a revision may follow another.
        ("1", "1_"),
        ("1_rc", "1_"),
        ("1-r1", "1-r1-r0"),
        # The first number may be missing.
        ("a", "1"),
        (".1", "0.2"),
        ("1a1", "1a2"),
    ],
)
def test_order(left: str, right: str) -> None:
    assert (compare("apk", left, right), compare("apk", right, left)) == (-1, 1)


@pytest.mark.parametrize(("left", "right"), [("1_", "1_cvs"), ("1-r", "1-r0"), ("1-r00", "1-r0"), ("01.2", "1.2")])
def test_equal(left: str, right: str) -> None:
    assert compare("apk", left, right) == 0


@pytest.mark.parametrize("text", ["1_x", "1_.2", "1__p", "1-r1_p1", "1-r1.0", "1ab", "1A", "1-", "1\n", "1-r1~abc"])
def test_junk(text: str) -> None:
    assert apk.parse(text) is None
