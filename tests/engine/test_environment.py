"""Where a user's things lie, and whose databases are taken."""

from pathlib import Path

import pytest

import lading
from lading.advisories.trust import Trust
from lading.database.opening import DatabasePlaces
from lading.database.provider import DownloadedDatabase, RegistryDatabase, StarterDatabase
from lading.engine.cancellation import Cancellation
from lading.engine.environment import Environment, Places, trusted_databases, user_databases, user_places
from lading.model.errors import EngineError
from tests.end_to_end.test_bad_input import layer, write_layout
from tests.tars import File

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGd4O9R+OsVUviHvhkb8GK90CMd9BobT42Z6ogJAlIp site\n"


def test_the_directories_of_the_specification(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    for variable in ("CACHE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", f"/{variable.lower()}")
    assert user_places() == Places(
        layers=Path("/cache/lading/layers"),
        unpacked=Path("/cache/lading/databases"),
        database=Path("/data/lading/db"),
        bases=Path("/data/lading/bases"),
        settings=Path("/config/lading/lading.toml"),
        keys=Path("/config/lading/db.keys"),
    )
    for variable in ("CACHE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", "not/absolute")
    cache, data, config = (own_home / name / "lading" for name in (".cache", ".local/share", ".config"))
    assert (
        user_places()
        == user_places({})
        == Places(
            layers=cache / "layers",
            unpacked=cache / "databases",
            database=data / "db",
            bases=data / "bases",
            settings=config / "lading.toml",
            keys=config / "db.keys",
        )
    )


def test_the_keys_that_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = user_places()
    assert user_databases(places) == DatabasePlaces(places.database, places.unpacked, Trust())
    places.keys.parent.mkdir(parents=True)
    places.keys.write_text(KEY)
    assert user_databases(places).trust.source == str(places.keys)
    for name in ("variable", "option"):
        (tmp_path / name).write_text(KEY)
    monkeypatch.setenv("LADING_DB_KEY", str(tmp_path / "variable"))
    assert user_databases(places).trust.source == str(tmp_path / "variable")
    assert trusted_databases(places, tmp_path / "option").trust.source == str(tmp_path / "option")


def test_the_default_fetches_nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    places = user_places()
    default = Environment.default()
    assert (default.layer_cache, default.bases) == (places.layers, places.bases)
    assert default.database == DownloadedDatabase(user_databases(places))
    monkeypatch.setenv("LADING_DB_SOURCE", "registry.example/lading-db")
    assert isinstance(Environment.default().database, RegistryDatabase)
    monkeypatch.setenv("LADING_DB_SOURCE", "https://mirror.example")
    assert Environment.default().database == DownloadedDatabase(user_databases(places))


def test_a_cancelled_scan_ends_at_its_next_check() -> None:
    cancellation = Cancellation()
    cancellation.check()
    cancellation.cancel()
    with pytest.raises(EngineError, match=r"^interrupted$"):
        cancellation.check()
    with pytest.raises(EngineError, match=r"^the scan was not done after 0 seconds$"):
        Cancellation(0).check()


@pytest.mark.parametrize("kind", ["image", "directory"])
def test_reading_layers_ends_when_the_scan_is_cancelled(kind: str, tmp_path: Path) -> None:
    release = File("etc/os-release", b"ID=debian\n")
    (tmp_path / "directory").mkdir()
    targets = {"image": write_layout(tmp_path / "image", layer([release])), "directory": f"dir:{tmp_path}/directory"}
    cancellation = Cancellation()
    environment = Environment(database=StarterDatabase(), cancellation=cancellation)
    lading.inventory(targets[kind], environment=environment)
    cancellation.cancel()
    with pytest.raises(EngineError, match="interrupted"):
        lading.inventory(targets[kind], environment=environment)
