"""Contents that are read as they are asked for."""

import re
import tempfile
from collections.abc import Iterator
from random import Random

import pytest

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio import content
from lading.safeio.content import LONGEST_MATCH, Gathered, Room, Stretch, iter_matches, iter_pieces, spool

DATA = Random(1).randbytes(100_000) + b"needle 1.2.3 needle" + Random(2).randbytes(50_000)


@pytest.fixture(params=[(kind, window) for kind in ("file", "pieces") for window in (700, 4096, 1024 * 1024)])
def stretch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Content]:
    """DATA within a file and in pieces, with windows of several sizes."""
    kind, window = request.param
    monkeypatch.setattr(content, "_WINDOW", window)
    if kind == "pieces":
        yield Gathered(_cut(b"before" + DATA + b"after"), 6, len(DATA))
        return
    with tempfile.TemporaryFile() as file:
        file.write(b"before" + DATA + b"after")
        file.flush()
        yield Stretch(file.fileno(), 6, len(DATA), "file")


def _cut(data: bytes) -> list[bytes]:
    """Pieces of all lengths, empty ones too."""
    chance = Random(5)
    pieces = [b""]
    while data:
        size = chance.choice((0, 1, 7, 500, 20_000))
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def test_room_is_given_back_with_what_took_it() -> None:
    room = Room(100)
    held = [Gathered([b"x" * 60], 0, 60, room.take(60))]
    assert held[0][:3] == b"xxx"
    assert room.take(41) is None
    rest = room.take(40)
    assert rest is not None
    held.clear()
    assert room.take(61) is None
    assert room.take(60) is not None


def test_slices_are_those_of_the_bytes(stretch: Content) -> None:
    chance = Random(3)
    for _ in range(300):
        start, end = chance.randrange(-160_000, 160_000), chance.randrange(-160_000, 160_000)
        assert stretch[start:end] == DATA[start:end]
        assert stretch[start : start + 20] == DATA[start : start + 20]
    assert stretch[:] == DATA == b"".join(iter_pieces(stretch))
    assert len(stretch) == len(DATA)


def test_finds_what_bytes_find(stretch: Content) -> None:
    chance = Random(4)
    for _ in range(200):
        place = chance.randrange(len(DATA))
        sub = DATA[place : place + chance.choice((1, 3, 8))]
        start, end = chance.randrange(-160_000, 160_000), chance.randrange(-160_000, 160_000)
        for bounds in ((), (start,), (start, end), (0, 700), (place, place + 2)):
            assert stretch.find(sub, *bounds) == DATA.find(sub, *bounds)
            assert stretch.rfind(sub, *bounds) == DATA.rfind(sub, *bounds)
    assert stretch.find(b"not there") == stretch.rfind(b"not there") == -1


@pytest.mark.parametrize(
    "pattern", [rb"[a-c]{1,9}", rb"(?<=[^x])e{1,3}d?(?=l)", rb"needle [0-9.]+", rb"\x00[^\x00]{2}"]
)
def test_matches_are_those_of_the_whole(stretch: Content, pattern: bytes) -> None:
    compiled = re.compile(pattern)
    for start, end in ((0, len(DATA)), (1000, 3000), (99_000, 101_000), (149_000, 999_999)):
        expected = [match[0] for match in compiled.finditer(DATA, start, end)]
        assert [match[0] for match in iter_matches(compiled, stretch, start, end)] == expected


def test_match_that_ends_in_the_next_window_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_WINDOW", LONGEST_MATCH)
    data = b"." * (LONGEST_MATCH - 2) + b"aaaaa" + b"." * 50
    assert [match[0] for match in iter_matches(re.compile(b"a{2,5}"), data, 0, len(data))] == [b"aaaaa"]


def test_file_that_became_shorter_is_an_error() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 100)
        file.flush()
        stretch = Stretch(file.fileno(), 0, 100, "archive")
        file.truncate(50)
        with pytest.raises(SafeIOError, match="archive: became shorter while it was read"):
            stretch[40:60]


def test_spooled_content_is_the_same_each_time() -> None:
    on_disk = spool(iter([DATA, DATA]))
    for _ in range(2):
        assert b"".join(iter_pieces(on_disk)) == DATA + DATA
        assert on_disk[5:99] == DATA[5:99]


def test_where_nothing_temporary_can_be_written_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    with pytest.raises(SafeIOError, match="no directory for temporary files can be written; name one in TMPDIR"):
        spool(iter([b"x"]))
