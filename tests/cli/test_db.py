"""`lading db`: a database from a held copy, looked at and refreshed through the command line."""

import functools
import hashlib
import http.server
import json
import threading
from pathlib import Path

import pytest

from tests.databases import advisory, publish
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
    assert header == ["shard", "records", "data", "of", "built", "size", "digest"]
    assert row[:3] == ["kev", "2", "2099-01-01"]
    where, header_again, row_again, blank, sets, current = lading("db", "status").stdout.splitlines()
    assert where.startswith(f"{own_home}/.local/share/lading/db: 1 shard, ")
    assert (header_again.split(), row_again.split()) == (header, row)
    assert (blank, sets.split()) == ("", ["set", "of", "shards", "as", "of", "shards"])
    built, *others = current.split()[1:]
    assert (built[:10], others) == (row[3], ["1", "current"])
    listed = lading("db", "list").stdout.splitlines()
    assert listed[0].split() == ["feed", "shards", "oldest", "built", "what", "it", "is"]
    assert [line.split()[:3] for line in listed if line.startswith(("kev ", "epss "))] == [
        ["epss", "0", "-"],
        ["kev", "1", built[:10]],
    ]
    address = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
    title, *parts = lading("db", "list", "kev").stdout.splitlines()
    assert (title[:5], parts) == ("kev: ", ["", f"kev  {address}", "  kev"])
    assert lading("db", "list", "epss").stdout.endswith("\n  nothing of it is downloaded\n")


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
        (("list", "nonsense"), "nonsense: no such feed; `lading db list` shows them"),
        (("rebuild",), "no documents are kept to build from; run: lading db update"),
    ],
)
def test_what_cannot_be_updated_is_told_in_one_line(lading: Lading, arguments: tuple[str, ...], message: str) -> None:
    outcome = lading("db", *arguments, status=2)
    assert (outcome.stdout, outcome.stderr) == ("", f"lading: {message}\n")


def test_an_empty_database(lading: Lading, own_home: Path) -> None:
    assert lading("db", "status").stdout == f"{own_home}/.local/share/lading/db: 0 shards, 0 bytes\n"


def test_documents_of_a_mirror_are_kept_counted_and_removed(lading: Lading, mirror: Path) -> None:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(mirror))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        built = lading("db", "update", "kev", "--from", f"http://127.0.0.1:{server.server_port}").stdout
        server.shutdown()
        thread.join()
    assert lading("db", "rebuild").stdout.split()[-1] == built.split()[-1]
    assert "of upstream documents, which `lading db clean` removes" in lading("db", "status").stdout.splitlines()[1]
    assert lading("db", "clean").stdout.endswith(" of upstream documents\n")
    assert "upstream documents" not in lading("db", "status").stdout


def test_status_for_programs(lading: Lading, own_home: Path) -> None:
    publish(own_home / ".local/share/lading/db", "pypi", advisory("CVE-1", "a", "1.1"))
    shown = lading("db", "status", "-o", "json").stdout
    assert [one["shard"] for one in json.loads(shown)["shards"]] == ["pypi"]
    digest = hashlib.sha256(shown.encode()).hexdigest()
    assert f"sha256:{digest[:12]}" in lading("db", "status").stdout
