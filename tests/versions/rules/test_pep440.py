"""Python versions and specifiers, held against the packaging library."""

import random

import pytest

from lading.model.advisory import Range
from lading.versions.constraints import ranges_of, satisfies
from lading.versions.rules import pep440
from lading.versions.schemes import against
from tests.versions.rules.native import drawn, order


def version(source: random.Random) -> str:
    text = source.choice(["", "", "", "1!", "v"])
    text += ".".join(source.choice(["0", "1", "2", "10", "01"]) for _ in range(source.randint(1, 4)))
    if source.random() < 0.4:
        text += source.choice(["", ".", "-", "_"]) + source.choice(["a", "b", "rc", "c", "RC", "pre", "alpha", "x"])
        text += source.choice(["", ".", "-", "_"]) + source.choice(["", "0", "1", "2"])
    if source.random() < 0.3:
        text += source.choice(["-1", ".post", ".post0", ".post1", "post2", "-r1", ".rev3"])
    if source.random() < 0.3:
        text += source.choice([".dev", ".dev0", ".dev1", "dev2", "-dev1"])
    if source.random() < 0.2:
        text += source.choice(["+a", "+1", "+abc.1", "+01", "+1.1", "+a-b", "+A"])
    return text


def specifiers(source: random.Random) -> str:
    wild = ["==1.*", "!=1.0.*", "==1!1.*", "== 0.*", "!=10.1.0.*"]
    operators = ["==", "!=", "<", "<=", ">", ">=", "~=", "===", "> "]
    parts = [source.choice(operators) + version(source) for _ in range(source.randint(1, 2))]
    return ",".join([*parts, source.choice(wild)] if source.random() < 0.2 else parts)


def test_order_agrees_with_packaging() -> None:
    theirs = pytest.importorskip("packaging.version")
    for left, right in drawn(2000, version, version):
        keys = [None, None]
        for place, text in enumerate((left, right)):
            try:
                keys[place] = theirs.Version(text)
            except theirs.InvalidVersion:
                assert pep440.parse(text) is None, text
        assert order(pep440.parse(left), pep440.parse(right)) == order(*keys), (left, right)


def test_specifiers_agree_with_packaging() -> None:
    theirs = pytest.importorskip("packaging.specifiers")
    for text, wanted in drawn(3000, version, specifiers):
        if pep440.parse(text) is None:
            continue
        try:
            answer = theirs.SpecifierSet(wanted).contains(text, prereleases=True)
        except theirs.InvalidSpecifier:
            continue  # a local part behind `<`, which only the common dialect has
        assert satisfies("pep440", text, wanted) is answer, (text, wanted)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        (">=1.0,<2.0", (Range(introduced="1.0", fixed="2.0"),)),
        ("~=1.4.2", (Range(introduced="1.4.2", fixed="1.5.dev0"),)),
        ("==1.*", (Range(introduced="1.dev0", fixed="2.dev0"),)),
        ("!=1!1.9.*", (Range(fixed="1!1.9.dev0"), Range(introduced="1!1.10.dev0"))),
        ("==1.0", (Range(introduced="1.0", last_affected="1.0"),)),
        ("~=1", None),
    ],
)
def test_ranges(text: str, ranges: tuple[Range, ...] | None) -> None:
    assert ranges_of("pep440", text) == ranges


def test_a_local_part_counts_where_the_bound_has_one() -> None:
    assert against("pep440", "2.0+cgr.1", "2.0") == 0
    assert against("pep440", "2.0+cgr.1", "2.0+cgr.2") == -1
    assert against("pep440", "junk", "2.0") is None
