"""Days of grace, by the day on which the fix came out."""

from datetime import date

import pytest
from msgspec import structs

from lading.model.rows import Row
from lading.policy.grace import Waiting, with_grace
from tests.samples import IMAGE, report_on, shop, shop_store

DAY = date(2026, 11, 29)
CURL = next(one for one in report_on(IMAGE, shop(), (), shop_store()).findings if one.package.name == "curl")


@pytest.mark.parametrize(
    ("fixed", "came_out", "until"),
    [
        ("8.0", "2026-11-20", "2026-12-04"),
        ("8.0", "2026-11-15", "2026-11-29"),
        ("8.0", "2026-11-14", None),
        ("8.0", "2026-11-30", "2026-12-14"),  # what clocks make of it
        ("8.0", "2026-12-01", None),
        ("8.0", "2999-01-01", None),
        ("8.0", "9999-12-31", None),
        ("8.0", "", None),
        ("8.0", "soon", None),
        ("", "", ""),
        ("", "2999-01-01", ""),
    ],
)
def test_whether_a_row_waits(fixed: str, came_out: str, until: str | None) -> None:
    label = CURL.severity.label
    finding = structs.replace(CURL, fixed_version=fixed, fix_date=came_out)
    row = Row(finding, (finding,))
    expected = ([row], Waiting()) if until is None else ([], Waiting(1, until))
    assert with_grace([row], {label: 14}, DAY) == expected
    assert with_grace([row], {}, DAY) == ([row], Waiting())
