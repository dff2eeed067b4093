"""Shards: written, put in place, read back; damaged and missing ones."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lading.advisories import stamps
from lading.advisories.schema import check_name
from lading.advisories.stamps import file_digest
from lading.advisories.store import ShardStore
from lading.advisories.writer import ShardWriter
from lading.database.starter import StarterStore
from lading.model.advisory import (
    Advisory,
    AdvisoryText,
    KnownExploited,
    Provenance,
    Range,
    Severity,
    ShardName,
    VulnerabilityRecords,
    text_about,
)
from lading.model.errors import AdvisoryError

NAME = ShardName("debian-12")
ONE = Advisory("CVE-1", "curl", ranges=(Range(fixed="2"),), severities=(Severity("high", "debian", text="high"),))
TWO = Advisory("CVE-2", "curl", state="minor", ranges=(Range(),), aliases=("DSA-1",))
OTHER = Advisory("CVE-1", "zlib", state="not_affected")
TEXT = AdvisoryText("CVE-1", "A vulnerability.", "https://example.org/CVE-1")


def publish(database: Path, *advisories: Advisory, built: str = "2026-01-01T00:00:00Z") -> Provenance:
    with ShardWriter(database, NAME) as writer:
        for advisory in advisories:
            writer.add(advisory)
        writer.add_text(TEXT)
        return writer.publish(Provenance(NAME, "", 0, "deb", "debian", upstream_date="2026-01-01", built=built))


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    provenance = publish(tmp_path, TWO, OTHER, ONE)
    store = ShardStore(tmp_path)
    assert store.names() == (NAME,)
    assert store.provenance(NAME) == store.check(NAME) == provenance
    assert (provenance.records, provenance.scheme, provenance.digest[:7]) == (3, "deb", "sha256:")
    assert store.advisories(NAME, ["curl", "absent", "zlib"]) == {"curl": (ONE, TWO), "zlib": (OTHER,)}
    assert store.texts(NAME, ["CVE-1", "CVE-2"]) == {"CVE-1": (TEXT,)}
    assert store.records(["CVE-1"]) == VulnerabilityRecords()


def test_texts_of_one_vulnerability_by_package_and_notice(tmp_path: Path) -> None:
    by_package = AdvisoryText("CVE-1", "Of two packages.", packages=("b", "a"))
    by_notice = AdvisoryText("CVE-1", "Of an erratum.", notice="ALSA-1")
    other = AdvisoryText("CVE-1", "Of another erratum, which tells of other packages.", notice="ALSA-2")
    with ShardWriter(tmp_path, NAME) as writer:
        writer.add(ONE)
        for text in (other, by_package, by_notice, TEXT):
            writer.add_text(text)
        writer.publish(Provenance(NAME, "", 0, "deb", "debian"))
    held = ShardStore(tmp_path).texts(NAME, ["CVE-1"])["CVE-1"]
    asked = [("a", ""), ("b", "ALSA-1"), ("c", "ALSA-1"), ("c", "ALSA-2"), ("c", "ALSA-3"), ("c", "")]
    found = [told.summary if (told := text_about(*one, held)) else "" for one in asked]
    assert found == [
        "Of two packages.", "Of two packages.", "Of an erratum.", "Of another erratum, which tells of other packages.",
        TEXT.summary, TEXT.summary,
    ]  # fmt: skip
    assert text_about("a", "", ()) is None


def test_the_order_of_writing_does_not_change_the_bytes(tmp_path: Path) -> None:
    assert publish(tmp_path / "a", ONE, TWO, OTHER).digest == publish(tmp_path / "b", OTHER, TWO, ONE).digest


def test_a_new_shard_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    old = f"shards/debian-12/{publish(tmp_path, ONE).digest[7:]}"
    new = f"shards/debian-12/{publish(tmp_path, ONE, TWO).digest[7:]}"
    assert ShardStore(tmp_path).advisories(NAME, ["curl"]) == {"curl": (ONE, TWO)}
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert files == [
        "lock",
        "shards/debian-12.json",
        *sorted(f"{name}.{suffix}" for name in (old, new) for suffix in ("checked", "sqlite")),
    ]


def test_a_reader_that_read_the_pointer_before_the_replacement_reads_it_again(tmp_path: Path) -> None:
    old = publish(tmp_path, ONE)
    store = ShardStore(tmp_path)
    assert store.provenance(NAME) is not None
    publish(tmp_path, ONE, TWO)
    (tmp_path / f"shards/debian-12/{old.digest[7:]}.sqlite").unlink()
    assert store.advisories(NAME, ["curl"]) == {"curl": (ONE, TWO)}


def test_what_was_not_published_is_removed(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, NAME) as writer:
        writer.add(ONE)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_known_exploited_vulnerabilities(tmp_path: Path) -> None:
    entry = KnownExploited("CVE-1", "2024-01-01", "2024-01-22", True)
    with ShardWriter(tmp_path, "kev") as writer:
        writer.add_exploited(entry)
        assert writer.publish(Provenance("kev", "", 0, "", "kev")).records == 1
    assert ShardStore(tmp_path).records(["CVE-1", "CVE-2"]) == VulnerabilityRecords({"CVE-1": entry})


def test_many_packages_are_asked_for_at_once(tmp_path: Path) -> None:
    many = [Advisory("CVE-1", f"package-{number}", ranges=(Range(),)) for number in range(1200)]
    publish(tmp_path, *many)
    found = ShardStore(tmp_path).advisories(NAME, (one.package for one in many))
    assert len(found) == 1200


def test_a_missing_shard(tmp_path: Path) -> None:
    store = ShardStore(tmp_path)
    assert store.provenance(NAME) is None
    assert store.names() == ()
    with pytest.raises(AdvisoryError) as caught:
        store.advisories(NAME, ["curl"])
    assert str(caught.value) == "the shard debian-12 is not downloaded; run: lading db update debian-12"


def test_a_corrupt_shard_is_one_clear_error(tmp_path: Path) -> None:
    provenance = publish(tmp_path, ONE)
    path = tmp_path / "shards/debian-12" / f"{provenance.digest[7:]}.sqlite"
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    with pytest.raises(AdvisoryError) as caught:
        ShardStore(tmp_path).advisories(NAME, ["curl"])
    message = str(caught.value)
    assert message.startswith(f"the shard debian-12 cannot be read ({path}: its digest is sha256:")
    assert message.endswith(f", expected {provenance.digest}); run: lading db update debian-12")


def test_a_lost_file_and_a_corrupt_pointer(tmp_path: Path) -> None:
    provenance = publish(tmp_path, ONE)
    path = tmp_path / "shards/debian-12" / f"{provenance.digest[7:]}.sqlite"
    path.unlink()
    with pytest.raises(AdvisoryError) as caught:
        ShardStore(tmp_path).advisories(NAME, ["curl"])
    assert str(caught.value) == f"the shard debian-12 has lost its file {path}; run: lading db update debian-12"
    (tmp_path / "shards/debian-12.json").write_text("{")
    with pytest.raises(
        AdvisoryError, match=r"^the shard debian-12 cannot be read .*; run: lading db update debian-12$"
    ):
        ShardStore(tmp_path).provenance(NAME)


def test_a_shard_of_another_schema_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, ONE)
    pointer = tmp_path / "shards/debian-12.json"
    pointer.write_text(pointer.read_text().replace('"schema": 1', '"schema": 99'))
    if '"schema": 99' not in pointer.read_text():
        pointer.write_text(pointer.read_text().rstrip().rstrip("}") + ', "schema": 99}')
    with pytest.raises(AdvisoryError) as caught:
        ShardStore(tmp_path).provenance(NAME)
    assert "it was written by another version of Lading" in str(caught.value)


def test_shards_cannot_be_written_through_the_store(tmp_path: Path) -> None:
    publish(tmp_path, ONE)
    store = ShardStore(tmp_path)
    store.advisories(NAME, ["curl"])
    with pytest.raises(sqlite3.OperationalError):
        store._open[NAME].execute("DELETE FROM advisory")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A", ".hidden", "x" * 101, "a\nb"])
def test_names_that_could_leave_the_directory_are_refused(name: str) -> None:
    with pytest.raises(AdvisoryError):
        check_name(name)


WRITER = """
import sys
from pathlib import Path
from lading.advisories.writer import ShardWriter
from lading.model.advisory import Advisory, Provenance, Range
count = 0
while True:
    count += 1
    with ShardWriter(Path(sys.argv[1]), "debian-12") as writer:
        for number in range(300):
            writer.add(Advisory(f"CVE-{count}", f"package-{number}", ranges=(Range(fixed=str(count)),)))
        writer.publish(Provenance("debian-12", "", 0, "deb", "debian"))
    print(count, flush=True)
