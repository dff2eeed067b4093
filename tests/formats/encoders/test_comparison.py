"""Comparisons with other scanners' reports, as text."""

import pytest

from lading.formats.encoders.text.comparison import encode_comparison_table
from lading.formats.view import View
from lading.model.comparison import Comparison, Difference
from lading.model.foreign import ForeignPackage
from tests.samples import BOOKWORM, IMAGE

FUNCTION = Difference(
    "report",
    "function",
    ForeignPackage("golang", "example.com/module", "v1.5.0"),
    "CVE-2024-1",
    "go of 2024-07-14, GO-2024-1: none of the functions with the vulnerability is in the program "
    "(example.com/module.F)",
    severity="high",
    fixed_version="1.6.0",
)
ALIKE = tuple(
    Difference(
        "lading", "no-data", ForeignPackage("deb", f"p{number:02}", "1"), "CVE-2024-2\x1b", "the report has none"
    )
    for number in range(22)
)


def comparison(*differences: Difference, **more: object) -> Comparison:
    return Comparison(
        image=IMAGE,
        distribution=BOOKWORM,
        report="trivy.json",
        scanner="Trivy 0.74.0",
        entries=9,
        report_rows=8,
        our_rows=29,
        same=7,
        differences=differences,
        packages=136,
        **more,  # type: ignore[arg-type]
    )


def text(value: Comparison, width: int, *, show_all: bool = False) -> list[str]:
    return encode_comparison_table(value, View(width, show_all=show_all)).decode().splitlines()


@pytest.mark.parametrize("width", [80, 200])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, text(comparison(FUNCTION, *ALIKE), width, show_all=True))) <= width


def test_counts_then_rows_by_cause() -> None:
    created = "2026-11-28T20:04:57Z"
    lines = text(
        comparison(FUNCTION, *ALIKE, report_created=created, report_target="shop:1.4", same_image=False, skipped=1),
        100,
    )
    assert lines[2:17] == [
        "against trivy.json, by Trivy 0.74.0 of 2026-11-28 on shop:1.4",
        "The report is about an image of other content; differences may come from that.",
        "1 entry of it is about no vulnerability of a package.",
        "",
        "7 in both, of 8 rows in the report (9 by place) and 29 here",
        " 1  only in the report  the functions are not in the program",
        "22  only here           no data on such packages",
        "",
        "── Only in the report: the functions are not in the program · 1 row " + "─" * 32,
        "CVE-2024-1  example.com/module v1.5.0  high  fixed in 1.6.0",
        "    go of 2024-07-14, GO-2024-1: none of the functions with the vulnerability is in the program",
        "    (example.com/module.F)",
        "",
        "── Only here: no data on such packages · 22 rows " + "─" * 51,
        "CVE-2024-2\\x1b  p00 1",
    ]
    assert lines[-3:] == ["CVE-2024-2\\x1b  p19 1", "    the report has none", "and 2 more (--all)"]


def test_all_of_many_are_shown_on_demand() -> None:
    lines = text(comparison(*ALIKE), 100, show_all=True)
    assert lines[-2:] == ["CVE-2024-2\\x1b  p21 1", "    the report has none"]


def test_two_that_agree() -> None:
    assert text(comparison(), 100)[-1] == "7 in both, of 8 rows in the report (9 by place) and 29 here"
