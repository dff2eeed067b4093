"""`lading db`: a database from a held copy, looked at and refreshed through the command line."""

import json
from pathlib import Path

import pytest

from tests.support.program import Lading

KEV = "kev/known_exploited_vulnerabilities.json"


def catalogue(*ids: str) -> str:
    rows = [{"cveID": name, "dateAdded": "2099-01-01", "dueDate": "2099-01-22"} for name in ids]
    return json.dumps({"dateReleased": "2099-01-01T00:00:00.0000Z", "count": len(rows), "vulnerabilities": rows})


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    (tmp_path / KEV).parent.mkdir(parents=True)
    (tmp_path / KEV).write_text(catalogue("CVE-2099-1", "CVE-2099-2"))
    return tmp_path


def columns(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_a_shard_is_built_listed_and_checked(lading: Lading, mirror: Path, own_home: Path) -> None:
    header, row = columns(lading("db", "update", "kev", "--from", mirror).stdout)
    assert header == ["shard", "records", "unread", "data", "of", "built", "size", "digest"]
    assert row[:4] == ["kev", "2", "0", "2099-01-01"]
    where, header_again, row_again, blank, sets, current = lading("db", "status").stdout.splitlines()
    assert where.startswith(f"{own_home}/.local/share/lading/db: 1 shard, ")
    assert (header_again.split(), row_again.split()) == (header, row)
    assert (blank, sets.split()) == ("", ["set", "of", "shards", "as", "of", "shards"])
    assert current.split()[1:] == [row[4], "1", "current"]
    listed = lading("db", "list").stdout
    assert "\nkev: " in listed
    assert "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json" in listed


def test_an_update_that_fails_keeps_the_last_good_shard(lading: Lading, mirror: Path) -> None:
    lading("db", "update", "--from", mirror)
    before = lading("db", "status").stdout
    (mirror / KEV).write_text(catalogue("CVE-2099-1")[:-20])
    failed = lading("db", "update", "--from", mirror, status=2)
    assert failed.stderr.startswith("lading: kev: ")
    assert "; kept what was built " in failed.stderr
    assert lading("db", "status").stdout == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("update", "nonsense"), "nonsense: no such feed or shard; `lading db list` shows them"),
        (("update", "--from", "/nowhere"), "--from /nowhere: no such directory"),
    ],
)
def test_what_cannot_be_updated_is_told_in_one_line(lading: Lading, arguments: tuple[str, ...], message: str) -> None:
    outcome = lading("db", *arguments, status=2)
    assert (outcome.stdout, outcome.stderr) == ("", f"lading: {message}\n")


def test_an_empty_database(lading: Lading, own_home: Path) -> None:
    assert lading("db", "status").stdout == f"{own_home}/.local/share/lading/db: 0 shards, 0 bytes\n"
