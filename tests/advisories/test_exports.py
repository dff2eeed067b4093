"""A database as one file: written, read back, signed; damaged, hostile and old ones."""

import io
import os
import signal
import subprocess
import sys
import tarfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.advisories import sets
from lading.advisories.exports import read_export, read_set, write_export
from lading.advisories.incoming import Received
from lading.advisories.store import ShardStore
from lading.model.advisory import Provenance, ShardName
from lading.model.errors import AdvisoryError, LadingError, UsageError
from lading.model.ports import NoProgress
from lading.safeio.trusted_keys import TrustedKeys, read_trusted_keys
from lading.safeio.zstd import ZstdDecompressor, compress
from tests.databases import FIRST, SECOND, advisory, publish

NAMES = ("npm", "pypi")


def make(database: Path, version: str = "1.0", built: str = FIRST) -> None:
    for name in NAMES:
        publish(database, name, advisory("CVE-1", "a", version), built=built)


def export(database: Path, path: Path, *names: str, key: Path | None = None) -> sets.ShardSet:
    return write_export(ShardStore(database), database, names, path, key)


def take(
    path: Path, database: Path, *names: str, trust: TrustedKeys | None = None, allow_older: bool = False
) -> Received:
    return read_export(path, names, database, trust or TrustedKeys(), NoProgress(), allow_older=allow_older)


def fixed(database: Path, name: str = "pypi") -> str:
    return ShardStore(database).advisories(ShardName(name), ["a"])["a"][0].ranges[0].fixed


def members(path: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(ZstdDecompressor().decompress(path.read_bytes()))) as archive:
        return [(info, (archive.extractfile(info) or io.BytesIO()).read()) for info in archive]


