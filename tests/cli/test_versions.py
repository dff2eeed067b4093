"""`lading versions compare`, as a program."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

TABLES = Path(__file__).resolve().parents[3] / "shared" / "versions"


def lading(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    command = [sys.executable, "-m", "lading", "versions", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("deb", "1.0~rc1", "1.0"), "<"),
        (("deb", "1.0", "0:1.0"), "="),
        (("apk", "1.2.3-r1", "1.2.3-r0"), ">"),
        (("apk", "junk!", "1"), "?"),
        (("deb", "-1", "1"), "?"),
        (("deb", "", "1"), "?"),
    ],
)
def test_two_versions(arguments: tuple[str, str, str], answer: str) -> None:
    assert lading("compare", *arguments) == (0, f"{answer}\n", "")


def test_pairs_on_standard_input() -> None:
    lines = "1\t2\n2\t1\n1\t1\nonly one\n1\t2\t3\n\n1.0~\t1.0\r\n\u00e9\t1\n1\t2"
    assert lading("compare", "deb", stdin=lines) == (0, "<\n>\n=\n?\n?\n?\n<\n?\n<\n", "")
    assert lading("compare", "deb") == (0, "", "")


def test_wrong_words_are_one_line() -> None:
    assert lading("compare", "rot13", "1", "2") == (
        2,
        "",
        "lading: rot13: no such version scheme; there are: apk, deb\n",
    )
    assert lading("compare", "deb", "1") == (
        2,
        "",
        "lading: one version alone cannot be compared; give two, or pairs on standard input\n",
    )


@pytest.mark.parametrize("scheme", ["apk", "deb"])
def test_the_shared_table_through_standard_input(scheme: str) -> None:
    if not TABLES.is_dir():
        pytest.skip("../shared is not there")
    with (TABLES / "pairs.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row[0] == scheme]
    status, answers, _ = lading("compare", scheme, stdin="".join(f"{row[1]}\t{row[3]}\n" for row in rows))
    assert status == 0
    assert answers.split() == [row[2] for row in rows]
