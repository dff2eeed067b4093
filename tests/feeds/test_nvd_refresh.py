"""The NVD's feeds, refreshed by the feed of changes, the API's windows and the digests in their `.meta`."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.feeds.internet import Internet, digests, internet, rebuilt

BASE = "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-"
THIS_YEAR = datetime.now(UTC).year
Days = Mapping[str, int]


@pytest.fixture
def upstream() -> Iterator[Internet]:
    with internet() as made:
        yield made


def entry(name: str, day: int) -> dict[str, object]:
    text = [{"lang": "en", "value": f"Changed on day {day}."}]
    date = (datetime(2026, 1, 1) + timedelta(days=day)).isoformat()  # noqa: DTZ001
    return {"cve": {"id": name, "published": "2026-01-01T00:00:00.000", "lastModified": date, "descriptions": text}}


def put_feed(upstream: Internet, name: str, days: Days, today: int, stated: bytes | None = None) -> None:
    """A feed and its .meta, which may state the digest of another text."""
    entries = [entry(cve, day) for cve, day in days.items()]
    text = json.dumps({"resultsPerPage": len(entries), "vulnerabilities": entries}).encode()
    moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=today)).isoformat()
    digest = hashlib.sha256(stated or text).hexdigest().upper()
    # Compressed at another time: other bytes, the same content.
    upstream.put(f"{BASE}{name}.json.gz", gzip.compress(text, mtime=today), today)
    upstream.put(f"{BASE}{name}.meta", f"lastModifiedDate:{moment}\r\nsize:{len(text)}\r\nsha256:{digest}\r\n", today)


def publish(upstream: Internet, days: Days, today: int) -> None:
    for year in range(2002, THIS_YEAR + 1):
        put_feed(upstream, str(year), {cve: day for cve, day in days.items() if f"-{year}-" in cve}, today)
    put_feed(upstream, "modified", {cve: day for cve, day in days.items() if day > today - 8}, today)


FIRST = {f"CVE-{year}-{number:04}": 1 for year in (2002, 2020, 2024) for number in range(10)}
SOON = {**FIRST, "CVE-2020-0004": 22, "CVE-2024-9999": 23}
LATER = {**SOON, "CVE-2002-0001": 31}


def test_recent_changes_are_in_the_feed_of_changes(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST, 20)
    (built,) = upstream.update(tmp_path / "db", "nvd").built
    assert (built.records, len(built.urls), len(built.validators)) == (30, 20, 20)
    upstream.log.clear()
    publish(upstream, SOON, 24)
    result = upstream.update(tmp_path / "db", "nvd")
    assert upstream.served(200, 304, 404) == ["nvdcve-2.0-modified.json.gz", "nvdcve-2.0-modified.meta"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "nvd") == rebuilt(tmp_path / "db")


def put_window(upstream: Internet, days: Days, since: int, until: int) -> None:
    """The API's pages of what was modified in a stretch of time, which begins two days before `since`."""
    entries = [entry(cve, day) for cve, day in days.items() if since - 2 <= day <= until]
    for index in range(0, max(len(entries), 1), 2000):
        page = {"resultsPerPage": len(entries[index : index + 2000]), "startIndex": index, "totalResults": len(entries)}
        upstream.put(
            window(since, until, index), json.dumps({**page, "vulnerabilities": entries[index : index + 2000]})
        )


