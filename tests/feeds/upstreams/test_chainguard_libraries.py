"""Chainguard's statements on the libraries it rebuilds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.feeds.upstreams.chainguard_libraries import FEED, parse_libraries
from lading.model.advisory import Advisory, ShardName
from tests.feeds.internet import Internet, digests, internet, rebuilt
from tests.feeds.recorder import Recorder

SITE = "https://libraries.cgr.dev/openvex/v1"


def statement(status: str, *purls: str, aliases: tuple[str, ...] = ("GHSA-a", "CVE-2024-1")) -> dict[str, object]:
    products = [{"identifiers": {"purl": purl}} for purl in purls]
    return {"vulnerability": {"name": "CGA-x", "aliases": aliases}, "status": status, "products": products}


def document(*statements: object, day: int = 1) -> str:
    return json.dumps({"last_updated": f"2026-01-{day:02}T00:00:00.5Z", "statements": statements})


def read(tmp_path: Path, documents: dict[str, str], *wanted: str) -> Recorder:
    files = {}
    for number, (name, text) in enumerate(documents.items()):
        files[f"chainguard-libraries/v1/{name}"] = tmp_path / str(number)
        (tmp_path / str(number)).write_text(text)
    recorder = Recorder(*wanted)
    parse_libraries(files, recorder)  # type: ignore[arg-type]
    return recorder


def test_what_is_free_of_a_vulnerability(tmp_path: Path) -> None:
    recorder = read(
        tmp_path,
        {
            "all.json": "{}",
            "pypi/urllib3.openvex.json": document(
                statement("fixed", "pkg:pypi/URLlib3@1.26.16%2Bcgr.1"),
                statement("not_affected", "pkg:pypi/urllib3@1.26.16%2Bcgr.0"),
                statement("affected", "pkg:pypi/urllib3@1.26.15%2Bcgr.0"),
                statement("under_investigation", "pkg:pypi/urllib3@1.26.14%2Bcgr.0"),
                statement("fixed", "pkg:pypi/urllib3@1.26.16%2Bcgr.0", aliases=()),
            ),
            "maven/web.openvex.json": document(
                statement("fixed", "pkg:maven/org.x/web@5.8.16-0.cgr.1?type=jar"), day=3
            ),
            "npm/@a/b.openvex.json": document(statement("fixed", "pkg:npm/%40a/b@1.0.0-cgr.1", "pkg:deb/x@1")),
            "pypi/broken.openvex.json": "{",
        },
    )
    names = {"state": "not_affected", "aliases": ("GHSA-a", "CGA-x")}
    assert {name: shard.advisories for name, shard in recorder.shards.items()} == {
        "chainguard-pypi": [
            Advisory("CVE-2024-1", "urllib3", versions=("1.26.16+cgr.0", "1.26.16+cgr.1"), **names),  # type: ignore[arg-type]
            Advisory("CGA-x", "urllib3", "not_affected", versions=("1.26.16+cgr.0",)),
        ],
        "chainguard-maven": [Advisory("CVE-2024-1", "org.x:web", versions=("5.8.16-0.cgr.1",), **names)],  # type: ignore[arg-type]
        "chainguard-npm": [Advisory("CVE-2024-1", "@a/b", versions=("1.0.0-cgr.1",), **names)],  # type: ignore[arg-type]
    }
    assert {name: shard.scheme for name, shard in recorder.shards.items()} == {
        "chainguard-pypi": "pep440",
        "chainguard-maven": "maven",
        "chainguard-npm": "npm",
    }
    assert recorder.skipped == ["CGA-x pkg:deb/x@1", "chainguard-libraries/v1/pypi/broken.openvex.json"]
    assert max(recorder.dates) == "2026-01-03T00:00:00.5Z"


def test_only_the_type_that_is_wanted(tmp_path: Path) -> None:
    documents = {
        "pypi/a.openvex.json": document(statement("fixed", "pkg:pypi/a@1%2Bcgr.0")),
        "maven/broken.openvex.json": "{",
    }
    recorder = read(tmp_path, documents, "chainguard-pypi")
    assert (list(recorder.shards), recorder.skipped) == (["chainguard-pypi"], [])


def test_units() -> None:
    held = ["openvex/chainguard-libraries/v1/pypi/joblib.openvex.json", "chainguard-libraries/v1/npm/@a/b.openvex.json"]
    (unit,) = FEED.units([*held, "chainguard-libraries/v1/all.json", "chainguard-libraries/v1/pypi/../x.openvex.json"])
    assert [one.path for one in unit.documents] == held
    assert unit.documents[0].url == f"{SITE}/pypi/joblib.openvex.json"
    names = ("chainguard-pypi", "chainguard-maven", "chainguard", "pypi", "chainguard-gem")
    assert [one and one.name for one in map(FEED.unit_for, map(ShardName, names))] == [unit.name] * 2 + [None] * 3


@pytest.fixture
def upstream() -> Iterator[Internet]:
    with internet() as made:
        yield made


def publish(upstream: Internet, days: dict[str, int]) -> None:
    for url in [url for url in upstream.pages if url.startswith(SITE)]:
        del upstream.pages[url]
    entries = [
        {"id": f"pypi/{name}.openvex.json", "modified": f"2026-01-{day:02}T00:00:00.5Z"} for name, day in days.items()
    ]
    upstream.put(f"{SITE}/all.json", json.dumps({"entries": [*entries, {"id": "../x"}]}))
    for name, day in days.items():
        text = document(statement("fixed", f"pkg:pypi/{name}@{day}%2Bcgr.0"), day=day)
        upstream.put(f"{SITE}/pypi/{name}.openvex.json", text, day)


def test_only_what_has_changed_is_fetched(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1})
    (built,) = upstream.update(tmp_path / "db", "chainguard-libraries").built
    assert (built.shard, built.records) == ("chainguard-pypi", 5)
    upstream.log.clear()
    publish(upstream, {"a": 1, "b": 2, "d": 1, "e": 1, "f": 2})
    result = upstream.update(tmp_path / "db", "chainguard-pypi")
    assert upstream.served(200, 304, 404) == ["all.json", "b.openvex.json", "f.openvex.json"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "chainguard-libraries") == rebuilt(tmp_path / "db")


def test_a_document_that_lags_behind_the_list_is_asked_for_again(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, {"a": 1, "b": 1})
    old = upstream.pages[f"{SITE}/pypi/b.openvex.json"]
    publish(upstream, {"a": 1, "b": 2})
    new = upstream.pages[f"{SITE}/pypi/b.openvex.json"]
    upstream.pages[f"{SITE}/pypi/b.openvex.json"] = old
    upstream.update(tmp_path / "db", "chainguard-libraries")
    upstream.pages[f"{SITE}/pypi/b.openvex.json"] = new
    result = upstream.update(tmp_path / "db", "chainguard-libraries")
    assert digests(result) == upstream.fresh(tmp_path / "new", "chainguard-libraries")


def test_a_list_that_is_none_keeps_what_was_built(upstream: Internet, tmp_path: Path) -> None:
    publish(upstream, {"a": 1})
    upstream.update(tmp_path / "db", "chainguard-libraries")
    upstream.put(f"{SITE}/all.json", "<html>")
    (failure,) = upstream.update(tmp_path / "db", "chainguard-libraries").failures
    assert "not the list of documents: " in failure and "kept what was built" in failure
