"""TOML of strangers: read exactly or refused, and where a key stands in it."""

import pytest

from lading.model.errors import FormatError
from lading.safeio.toml_text import line_of, parse_toml, quoted


def test_tables_are_read() -> None:
    assert parse_toml(b'\xef\xbb\xbfa = 1\r\n[b.c]\nd = ["x"]\n') == {"a": 1, "b": {"c": {"d": ["x"]}}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = 1\na = 2\n", "not TOML: Cannot overwrite a value (at line 2, column 6)"),
        (b"a = [", "not TOML: Invalid value (at end of document)"),
        (b"a = 1\nb = '\xff'\n", "not TOML: not UTF-8 (at line 2)"),
        (b"a = " + b"[" * 50_000, "not TOML that can be read: nested too deep"),
        (b"a = " + b"9" * 5_000, "not TOML: "),
        (b"a" + b".a" * 50_000 + b" = 1", "not TOML that can be read: a key has too many parts (at line 1)"),
        (b"\n[a" + b".a" * 20 + b"]", "not TOML that can be read: a key has too many parts (at line 2)"),
    ],
)
def test_what_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_toml(data)
    assert str(caught.value).startswith(message)


TEXT = """\
# fail_on = 1
fail_on = "high"
[policy]
fail_on = "low"
[tool.other]
fail_on = "x"
[ tool . "lading" ]
  scope   = "deleted"
'output'=[
    "table",
    "json=x",
]
limit.total = 1
[tool.lading.policy]
[tool.inline]
lading = { db = "x" }
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("fail_on",), 2),
        (("tool", "lading", "scope"), 8),
        (("tool", "lading", "output"), 9),
        (("tool", "lading", "limit"), 13),
        (("tool", "lading", "limit", "total"), 13),
        (("tool", "lading", "policy"), 14),
        (("tool", "inline", "lading", "db"), 16),
        (("policy", "fail_on"), 4),
        (("nothing",), 0),
    ],
)
def test_where_a_key_stands(path: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, *path) == line


@pytest.mark.parametrize("text", ["", "plain", 'a "b" \\c', "\x1b[2J\r\n\t", "caf\u00e9 \u202e", "\U0001f600"])
def test_a_quoted_text_is_read_as_it_was(text: str) -> None:
    shown = quoted(text)
    assert shown.isprintable()
    assert parse_toml(f"x = {shown}".encode()) == {"x": text}


def test_what_is_not_unicode_is_replaced() -> None:
    assert parse_toml(f"x = {quoted(chr(0xDCE9))}".encode()) == {"x": "\ufffd"}
