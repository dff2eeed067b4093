"""Dates that others wrote: unreadable, in the future, or older than what is here."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from lading.advisories.exports import read_export, write_export
from lading.advisories.freshness import stale
from lading.advisories.moments import is_future, parse_moment
from lading.advisories.sets import current_set, parse_set, pin
from lading.advisories.store import ShardStore
from lading.model.advisory import ShardName
from lading.model.errors import AdvisoryError
from lading.model.ports import NoProgress
from lading.safeio.trusted_keys import TrustedKeys
from tests.databases import FIRST, SECOND, advisory, publish

PYPI = ShardName("pypi")
FUTURE = "9999-12-31T00:00:00Z"
NOW = datetime(2026, 1, 3, tzinfo=UTC)


def exported(folder: Path, built: str, version: str = "1.0") -> Path:
    publish(folder, "pypi", advisory("CVE-1", "a", version), built=built)
    path = folder.with_suffix(".tar.zst")
    write_export(ShardStore(folder), folder, (), path, None)
    return path


def take(path: Path, database: Path, *, allow_older: bool = False) -> tuple[str, ...]:
    return read_export(path, (), database, TrustedKeys(), NoProgress(), allow_older=allow_older).notes


@pytest.mark.parametrize("date", [FUTURE, "yesterday", "", "2026-13-01T00:00:00Z"])
def test_a_date_that_cannot_be_freezes_nothing(tmp_path: Path, date: str) -> None:
    publish(tmp_path / "held", "pypi", advisory("CVE-1", "a", "1.0"), built=date)
    assert stale([PYPI], ShardStore(tmp_path / "held"), NOW) == [PYPI]
    assert take(exported(tmp_path / "honest", SECOND, "2.0"), tmp_path / "held") == ()
    assert current_set(tmp_path / "held").date == SECOND


def test_a_date_in_the_future_is_reported_and_gives_way(tmp_path: Path) -> None:
    future = exported(tmp_path / "future", FUTURE)
    assert take(future, tmp_path / "held") == (
        f"{future}: is dated in the future ({FUTURE}): pypi will count as older than any other",
    )
    assert take(exported(tmp_path / "honest", FIRST, "2.0"), tmp_path / "held") == ()
    with pytest.raises(AdvisoryError) as caught:
        take(future, tmp_path / "held")
    assert str(caught.value) == (
        f"{future}: is dated in the future ({FUTURE}), so that it counts as older than what is downloaded of pypi; "
        "--allow-older takes it anyway"
    )


def test_going_back_is_reported(tmp_path: Path) -> None:
    older = exported(tmp_path / "older", FIRST)
    take(exported(tmp_path / "newer", SECOND, "2.0"), tmp_path / "held")
    assert take(older, tmp_path / "held", allow_older=True) == (
        f"{older}: is older than what is downloaded of pypi: taken all the same (--allow-older)",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("built", "\x1b[2J"), ("built", "soon"), ("upstream_date", "2026-01-01\x1b]0;x\x07"), ("feed", "o\u202esv")],
)
def test_a_list_with_other_text_than_dates_is_refused(tmp_path: Path, field: str, value: str) -> None:
    publish(tmp_path, "pypi", advisory("CVE-1", "a", "1.0"), built=FIRST)
    document = msgspec.json.decode(current_set(tmp_path).document)
    document["shards"][0][field] = value
    with pytest.raises(AdvisoryError) as caught:
        parse_set(msgspec.json.encode(document), "list")
    assert str(caught.value) == "list: the shard pypi has dates or a feed that cannot be read"


def test_others_of_the_machine_may_read_a_database(tmp_path: Path) -> None:
    publish(tmp_path, "pypi", advisory("CVE-1", "a", "1.0"), built=FIRST)
    pin(tmp_path, current_set(tmp_path))
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.endswith("lock")]
    assert sorted(path.suffix for path in files) == [".checked", ".json", ".json", ".sqlite"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("9999-12-31T23:59:59-23:00", None),
        ("today", None),
        ("", None),
    ],
)
def test_moments(text: str, moment: datetime | None) -> None:
    assert parse_moment(text) == moment
    assert not is_future(text, NOW)


@pytest.mark.parametrize(
    "date",
    ["", "2026-08-01", "2026-08-01T12:04", "2026-08-01T12:04:24", "2026-08-01T12:04:24Z", "2026-08-01T12:04:24+02:00"]
    + [f"2026-08-01T12:04:24.{'123456789'[:digits]}{zone}" for digits in (1, 3, 6, 9) for zone in ("", "Z", "-05:00")],
)
def test_every_form_of_date_that_upstreams_write_comes_through(tmp_path: Path, date: str) -> None:
    publish(tmp_path, "pypi", advisory("CVE-1", "a", "1.0"), built=FIRST)
    document = msgspec.json.decode(current_set(tmp_path).document)
    document["shards"][0]["upstream_date"] = date
    assert parse_set(msgspec.json.encode(document), "list").shards[0].upstream_date == date
