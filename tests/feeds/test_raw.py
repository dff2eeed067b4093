"""The documents kept of upstreams: complete or not there, whatever happens meanwhile."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from lading.advisories.store import ShardStore
from lading.feeds.feed import TAKEN_BACK
from lading.feeds.raw import RawFile, RawStore, is_confined
from lading.feeds.records import iter_records
from lading.feeds.registry import FEEDS, unit_for
from lading.feeds.update import rebuild
from lading.model.advisory import ShardName
from lading.model.errors import FeedError
from lading.model.ports import NoProgress
from tests.feeds.internet import Internet, digests, internet, rebuilt

KEV = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
DEBIAN = "https://security-tracker.debian.org/tracker/data/json"
AL2023 = "https://cdn.amazonlinux.com/al2023/core/mirrors/latest/x86_64/mirror.list"


@pytest.fixture
def upstream() -> Iterator[Internet]:
    with internet() as made:
        yield made


def catalogue(count: int) -> str:
    rows = [{"cveID": f"CVE-2026-{number:04}", "dateAdded": "2026-01-01"} for number in range(count)]
    return json.dumps({"count": count, "vulnerabilities": rows})


def kept(text: str) -> RawFile:
    return RawFile("https://example.org/", '"tag"', "", len(text), sha256(text.encode()).hexdigest())


def put(store: RawStore, mark: str, **documents: str) -> None:
    with store.unit("a unit/1") as unit:
        for path, text in documents.items():
            unit.spool_path(path).write_text(text)
            unit.log(path, kept(text))
        unit.commit({path: kept(text) for path, text in documents.items()}, mark)


def test_documents_replace_each_other_as_a_whole(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    put(store, "1", a="one", b="two")
    put(store, "2", a="three", c="four")
    with store.unit("a unit/1") as unit:
        assert (unit.mark, unit.held) == ("2", {"a": kept("three"), "c": kept("four")})
    assert {path.name: path.read_text() for path in (tmp_path / "raw").iterdir() if path.is_file()} == {
        "a": "three",
        "c": "four",
    }
    assert store.names() == ("a unit/1",)
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize("moved", [(), ("a",), ("a", "c")])
def test_a_change_that_was_cut_short_is_finished(tmp_path: Path, moved: tuple[str, ...]) -> None:
    store = RawStore(tmp_path)
    put(store, "1", a="one", b="two")
    spool = tmp_path / "spool/a%20unit%2F1"
    spool.mkdir()
    for path, text in (("a", "three"), ("c", "four")):
        place = tmp_path / "raw" if path in moved else spool
        (place / path).write_text(text)
    files = {"a": kept("three"), "c": kept("four")}
    state = {"files": {path: file_json(file) for path, file in files.items()}, "mark": "2"}
    pending = {**state, "moves": ["a", "c"], "drops": ["b"]}
    (tmp_path / "raw/.units/a%20unit%2F1.json").write_text(json.dumps(pending))
    with store.unit("a unit/1") as unit:
        assert (unit.mark, unit.held) == ("2", files)
    assert ((tmp_path / "raw/a").read_text(), (tmp_path / "raw/b").exists()) == ("three", False)


def file_json(file: RawFile) -> dict[str, object]:
    return {name: getattr(file, name) for name in file.__struct_fields__}


def test_a_lost_or_damaged_document_takes_the_mark_along(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    put(store, "1", a="one", b="two")
    (tmp_path / "raw/a").write_text("longer")
    with store.unit("a unit/1") as unit:
        assert (unit.mark, unit.held) == ("", {"b": kept("two")})
    (tmp_path / "raw/.units/a%20unit%2F1.json").write_text("{")
    with store.unit("a unit/1") as unit:
        assert (unit.mark, unit.held) == ("", {})


def test_what_an_interrupted_refresh_had_fetched_is_used_if_it_is_whole(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    with store.unit("u") as unit:
        for path in ("a", "b"):
            unit.spool_path(path).write_text(path)
            unit.log(path, kept(path))
    (tmp_path / "spool/u/b").write_text("B")
    with (tmp_path / "spool/u/fetched").open("ab") as log:
        log.write(b'{"path":"c","fi')
    with store.unit("u") as unit:
        assert (unit.spooled, unit.held) == ({"a": kept("a")}, {})


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a\0b"])
def test_documents_stay_in_their_place(tmp_path: Path, path: str) -> None:
    assert not is_confined(path)
    with RawStore(tmp_path).unit("u") as unit, pytest.raises(FeedError, match="not the path of a document"):
        unit.spool_path(path)


def test_raw_documents_are_counted_and_cleared(upstream: Internet, tmp_path: Path) -> None:
    upstream.put(KEV, catalogue(3))
    upstream.fresh(tmp_path, "kev")
    store = RawStore(tmp_path)
    assert store.size() > len(catalogue(3))
    assert store.clear() > len(catalogue(3))
    assert (store.names(), list((tmp_path / "raw").rglob("*.json"))) == ((), [])
    with pytest.raises(FeedError, match="no documents are kept to build from; run: lading db update"):
        rebuild([], tmp_path, NoProgress())
    upstream.update(tmp_path, "kev")
    assert upstream.served(200, 304) == ["known_exploited_vulnerabilities.json"]


def test_shards_are_built_again_without_asking_anybody(upstream: Internet, tmp_path: Path) -> None:
    upstream.put(KEV, catalogue(3))
    before = upstream.fresh(tmp_path, "kev")
    pointer = tmp_path / "shards/kev.json"
    pointer.write_text(pointer.read_text().replace('"records": 3', '"records": 3, "schema": 1'))  # an older Lading's
    assert rebuilt(tmp_path) == before
    assert upstream.log == []
    assert ShardStore(tmp_path).check(ShardName("kev")).records == 3
    # Nothing has changed upstream either, but this shard is not of these documents.
    pointer.write_text(re.sub(r'"documents": "sha256:\w+"', '"documents": "sha256:0"', pointer.read_text()))
    assert [one.shard for one in upstream.update(tmp_path, "kev").built] == ["kev"]
    assert upstream.served(200) == []


def test_a_document_that_cannot_be_read_is_not_kept(upstream: Internet, tmp_path: Path) -> None:
    upstream.put(KEV, catalogue(3))
    before = upstream.fresh(tmp_path, "kev")
    upstream.put(KEV, catalogue(4)[:-30])
    for _ in range(2):
        (failure,) = upstream.update(tmp_path, "kev").failures
        assert "not the KEV catalogue" in failure
        assert upstream.served(200) == ["known_exploited_vulnerabilities.json"]
    assert rebuilt(tmp_path) == before


def test_one_failing_upstream_does_not_stop_the_others(
    upstream: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.put(KEV, catalogue(3))
    upstream.put(DEBIAN, "{}")
    upstream.broken = {"https://security.archlinux.org/all.json"}
    monkeypatch.setattr("lading.feeds.upstreams.debian.read_document", lambda *_: 1 / 0)
    result = upstream.update(tmp_path, "arch", "rhel-9", "pypi", "nvd", "debian", "kev")
    assert [one.shard for one in result.built] == ["kev"]
    assert [line.partition(":")[0] for line in result.failures] == ["arch", "redhat", "osv PyPI", "nvd", "debian"]
    assert result.failures[-1] == "debian: ZeroDivisionError: division by zero (a defect of Lading)"
    assert all("\n" not in line for line in result.failures)


def test_a_shard_that_vanishes_is_kept_unless_allowed(upstream: Internet, tmp_path: Path) -> None:
    fixed = {"status": "resolved", "fixed_version": "2", "urgency": "low"}

    def tracker(*releases: str) -> str:
        return json.dumps({"curl": {"CVE-2026-1": {"releases": dict.fromkeys(releases, fixed)}}})

    upstream.put(DEBIAN, tracker("bookworm", "bullseye"))
    upstream.fresh(tmp_path, "debian")
    upstream.put(DEBIAN, tracker("bookworm"))
    result = upstream.update(tmp_path, "debian")
    assert [one.shard for one in result.built] == ["debian-12"]
    (failure,) = result.failures
    assert failure.startswith("debian-11: upstream has no record of it any more; kept the shard built ")
    assert failure.endswith(" (--allow-shrink drops it)")
    assert ShardStore(tmp_path).names() == ("debian-11", "debian-12")
    upstream.put(DEBIAN, tracker("bookworm", "sid"))
    assert upstream.update(tmp_path, "debian", allow_shrink=True).failures == ()
    assert ShardStore(tmp_path).names() == ("debian-12", "debian-sid")


def test_a_repository_is_followed_by_the_checksum_it_states(upstream: Internet, tmp_path: Path) -> None:
    def publish(version: str, stated: str = "") -> None:
        base = "https://cdn.amazonlinux.com/al2023/core/guid/x86_64"
        package = f'<package name="curl" epoch="0" version="{version}" release="1" arch="x86_64"/>'
        text = f"""<updates><update type="security"><id>ALAS2023-2026-1</id><title>t</title><severity>low</severity>
        <references><reference type="cve" id="CVE-2026-1" href="x" title="x"/></references>
        <pkglist><collection short="al"><name>al</name>{package}</collection></pkglist></update></updates>"""
        digest = stated or sha256(text.encode()).hexdigest()
        upstream.put(AL2023, f"{base}/\n")
        upstream.put(f"{base}/repodata/updateinfo.xml", text)
        checksum = f'<checksum type="sha256">{digest}</checksum><location href="repodata/updateinfo.xml"/>'
        upstream.put(f"{base}/repodata/repomd.xml", f'<repomd><data type="updateinfo">{checksum}</data></repomd>')

    publish("1")
    for unit in unit_for_amazon():
        for document in unit:
            if document != AL2023:
                upstream.put(document, "https://cdn.amazonlinux.com/none/\n")
    upstream.put(
        "https://cdn.amazonlinux.com/none/repodata/repomd.xml",
        '<repomd><data type="updateinfo"><location href="u.xml"/></data></repomd>',
    )
    upstream.put("https://cdn.amazonlinux.com/none/u.xml", "<updates/>")
    assert upstream.update(tmp_path / "db", "amazon-2023").failures == ()
    upstream.log.clear()
    upstream.update(tmp_path / "db", "amazon-2023")
    assert "updateinfo.xml" not in upstream.served(200, 304)
    publish("2")
    result = upstream.update(tmp_path / "db", "amazon-2023")
    assert digests(result) == upstream.fresh(tmp_path / "new", "amazon-2023")
    publish("3", stated="0" * 64)
    (failure,) = upstream.update(tmp_path / "db", "amazon-2023").failures
    assert "not the document that its repository names; try again later" in failure


def unit_for_amazon() -> Iterator[list[str]]:
    found = unit_for(ShardName("amazon-2023"))
    assert found is not None
    yield [document.url for document in found[1].documents]


def test_units_and_documents_have_names_and_places_of_their_own() -> None:
    units = [unit for feed in FEEDS for unit in feed.units(None)]
    names = [unit.name for unit in units]
    paths = [document.path for unit in units for document in unit.documents]
    assert sorted(set(names)) == sorted(names)
    assert sorted(set(paths)) == sorted(paths)
    for unit in units:
        for document in unit.documents:
            assert document.url.startswith(("https://", "http://repo.us-west-2.amazonaws.com/")), document
            assert is_confined(document.path)


def test_no_document_of_any_feed_is_downloaded_twice(upstream: Internet, tmp_path: Path) -> None:
    units = [unit for feed in FEEDS for unit in feed.units(None) if unit.refresh is None]
    plain = [unit for unit in units if not any(document.repository for document in unit.documents)]
    for document in (document for unit in plain for document in unit.documents):
        upstream.put(document.url, document.path)
    digests = []
    for _ in range(2):
        with upstream.source(tmp_path) as source:
            for unit in plain:
                with source.fetch(unit, NoProgress()) as fetched:
                    assert [file.read_text() for file in fetched.files.values()] == list(fetched.files)
                    fetched.accept()
                    digests.append(fetched.digest)
    assert len(plain) > 60
    assert digests[: len(plain)] == digests[len(plain) :]
    count = len({document.url for unit in plain for document in unit.documents})
    assert [status for status, _ in upstream.log] == [200] * count + [304] * count


def test_a_document_taken_back_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(TAKEN_BACK)
    (tmp_path / "b").write_bytes(b"")
    files = {"x/a.json": tmp_path / "a", "x/b.json": tmp_path / "b"}
    assert list(iter_records(files, 100)) == [("x/b.json", b"")]


UPDATER = """
import sys
from pathlib import Path
from tests.feeds.internet import Internet
upstream = Internet()
upstream.port = int(sys.argv[2])
print("x", flush=True)
while True:
    upstream.update(Path(sys.argv[1]), "pypi")
"""


def test_kill_9_at_any_moment_leaves_a_usable_database(upstream: Internet, tmp_path: Path) -> None:
    from tests.feeds.test_osv_refresh import publish

    times = {f"PYSEC-{number}": 1 for number in range(60)}
    publish(upstream, times)
    upstream.fresh(tmp_path / "db", "pypi")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for turn in range(10):
        for number in range(turn, turn + 8):
            times[f"PYSEC-{number}"] += 1
        del times[f"PYSEC-{50 - turn}"]
        publish(upstream, times)
        command = [sys.executable, "-P", "-c", UPDATER, str(tmp_path / "db"), str(upstream.port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.006 * turn)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        ShardStore(tmp_path / "db").check(ShardName("pypi"))
        rebuilt(tmp_path / "db")
    result = upstream.update(tmp_path / "db", "pypi")
    assert digests(result) == upstream.fresh(tmp_path / "new", "pypi")
