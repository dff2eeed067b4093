"""Large JSON objects, member by member."""

import bz2
import json
from pathlib import Path

import pytest

from lading.feeds import members
from lading.feeds.members import iter_members
from lading.model.errors import FeedError


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
def test_members_come_whole_whatever_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(members, "_CHUNK", chunk)
    document = {"a": {"b": [1, {"c": '}{"é😀'}]}, "": 12.5, "d\n": None, "e": "x" * 50, "f": -31}
    file = tmp_path / "one"
    for indent in (None, 2):
        file.write_bytes(b"\xef\xbb\xbf " + json.dumps(document, indent=indent, ensure_ascii=False).encode())
        assert dict(iter_members(file)) == document
    file.write_bytes(bz2.compress(json.dumps(document).encode()))
    assert dict(iter_members(file)) == document
    file.write_text("{ }")
    assert dict(iter_members(file)) == {}


@pytest.mark.parametrize("text", ["", "[]", "3", '{"a": 1', '{"a" 1}', '{"a": }', "{]", '{"a": ' + "[" * 100_000])
def test_broken_documents(tmp_path: Path, text: str) -> None:
    file = tmp_path / "one"
    file.write_text(text)
    with pytest.raises(FeedError, match=str(file)):
        list(iter_members(file))


def test_a_member_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_CHUNK", 10)
    monkeypatch.setattr(members, "_MOST", 50)
    file = tmp_path / "one"
    file.write_text(json.dumps({"a": "x" * 100}))
    with pytest.raises(FeedError, match="too large"):
        list(iter_members(file))
