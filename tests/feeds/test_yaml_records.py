"""Fields of YAML records."""

import pytest

from lading.feeds.yaml_records import day_of, list_field, mapping_field, parse_record, text_field
from lading.model.errors import FormatError


def test_fields() -> None:
    record = parse_record(b"a: ' two\n  words '\nb: ~\nc: [x, ~, {y: z}, ' w ']\nd: {e: f}\n")
    assert [text_field(record, name) for name in "abcdz"] == ["two words", "", "", "", ""]
    assert [list_field(record, name) for name in "abcdz"] == [("two words",), (), ("x", "w"), (), ()]
    assert [mapping_field(record, name) for name in "adz"] == [{}, {"e": "f"}, {}]


@pytest.mark.parametrize("data", [None, b"", b"[]", b"text", b"a: b: c"])
def test_what_is_no_record(data: bytes | None) -> None:
    with pytest.raises(FormatError):
        parse_record(data)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-02", "2024-01-02"),
        ("2024-01-02 03:04:05", "2024-01-02"),
        ("9999-12-05", ""),
        ("0001-01-01", ""),
        ("2024-1-2", ""),
        ("yesterday..", ""),
        ("", ""),
    ],
)
def test_days(text: str, day: str) -> None:
    assert day_of(text) == day
