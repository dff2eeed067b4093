"""The walker against Go's archive/tar, with which Docker, containerd, Podman and umoci read layers.

What archive/tar reads from the table of header combinations is written down; where Go is there, it is asked again, and
about archives made at random.
"""

import posixpath
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.limits import Limits
from lading.safeio.names import decode_name
from lading.safeio.tar import StreamInput, iter_tar
from tests.safeio import archive_tar
from tests.safeio.archive_tar import LARGEST, Answer, GoEntry
from tests.safeio.tar_random import damaged_archive, random_archive
from tests.safeio.tar_table import GROUPS
from tests.support.go import build_go
from tests.tars import BytesStream

_KINDS = {b"0": "file", b"S": "file", b"1": "hardlink", b"2": "symlink", b"5": "directory"}
_KINDS |= dict.fromkeys((b"3", b"4", b"6"), "other")
_HARMLESS_GLOBAL = re.compile(rb"(.*/)?(pax_global_header|@PaxHeader|GlobalHead\.[0-9]+\.[0-9]+)", re.DOTALL)
_RANDOM_ARCHIVES, _MOST_BYTES = 3000, 20_000

Row = tuple[str, str, str, int, int]
"""Path, kind, link target, size, CRC-32 of the content (-1 when it is very large)."""


@cache
def _cases(group: str) -> dict[str, bytes]:
    return GROUPS[group]()


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("go") / "archive_tar"
    build_go(archive_tar.SOURCE, program)
    return program


@pytest.mark.parametrize("group", GROUPS)
def test_reads_the_table_as_go_does(group: str) -> None:
    cases = _cases(group)
    answers = archive_tar.known(group, cases)
    wrong = [
        f"{name}: {difference}"
        for (name, data), answer in zip(cases.items(), answers, strict=True)
        if (difference := _difference(data, answer))
    ]
    assert wrong == []


def test_go_still_answers_as_written_down(go_program: Path) -> None:
    for group in GROUPS:
        asked = archive_tar.ask(go_program, _cases(group).values())
        known = archive_tar.known(group, _cases(group))
        assert [one.entries for one in asked] == [one.entries for one in known]
        assert [bool(one.error) for one in asked] == [bool(one.error) for one in known]


def test_reads_random_archives_as_go_does(go_program: Path) -> None:
    chance = Random(20)
    assert _wrong(go_program, [random_archive(chance) for _ in range(_RANDOM_ARCHIVES)]) == []


def test_reads_damaged_archives_as_go_does(go_program: Path) -> None:
    chance = Random(21)
    table = [data for group in GROUPS for data in _cases(group).values() if len(data) < _MOST_BYTES]
    assert _wrong(go_program, [damaged_archive(chance, chance.choice(table)) for _ in range(_RANDOM_ARCHIVES)]) == []


def _wrong(go_program: Path, archives: Sequence[bytes]) -> list[str]:
    answers = archive_tar.ask(go_program, archives)
    assert sum(not answer.error for answer in answers) > len(archives) // 4, "too few can be read to their end"
    return [
        f"archive {number}: {difference}"
        for number, (data, answer) in enumerate(zip(archives, answers, strict=True))
        if (difference := _difference(data, answer))
    ]


def _difference(data: bytes, answer: Answer) -> str:
    """How Lading's reading differs from what an engine makes of Go's; empty when it does not. Of an archive that is
    refused, Lading may have given entries before, but no others than Go."""
    expected, refused = _as_engines_have_it(answer.entries)
    refused = refused or bool(answer.error)
    rows: list[Row] = []
    error = ""
    try:
        for entry in iter_tar(StreamInput(BytesStream(data), "x", chunk=700), "x", Limits()):
            is_read = entry.kind == "file" and entry.size <= LARGEST
            crc = crc32(entry.read(LARGEST)) if is_read else -1 if entry.kind == "file" else 0
            rows.append((entry.path, entry.kind, entry.linkname, entry.size, crc))
    except SafeIOError as caught:
        error = str(caught)
    if bool(error) != refused:
        return f"read with {error or 'no error'}, Go says {answer.error or 'nothing'}: {expected}"
    if rows != expected[: len(rows)] or (not error and len(rows) < len(expected)):
        return f"read as {rows}, not as {expected} ({error})"
    return ""


def _as_engines_have_it(entries: Sequence[GoEntry]) -> tuple[list[Row], bool]:
    """What container engines unpack, and whether they refuse or disagree about what comes next."""
    rows: list[Row] = []
    for entry in entries:
        if entry.flag == b"g":
            base = entry.name.rstrip(b"/").rpartition(b"/")[2]
            if base.startswith(b".wh.") or (rows and not _HARMLESS_GLOBAL.fullmatch(entry.name)):
                return rows, True
            continue
        kind = _KINDS.get(entry.flag, "")
        path = _cleaned(entry.name)
        climbs_again = kind == "hardlink" and b".." in entry.linkname.lstrip(b"./").split(b"/")
        if not kind or 0 in entry.name or (not path and kind != "directory") or climbs_again or _is_long(path):
            return rows, True
        linkname = {"symlink": entry.linkname, "hardlink": _cleaned(entry.linkname)}.get(kind, b"")
        if _is_long(linkname):
            return rows, True
        size, crc = (entry.size, entry.crc) if kind == "file" else (0, 0)
        rows.append((decode_name(path), kind, decode_name(linkname), size, crc))
    return rows, False


def _cleaned(name: bytes) -> bytes:
    return posixpath.normpath(b"/" + name).lstrip(b"/")


def _is_long(path: bytes) -> bool:
    return len(path) > 4095 or max(map(len, path.split(b"/"))) > 255
