"""R's order, held against R."""

import random

from lading.versions.rules import cran
from tests.versions.rules.native import drawn, lines_of, order

PROGRAM = (
    r"""for (row in strsplit(readLines(file("stdin")), "\t")) cat(compareVersion(row[1], row[2]), "\n", sep = "")"""
)


def version(source: random.Random) -> str:
    parts = [source.choice(["0", "1", "2", "10", "01"]) for _ in range(source.randint(1, 4))]
    return "".join(part + source.choice([".", "-"]) for part in parts)[:-1]


def test_order_agrees_with_r() -> None:
    rows = drawn(1000, version, version)
    answers = lines_of(["Rscript", "-e", PROGRAM], rows)
    wrong = [
        (*row, answer)
        for row, answer in zip(rows, answers, strict=True)
        if str(order(cran.parse(row[0]), cran.parse(row[1]))) != answer
    ]
    assert wrong == []
