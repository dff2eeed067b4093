"""Where this order of Conan versions has to differ from Conan's, and its ranges as ranges."""

from itertools import pairwise

import pytest

from lading.model.advisory import Range
from lading.versions.constraints import ranges_of
from lading.versions.rules import conan
from tests.versions.rules.native import order


def test_words_that_begin_with_digits_follow_their_number() -> None:
    texts = ["1.1.0", "1.1.1", "1.1.1a", "1.1.1k", "1.1.2", "1.1.9a", "1.1.10", "1.1.10a", "1.1.a"]
    keys = [conan.parse(text) for text in texts]
    assert all(order(left, right) == -1 for left, right in pairwise(keys))


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("[>=1.0 <2.0]", (Range(introduced="1.0", fixed="2.0"),)),
        (
            "[>=1.0 <1.2 || >=1.4 <=1.5]",
            (Range(introduced="1.0", fixed="1.2"), Range(introduced="1.4", last_affected="1.5")),
        ),
        ("[~1.2.3]", (Range(introduced="1.2.3", fixed="1.3-"),)),
        ("[^0.1]", (Range(introduced="0.1", fixed="0.2-"),)),
        ("[*]", (Range(),)),
        ("[1.2.*]", (Range(introduced="1.2", fixed="1.3-"),)),
        ("[~x]", None),
    ],
)
def test_ranges(text: str, ranges: tuple[Range, ...] | None) -> None:
    assert ranges_of("conan", text) == ranges
