"""Rows that are collected in any order, in bounded memory."""

import random
from pathlib import Path

import pytest

from lading.advisories.rows import Room, Rows
from lading.advisories.writer import ShardWriter
from lading.model.advisory import Advisory, AdvisoryText, Provenance, Range, VulnerabilityRecord


def collected(folder: Path, rows: list[tuple[bytes, bytes]], most: int, *, ordered: bool) -> list[tuple[bytes, bytes]]:
    held = Rows(folder, Room(most), ordered=ordered)
    for key, body in rows:
        held.add(key, body)
    found = list(held)
    held.close()
    return found


@pytest.mark.parametrize("most", [1_000, 5_000, 10_000_000])
def test_rows_come_back_sorted_however_often_they_were_spilled(tmp_path: Path, most: int) -> None:
    numbers = list(range(500))
    random.Random(1).shuffle(numbers)
    rows = [(b"%d" % number, b"body %d" % number) for number in numbers]
    assert collected(tmp_path, rows, most, ordered=False) == sorted(rows)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("most", [400, 10_000_000])
def test_of_one_key_the_longest_row_stays_or_the_last(tmp_path: Path, most: int) -> None:
    rows = [(b"a", b"22"), (b"b", b"1"), (b"a", b"1"), (b"a", b"23"), (b"a", b"3")]
    for order in (rows, rows[::-1]):
        assert collected(tmp_path, order, most, ordered=False) == [(b"a", b"23"), (b"b", b"1")]
    assert collected(tmp_path, rows, most, ordered=True) == [(b"a", b"3"), (b"b", b"1")]


def test_a_row_larger_than_what_is_read_at_once(tmp_path: Path) -> None:
    rows = [(b"%d" % number, bytes([number]) * 700_000) for number in range(4)]
    assert collected(tmp_path, rows, 1_000_000, ordered=False) == rows


def test_the_largest_holder_makes_room(tmp_path: Path) -> None:
    room = Room(10_000)
    small, large = Rows(tmp_path, room), Rows(tmp_path, room)
    small.add(b"a", b"x")
    for number in range(40):
        large.add(b"%d" % number, b"x" * 100)
    assert (small.held > 0, large.held < 10_000) == (True, True)
    assert ([key for key, _ in small], len(list(large))) == ([b"a"], 40)
    large.close()
    large.close()
    small.close()


def test_a_shard_has_the_same_bytes_from_memory_and_from_disk(tmp_path: Path) -> None:
    digests = set()
    for turn, most in enumerate((2_000, 50_000, 96_000_000)):
        numbers = list(range(300))
        random.Random(turn).shuffle(numbers)
        with ShardWriter(tmp_path / str(turn), "debian-12", Room(most)) as writer:
            for number in numbers:
                writer.add(Advisory(f"CVE-{number}", f"package-{number % 7}", ranges=(Range(fixed="1"),)))
                writer.add_text(AdvisoryText(f"CVE-{number % 50}", "x" * (number // 50)))
                writer.add_facts(VulnerabilityRecord(f"CVE-{number}"))
            assert writer.finish() == 600
            digests.add(writer.publish(Provenance("debian-12", "", 0, "deb", "debian")).digest)
    assert len(digests) == 1
