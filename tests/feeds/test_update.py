"""Refreshing the database from a directory and from a server: what is built, kept, refused and told."""

import functools
import http.server
import json
import lzma
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lading.advisories.store import ShardStore
from lading.feeds.feed import Unit
from lading.feeds.registry import FEEDS, unit_for
from lading.feeds.sources import DirectorySource, Fetch
from lading.feeds.update import UpdateResult, announcements, update
from lading.feeds.web import WebSource
from lading.model.advisory import ShardName
from lading.model.errors import FeedError, UsageError
from lading.model.ports import NoProgress, Progress
from lading.net.client import HttpClient
from tests.databases import advisory, publish

DEBIAN_12 = ShardName("debian-12")


def write_tracker(root: Path, vulnerabilities: int, *, packed: bool = False) -> None:
    release = {"status": "resolved", "fixed_version": "2", "urgency": "low"}
    document = {
        "curl": {
            f"CVE-2024-{number}": {"releases": {"bookworm": release, "sid": release}}
            for number in range(vulnerabilities)
        }
    }
    data = json.dumps(document).encode()
    (root / "debian").mkdir(parents=True, exist_ok=True)
    if packed:
        (root / "debian/tracker.json.xz").write_bytes(lzma.compress(data))
    else:
        (root / "debian/tracker.json").write_bytes(data)


def write_alpine(root: Path, branch: str, fixed: str, *, community: bool = True) -> None:
    folder = root / "alpine" / branch
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("main", "community") if community else ("main",):
        packages = [{"pkg": {"name": f"{name}-package", "secfixes": {fixed: ["CVE-2024-1"]}}}]
        (folder / f"{name}.json").write_text(json.dumps({"packages": packages}))


def write_osv(root: Path, ecosystem: str, *members: tuple[str, str]) -> None:
    (root / "osv" / ecosystem).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(root / "osv" / ecosystem / "all.zip", "w") as archive:
        for name, text in members:
            archive.writestr(name, text)


def osv_record(name: str, ecosystem: str) -> tuple[str, str]:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]
    affected = [{"package": {"ecosystem": ecosystem, "name": "thing"}, "ranges": ranges}]
    return f"{name}.json", json.dumps({"id": name, "modified": "2026-01-02T00:00:00Z", "affected": affected})


def run(root: Path, database: Path, *names: str, allow_shrink: bool = False) -> UpdateResult:
    return update(names, DirectorySource(root), database, NoProgress(), allow_shrink=allow_shrink)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    write_tracker(folder, 10, packed=True)
    write_alpine(folder, "v3.20", "1-r0")
    write_alpine(folder, "edge", "1-r0", community=False)
    write_osv(folder, "PyPI", osv_record("PYSEC-1", "PyPI"), ("broken.json", "{"), ("readme.txt", "x"))
    return folder


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "db"


def test_everything_a_directory_holds(root: Path, database: Path) -> None:
    result = run(root, database)
    assert [one.shard for one in result.built] == ["alpine-edge", "alpine-3.20", "debian-12", "debian-sid", "pypi"]
    assert [one.records for one in result.built] == [1, 2, 10, 10, 1]
    assert (result.failures, result.notes) == ((), ("osv PyPI: 1 record could not be read: broken.json",))
    store = ShardStore(database)
    assert store.names() == ("alpine-3.20", "alpine-edge", "debian-12", "debian-sid", "pypi")
    provenance = store.check(ShardName("pypi"))
    assert (provenance.scheme, provenance.upstream_date, provenance.skipped) == ("pep440", "2026-01-02T00:00:00Z", 1)


@pytest.mark.parametrize(("year", "date"), [("2020", "2021-01-31"), ("9998", "")])
def test_data_without_a_date_is_no_newer_than_the_newest_cve_that_it_names(
    root: Path, database: Path, year: str, date: str
) -> None:
    release = {"status": "open", "urgency": "low"}
    names = ("CVE-2019-1", f"CVE-{year}-2", "TEMP-0290435-0B57B5")
    tracker = {"curl": {name: {"releases": {"bookworm": release}} for name in names}}
    (root / "debian/tracker.json").unlink(missing_ok=True)
    (root / "debian/tracker.json.xz").unlink(missing_ok=True)
    (root / "debian/tracker.json").write_text(json.dumps(tracker))
    (built,) = run(root, database, "debian-12").built
    assert (built.upstream_date, built.interval) == (date, 1)


def test_one_feed_or_one_shard(root: Path, database: Path) -> None:
    assert [one.shard for one in run(root, database, "debian-12", "alpine-3.20").built] == ["debian-12", "alpine-3.20"]
    assert ShardStore(database).names() == ("alpine-3.20", "debian-12")
    assert [one.shard for one in run(root, database, "debian").built] == ["debian-12", "debian-sid"]


