"""Version order: upstream's own corner cases, the shared tables, and the laws of an order."""

import csv
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lading.versions.schemes import SCHEMES, compare

TABLES = Path(__file__).resolve().parents[3] / "shared" / "versions"

ASCENDING = {
    "deb": [
        "0~~", "0~", "0", "0+b1", "1.0~beta1~svn1245", "1.0~beta1", "1.0-0~", "1.0", "1.0-1", "1.0-1a", "1.0-1+b1",
        "1.0-1.1", "1.0a", "1.0+dfsg", "1.0.", "1.0.1", "1.10", "2:0.1", "10:0",
    ],
    "apk": [
        "0.1_alpha", "0.1_beta2", "0.1_rc1-r1", "0.1", "0.1-r1", "0.1_cvs", "0.1_p1", "0.1a", "0.1.001", "0.1.0",
        "0.1.01", "0.1.1", "1.002", "1.02", "1.2", "1.10", "1.10.1", "10",
    ],
}  # fmt: skip
EQUAL = {"deb": [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.00", "1.0"), ("1.", "1.0")], "apk": [("1.2", "1.2")]}
JUNK = {
    "deb": [
        "",
        " ",
        "abc",
        "v1",
        "1.0-",
        ":1",
        "1:",
        "a:1",
        "99999999999:1",
        "1 2",
        "1.0_1",
        "1.0$",
        "\u0661",
        "1\n2",
        "1\n",
    ],
    "apk": ["", " ", "-1", "1-1", "1_unknown", "1.A", "1-r1.2", "1.0 ", "1_p1.2", "1ab", "\u0661", "1:2"],
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_ascending(scheme: str) -> None:
    versions = ASCENDING[scheme]
    for position, left in enumerate(versions):
        for offset, right in enumerate(versions):
            expected = (position > offset) - (position < offset)
            assert compare(scheme, left, right) == expected, (left, right)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_equal(scheme: str) -> None:
    for left, right in EQUAL[scheme]:
        assert compare(scheme, left, right) == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_junk_is_undetermined(scheme: str) -> None:
    for text in JUNK[scheme]:
        assert compare(scheme, text, "1") is None, text
        assert compare(scheme, "1", text) is None, text


def test_an_unknown_scheme_is_undetermined() -> None:
    assert compare("nonsense", "1", "2") is None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_shared_table_is_exact_in_both_directions(scheme: str) -> None:
    if not TABLES.is_dir():
        pytest.skip("../shared is not there")
    with (TABLES / "pairs.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row[0] == scheme]
    assert len(rows) == 400
    signs = {"<": -1, "=": 0, ">": 1}
    wrong = [
        row
        for row in rows
        if compare(scheme, row[1], row[3]) != signs[row[2]] or compare(scheme, row[3], row[1]) != -signs[row[2]]
    ]
    assert wrong == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("unit", ["1", "0", ".", "1.", "1a", "~", "_p1"])
def test_a_version_of_a_megabyte_is_not_slow(scheme: str, unit: str) -> None:
    text = "1" + unit * (1_000_000 // len(unit))
    started = time.monotonic()
    compare(scheme, text, text + "1")
    assert time.monotonic() - started < 20  # a quadratic one takes hours


ALPHABETS = {"deb": "019azZ.+~-:", "apk": "019a._-r~pbeta"}


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_the_laws_of_a_total_order(scheme: str, data: st.DataObject) -> None:
    texts = st.text(ALPHABETS[scheme], max_size=8).map("1{}".format)
    a, b, c = (data.draw(texts) for _ in range(3))
    ab, bc, ac = compare(scheme, a, b), compare(scheme, b, c), compare(scheme, a, c)
    assert compare(scheme, b, a) == (None if ab is None else -ab)
    if ab is not None:
        assert compare(scheme, a, a) == compare(scheme, b, b) == 0
    if ab is not None and bc is not None and ab >= 0 and bc >= 0:
        assert ac is not None and ac >= 0


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_answered(left: str, right: str) -> None:
    for scheme in SCHEMES:
        assert compare(scheme, left, right) in (-1, 0, 1, None)


def test_deb_agrees_with_dpkg() -> None:
    if not shutil.which("dpkg"):
        pytest.skip("Debian package dpkg is not installed")
    versions = [*ASCENDING["deb"], *(text for text in JUNK["deb"] if text.strip())]
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
