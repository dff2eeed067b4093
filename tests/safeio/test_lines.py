"""Lines, a piece at a time."""

import pytest

from lading.model.errors import FormatError
from lading.safeio import content, lines
from lading.safeio.lines import beginning, iter_lines


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_lines(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_WINDOW", piece)
    for data, found in (
        (b"", []),
        (b"\n", [b""]),
        (b"ab\n\ncd", [b"ab", b"", b"cd"]),
        (b"ab\r\ncd\n", [b"ab\r", b"cd"]),
    ):
        assert list(iter_lines(data, len(found))) == found


def test_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_WINDOW", 4)
    read = iter_lines(b"a\nb\nc\nd\n", 3)
    assert [next(read), next(read), next(read)] == [b"a", b"b", b"c"]
    with pytest.raises(FormatError, match="more lines than are read"):
        next(read)
    with pytest.raises(FormatError, match="more lines than are read"):
        list(iter_lines(b"a\nb", 1))
    monkeypatch.setattr(lines, "LONGEST", 5)
    assert list(iter_lines(b"12345\n12345", 2)) == [b"12345", b"12345"]
    for data in (b"1234567890", b"1234567890\n", b"1\n1234567890\n1\n"):
        with pytest.raises(FormatError, match="a line of more than 5 bytes"):
            list(iter_lines(data, 9))


def test_the_beginning() -> None:
    assert beginning(b"\xffab") == "\\xffab"
    assert beginning(b"abc", 2) == "ab"
