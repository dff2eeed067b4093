"""Version order: upstream's own corner cases, the shared tables, and the laws of an order."""

import csv
import shutil
import subprocess
import time
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Protocol, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.versions.constraints import outside, ranges_of, satisfies
from lading.versions.ranges import contains
from lading.versions.schemes import SCHEMES, Scheme, compare, leaves_open, particular, rules
from tests.versions.examples import deb

pytestmark = pytest.mark.long

TABLES = Path(__file__).resolve().parents[3] / "shared" / "versions"

MODULES = sorted(set(SCHEMES.values()))


class Examples(Protocol):
    """What a module of examples holds; see their package."""

    ASCENDING: list[str]
    EQUAL: list[tuple[str, str]]
    JUNK: list[str]
    PIECES: list[str]
    CONSTRAINTS: list[tuple[str, str, bool | None]]


def examples(scheme: str) -> Examples:
    return cast(Examples, import_module(f"tests.versions.examples.{scheme}"))


def rules_of(scheme: str) -> Scheme:
    return cast(Scheme, import_module(f"lading.versions.rules.{scheme}"))


def table(name: str) -> list[list[str]]:
    if not TABLES.is_dir():
        pytest.skip("../shared is not there")
    with (TABLES / name).open(encoding="utf-8") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


@pytest.mark.parametrize("scheme", MODULES)
def test_ascending(scheme: str) -> None:
    versions = examples(scheme).ASCENDING
    assert len(versions) > 2
    for position, left in enumerate(versions):
        for offset, right in enumerate(versions):
            expected = (position > offset) - (position < offset)
            assert compare(scheme, left, right) == expected, (left, right)


@pytest.mark.parametrize("scheme", MODULES)
def test_equal(scheme: str) -> None:
    for left, right in examples(scheme).EQUAL:
        assert compare(scheme, left, right) == compare(scheme, right, left) == 0, (left, right)
        assert hash(rules_of(scheme).parse(left)) == hash(rules_of(scheme).parse(right)), (left, right)


@pytest.mark.parametrize("scheme", MODULES)
def test_junk_is_undetermined(scheme: str) -> None:
    sound = examples(scheme).ASCENDING[0]
    for text in examples(scheme).JUNK:
        assert compare(scheme, text, sound) is None, text
        assert compare(scheme, sound, text) is None, text
        assert satisfies(scheme, text, f"<= {sound}") is None, text


@pytest.mark.parametrize("scheme", MODULES)
def test_constraints(scheme: str) -> None:
    for version, constraint, answer in examples(scheme).CONSTRAINTS:
        assert satisfies(scheme, version, constraint) is answer, (version, constraint)


def test_every_name_has_rules() -> None:
    for scheme, module in SCHEMES.items():
        assert rules(scheme) is rules_of(module), scheme


def test_an_unknown_scheme_is_undetermined() -> None:
    assert compare("nonsense", "1", "2") is None


@pytest.mark.parametrize("scheme", MODULES)
def test_the_shared_table_of_pairs_is_exact_in_both_directions(scheme: str) -> None:
    signs = {"<": -1, "=": 0, ">": 1}
    rows = [row for row in table("pairs.tsv") if SCHEMES.get(row[0]) == scheme]
    wrong = [
        row
        for row in rows
        if compare(scheme, row[1], row[3]) != signs[row[2]] or compare(scheme, row[3], row[1]) != -signs[row[2]]
    ]
    assert wrong == []


@pytest.mark.parametrize("scheme", MODULES)
def test_the_shared_table_of_constraints_is_exact(scheme: str) -> None:
    rows = [row for row in table("constraints.tsv") if SCHEMES.get(row[0]) == scheme]
    wrong = [row for row in rows if str(satisfies(scheme, row[1], row[2])).lower() != row[3]]
    assert wrong == []


@pytest.mark.parametrize("name", ["pairs.tsv", "constraints.tsv"])
def test_the_shared_tables_have_no_other_schemes(name: str) -> None:
    assert {row[0] for row in table(name)} <= set(SCHEMES)