def test_names_that_mean_nothing(root: Path, database: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run(root, database, "nonsense")
    assert str(caught.value) == "nonsense: no such feed or shard; `lading db list` shows them"
    with pytest.raises(FeedError) as failed:
        run(root, database, "wolfi")
    assert str(failed.value) == "wolfi: the source has no documents of this feed"
    assert run(root, database, "debian-11").failures == ("debian: the documents hold no record",)


def test_a_broken_document_keeps_the_last_good_shard_and_says_so(root: Path, database: Path) -> None:
    run(root, database)
    before = ShardStore(database).check(DEBIAN_12)
    (root / "debian/tracker.json").write_text('{"curl": {')
    result = run(root, database)
    assert [one.shard for one in result.built] == ["alpine-edge", "alpine-3.20", "pypi"]
    (failure,) = result.failures
    assert failure.startswith(f"debian: {root}/debian/tracker.json: not the tracker's JSON: ")
    assert failure.endswith(f"; kept what was built {before.built} (debian-12, debian-sid)")
    assert ShardStore(database).check(DEBIAN_12) == before


def test_a_shrunken_document_keeps_the_last_good_shard_unless_allowed(root: Path, database: Path) -> None:
    run(root, database)
    before = ShardStore(database).check(DEBIAN_12)
    write_tracker(root, 7)
    result = run(root, database, "debian-12")
    assert result.built == ()
    assert result.failures == (
        f"debian-12: shrank from 10 to 7 records; kept the shard built {before.built} "
        "(--allow-shrink takes the new one)",
    )
    assert ShardStore(database).check(DEBIAN_12) == before
    assert [one.records for one in run(root, database, "debian-12", allow_shrink=True).built] == [7]


def test_an_empty_document_never_replaces_a_shard(root: Path, database: Path) -> None:
    run(root, database)
    (root / "debian/tracker.json").write_text("{}")
    assert (
        run(root, database, "debian", allow_shrink=True)
        .failures[0]
        .startswith("debian: the documents hold no record; kept what was built ")
    )
    assert ShardStore(database).check(DEBIAN_12).records == 10


def test_a_corrupt_shard_is_replaced(root: Path, database: Path) -> None:
    run(root, database)
    (database / "shards/debian-12.json").write_text("{")
    assert run(root, database).failures == ()
    assert ShardStore(database).check(DEBIAN_12).records == 10


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as caught:
        DirectorySource(tmp_path / "absent")
    assert str(caught.value) == f"--from {tmp_path}/absent: no such directory"


def test_every_feed_finds_its_own_shards() -> None:
    for feed in FEEDS:
        assert feed.units(None)
    for name, feed_name, unit_name in (
        ("debian-12", "debian", "debian"),
        ("debian-sid", "debian", "debian"),
        ("alpine-3.20", "alpine", "alpine-3.20"),
        ("alpine-edge", "alpine", "alpine-edge"),
        ("wolfi", "wolfi", "wolfi"),
        ("chainguard", "wolfi", "chainguard"),
        ("kev", "kev", "kev"),
        ("pypi", "osv", "osv PyPI"),
        ("almalinux-9", "osv", "osv AlmaLinux"),
        ("osv-debian-9", "osv", "osv Debian"),
    ):
        found = unit_for(ShardName(name))
        assert found is not None
        assert (found[0].name, found[1].name) == (feed_name, unit_name)
    assert unit_for(ShardName("debian-99")) is None
    assert unit_for(ShardName("plan9")) is None


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server(root: Path) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def from_server(url: str, database: Path, *names: str) -> UpdateResult:
    client = HttpClient(sleep=lambda seconds: None)
    try:
        return update(names, WebSource(client, database, url), database, NoProgress())
    finally:
        client.close()


def test_a_mirror_is_fetched_once_and_then_asked_whether_it_changed(root: Path, database: Path, server: str) -> None:
    write_tracker(root, 10)
    first = from_server(server, database, "debian-12", "alpine-3.20")
    assert [one.shard for one in first.built] == ["debian-12", "alpine-3.20"]
    assert first.built[0].urls == (f"{server}/debian/tracker.json",)
    assert first.built[0].validators[0].endswith(" GMT")
    assert first.failures == ()
    second = from_server(server, database, "debian-12", "alpine-3.20")
    assert ([one.shard for one in second.unchanged], second.built) == (["debian-12", "alpine-3.20"], ())
    assert sorted(path.name for path in (database / "spool").iterdir()) == []
    third = from_server(server, database, "debian")  # debian-sid was not built yet: no short cut
    assert [one.shard for one in third.built] == ["debian-12", "debian-sid"]


def test_a_missing_optional_document_and_a_missing_needed_one(root: Path, database: Path, server: str) -> None:
    assert [one.shard for one in from_server(server, database, "alpine-edge").built] == ["alpine-edge"]
    (failure,) = from_server(server, database, "alpine-3.99").failures
    assert failure == f"alpine-3.99: {server}/alpine/v3.99/main.json: the server answered 404 Not Found"


def test_one_changed_document_fetches_the_whole_unit_again(root: Path, database: Path, server: str) -> None:
    from_server(server, database, "alpine-3.20")
    path = root / "alpine/v3.20/community.json"
    packages = [{"pkg": {"name": "new", "secfixes": {"1-r0": ["CVE-2024-1", "CVE-2024-2"]}}}]
    path.write_text(json.dumps({"packages": packages}))
    os.utime(path, (2_000_000_000, 2_000_000_000))
    (built,) = from_server(server, database, "alpine-3.20").built
    assert (built.records, len(built.urls)) == (3, 2)


def test_a_mirror_may_hold_documents_compressed_and_need_not_have_every_feed(
    root: Path, database: Path, server: str
) -> None:
    result = from_server(server, database)
    assert sorted(one.shard for one in result.built) == [
        "alpine-3.20",
        "alpine-edge",
        "debian-12",
        "debian-sid",
        "pypi",
    ]
    assert result.failures == ()
    (absent,) = [remark for remark in result.notes if remark.startswith("the mirror does not have: ")]
    assert {"alpine-3.19", "kev", "wolfi", "osv Go"} <= set(absent.partition(": ")[2].split(", "))
    assert from_server(server, database, "kev").failures == (
        f"kev: {server}/kev/known_exploited_vulnerabilities.json: the server answered 404 Not Found",
    )


def test_a_mirror_that_has_nothing(tmp_path: Path, root: Path, database: Path, server: str) -> None:
    shutil.rmtree(root)
    root.mkdir()
    result = from_server(server, database)
    assert (result.built, len(result.failures)) == ((), 1)
    assert result.failures[0].startswith("the mirror does not have: alpine-edge, ")


def test_what_killed_fetches_left_is_removed(root: Path, database: Path, server: str) -> None:
    old, young = (database / "spool" / name for name in ("fetch-old", "fetch-young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "document").write_bytes(b"x")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    from_server(server, database, "debian-12")
    assert [path.name for path in (database / "spool").iterdir()] == ["fetch-young"]


def test_a_spool_that_cannot_be_written(tmp_path: Path, root: Path, server: str) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "spool").write_bytes(b"")
    assert from_server(server, tmp_path / "db", "debian-12").failures == (
        f"debian: {tmp_path}/db/spool/debian: cannot be written: Not a directory",
    )


def test_a_shard_of_a_copy_that_lies_otherwise_than_upstream(tmp_path: Path, database: Path) -> None:
    folder = tmp_path / "copy" / "oracle-oval"
    folder.mkdir(parents=True)
    (folder / "extract.xml").write_text(
        """<oval_definitions><definitions><definition id="d:1"><metadata><title>ELSA-2024-1: a</title></metadata>
        <criteria><criterion comment="Oracle Linux 9 is installed"/><criterion comment="a is earlier than 0:1-1"/>
        </criteria></definition></definitions></oval_definitions>"""
    )
    assert [one.shard for one in run(tmp_path / "copy", database, "oracle-9").built] == ["oracle-9"]


class Upstream:
    """All upstreams, of which none can be reached; remembers what was asked for."""

    partial = False

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def held(self) -> None:
        """Only asking tells."""

    def fetch(self, unit: Unit, progress: Progress) -> AbstractContextManager[Fetch]:
        self.asked.add(unit.name)
        raise FeedError("not reached")


def test_what_is_more_than_anybody_expects_is_fetched_where_it_was_asked_for(database: Path) -> None:
    def asked(*names: str) -> tuple[bool, tuple[str, ...]]:
        upstream = Upstream()
        said = announcements(names, upstream, database)
        update(names, upstream, database, NoProgress())
        return "cvelist" in upstream.asked, said

    left_out = "cvelist is left out (more than 1 GB); lading db update cvelist fetches it"
    assert asked() == (False, (left_out,))
    assert asked("kev") == (False, ())
    for name in ("cve", "cvelist"):
        assert asked("kev", name) == (True, ("cvelist: more than 1 GB to download",))
    publish(database, "cve", advisory("CVE-1-1", "a", "1"), feed="cvelist")
    assert asked() == (True, ("cvelist: more than 1 GB to download",))