"""


def test_kill_9_at_any_moment_leaves_a_usable_shard(tmp_path: Path) -> None:
    for round_number in range(12):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()  # one shard is in place
        time.sleep(0.003 * round_number)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        store = ShardStore(tmp_path)
        store.check(NAME)
        found = store.advisories(NAME, [f"package-{number}" for number in range(300)])
        assert len(found) == 300
        assert len({advisory.id for held in found.values() for advisory in held}) == 1


def test_a_shard_is_hashed_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provenance = publish(tmp_path, ONE)
    path = tmp_path / "shards" / NAME / f"{provenance.digest[7:]}.sqlite"
    hashed = []

    def count(path: Path) -> str:
        hashed.append(path)
        return file_digest(path)

    monkeypatch.setattr(stamps, "file_digest", count)
    ShardStore(tmp_path).advisories(NAME, ["curl"])
    assert hashed == []
    path.with_suffix(".checked").unlink()
    for _ in range(2):
        ShardStore(tmp_path).advisories(NAME, ["curl"])
    assert hashed == [path]
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(AdvisoryError, match="its digest is sha256:"):
        ShardStore(tmp_path).advisories(NAME, ["curl"])
    assert len(hashed) == 2


def test_mentions_find_every_name_of_a_vulnerability(tmp_path: Path) -> None:
    one = Advisory("CVE-2024-1", "curl", aliases=("GHSA-abcd-1",), note="DSA-1-1")
    publish(tmp_path, one, Advisory("CVE-2024-11", "curl"), Advisory("CVE-2024-1", "wget"))
    store = ShardStore(tmp_path)
    assert store.mentions(NAME, ["cve-2024-1"]) == {"curl": (one,), "wget": (Advisory("CVE-2024-1", "wget"),)}
    assert store.mentions(NAME, ["ghsa-ABCD-1", "DSA-1-1"]) == {"curl": (one,)}
    assert store.mentions(NAME, ["CVE-2024-2"]) == {}


def test_artifacts_are_named_behind_their_group(tmp_path: Path) -> None:
    publish(tmp_path, Advisory("CVE-2024-1", "org.acme:core"), Advisory("CVE-2024-2", "org.acme:core-api"))
    store = ShardStore(tmp_path)
    assert store.artifacts(NAME, ["core", "api", "org.acme", "shop"]) == {"core"}
    assert StarterStore().artifacts(ShardName("maven"), ["log4j-core", "shop"]) == {"log4j-core"}
