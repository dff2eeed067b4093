"""`lading versions`, as a program."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from lading.versions.schemes import SCHEMES

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
    schemes = ", ".join(sorted(SCHEMES))
    for command in ("compare", "satisfies"):
        message = f"lading: rot13: no such version scheme; there are: {schemes}\n"
        assert lading(command, "rot13", "1", "2") == (2, "", message)
    assert lading("compare", "deb", "1") == (
        2,
        "",
        "lading: one version alone cannot be compared; give two, or pairs on standard input\n",
    )


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("deb", "1.2-1", ">= 1.0, < 1.2 || >= 1.2-1"), "true"),
        (("npm", "2.0.0", "^1.2"), "false"),
        (("npm", "2.0.0", ""), "true"),
        (("deb", "-1", "< 1"), "?"),
        (("deb", "1", "~> 1"), "?"),
    ],
)
def test_one_constraint(arguments: tuple[str, str, str], answer: str) -> None:
    assert lading("satisfies", *arguments) == (0, f"{answer}\n", "")


def test_constraints_on_standard_input() -> None:
    lines = "1\t< 2\n2\t< 2\nonly one\n1\t2\t3\n\n1\t1,\r\n1\t\n1\t>0"
    assert lading("satisfies", "deb", stdin=lines) == (0, "true\nfalse\n?\n?\n?\n?\ntrue\ntrue\n", "")
    assert lading("satisfies", "deb") == (0, "", "")


def test_a_version_without_a_constraint_is_one_line() -> None:
    message = "lading: a version needs a constraint to satisfy; give both, or pairs on standard input\n"
    assert lading("satisfies", "deb", "1") == (2, "", message)


@pytest.mark.parametrize("scheme", ["apk", "deb"])
def test_the_shared_table_through_standard_input(scheme: str) -> None:
    if not TABLES.is_dir():
        pytest.skip("../shared is not there")
    with (TABLES / "pairs.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row[0] == scheme]
    status, answers, _ = lading("compare", scheme, stdin="".join(f"{row[1]}\t{row[3]}\n" for row in rows))
    assert status == 0
    assert answers.split() == [row[2] for row in rows]
