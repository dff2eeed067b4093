"""The store of results: what is kept comes back, since when, and what is left when something goes wrong."""

import os
import sqlite3
from pathlib import Path

import pytest
from msgspec import structs

from lading.model.errors import StoreError
from lading.model.image import Layer
from lading.store.exposure import exposure
from lading.store.rematch import tidy
from lading.store.store import ResultStore, Run, Task
from tests.samples import deb, shop, shop_store
from tests.store.samples import image_of, result_on

FIRST, SECOND, THIRD = 1_700_000_000, 1_700_100_000, 1_700_200_000
OPENSSL = deb("openssl", "3.0.9-1")
CURL = deb("curl", "7.88.1-10")


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return ResultStore(tmp_path / "results.sqlite")


def keep(store: ResultStore, name: str, *packages: object, now: int = FIRST, run: int = 1, number: int = 0) -> None:
    result = result_on(image_of(name, "sha256:a"), packages, shop_store())  # type: ignore[arg-type]
    store.put(run, number, name, (result,), now)


def sightings(store: ResultStore, name: str) -> list[tuple[str, int, int | None]]:
    return store.connection.execute(
        """SELECT DISTINCT vulnerability, first_seen, gone FROM sighting JOIN finding USING(fingerprint)
        WHERE image = (SELECT id FROM image WHERE name=?) ORDER BY vulnerability""",
        (name,),
    ).fetchall()


def counts(store: ResultStore) -> dict[str, int]:
    tables = ("result", "image", "layer", "holding", "presence", "package", "finding")
    return {one: store.connection.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables}


def test_a_result_comes_back_as_it_was(store: ResultStore) -> None:
    result = result_on(image_of("shop:1", "sha256:a", "sha256:b"), shop(), shop_store())
    store.put(1, 0, "shop:1", (result,), FIRST)
    assert store.get(1) == structs.replace(result, needs=())
    assert result.needs
    assert list(store.iter_images()) == [(1, "shop:1", "linux/amd64")]


def test_what_reports_do_not_show_is_not_shown_by_exposure(store: ResultStore) -> None:
    result = result_on(image_of("shop:1", "sha256:a"), [CURL], shop_store())
    shown = structs.replace(image_of("shop:1", "sha256:a"), layers=(Layer(1, "sha256:a", created_by="RUN ***"),))
    store.put(1, 0, "shop:1", (structs.replace(result, target=structs.replace(result.target, image=shown)),), FIRST)
    assert store.get(1).target.image == shown
    assert exposure(store, "curl").images[0].carried[0].instruction == "RUN ***"


def test_two_names_of_one_content_are_one_result(store: ResultStore) -> None:
    keep(store, "shop:1", CURL)
    keep(store, "shop:2", CURL)
    assert counts(store) == {
        "result": 1, "image": 2, "layer": 1, "holding": 1, "presence": 1, "package": 1, "finding": 1,
    }  # fmt: skip
    assert [store.get(number).listed.image.name for number in (1, 2)] == ["shop:1", "shop:2"]


def test_a_name_that_moves_on_leaves_nothing_behind(store: ResultStore) -> None:
    keep(store, "shop:1", CURL)
    keep(store, "shop:1", OPENSSL, now=SECOND)
    assert counts(store) == {
        "result": 1, "image": 1, "layer": 1, "holding": 1, "presence": 3, "package": 2, "finding": 4,
    }  # fmt: skip


def test_since_when_and_until_when_a_finding_was_seen(store: ResultStore) -> None:
    keep(store, "shop:1", CURL, now=FIRST)
    assert sightings(store, "shop:1") == [("CVE-2023-38545", FIRST, None)]
    keep(store, "shop:1", CURL, now=SECOND)
    assert sightings(store, "shop:1") == [("CVE-2023-38545", FIRST, None)]
    keep(store, "shop:1", deb("tar", "1.34+dfsg-1.2"), now=THIRD)
    assert sightings(store, "shop:1") == [("CVE-2005-2541", THIRD, None), ("CVE-2023-38545", FIRST, SECOND)]
    keep(store, "shop:1", CURL, now=THIRD + 1)
    assert sightings(store, "shop:1") == [("CVE-2005-2541", THIRD, THIRD), ("CVE-2023-38545", FIRST, None)]


def test_an_upgrade_that_is_affected_too_is_the_same_finding(store: ResultStore) -> None:
    keep(store, "shop:1", deb("curl", "7.88.1-9"), now=FIRST)
    keep(store, "shop:1", CURL, now=SECOND)
    assert sightings(store, "shop:1") == [("CVE-2023-38545", FIRST, None)]


def test_a_run_that_is_cut_off_is_found_again(store: ResultStore, tmp_path: Path) -> None:
    run = store.start_run(b"key", 3, FIRST)
    keep(store, "shop:1", CURL, run=run, number=0)
    store.fail(run, 2, "shop:3", "no such image")
    store.close()
    store = ResultStore(tmp_path / "results.sqlite")
    assert store.cut_off(b"key") == Run(run, b"key", FIRST, None, 3)
    assert store.cut_off(b"other") is None
    assert store.tasks(run) == (Task(0, "shop:1", "", (1,)), Task(2, "shop:3", "no such image"))
    store.end_run(run, SECOND)
    assert store.cut_off(b"key") is None


