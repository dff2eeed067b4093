"""YAML of strangers: every scalar as written, and nothing that takes the reader down."""

import pytest

from lading.model.errors import FormatError
from lading.safeio.yaml_text import parse_yaml


def test_scalars_stay_as_written() -> None:
    text = b"a: 1.10\nb: 2024-01-01\nc: ~\nd: yes\ne:\nf: 'it''s'\ng: \"\\u00e9\\n\"\nh: |\n  two\n  lines\n"
    assert parse_yaml(text) == {
        "a": "1.10",
        "b": "2024-01-01",
        "c": "~",
        "d": "yes",
        "e": "",
        "f": "it's",
        "g": "é\n",
        "h": "two\nlines\n",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", ""),
        (b"--- # a remark\n", ""),
        (b"word", "word"),
        (b"- a\n- [b, {c: d}]\n- e: [f]\n", ["a", ["b", {"c": "d"}], {"e": ["f"]}]),
        (b"a: 1\n--- \nb: 2\n", {"a": "1"}),
        (b"a: 1\na: 2\n", {"a": "2"}),
        (b"? [a, b]\n: c\n", {"": "c"}),
        (b"a: !!python/object:os.system [x]\n", {"a": ["x"]}),
        (b"<<: {a: b}\n", {"<<": {"a": "b"}}),
    ],
)
def test_documents(text: bytes, expected: object) -> None:
    assert parse_yaml(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"a: b: c",
        b"\xff\xfe\xff",
        b"a: \x00",
        b"a: &x [1]\nb: *x",
        b"a: &x [*x]",
        b"[" * 100_000,
        b"- " * 100_000,
        b"? " * 100_000,
        b"{a: " * 5000,
        b'"unended',
        b"a: [1, 2",
        b"\t- a",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_junk_is_an_error(text: bytes) -> None:
    with pytest.raises(FormatError, match="not YAML that can be read"):
        parse_yaml(text)
