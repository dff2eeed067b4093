"""Ranges in the form of `vers:`."""

import pytest

from lading.model.advisory import Range
from lading.versions.constraints import ranges_of, satisfies


@pytest.mark.parametrize(
    ("constraint", "ranges"),
    [
        ("vers:npm/*", (Range(),)),
        ("vers:npm/1.2.3", (Range(introduced="1.2.3", last_affected="1.2.3"),)),
        ("vers:npm/>=1.0.0|<1.2.3", (Range(introduced="1.0.0", fixed="1.2.3"),)),
        ("vers:npm/<1.2.3|>=1.0.0", (Range(introduced="1.0.0", fixed="1.2.3"),)),
        (
            "vers:npm/ <=0.5.0 | >=1.0.0|<1.2.3 | >2.0.0",
            (Range(last_affected="0.5.0"), Range(introduced="1.0.0", fixed="1.2.3"), Range(after="2.0.0")),
        ),
        ("vers:npm/>=1.0.0|!=1.1.0|<1.2.0", (Range("1.0.0", "1.1.0"), Range(after="1.1.0", fixed="1.2.0"))),
        ("vers:npm/!=1.0.0", (Range(fixed="1.0.0"), Range(after="1.0.0"))),
        ("vers:npm/>=1.0.0|>=1.1.0|<1.2.0|<1.3.0", (Range("1.0.0", "1.3.0"),)),
        ("vers:npm/1.0.0%2Bmeta", (Range(introduced="1.0.0+meta", last_affected="1.0.0+meta"),)),
        ("vers:npm/junk", None),
        ("vers:npm/", None),
        ("vers:gem/1.0.0", None),
        ("vers:npm/1.0.0||1.1.0", None),
        ("vers:npm", None),
    ],
)
def test_ranges(constraint: str, ranges: tuple[Range, ...] | None) -> None:
    assert ranges_of("npm", constraint) == ranges


def test_satisfies() -> None:
    constraint = "vers:npm/>=1.0.0|!=1.1.0|<1.2.0|2.0.0"
    answers = {
        version: satisfies("npm", version, constraint) for version in ("0.9.0", "1.0.0", "1.1.0", "1.2.0", "2.0.0")
    }
    assert answers == {"0.9.0": False, "1.0.0": True, "1.1.0": False, "1.2.0": False, "2.0.0": True}
    assert satisfies("npm", "1.0.0", "vers:npm/~1") is None