def rewrite(path: Path, entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, data in entries:
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    path.write_bytes(compress(buffer.getvalue()))


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    make(tmp_path / "site")
    export(tmp_path / "site", tmp_path / "file")
    return tmp_path / "file"


def test_what_was_exported_is_imported(exported: Path, tmp_path: Path) -> None:
    received = take(exported, tmp_path / "other")
    assert received.summary == "2 new shards (npm, pypi), 0 unchanged"
    assert received.set == sets.current_set(tmp_path / "site") == sets.current_set(tmp_path / "other")
    assert ShardStore(tmp_path / "other").check(ShardName("npm")) == ShardStore(tmp_path / "site").check(
        ShardName("npm")
    )
    assert take(exported, tmp_path / "other").summary == "no new shard, 2 unchanged"
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == ["incoming.lock", "lock", "sets", "shards"]


def test_the_same_shards_give_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    take(exported, tmp_path / "other")
    export(tmp_path / "other", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == exported.read_bytes()
    assert [info.name for info, _ in members(exported)] == ["database.json", "npm.sqlite", "pypi.sqlite"]
    assert {(info.mtime, info.uid, info.mode) for info, _ in members(exported)} == {(0, 0, 0o644)}


def test_some_shards_only(exported: Path, tmp_path: Path) -> None:
    assert [one.shard for one in export(tmp_path / "site", tmp_path / "few", "pypi").shards] == ["pypi"]
    assert take(exported, tmp_path / "other", "npm").summary == "1 new shard (npm), 0 unchanged"
    assert ShardStore(tmp_path / "other").names() == ("npm",)
    with pytest.raises(UsageError) as caught:
        take(exported, tmp_path / "other", "cran", "npm")
    assert str(caught.value) == f"{exported}: has no shard cran; it has npm, pypi"
    with pytest.raises(UsageError) as caught:
        export(tmp_path / "site", tmp_path / "few", "cran")
    assert str(caught.value) == "cran: no such shard is downloaded; lading db status shows those that are"


def test_older_shards_are_refused_unless_they_are_wanted(exported: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    make(other, "2.0", SECOND)
    with pytest.raises(AdvisoryError) as caught:
        take(exported, other)
    assert str(caught.value) == (
        f"{exported}: is older than what is downloaded of npm, pypi; --allow-older takes it anyway"
    )
    assert fixed(other) == "2.0"
    assert take(exported, other, allow_older=True).summary == "2 new shards (npm, pypi), 0 unchanged"
    assert fixed(other) == "1.0"


def test_a_renewed_provenance_of_the_same_shard_is_taken(tmp_path: Path) -> None:
    make(tmp_path / "site")
    make(tmp_path / "other")
    make(tmp_path / "site", built=SECOND)
    export(tmp_path / "site", tmp_path / "file")
    assert take(tmp_path / "file", tmp_path / "other").summary == "no new shard, 2 unchanged"
    assert sets.current_set(tmp_path / "other") == sets.current_set(tmp_path / "site")


def test_a_file_cut_short_anywhere_changes_nothing(exported: Path, tmp_path: Path) -> None:
    data = exported.read_bytes()
    make(tmp_path / "other", "0.9")
    before = sets.current_set(tmp_path / "other")
    messages = set()
    for size in (*range(0, 200, 7), *range(200, len(data) - 30, 97)):
        (tmp_path / "short").write_bytes(data[:size])
        with pytest.raises(AdvisoryError) as caught:
            take(tmp_path / "short", tmp_path / "other", allow_older=True)
        messages.add(str(caught.value).removeprefix(f"{tmp_path / 'short'}: "))
        assert sets.current_set(tmp_path / "other") == before
    assert messages <= {
        "is not a database as lading db export writes it",
        "damaged or cut short; get it again",
    }
    assert list((tmp_path / "other" / "incoming").glob("*")) == []


def test_a_changed_bit_anywhere_changes_nothing(exported: Path, tmp_path: Path) -> None:
    data = exported.read_bytes()
    before = None
    for place in range(0, len(data), 61):
        changed = bytearray(data)
        changed[place] ^= 0x10
        (tmp_path / "changed").write_bytes(changed)
        try:
            received = take(tmp_path / "changed", tmp_path / "other")
        except AdvisoryError as error:
            assert "\n" not in str(error)
            continue
        # What a bit changed in the frame's own marks: what came out is what was put in.
        before = before or received.set
        assert received.set == before == sets.current_set(tmp_path / "site")


Change = Callable[[list[tuple[tarfile.TarInfo, bytes]]], list[tuple[tarfile.TarInfo, bytes]]]


def _named(name: str, data: bytes = b"", **more: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda held: held[1:], "is not a database as lading db export writes it"),
        (lambda held: [_named("database.json", b"{}"), *held[1:]], "cannot be read as the list"),
        (
            lambda held: held[:-1],
            "lacks the shard pypi, and what is downloaded here is another: it was cut short, or written with --since "
            "for a site that has more; get all of it",
        ),
        (lambda held: [held[0], held[2], held[1]], "holds 'npm.sqlite', which its list does not name there; refused"),
        (
            lambda held: [held[0], _named("../../npm.sqlite", held[1][1]), held[2]],
            "where the shard npm should be is 'npm.sqlite' of",
        ),
        (
            lambda held: [held[0], _named("npm.sqlite", type=tarfile.SYMTYPE, linkname="/etc/passwd"), held[2]],
            "where the shard npm should be is 'npm.sqlite' of 0 bytes",
        ),
        (lambda held: [*held, _named("more", b"x")], "holds 'more', which its list does not name there; refused"),
        (
            lambda held: [held[0], (held[1][0], held[1][1][:-1] + b"x"), held[2]],
            "the shard npm has the digest sha256:",
        ),
        (
            lambda held: [_named("database.json", held[0][1].replace(b'"npm"', b'"../npm"')), *held[1:]],
            "'../npm' cannot be the name of a shard",
        ),
        (
            lambda held: [_named("database.json", held[0][1].replace(b"database-1", b"database-9")), *held[1:]],
            "was written by another version of Lading",
        ),
        (
            lambda held: [_named("database.json", held[0][1].replace(b'"pypi"', b'"npm"')), *held[1:]],
            "names its shards twice or out of order",
        ),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(change: Change, message: str, exported: Path, tmp_path: Path) -> None:
    rewrite(exported, change(members(exported)))
    with pytest.raises(AdvisoryError) as caught:
        take(exported, tmp_path / "other")
    assert message in str(caught.value)
    assert sets.current_set(tmp_path / "other").shards == ()


def test_a_shard_that_is_another_kind_of_database_is_refused(exported: Path, tmp_path: Path) -> None:
    import hashlib
    import sqlite3

    path = tmp_path / "evil"
    with sqlite3.connect(path) as connection:
        connection.executescript("CREATE VIEW advisory AS SELECT 1 AS package, 2 AS body;")
    connection.close()
    data = path.read_bytes()
    held = members(exported)
    document = sets.parse_set(held[0][1], "")
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    shard = Provenance("npm", digest, len(data), "", "")
    text = sets.set_of([shard, document.shards[1]]).document
    rewrite(exported, [_named("database.json", text), _named("npm.sqlite", data), held[2]])
    with pytest.raises(AdvisoryError) as caught:
        take(exported, tmp_path / "other")
    assert str(caught.value) == (
        f"{exported}: the shard npm is no shard of advisories: damaged or tampered with; get it again"
    )


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(compress(bytes(1 << 20)))
    with pytest.raises(AdvisoryError) as caught:
        take(tmp_path / "bomb", tmp_path / "other")
    assert str(caught.value) == f"{tmp_path / 'bomb'}: is not a database as lading db export writes it"
    info = tarfile.TarInfo("database.json")
    info.size = 300_000_000
    (tmp_path / "bomb").write_bytes(compress(info.tobuf() + bytes(300_000_000)))
    with pytest.raises(AdvisoryError) as caught:
        take(tmp_path / "bomb", tmp_path / "other")
    assert str(caught.value) == (f"{tmp_path / 'bomb'}: refused: it holds far more than a database of its size would")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a database as lading db export writes it"),
        (b"hello, this is no archive\n" * 100, "is not a database as lading db export writes it"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_no_export(content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(AdvisoryError) as caught:
        take(tmp_path / "file", tmp_path / "other")
    assert str(caught.value) == f"{tmp_path / 'file'}: {message}"


def test_where_nothing_can_be_written(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError) as caught:
        export(tmp_path / "site", tmp_path / "none" / "file")
    assert str(caught.value).endswith(": cannot be written: No such file or directory")
    (tmp_path / "other").write_text("a file")
    with pytest.raises(AdvisoryError) as caught:
        take(exported, tmp_path / "other")
    assert str(caught.value) == f"{tmp_path / 'other'}: cannot be written: File exists"


@pytest.mark.debian("openssh-client")
def test_a_signed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("key", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    make(tmp_path / "site")
    path = tmp_path / "file"
    export(tmp_path / "site", path, key=tmp_path / "key")
    content = {info.name: data for info, data in members(path)}
    (tmp_path / "database.json.sig").write_bytes(content["database.json.sig"])
    (tmp_path / "allowed").write_text("site " + (tmp_path / "key.pub").read_text())
    verify = ["ssh-keygen", "-Y", "verify", "-n", "lading-db", "-I", "site", "-f", str(tmp_path / "allowed")]
    verify += ["-s", str(tmp_path / "database.json.sig")]
    subprocess.run(verify, input=content["database.json"], capture_output=True, check=True)
    trust = read_trusted_keys(tmp_path / "allowed")
    assert read_set(path, trust) == sets.current_set(tmp_path / "site")
    assert take(path, tmp_path / "taken", trust=trust).set == sets.current_set(tmp_path / "site")

    with pytest.raises(AdvisoryError) as caught:
        read_set(path, read_trusted_keys(tmp_path / "other.pub"))
    assert str(caught.value).startswith(f"{path}: refused: it is signed by a key that is not trusted (SHA256:")
    assert str(caught.value).endswith(f"); the trusted keys are in {tmp_path / 'other.pub'}")
    export(tmp_path / "site", path)
    with pytest.raises(AdvisoryError) as caught:
        take(path, tmp_path / "unsigned", trust=trust)
    assert str(caught.value) == (f"{path}: refused: it is not signed; the trusted keys are in {tmp_path / 'allowed'}")
    assert not (tmp_path / "unsigned" / "shards").exists()


def test_keys_of_a_file(tmp_path: Path) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGd4O9R+OsVUviHvhkb8GK90CMd9BobT42Z6ogJAlIp site\n"
    path = tmp_path / "db.keys"
    path.write_text(key)
    assert read_trusted_keys(path).source == str(path)
    assert len(read_trusted_keys(path).ssh) == 1
    with pytest.raises(LadingError) as caught:
        read_trusted_keys(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path / 'none'}: the key cannot be read: No such file or directory"


IMPORT = """
import sys
from pathlib import Path
from lading.advisories.exports import read_export
from lading.safeio.trusted_keys import TrustedKeys
from lading.model.ports import NoProgress
print("ready", flush=True)
for _ in range(1000):
    for file in sys.argv[2:]:
        read_export(Path(file), (), Path(sys.argv[1]), TrustedKeys(), NoProgress(), allow_older=True)
"""


def test_kill_9_at_any_moment_leaves_usable_shards(tmp_path: Path) -> None:
    for number in (1, 2):
        make(tmp_path / str(number), f"{number}.0", FIRST if number == 1 else SECOND)
        export(tmp_path / str(number), tmp_path / f"file{number}")
    database = tmp_path / "database"
    take(tmp_path / "file1", database)
    for round_number in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", IMPORT, database, tmp_path / "file1", tmp_path / "file2"], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.007 * round_number)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        store = ShardStore(database)
        assert store.names() == NAMES
        assert {fixed(database, store.check(ShardName(name)).shard) for name in NAMES} <= {"1.0", "2.0"}
    assert take(tmp_path / "file2", database, allow_older=True).set == sets.current_set(tmp_path / "2")


def test_memory_stays_small(tmp_path: Path) -> None:
    import random

    noise = random.Random(0)
    many = [advisory(f"CVE-{number}", noise.randbytes(9000).hex(), "1") for number in range(1200)]
    publish(tmp_path / "site", "npm", *many)
    del many
    tracemalloc.start()
    export(tmp_path / "site", tmp_path / "file")
    take(tmp_path / "file", tmp_path / "other")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "file").stat().st_size > 10_000_000
    assert peak < 8_000_000


def test_what_a_site_has_is_left_out(tmp_path: Path) -> None:
    make(tmp_path / "here")
    first = export(tmp_path / "here", tmp_path / "all.zst")
    take(tmp_path / "all.zst", tmp_path / "there")
    publish(tmp_path / "here", "pypi", advisory("CVE-1", "a", "2.0"), built=SECOND)
    changes = tmp_path / "changes.zst"
    exported = write_export(ShardStore(tmp_path / "here"), tmp_path / "here", (), changes, None, since=first)
    assert [info.name for info, _ in members(changes)] == ["database.json", "pypi.sqlite"]
    received = take(changes, tmp_path / "there")
    assert [one.shard for one in received.new] == ["pypi"]
    assert received.set == exported == sets.current_set(tmp_path / "there")
    assert fixed(tmp_path / "there") == "2.0"
    with pytest.raises(AdvisoryError) as caught:
        take(changes, tmp_path / "elsewhere")
    assert str(caught.value) == (
        f"{changes}: lacks the shard npm, and what is downloaded here is another: it was cut short, or written with "
        "--since for a site that has more; get all of it"
    )


def test_names_that_begin_alike_may_be_left_out(tmp_path: Path) -> None:
    for name in ("npm", "npm-extra", "npm.old"):
        publish(tmp_path / "here", name, advisory("CVE-1", "a", "1.0"), built=FIRST)
    whole = export(tmp_path / "here", tmp_path / "all.zst")
    for left_out in whole.shards:
        take(tmp_path / "all.zst", tmp_path / left_out.shard)
        changes = tmp_path / f"{left_out.shard}.zst"
        only = sets.ShardSet((left_out,))
        write_export(ShardStore(tmp_path / "here"), tmp_path / "here", (), changes, None, since=only)
        assert take(changes, tmp_path / left_out.shard).set == whole
