"""What is kept of a scan: no secrets of instructions, nor what checks saw, of which there is what they made of it."""

from pathlib import Path

import pytest
from msgspec import structs

from lading import Environment, StarterDatabase
from lading.engine.options import ScanOptions
from lading.engine.scan import scan
from lading.store.rematch import News, decode_updates, keep_updates, kept_results, match_again, plan_rematch
from lading.store.scanning import scan_to_keep
from lading.store.store import ResultStore
from tests.fleet import OS_RELEASE
from tests.inventory.test_assemble import status
from tests.support.images import write_image
from tests.tars import File

PASSWORD = "aQ7" + "kd92mXz4"
ADDRESS = f"mysql://root:{PASSWORD}@10.0.0.5/shop"


@pytest.fixture
def image(tmp_path: Path) -> str:
    """An image with a password in an instruction and in its environment, and a file that checks see."""
    layers = [
        [File("etc/os-release", OS_RELEASE), status("curl=7.88.1-10")],
        [File("srv/app/.netrc", b"machine m.lading.dev login ship password t9Qe3kPz41\n")],
    ]
    config = {"Env": [f"DATABASE_URL={ADDRESS}"]}
    return f"oci:{write_image(tmp_path / 'image', layers, config, history=['ADD / /', f'RUN migrate {ADDRESS}'])}"


def environment(directory: Path) -> Environment:
    return Environment(database=StarterDatabase(), layer_cache=directory / "cache")


@pytest.mark.parametrize("checks", [(), ("config",), ("all",)])
def test_no_secret_of_an_instruction_is_kept(checks: tuple[str, ...], image: str, tmp_path: Path) -> None:
    (result,) = scan_to_keep(image, ScanOptions(checks=checks), environment(tmp_path))
    assert PASSWORD not in repr(result)
    made = [one.created_by for one in result.listed.image.layers]
    assert made == [one.created_by for one in result.target.image.layers]
    assert made[1].startswith("RUN migrate mysql://root:***")


def test_what_checks_found_outlives_matching_again(image: str, tmp_path: Path) -> None:
    options = ScanOptions(checks=("all",))
    (result,) = scan_to_keep(image, options, environment(tmp_path))
    scanned = scan(image, options, environment(tmp_path)).targets[0]
    assert result.target == scanned
    assert {one.kind for one in scanned.issues} >= {"misconfiguration", "secret"}
    assert not result.listed.examined.files
    store = ResultStore(tmp_path / "kept.sqlite")
    store.put(1, 0, image, (structs.replace(result, tool="lading 0"),), 1)
    database = StarterDatabase().provide((), environment(tmp_path).progress)
    plan = plan_rematch(store, database, options)
    assert len(plan.whole) == 1
    updates = decode_updates(match_again(kept_results(store, [1], plan), (), options, environment(tmp_path)))
    assert [one.error for one in updates] == [""]
    keep_updates(store, updates, plan.changed, News(), 2)
    assert store.get(1).target == scanned
