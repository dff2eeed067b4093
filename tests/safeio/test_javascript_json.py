"""JSON as JavaScript reads it: what it takes, what it refuses, and that no depth or number hurts."""

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lading.safeio import javascript_json
from lading.safeio.javascript_json import decode_json

NODE = """
const fs = require("fs");
const seen = fs.readdirSync(".").map((file) => {
  try {
    return [file, JSON.stringify(JSON.parse(fs.readFileSync(file, "utf8").replace(/^\\uFEFF/, "")))];
  } catch {
    return [file, null];
  }
});
console.log(JSON.stringify(Object.fromEntries(seen)));
"""


class Named(msgspec.Struct):
    name: Any = None
    version: Any = None


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"name":"a","version":"1","name":"b"}', ("b", "1")),
        (b'\xef\xbb\xbf{"name":"a"}', ("a", None)),
        (b'{"name":"a","other":"\\ud800","version":"\\udc00\\ud83d\\ude00"}', ("a", "\\udc00\U0001f600")),
        (b'{"name":"a\xff","version":"\xe4"}', ("a\ufffd", "\ufffd")),
        (b'{"na\\u006de":"a\\u0000","version":[null,true,false,-0.5e2]}', ("a\0", [None, True, False, -50.0])),
        (b'{"name":"a","x":' + b"[" * 90_000 + b"]" * 90_000 + b',"version":{}}', ("a", {})),
        (b'{"x":' + b"9" * 9000 + b',"y":1e99999,"name":"a","z":"\\udfff"}', ("a", None)),
        (b' \t\r\n{ "name" : "a" ,"x":["\\udfff",[],{}] } \n', ("a", None)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_read(data: bytes, value: tuple[Any, Any]) -> None:
    found = decode_json(data, Named)
    assert (found.name, found.version) == value
    found.name.encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{",
        b"[[]",
        b'{"a" 1}',
        b'{"a":1,}',
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b'{1:"a"}',
        b'{"a":1]',
        b"[1}",
        b"{}{}",
        b"{} // comment",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":01}',
        b'{"a":1.}',
        b'{"a":+1}',
        b'{"a":"\\x"}',
        b'{"a":"\\ud80"}',
        b'{"a":"\n"}',
        b'{"a":"x',
        b"{'a':1}",
        b'\xef\xbb\xbf\xef\xbb\xbf{"a":1}',
        b"\xc2\xa0{}",
        b"\x0b{}",
        '{"a":1}'.encode("utf-16"),
        b"null",
        b'["a"]',
    ],
)
def test_what_is_refused(text: bytes) -> None:
    for damaged in (text, b'["\\ud800",' + text + b"]" if text[:1] == b"[" else text):
        with pytest.raises(ValueError, match=r"JSON|Expected|Invalid|Unterminated"):
            decode_json(damaged, Named)


def test_how_much_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javascript_json, "_MOST_VALUES", 4)
    assert decode_json(b"[[],1,2]", list[Any]) == [[], 1, 2]
    with pytest.raises(ValueError, match="more than 4 values"):
        decode_json(b"[[],1,[]]", list[Any])


def test_texts_are_read_as_node_reads_them(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    dice = random.Random(5)
    cases = {f"{number:04}": _case(dice) for number in range(3000)}
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
    answer = subprocess.run(["node", "-e", NODE], cwd=tmp_path, capture_output=True, check=True)
    read = 0
    for name, seen in json.loads(answer.stdout).items():
        if seen is not None:
            read += 1
            assert _written_out(json.loads(seen)) == _as_floats(decode_json(cases[name], Any)), cases[name]
    assert read > 1000


_PIECES = (
    b'"', b"\\", b"\\ud800", b"\\udfff\\n", b"\xff", b"\xc3\xa4", b"\0", b"[", b"]", b"{", b"}", b":", b",", b" ",
    b"\n",
    b"1e999", b"-0", b"00", b".5", b"nul", b"true", b'"a":', b'{"a":1}', b"\xef\xbb\xbf", b"/", b"\\/", b"\\u0041",
)  # fmt: skip


def _case(dice: random.Random) -> bytes:
    """A document, most often with something put in or taken out."""
    data = json.dumps(_value(dice, 4), ensure_ascii=dice.random() < 0.5, indent=dice.choice((None, 1))).encode()
    for _ in range(dice.choice((0, 1, 1, 2))):
        place = dice.randrange(len(data) + 1)
        data = data[:place] + dice.choice((*_PIECES, b"")) + data[place + dice.choice((0, 0, 1)) :]
    return data


def _value(dice: random.Random, levels: int) -> object:
    kind = dice.randrange(8 if levels else 6)
    if kind == 6:
        return [_value(dice, levels - 1) for _ in range(dice.randrange(4))]
    if kind == 7:
        return {dice.choice(("a", "\u00e4", "b\\", "")): _value(dice, levels - 1) for _ in range(dice.randrange(4))}
    return (None, True, dice.randrange(-5, 99), dice.random(), "text", '\u20ac\U0001f600\\"\n')[kind]


def _written_out(value: Any) -> Any:
    """With halves of characters written out, and numbers that Node writes as null as infinite ones."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_written_out(one) for one in value]
    if isinstance(value, dict):
        return {_written_out(key): _written_out(one) for key, one in value.items()}
    return value


def _as_floats(value: Any) -> Any:
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    if isinstance(value, list):
        return [_as_floats(one) for one in value]
    if isinstance(value, dict):
        return {key: _as_floats(one) for key, one in value.items()}
    return value
