"""The cache's files: authenticated, their user's alone, bounded, and safe among processes."""

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from lading.engine import cache
from lading.engine.cache import Cache, CacheInfo
from lading.model.errors import EngineError, SafeIOError

KEY = b"a key that several machines share"


def get(directory: Path, name: str, key: bytes | None = None) -> bytes | None:
    body = Cache(directory, key).get(name)
    return None if body is None else bytes(body)


def entries(directory: Path) -> list[Path]:
    return sorted(directory.glob("??/*"))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "layers"


def test_what_is_put_is_got_by_every_later_cache(directory: Path) -> None:
    assert get(directory, "a") is None
    one = Cache(directory)
    one.put("a", b"first")
    one.put("b", b"")
    assert (bytes(one.get("a") or b"?"), get(directory, "a"), get(directory, "b")) == (b"first", b"first", b"")
    Cache(directory).put("a", b"second")
    assert get(directory, "a") == b"second"


def test_asking_makes_nothing(directory: Path) -> None:
    assert get(directory, "a") is None
    assert list(directory.parent.iterdir()) == []


def test_files_are_their_users_alone(directory: Path) -> None:
    directory.mkdir(mode=0o755)
    Cache(directory).put("a", b"body")
    (entry,) = entries(directory)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (directory, entry, cache.key_file(directory))]
    assert modes == [0o700, 0o600, 0o600]
    assert cache.key_file(directory).parent == directory.parent


@pytest.mark.parametrize("mode", [0o640, 0o602, 0o644])
def test_a_file_that_others_may_touch_is_a_miss(directory: Path, mode: int) -> None:
    Cache(directory).put("a", b"body")
    (entry,) = entries(directory)
    entry.chmod(mode)
    assert get(directory, "a") is None
    Cache(directory).put("a", b"again")
    assert get(directory, "a") == b"again"


def test_a_link_is_a_miss(directory: Path, tmp_path: Path) -> None:
    Cache(directory).put("a", b"body")
    (entry,) = entries(directory)
    entry.rename(tmp_path / "moved")
    entry.symlink_to(tmp_path / "moved")
    assert get(directory, "a") is None