def test_of_the_runs_over_the_same_the_last_is_kept(store: ResultStore) -> None:
    for now in (FIRST, SECOND):
        run = store.start_run(b"key", 1, now)
        keep(store, "shop:1", CURL, run=run)
        store.end_run(run, now)
    assert store.connection.execute("SELECT id FROM run").fetchall() == [(run,)]
    assert store.connection.execute("SELECT run FROM task").fetchall() == [(run,)]


def test_a_full_disk_loses_nothing_that_was_kept(store: ResultStore) -> None:
    keep(store, "shop:1", CURL)
    before = counts(store)
    (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
    store.connection.execute(f"PRAGMA max_page_count={pages}")
    many = [deb(f"package{number}", "1") for number in range(5000)]
    with pytest.raises(StoreError, match=r"results\.sqlite: the store of results: database or disk is full; make room"):
        keep(store, "shop:2", *many)
    assert counts(store) == before
    store.connection.execute("PRAGMA max_page_count=1000000")
    keep(store, "shop:2", *many)
    assert counts(store)["package"] == 5001
    assert store.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_names_that_are_not_utf_8_are_kept_written_out(store: ResultStore) -> None:
    keep(store, "shop:1", deb("c\udcffurl", "1"))
    assert [one.name for one in store.get(1).target.packages] == ["c\\udcffurl"]
    assert store.connection.execute("SELECT name FROM package").fetchall() == [("c\\udcffurl",)]


def test_only_its_user_may_read_a_store(store: ResultStore) -> None:
    assert store.path.stat().st_mode & 0o777 == 0o600


def test_files_that_are_no_store_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none: there are no results yet: lading scan of several images"):
        ResultStore(tmp_path / "none", create=False)
    (text := tmp_path / "text").write_text("no database at all " * 100)
    with pytest.raises(StoreError, match=r"text: the store of results: file is not a database; name another"):
        ResultStore(text)
    foreign = sqlite3.connect(tmp_path / "foreign")
    foreign.execute("CREATE TABLE x(y)")
    foreign.close()
    with pytest.raises(StoreError, match=r"foreign: is not a store of results; name another file with --store"):
        ResultStore(tmp_path / "foreign")
    newer = ResultStore(tmp_path / "newer")
    newer.connection.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(StoreError, match=r"newer: is a store of results of another version of Lading \(99, not 1\)"):
        ResultStore(tmp_path / "newer")
    with pytest.raises(StoreError, match=r"directory: the store of results: (Is a directory|unable to open)"):
        (tmp_path / "directory").mkdir()
        ResultStore(tmp_path / "directory")


def test_a_damaged_result_is_an_error_in_one_line(store: ResultStore) -> None:
    keep(store, "shop:1", CURL)
    for column, value in (("target", b"\x00" * 40), ("coverage", b"\xc1"), ("inventory", b"")):
        store.connection.execute("SAVEPOINT one")
        store.connection.execute(f"UPDATE result SET {column}=?", (value,))
        with pytest.raises(StoreError, match=r"a kept (result|coverage|inventory) "):
            store.get(1)
        store.connection.execute("ROLLBACK TO one")
    store.connection.execute("UPDATE result SET coverage=?", (b"\xa1\xff",))  # text that is no UTF-8
    with pytest.raises(StoreError, match="a kept "):
        store.get(1)
    store.connection.execute("UPDATE image SET result=99")
    with pytest.raises(StoreError, match="has no result for an image"):
        store.get(1)


def test_a_damaged_schema_is_an_error_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "damaged"
    ResultStore(path).close()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"CREATE TABLE ", b"CREATE \xffABLE "))
    with pytest.raises(StoreError, match="damaged: the store of results is damaged; name another"):
        ResultStore(path)


def test_rows_that_another_process_has_removed_are_made_again(store: ResultStore) -> None:
    keep(store, "shop:1", CURL)
    other = ResultStore(store.path)
    keep(other, "shop:1", deb("tar", "9"), now=SECOND)
    tidy(other)
    assert counts(other)["finding"] == 1  # that of tar
    keep(store, "shop:2", CURL, now=THIRD)
    assert [image.name for image in exposure(store, "CVE-2023-38545").images] == ["shop:2"]


def test_a_store_is_there_after_its_process_was_killed(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        store = ResultStore(tmp_path / "results.sqlite")
        run = store.start_run(b"key", 9, FIRST)
        keep(store, "shop:1", CURL, run=run)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    store = ResultStore(tmp_path / "results.sqlite")
    assert store.tasks(1) == (Task(0, "shop:1", "", (1,)),)
    assert sightings(store, "shop:1") == [("CVE-2023-38545", FIRST, None)]
