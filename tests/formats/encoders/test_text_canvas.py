"""Tables that fit the screen."""

import pytest

from lading.formats.encoders.text.canvas import Canvas, fitted

ROWS = [
    ("shard", "package", "", "affected"),
    ("debian-12", "curl, libcurl4 and a few others", "", "before 7.88.1-10"),
    ("rhel-9", "curl", "", "not affected"),
]


def test_a_table_wider_than_the_screen_goes_on_below() -> None:
    canvas = Canvas(45, colour=False)
    canvas.table(ROWS, [("",) * 4] * 3)
    assert canvas.render().decode() == (
        "shard      package           affected\n"
        "debian-12  curl, libcurl4    before 7.88.1-10\n"
        "           and a few others\n"
        "rhel-9     curl              not affected\n"
    )


def test_a_table_that_fits_is_left_alone() -> None:
    canvas = Canvas(80, colour=False)
    canvas.table(ROWS, [("",) * 4] * 3)
    assert canvas.render().decode().splitlines()[1] == "debian-12  curl, libcurl4 and a few others  before 7.88.1-10"


@pytest.mark.parametrize(
    ("columns", "width", "expected"),
    [
        ([10, 0, 20], 32, [10, 0, 20]),
        ([10, 40, 20], 60, [10, 26, 20]),
        ([10, 40, 40], 60, [10, 23, 23]),
        ([40, 40, 40], 20, [12, 12, 12]),
        ([5, 5], 1, [5, 5]),
        ([0, 0], 40, [0, 0]),
        ([1_000_000, 5], 80, [73, 5]),
    ],
)
def test_the_widest_columns_give_way(columns: list[int], width: int, expected: list[int]) -> None:
    assert fitted(columns, width) == expected


def test_a_heading_that_is_too_long_is_broken() -> None:
    canvas = Canvas(40, colour=False)
    canvas.heading("In the Dockerfile of opt/shop/lib/x.jar, at its end", "clears 1")
    canvas.heading("Result")
    assert canvas.render().decode().splitlines() == [
        "",
        "── In the Dockerfile of",
        "   opt/shop/lib/x.jar, at its end",
        "   clears 1",
        "",
        "── Result " + "─" * 30,
    ]