def test_a_key_that_is_handed_in_lets_users_share(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(directory, KEY).put("a", b"body")
    (entry,) = entries(directory)
    assert stat.S_IMODE(entry.stat().st_mode) == 0o644
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert get(directory, "a", KEY) == b"body"
    assert get(directory, "a", b"another key that is long enough") is None
    Cache(directory, KEY).put("b", b"more")
    assert get(directory, "b", KEY) == b"more"


def test_entries_that_others_wrote_are_counted(directory: Path) -> None:
    Cache(directory).put("a", b"body")
    (entry,) = entries(directory)
    entry.chmod(0o644)
    reader = Cache(directory)
    assert reader.get("a") is None
    assert reader.foreign == 1


def test_entries_of_another_key_are_counted_and_ignored(directory: Path) -> None:
    for name in ("a", "b"):
        Cache(directory).put(name, b"forged")
    shared = Cache(directory, KEY)
    assert [shared.get(name) for name in ("a", "b", "c")] == [None, None, None]
    assert shared.foreign == 2
    shared.put("a", b"body")
    assert (get(directory, "a", KEY), get(directory, "a"), get(directory, "b")) == (b"body", None, b"forged")


def test_an_entry_under_another_name_is_a_miss(directory: Path) -> None:
    own = Cache(directory)
    own.put("clean", b"nothing was found")
    (clean,) = entries(directory)
    own.put("other", b"much was found")
    (other,) = (path for path in entries(directory) if path != clean)
    other.write_bytes(clean.read_bytes())
    assert (get(directory, "clean"), get(directory, "other"), own.foreign) == (b"nothing was found", None, 0)


def test_every_damaged_byte_is_seen(directory: Path) -> None:
    Cache(directory).put("a", b"body")
    (entry,) = entries(directory)
    data = entry.read_bytes()
    for place in range(len(data)):
        entry.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert get(directory, "a") is None
    for size in range(len(data)):
        entry.write_bytes(data[:size])
        assert get(directory, "a") is None


def test_a_directory_of_another_user_is_not_used(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(directory).put("a", b"body")
    monkeypatch.setattr(os, "geteuid", lambda: directory.stat().st_uid + 1)
    with pytest.raises(EngineError, match=r"belongs to another user; name a directory of your own$"):
        Cache(directory)


@pytest.mark.parametrize("damage", ["readable", "short", "long", "link"])
def test_a_key_that_is_not_its_users_alone_is_refused(directory: Path, tmp_path: Path, damage: str) -> None:
    Cache(directory).put("a", b"body")
    key = cache.key_file(directory)
    if damage == "readable":
        key.chmod(0o644)
    elif damage == "link":
        key.rename(tmp_path / "elsewhere")
        key.symlink_to(tmp_path / "elsewhere")
    else:
        key.write_bytes(bytes(31 if damage == "short" else 33))
    with pytest.raises(EngineError, match=r"key"):
        Cache(directory)
    assert get(directory, "a", KEY) is None  # a key that is handed in needs none


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(SafeIOError, match=r"file: cannot be written: File exists$"):
        Cache(tmp_path / "file").put("a", b"body")


def test_many_that_start_at_once_agree_on_one_key(directory: Path) -> None:
    started = threading.Barrier(8)

    def start(number: int) -> None:
        own = Cache(directory)
        started.wait()
        own.put(str(number), b"body")

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [get(directory, str(number)) for number in range(8)] == [b"body"] * 8
    assert sorted(path.name for path in directory.parent.iterdir()) == ["layers", "layers.key"]


def used(directory: Path, ages: dict[str, float]) -> dict[str, Path]:
    """Entries of about 1,000 bytes by name, last used so many seconds ago."""
    own = Cache(directory)
    paths = {}
    for name, age in ages.items():
        before = set(entries(directory))
        own.put(name, bytes(1000))
        (paths[name],) = set(entries(directory)) - before
        os.utime(paths[name], (time.time() - age,) * 2)
    return paths


def test_the_longest_unused_are_removed_until_the_rest_fits(directory: Path) -> None:
    paths = used(directory, {"old": 3e6, "new": 10, "middle": 1e6, "oldest": 9e6})
    size = paths["old"].stat().st_size
    assert cache.prune(directory, max_size=4 * size) == CacheInfo(0, 0)
    assert cache.prune(directory, max_size=3 * size - 1) == CacheInfo(2, 2 * size)
    assert {name for name, path in paths.items() if path.exists()} == {"new", "middle"}
    assert cache.prune(directory, max_size=0) == CacheInfo(2, 2 * size)


def test_what_was_not_used_for_long_is_removed(directory: Path) -> None:
    paths = used(directory, {"old": 3e6, "new": 10})
    assert cache.prune(directory, max_size=1_000_000, older_than=1e6).entries == 1
    assert paths["new"].exists()


def test_use_is_noted(directory: Path) -> None:
    paths = used(directory, {"old": 3e6, "older": 4e6})
    assert get(directory, "older") is not None
    assert cache.prune(directory, max_size=1_000_000, older_than=1e6).entries == 1
    assert paths["older"].exists() and not paths["old"].exists()


def test_what_another_process_writes_is_left_alone(directory: Path) -> None:
    used(directory, {"a": 0})
    folder = next(directory.glob("??"))
    running, dead = (folder / f".{'0' * 62}.layer.{name}" for name in ("running", "dead"))
    for path in (running, dead):
        path.write_bytes(bytes(10))
    os.utime(dead, (time.time() - 8000,) * 2)
    assert cache.prune(directory, max_size=0).entries == 2
    assert running.exists() and not dead.exists()


def test_scans_cut_the_cache_themselves(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = used(directory, {"old": 3e6, "new": 10})
    monkeypatch.setattr(cache, "DEFAULT_SIZE", 1500)
    Cache(directory).tidy()
    assert paths["old"].exists()  # nothing was put into it
    own = Cache(directory)
    own.put("newest", b"")
    own.tidy()
    assert [name for name, path in paths.items() if path.exists()] == ["new"]
    os.utime(paths["new"], (time.time() - 10,) * 2)
    own.put("large", bytes(5000))
    own.tidy()
    assert len(entries(directory)) == 3  # once an hour is enough
    assert cache.clear(directory).entries == 3