def window(since: int, until: int, index: int = 0) -> str:
    first, last = (
        (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%S.000")
        for day in (since - 2, until)
    )
    query = f"lastModStartDate={first}&lastModEndDate={last}&startIndex={index}&resultsPerPage=2000"
    return f"https://services.nvd.nist.gov/rest/json/cves/2.0?{query}"


def test_after_a_week_the_api_tells_what_has_changed(
    upstream: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(upstream, FIRST, 20)
    upstream.fresh(tmp_path / "db", "nvd")
    publish(upstream, LATER, 32)
    put_window(upstream, LATER, 20, 32)
    result = upstream.update(tmp_path / "db", "nvd")
    pages = [url for status, url in upstream.log if status == 200 and "nvdcve" not in url]
    assert (pages, upstream.keys) == ([window(20, 32)], [])
    assert not [name for name in upstream.served(200) if name.startswith("nvdcve-2.0-2")]
    assert digests(result) == upstream.fresh(tmp_path / "new", "nvd") == rebuilt(tmp_path / "db")
    # From there on, by the feed of changes again, and by the next window; with a key only the API gets it.
    upstream.variables["NVD_API_KEY"] = "secret"
    last = {**LATER, "CVE-2020-0001": 33, "CVE-2020-0002": 41}
    for today in (38, 46):
        publish(upstream, last, today)
        put_window(upstream, last, 32, today)
        result = upstream.update(tmp_path / "db", "nvd")
        assert digests(result) == upstream.fresh(tmp_path / f"new{today}", "nvd")
    assert upstream.keys == [(window(32, 46), "secret")]
    assert rebuilt(tmp_path / "db") == digests(result)


def test_a_window_of_several_pages(upstream: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {**FIRST, **{f"CVE-2025-{number:04}": 21 for number in range(4001)}}
    for folder, key, pause in (("slow", "", 6.0), ("fast", "secret", 0.6)):
        upstream.variables["NVD_API_KEY"] = key
        publish(upstream, FIRST, 20)
        upstream.fresh(tmp_path / folder, "nvd")
        publish(upstream, many, 40)
        put_window(upstream, many, 20, 40)
        upstream.waited.clear()
        result = upstream.update(tmp_path / folder, "nvd")
        assert [url for _, url in upstream.log if "nvdcve" not in url] == [window(20, 40, at) for at in (0, 2000, 4000)]
        assert upstream.waited == [pause, pause]
    assert digests(result) == upstream.fresh(tmp_path / "new", "nvd")


@pytest.mark.parametrize("trouble", ["broken", "changing", "nonsense", "too many", "too long"])
def test_where_the_api_does_not_serve_the_years_do(upstream: Internet, tmp_path: Path, trouble: str) -> None:
    until = 150 if trouble == "too long" else 40
    many = {**FIRST, **{f"CVE-2025-{number:04}": until - 19 for number in range(2001)}}
    publish(upstream, FIRST, 20)
    upstream.fresh(tmp_path / "db", "nvd")
    publish(upstream, many, until)
    put_window(upstream, many, 20, until)
    if trouble == "broken":
        upstream.broken.add(window(20, until, 2000))
    elif trouble == "changing":
        upstream.put(window(20, until, 2000), '{"resultsPerPage":0,"totalResults":2000,"vulnerabilities":[]}')
    elif trouble == "nonsense":
        upstream.put(window(20, until), "<html>")
    elif trouble == "too many":
        upstream.put(window(20, until), '{"resultsPerPage":0,"totalResults":30001,"vulnerabilities":[]}')
    result = upstream.update(tmp_path / "db", "nvd")
    assert result.failures == ()
    assert digests(result) == upstream.fresh(tmp_path / "new", "nvd") == rebuilt(tmp_path / "db")
    assert not list((tmp_path / "db").rglob("window-*"))


def test_the_key_goes_nowhere_else(upstream: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(upstream, FIRST, 20)
    upstream.fresh(tmp_path / "db", "nvd")
    publish(upstream, LATER, 32)
    put_window(upstream, LATER, 20, 32)
    elsewhere = "https://elsewhere.example/page"
    upstream.pages[elsewhere] = upstream.pages[window(20, 32)]
    upstream.moved[window(20, 32)] = elsewhere
    upstream.variables["NVD_API_KEY"] = "secret"
    assert upstream.update(tmp_path / "db", "nvd").failures == ()
    assert (200, elsewhere) in upstream.log
    assert upstream.keys == [(window(20, 32), "secret")]


def test_without_the_api_the_years_are_compared_by_their_digests(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST, 20)
    upstream.fresh(tmp_path / "db", "nvd")
    publish(upstream, SOON, 24)
    upstream.update(tmp_path / "db", "nvd")
    upstream.log.clear()
    publish(upstream, LATER, 32)
    result = upstream.update(tmp_path / "db", "nvd")
    fetched = [name for name in upstream.served(200) if name.endswith(".gz")]
    assert fetched == [f"nvdcve-2.0-{name}.json.gz" for name in ("2002", "2020", "2024", "modified")]
    assert digests(result) == upstream.fresh(tmp_path / "new", "nvd")


def test_a_feed_and_a_meta_of_two_states(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST, 20)
    before = upstream.fresh(tmp_path / "db", "nvd")
    publish(upstream, LATER, 32)
    put_feed(upstream, "2020", SOON, 32, stated=b"another")
    (failure,) = upstream.update(tmp_path / "db", "nvd").failures
    assert failure.startswith(f"nvd: {BASE}2020.json.gz: its digest is not the one in its .meta; try again later; kept")
    assert rebuilt(tmp_path / "db") == before
    publish(upstream, LATER, 32)
    assert digests(upstream.update(tmp_path / "db", "nvd")) == upstream.fresh(tmp_path / "new", "nvd")


def test_a_meta_that_is_none(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST, 20)
    upstream.put(f"{BASE}modified.meta", "<html>")
    (failure,) = upstream.update(tmp_path / "db", "nvd").failures
    assert "not the .meta of a feed: " in failure


def test_a_year_that_has_not_begun_at_upstream(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, FIRST, 20)
    for suffix in (".meta", ".json.gz"):
        del upstream.pages[f"{BASE}{THIS_YEAR}{suffix}"]
    before = upstream.fresh(tmp_path / "db", "nvd")
    assert digests(upstream.update(tmp_path / "db", "nvd")) == before
    publish(upstream, FIRST, 30)
    assert digests(upstream.update(tmp_path / "db", "nvd")) == before
