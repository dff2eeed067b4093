"""Sets of shards: recorded, named by digest and date, kept and let go."""

import os
import time
from pathlib import Path

import pytest

from lading.advisories import sets
from lading.advisories.store import ShardStore
from lading.model.advisory import ShardName
from lading.model.errors import AdvisoryError
from tests.databases import FIRST, SECOND, THIRD, advisory, publish

PYPI = ShardName("pypi")
DAY = 24 * 3600


def fixed_in(database: Path, wanted: str) -> str:
    """The version in which the one vulnerability is fixed, by a set."""
    store = ShardStore(database, sets.find_set(database, wanted).shards)
    return store.advisories(PYPI, ["a"])["a"][0].ranges[0].fixed


def grow(database: Path, version: str, built: str) -> str:
    """A new state of the database; gives the digest of its set."""
    publish(database, "pypi", advisory("CVE-1", "a", version), built=built)
    return sets.record(database).digest


def age(database: Path, digest: str, days: int) -> None:
    path = database / "sets" / f"{digest.removeprefix('sha256:')}.json"
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def shard_files(database: Path) -> int:
    return len(list((database / "shards").glob("*/*.sqlite")))


def test_a_set_is_named_by_its_digest_its_beginning_or_a_date(tmp_path: Path) -> None:
    first, second = grow(tmp_path, "1.0", FIRST), grow(tmp_path, "2.0", SECOND)
    assert (tmp_path / "sets" / f"{first[7:]}.json").is_file()
    assert fixed_in(tmp_path, first) == fixed_in(tmp_path, first[7:19]) == "1.0"
    assert fixed_in(tmp_path, "2026-01-01") == fixed_in(tmp_path, "2026-01-02T11:59:59Z") == "1.0"
    assert fixed_in(tmp_path, second) == fixed_in(tmp_path, "2026-01-02") == fixed_in(tmp_path, "2027-01-01") == "2.0"
    assert sets.current_set(tmp_path).digest == second
    assert [one.set.digest for one in sets.kept_sets(tmp_path)] == [second, first]


def test_the_same_shards_give_the_same_digest_anywhere(tmp_path: Path) -> None:
    assert grow(tmp_path / "a", "1.0", FIRST) == grow(tmp_path / "b", "1.0", FIRST)
    assert grow(tmp_path / "a", "1.0", SECOND) != grow(tmp_path / "b", "1.0", FIRST)


def test_a_set_that_is_not_held(tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError) as caught:
        sets.find_set(tmp_path, "2026-01-01")
    assert str(caught.value) == (
        "no set of shards is downloaded that is not later than 2026-01-01; none is downloaded at all"
    )
    grow(tmp_path, "1.0", SECOND)
    with pytest.raises(AdvisoryError) as caught:
        sets.find_set(tmp_path, "2026-01-01")
    assert str(caught.value) == (
        f"no set of shards is downloaded that is not later than 2026-01-01; the oldest is of {SECOND}"
    )
    with pytest.raises(AdvisoryError) as caught:
        sets.find_set(tmp_path, "sha256:0123456789ab")
    assert str(caught.value) == (
        "the set of shards sha256:0123456789ab is not downloaded; lading db status shows those that are"
    )
    with pytest.raises(AdvisoryError) as caught:
        sets.find_set(tmp_path, "newest")
    assert str(caught.value) == ("newest: neither a digest (sha256:…, twelve digits or more) nor a date (2026-01-31)")


def test_a_set_is_kept_for_three_days_after_another_took_its_place(tmp_path: Path) -> None:
    first = grow(tmp_path, "1.0", FIRST)
    age(tmp_path, first, 30)  # a month it has been the current one
    second = grow(tmp_path, "2.0", SECOND)
    assert shard_files(tmp_path) == 2
    age(tmp_path, first, 4)
    third = grow(tmp_path, "3.0", THIRD)
    assert [one.set.digest for one in sets.kept_sets(tmp_path)] == [third, second]
    assert shard_files(tmp_path) == 2
    assert len(list((tmp_path / "shards").glob("*/*.checked"))) == 2


def test_a_pinned_set_is_kept_until_it_is_let_go(tmp_path: Path) -> None:
    first = grow(tmp_path, "1.0", FIRST)
    sets.pin(tmp_path, sets.find_set(tmp_path, first))
    grow(tmp_path, "2.0", SECOND)
    age(tmp_path, first, 400)
    grow(tmp_path, "3.0", THIRD)
    assert fixed_in(tmp_path, first) == "1.0"
    assert [one.pinned for one in sets.kept_sets(tmp_path)] == [False, False, True]
    pinned = sets.find_set(tmp_path, first)
    assert sets.unpin(tmp_path, pinned) is True
    assert sets.unpin(tmp_path, pinned) is False
    with pytest.raises(AdvisoryError, match="is not downloaded"):
        sets.find_set(tmp_path, first)
    assert shard_files(tmp_path) == 2


def test_a_record_that_was_changed_counts_for_nothing(tmp_path: Path) -> None:
    first = grow(tmp_path, "1.0", FIRST)
    grow(tmp_path, "2.0", SECOND)
    path = tmp_path / "sets" / f"{first[7:]}.json"
    path.write_bytes(path.read_bytes().replace(b"2026-01-01", b"2020-01-01"))
    with pytest.raises(AdvisoryError, match="is not downloaded"):
        sets.find_set(tmp_path, first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sha256:0123456789ab", True),
        ("0123456789ab", True),
        ("2026-01-31", True),
        ("2026-01-31T10:00:00Z", True),
        ("sha256:0123", False),
        ("2026-1-31", False),
        ("database.tar.zst", False),
    ],
)
def test_what_has_the_form_of_a_name(text: str, expected: bool) -> None:
    assert sets.is_name_of_set(text) is expected
