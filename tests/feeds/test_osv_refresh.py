"""The OSV export and Go's database, refreshed by their lists of changes: what comes of it is what a first download of
the same state gives."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lading.feeds import listed
from lading.feeds.sources import DirectorySource
from lading.feeds.update import update
from lading.model.ports import NoProgress
from tests.feeds.internet import Internet, digests, internet, rebuilt

EXPORT = "https://storage.googleapis.com/osv-vulnerabilities/PyPI"
GO = "https://vuln.go.dev"
GO_EXPORT = "https://storage.googleapis.com/osv-vulnerabilities/Go"
Times = Mapping[str, int]


@pytest.fixture
def upstream() -> Iterator[Internet]:
    with internet() as made:
        yield made


def record(name: str, day: int, ecosystem: str = "PyPI") -> bytes:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": f"1.{day}"}]}]
    if ecosystem == "Go":
        ranges[0]["type"] = "SEMVER"
        ranges[0]["events"] = [{"introduced": "0"}, {"fixed": f"1.{day}.0"}]
    affected = [{"package": {"ecosystem": ecosystem, "name": "example.org/thing"}, "ranges": ranges}]
    return json.dumps({"id": name, "modified": f"2026-01-{day:02}T00:00:00.5Z", "affected": affected}).encode()


def archive(times: Times, ecosystem: str = "PyPI", folder: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as members:
        for name, day in times.items():
            # A date of its own: an archive of the same records has the same bytes whenever it is made.
            members.writestr(zipfile.ZipInfo(f"{folder}{name}.json"), record(name, day, ecosystem))
    return made.getvalue()


def listing(times: Times) -> str:
    rows = sorted(((day, name) for name, day in times.items()), reverse=True)
    return "".join(f"2026-01-{day:02}T00:00:00.500000Z,{name}\n" for day, name in rows)


def publish(upstream: Internet, times: Times, *, archived: Times | None = None, single: Times | None = None) -> None:
    """A state of the export; the archive and the single records may lag behind the list, or be ahead of it."""
    for url in [url for url in upstream.pages if url.startswith(EXPORT)]:
        del upstream.pages[url]
    upstream.put(f"{EXPORT}/all.zip", archive(times if archived is None else archived))
    upstream.put(f"{EXPORT}/modified_id.csv", listing(times))
    for name, day in (times if single is None else single).items():
        upstream.put(f"{EXPORT}/{name}.json", record(name, day))


FIRST = {f"PYSEC-{number}": 1 + number % 9 for number in range(20)}
NEXT = {**{name: day for name, day in FIRST.items() if name != "PYSEC-3"}, "PYSEC-5": 12, "PYSEC-90": 4}
"""One record taken back, one changed, and a new one whose date lies before the last refresh."""


def test_only_what_changed_is_fetched(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST)
    assert upstream.update(tmp_path / "db", "pypi").built[0].records == 20
    assert upstream.served(200) == ["all.zip", "modified_id.csv"]
    publish(upstream, NEXT)
    result = upstream.update(tmp_path / "db", "pypi")
    assert (result.failures, result.notes) == ((), ())
    assert upstream.served(200, 304, 404) == ["PYSEC-5.json", "PYSEC-90.json", "modified_id.csv"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "pypi") == rebuilt(tmp_path / "db")
    # What is kept is laid out like a mirror.
    copy = update([], DirectorySource(tmp_path / "db/raw"), tmp_path / "copy", NoProgress())
    assert digests(copy) == digests(result)


def test_nothing_changed(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST)
    before = upstream.fresh(tmp_path / "db", "pypi")
    result = upstream.update(tmp_path / "db", "pypi")
    assert (digests(result), result.built) == (before, ())
    assert upstream.served(200, 304, 404) == ["modified_id.csv"]


def test_what_was_taken_back_and_comes_again(upstream: Internet, tmp_path: Path) -> None:
    for times in (FIRST, NEXT, {**NEXT, "PYSEC-3": 14}):
        publish(upstream, times)
        result = upstream.update(tmp_path / "db", "pypi")
        assert digests(result) == upstream.fresh(tmp_path / str(len(list(tmp_path.iterdir()))), "pypi")
    assert result.built[0].records == 21


@pytest.mark.parametrize("ahead", ["list", "archive"])
def test_archive_and_list_are_not_written_together(upstream: Internet, tmp_path: Path, ahead: str) -> None:
    if ahead == "list":
        publish(upstream, NEXT, archived=FIRST)
    else:
        publish(upstream, FIRST, archived=NEXT, single=NEXT)
    torn = upstream.fresh(tmp_path / "db", "pypi")
    publish(upstream, NEXT)
    assert torn == upstream.fresh(tmp_path / "new", "pypi")
    assert digests(upstream.update(tmp_path / "db", "pypi")) == torn


def test_a_record_that_lags_behind_the_list_is_asked_for_again(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST)
    upstream.fresh(tmp_path / "db", "pypi")
    publish(upstream, NEXT, single={**FIRST, "PYSEC-5": 2})
    upstream.update(tmp_path / "db", "pypi")
    publish(upstream, NEXT)
    upstream.log.clear()
    result = upstream.update(tmp_path / "db", "pypi")
    assert upstream.served(200) == ["PYSEC-5.json", "PYSEC-90.json"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "pypi")


def test_a_server_that_fails_in_the_middle(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST)
    before = upstream.fresh(tmp_path / "db", "pypi")
    publish(upstream, NEXT)
    upstream.broken = {f"{EXPORT}/PYSEC-90.json"}
    (failure,) = upstream.update(tmp_path / "db", "pypi").failures
    assert failure.startswith("osv PyPI: 127.0.0.1")
    assert "; kept what was built " in failure
    assert rebuilt(tmp_path / "db") == before
    upstream.broken = set()
    upstream.log.clear()
    result = upstream.update(tmp_path / "db", "pypi")
    assert upstream.served(200) == ["PYSEC-90.json"]  # the rest is there from the first attempt
    assert digests(result) == upstream.fresh(tmp_path / "new", "pypi")


@pytest.mark.parametrize("text", ["", "not a list", "2026-01-01T00:00:00Z,PYSEC-1\n", "<html>"])
def test_a_list_that_is_not_in_order_has_the_archive_fetched(upstream: Internet, tmp_path: Path, text: str) -> None:
    publish(upstream, FIRST)
    upstream.fresh(tmp_path / "db", "pypi")
    publish(upstream, NEXT)
    wanted = upstream.fresh(tmp_path / "new", "pypi")
    upstream.put(f"{EXPORT}/modified_id.csv", text)
    assert digests(upstream.update(tmp_path / "db", "pypi")) == wanted
    publish(upstream, NEXT)
    assert digests(upstream.update(tmp_path / "db", "pypi")) == wanted


def test_an_upstream_without_a_list(upstream: Internet, tmp_path: Path) -> None:
    for times in (FIRST, NEXT):
        publish(upstream, times)
        del upstream.pages[f"{EXPORT}/modified_id.csv"]
        result = upstream.update(tmp_path / "db", "pypi")
    assert upstream.served(200) == ["all.zip", "all.zip"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "pypi")


def test_when_much_has_changed_the_archive_is_the_shorter_way(
    upstream: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(upstream, {f"PYSEC-{number}": 1 for number in range(2100)})
    upstream.fresh(tmp_path / "db", "pypi")
    publish(upstream, {f"PYSEC-{number}": 2 for number in range(2100)})
    result = upstream.update(tmp_path / "db", "pypi")
    assert upstream.served(200) == ["all.zip", "modified_id.csv"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "pypi")
    monkeypatch.setattr(listed, "_MOST_BESIDE_NEW", 5)
    publish(upstream, NEXT, archived={})
    (failure,) = upstream.update(tmp_path / "db", "pypi").failures
    assert "the documents hold no record" in failure


def test_a_lost_document_is_noticed(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST)
    upstream.fresh(tmp_path / "db", "pypi")
    publish(upstream, NEXT, archived=FIRST)
    upstream.update(tmp_path / "db", "pypi")
    (tmp_path / "db/raw/osv/PyPI/PYSEC-5.json").unlink()
    upstream.log.clear()
    result = upstream.update(tmp_path / "db", "pypi")
    assert upstream.served(200) == ["PYSEC-5.json"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "pypi")


def publish_go(upstream: Internet, own: Times, others: Times) -> None:
    index = [{"id": name, "modified": f"2026-01-{day:02}T00:00:00Z"} for name, day in own.items()]
    upstream.put(f"{GO}/index/vulns.json", json.dumps(index))
    upstream.put(f"{GO}/vulndb.zip", archive(own, "Go", "ID/"))
    for name, day in own.items():
        upstream.put(f"{GO}/ID/{name}.json", record(name, day, "Go"))
    upstream.put(f"{GO_EXPORT}/all.zip", archive({**own, **others}, "Go"))
    upstream.put(f"{GO_EXPORT}/modified_id.csv", listing({**own, **others}))
    for name, day in others.items():
        upstream.put(f"{GO_EXPORT}/{name}.json", record(name, day, "Go"))


def test_go_is_refreshed_by_its_own_index_and_the_export(upstream: Internet, tmp_path: Path) -> None:
    own = {f"GO-2026-{number:04}": 3 for number in range(20)}
    publish_go(upstream, own, {"GHSA-aaaa-bbbb-cccc": 2, "GHSA-aaaa-bbbb-dddd": 2})
    assert upstream.update(tmp_path / "db", "go").built[0].records == 22
    upstream.log.clear()
    del own["GO-2026-0007"]
    publish_go(upstream, {**own, "GO-2026-0004": 9}, {"GHSA-aaaa-bbbb-cccc": 2, "GHSA-aaaa-bbbb-dddd": 8})
    result = upstream.update(tmp_path / "db", "go")
    assert upstream.served(200) == ["GHSA-aaaa-bbbb-dddd.json", "GO-2026-0004.json", "modified_id.csv", "vulns.json"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "go")


def test_go_without_its_own_database(upstream: Internet, tmp_path: Path) -> None:
    for day in (3, 4):
        publish_go(upstream, {"GO-2026-0001": day}, {"GHSA-aaaa-bbbb-cccc": 2})
        for url in [url for url in upstream.pages if url.startswith(GO)]:
            del upstream.pages[url]
        result = upstream.update(tmp_path / "db", "go")
    assert digests(result) == upstream.fresh(tmp_path / "new", "go")