@pytest.mark.parametrize("scheme", MODULES)
def test_a_very_long_version_is_not_slow(scheme: str) -> None:
    for unit in ("1", "0", ".", "1.", "a1", "-", *sorted(examples(scheme).PIECES, key=len)[-2:]):
        text = "1" + unit * (250_000 // len(unit))
        started = time.process_time()
        compare(scheme, text, text + "1")
        assert time.process_time() - started < 5, unit  # a quadratic one takes many minutes


@pytest.mark.parametrize("scheme", MODULES)
def test_a_long_version_that_goes_wrong_late_is_not_slow(scheme: str) -> None:
    for start, unit, end in product(("1", "1.1.", "1.1.1-"), ("1", ".", "1.", "a", "a1", "-", "_", "+1"), ("", "!")):
        text = start + unit * (30_000 // len(unit)) + end
        started = time.process_time()
        compare(scheme, text, text + end)
        assert time.process_time() - started < 10, (start, unit, end)


@pytest.mark.parametrize("scheme", MODULES)
@pytest.mark.parametrize("size", [90_000, 1_000_000])
def test_a_very_long_constraint_is_not_slow(scheme: str, size: int) -> None:
    sound = examples(scheme).ASCENDING[0]
    for unit in (" ", ",", "|", ">", f"<{sound},", f"<{sound} || ", f"{sound} ", "^", "~", "[", "(,", "-"):
        constraint = unit * (size // len(unit))
        started = time.process_time()
        satisfies(scheme, sound, constraint)
        ranges_of(scheme, constraint)
        assert time.process_time() - started < 10, unit


@pytest.mark.parametrize("scheme", MODULES)
@given(data=st.data())
def test_the_laws_of_a_total_order(scheme: str, data: st.DataObject) -> None:
    texts = st.lists(st.sampled_from(examples(scheme).PIECES), max_size=8).map("".join)
    starts = st.sampled_from(["1", *examples(scheme).ASCENDING])
    a, b, c = (data.draw(starts) + data.draw(texts) for _ in range(3))
    ab, bc, ac = compare(scheme, a, b), compare(scheme, b, c), compare(scheme, a, c)
    assert compare(scheme, b, a) == (None if ab is None else -ab)
    if ab is None:
        return
    assert compare(scheme, a, a) == compare(scheme, b, b) == 0
    left, right = rules_of(scheme).parse(a), rules_of(scheme).parse(b)
    assert (left < right, left == right, left > right) == (ab < 0, ab == 0, ab > 0)
    if bc is not None and ab >= 0 and bc >= 0:
        assert ac is not None and ac >= 0
        assert ac > 0 or ab == bc == 0


@pytest.mark.parametrize("scheme", [name for name in MODULES if not (leaves_open(name) or particular(name))])
@given(data=st.data())
def test_ranges_admit_what_satisfies(scheme: str, data: st.DataObject) -> None:
    versions = st.sampled_from([text for text in examples(scheme).ASCENDING if " " not in text])
    bounds = st.builds("{} {}".format, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), versions)
    conjunctions = st.lists(bounds, min_size=1, max_size=3).map(", ".join)
    constraint = data.draw(st.lists(conjunctions, min_size=1, max_size=3).map(" || ".join))
    version = data.draw(versions)
    ranges = ranges_of(scheme, constraint)
    assert ranges is not None
    assert contains(scheme, version, ranges) is satisfies(scheme, version, constraint)
    others = outside(scheme, (constraint,))
    assert others is not None
    assert contains(scheme, version, others) is not contains(scheme, version, ranges)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_answered(left: str, right: str) -> None:
    for scheme in MODULES:
        assert compare(scheme, left, right) in (-1, 0, 1, None)
        assert satisfies(scheme, left, right) in (True, False, None)
        assert satisfies(scheme, "1.0", right) in (True, False, None)
        ranges_of(scheme, right)


def test_deb_agrees_with_dpkg() -> None:
    if not shutil.which("dpkg"):
        pytest.skip("Debian package dpkg is not installed")
    versions = [*deb.ASCENDING, *(text for text in deb.JUNK if text.strip())]
    for left in versions[::2]:
        for right in versions[1::3]:
            done = {
                operator: subprocess.run(["dpkg", "--compare-versions", left, operator, right], capture_output=True)
                for operator in ("lt", "gt")
            }
            if done["lt"].stderr:
                assert compare("deb", left, right) is None, (left, right)
            else:
                expected = -1 if done["lt"].returncode == 0 else 1 if done["gt"].returncode == 0 else 0
                assert compare("deb", left, right) == expected, (left, right)


def test_apk_commit_hash_of_later_tools() -> None:
    assert compare("apk", "1.0_git20230101~abc123-r0", "1.0_git20230102~000000-r0") == -1
    assert compare("apk", "1.0~abc", "1.0~abc-r1") == -1
