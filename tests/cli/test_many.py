"""`lading scan` of several images, and `lading exposure` of what that keeps."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from lading.cli.many_progress import ManyProgress
from lading.cli.references import images_named, iter_listed
from lading.model.advisory import EPSS, KEV, Advisory, Severity
from lading.model.errors import UsageError
from tests.databases import advisory, publish
from tests.fleet import CURL, FIXED_CURL, write_image
from tests.support.program import Lading

pytestmark = pytest.mark.long

INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory has four images, of which two have a critical vulnerability."""
    directory = tmp_path / "fleet"
    directory.mkdir()
    write_image(directory, "base")
    write_image(directory, "shop", [CURL])
    write_image(directory, "shop-next", [CURL], [("app", "1")])
    write_image(directory, "fixed", [FIXED_CURL])
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def results(own_home: Path) -> Path:
    """Where results are kept by default."""
    return own_home / ".local" / "share" / "lading" / "results.sqlite"


@pytest.mark.usefixtures("fleet")
def test_several_images_have_one_summary(lading: Lading, results: Path) -> None:
    done = lading("scan", "base", "shop", "nowhere.tar", "fixed", "shop-next", "shop", "--starter", status=2)
    assert done.stdout == (
        "image      critical  low  fixable  exploited  risk\n"
        "shop              1    1        2          ·    27\n"
        "shop-next         1    1        2          ·    27\n"
        "base              ·    ·        ·          ·\n"
        "fixed             ·    ·        ·          ·\n"
        "\n"
        "── Not scanned · 1 image ───────────────────────────────────────────────────────────────────────────\n"
        "nowhere.tar: nowhere.tar: no such file or directory\n"
        "\n"
        "── All · 5 images ──────────────────────────────────────────────────────────────────────────────────\n"
        "4 scanned · 1 not scanned · 2 different vulnerabilities · 4 different of 8 layers\n"
        f"kept in {results}; lading exposure PACKAGE|CVE asks which images carry it\n"
        "Exit 2: not every image could be scanned, or its result be kept.\n"
    )
    assert done.stderr.startswith("lading: 5 images in ")


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("base", "fixed"), 0),
        (("base", "shop", "--fail-on", "high"), 1),
        (("base", "shop", "--fail-on", "high", "--exit-code", "7"), 7),
        (("shop", "nowhere.tar", "--fail-on", "high"), 2),
        (("base", "fixed", "--fail-on", "high"), 0),
    ],
)
@pytest.mark.parametrize("sandbox", ["true", "false"])
def test_the_exit_status_is_that_of_the_whole(
    arguments: tuple[str, ...], status: int, sandbox: str, lading: Lading
) -> None:
    lading("scan", *arguments, "--starter", variables={"LADING_SANDBOX": sandbox}, status=status)


def test_incomplete_coverage_of_one_image_is_that_of_the_whole(fleet: Path, lading: Lading) -> None:
    done = lading("scan", "base", "shop", "--offline", status=3)
    assert done.stdout.count("  incomplete\n") == 2
    assert "Exit 3: something was not looked at or not matched in the images that are marked.\n" in done.stdout


@pytest.mark.usefixtures("fleet")
def test_a_report_on_several_images_has_a_target_for_each_in_their_order(lading: Lading) -> None:
    done = lading("scan", "shop", "nowhere.tar", "base", "--starter", "-o", "json", status=2)
    report = json.loads(done.stdout)
    assert [(one["image"]["name"], one["incomplete"]) for one in report["targets"]] == [
        ("shop", False), ("nowhere.tar", True), ("base", False),
    ]  # fmt: skip
    assert report["incomplete"]
    assert [one["code"] for one in report["targets"][1]["diagnostics"]] == ["image-not-scanned"]
    alone = json.loads(lading("scan", "shop", "--starter", "-o", "json").stdout)
    assert report["targets"][0] == alone["targets"][0]


@pytest.mark.usefixtures("fleet")
def test_a_list_names_images_and_the_summary_is_written_for_programs(lading: Lading, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# ours\nshop\n\n  base  # the base\r\nshop\n")
    lading("scan", "--list", tmp_path / "list", "fixed", "--starter", "-o", f"summary={tmp_path / 'out.json'}")
    document = json.loads((tmp_path / "out.json").read_text())
    assert [(one["name"], one.get("counts", {})) for one in document["images"]] == [
        ("shop", {"critical": 1, "low": 1}), ("base", {}), ("fixed", {}),
    ]  # fmt: skip
    assert document["layers"] == {"total": 5, "unique": 3}
    assert document["exit_status"] == 0


def test_lists_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("a\nb c\n")
    with pytest.raises(UsageError, match=r"--list .*words: line 2: one image stands in each line$"):
        list(iter_listed(str(tmp_path / "words")))
    (tmp_path / "empty").write_text("# nothing\n")
    with pytest.raises(UsageError, match=r"empty: names no image$"):
        images_named((), (str(tmp_path / "empty"),))
    with pytest.raises(UsageError, match=r"^-: standard input is one image: scan it alone"):
        images_named(("a", "-"), ())
    with pytest.raises(UsageError, match=r"nowhere: cannot be read: No such file or directory$"):
        images_named((), (str(tmp_path / "nowhere"),))
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"latin: is not UTF-8$"):
        images_named((), (str(tmp_path / "latin"),))


def test_a_hash_in_a_name_is_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("a#b\n#c\nd # e\n")
    assert list(iter_listed(str(tmp_path / "list"))) == ["a#b", "d"]


@pytest.mark.usefixtures("fleet")
def test_exposure_asks_what_was_kept(lading: Lading) -> None:
    assert lading("exposure", "curl", status=2).stderr.endswith(
        "results.sqlite: there are no results yet: lading scan of several images, or with --store, keeps them\n"
    )
    lading("scan", "base", "shop", "shop-next", "fixed", "--starter")
    done = lading("exposure", "CVE-2023-38545").stdout.splitlines()
    assert done[:6] == [
        "CVE-2023-38545: in 2 of 4 images",
        "",
        "── Rebuild first · 1 place ─────────────────────────────────────────────────────────────────────────",
        "  1. base image shop  frees 2 images",
        "     curl → 7.88.1-10+deb12u4",
        "     shop, shop-next",
    ]
    assert done[-2:] == [
        "   deb curl 7.88.1-10  CVE-2023-38545  critical  → 7.88.1-10+deb12u4",
        "      layer 2: RUN apt-get install curl",
    ]
    document = json.loads(lading("exposure", "curl", "-o", "json").stdout)
    assert [one["name"] for one in document["images"]] == ["fixed", "shop", "shop-next"]
    assert lading("exposure", "nothing-of-the-kind").stdout == "nothing-of-the-kind: in none of 4 images\n"


@pytest.mark.usefixtures("fleet")
def test_one_image_is_kept_only_where_a_store_is_named(lading: Lading, tmp_path: Path, results: Path) -> None:
    lading("scan", "shop", "--starter")
    assert not results.exists()
    lading("scan", "shop", "--starter", "--store", tmp_path / "own.sqlite")
    assert "in 1 of 1 image" in lading("exposure", "curl", "--store", tmp_path / "own.sqlite").stdout
    lading("scan", "shop", "base", "--starter", "--store", "none")
    assert not results.exists()


@pytest.mark.usefixtures("fleet")
def test_what_cannot_be_kept_is_told_and_stops_nothing(lading: Lading, results: Path) -> None:
    lading("scan", "base", "shop", "--starter")
    store = sqlite3.connect(results)
    store.execute(
        "CREATE TRIGGER full BEFORE INSERT ON package WHEN new.name='app' BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    store.close()
    done = lading("scan", "shop-next", "shop", "fixed", "--starter", status=2)
    assert done.stdout.splitlines()[-3:] == [
        "3 scanned · 2 different vulnerabilities · 4 different of 7 layers",
        f"1 result could not be kept: {results}: the store of results: full: shop-next",
        "Exit 2: not every image could be scanned, or its result be kept.",
    ]
    store = sqlite3.connect(results)
    store.execute("DROP TRIGGER full")
    store.close()
    done = lading("scan", "shop-next", "shop", "fixed", "--starter", "--resume")
    assert done.stderr.startswith("lading: 1 image in ")
    assert "3 scanned" in done.stdout


def test_a_run_that_was_killed_goes_on_where_it_was(fleet: Path, lading: Lading, results: Path) -> None:
    names = []
    for number in range(12):
        write_image(fleet, f"app{number:02}", [CURL], [(f"app{number:02}", "1")])
        names.append(f"app{number:02}")
    command = [sys.executable, "-m", "lading", "scan", *names, "--starter", "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while tasks(results) < 3:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = tasks(results)
    again = lading("scan", *names, "--starter", "-o", "summary", "--resume")
    assert len(json.loads(again.stdout)["images"]) == 12
    if done < 12:
        assert again.stderr.startswith(f"lading: {12 - done} image")
    whole = lading("scan", *names, "--starter", "-o", "summary", "--store", "none")
    assert json.loads(again.stdout)["images"] == json.loads(whole.stdout)["images"]


def tasks(results: Path) -> int:
    """How many images the store has from its last run."""
    try:
        store = sqlite3.connect(f"file:{results}?mode=ro", uri=True)
        return int(store.execute("SELECT count(*) FROM task").fetchone()[0])
    except sqlite3.Error:
        return 0


@pytest.mark.usefixtures("fleet")
def test_a_run_that_was_cut_off_is_told(lading: Lading, results: Path) -> None:
    lading("scan", "base", "shop", "--starter")
    store = sqlite3.connect(results, isolation_level=None)
    store.execute("UPDATE run SET ended=NULL")
    store.execute("DELETE FROM task WHERE number=1")
    store.close()
    done = lading("scan", "base", "shop", "--starter")
    assert done.stderr.startswith(
        "lading: an earlier run of these images was cut off when 1 was done: --resume takes that\nlading: 2 images in "
    )
    assert lading("scan", "base", "shop", "--starter", "--resume").stderr.startswith("lading: 2 images in ")
    assert lading("scan", "base", "--store", "none", "--resume", status=2).stderr == (
        "lading: --resume: nothing is kept that could be taken up again (--store none)\n"
    )


def test_no_worker_outlives_the_run_or_sees_the_store(fleet: Path, lading: Lading, tmp_path: Path) -> None:
    os.mkfifo(fleet / "stuck")
    command = [sys.executable, "-m", "lading", "scan", "docker-archive:stuck", "shop", "--starter", "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children: list[int] = []
    while len(children) < 1:
        children = children_of(process.pid)
        time.sleep(0.005)
    time.sleep(0.2)
    for child in children:
        assert not [one for one in opened_by(child) if "results.sqlite" in one]
    process.terminate()
    process.wait()
    while any(map(alive, children)):  # the kernel ends them with their parent
        time.sleep(0.01)


def children_of(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def opened_by(process: int) -> list[str]:
    opened = []
    with suppress(OSError):  # it has ended
        for one in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                opened.append(str(one.readlink()))
    return opened


def alive(process: int) -> bool:
    return Path(f"/proc/{process}/fd").exists()


def test_progress_tells_the_pace_and_what_is_left() -> None:
    now = [0.0]
    progress = ManyProgress(10, 2, lambda: now[0])
    now[0] = 30.0
    progress.step(failed=False)
    progress.step(failed=True)
    assert progress.line(60.0) == "4 of 10 images, 1 failed, 2.0 a minute, about 3 min left"
    assert progress.line(1.0) == "4 of 10 images, 1 failed, 120 a minute, about 3.0 s left"


def test_rematch_tells_what_is_new(fleet: Path, lading: Lading, results: Path, own_home: Path) -> None:
    database = own_home / ".local/share/lading/db"
    nothing: dict[str, Sequence[Advisory]] = {KEV: (), EPSS: ()}
    publish_all(database, {"debian-12": (advisory("CVE-2026-1", "bash", "5.2.15-3"),), **nothing})
    lading("scan", "base", "shop", "fixed", "--offline", status=None)
    done = lading("rematch", "--offline")
    assert done.stdout.startswith("3 results · 0 matched again for 0 rows that changed · 0 say something else now")
    assert done.stdout.endswith("Nothing is new.\n")
    worse = advisory("CVE-2026-2", "curl", "7.88.1-10+deb12u4", severities=(Severity("high", "debian", 0.0, "high"),))
    publish_all(database, {"debian-12": (worse,), **nothing})
    done = lading("rematch", "--offline", "--fail-on", "high", status=1)
    assert done.stdout.startswith("3 results · 3 matched again for 2 rows that changed · 3 say something else now")
    assert done.stdout.splitlines()[2:] == [
        "── New · 1 vulnerability ───────────────────────────────────────────────────────────────────────────",
        "CVE-2026-2  curl 7.88.1-10  high  → 7.88.1-10+deb12u4",
        "   in shop",
        "3 findings gone from the images that had them.",
    ]
    assert done.stderr.startswith("lading: 3 results in ")
    assert "in 1 of 3 images" in lading("exposure", "CVE-2026-2").stdout
    store = sqlite3.connect(results, isolation_level=None)
    store.execute("UPDATE run SET ended=NULL, started=started-1 WHERE key=x'72656d61746368'")
    store.execute("UPDATE image SET first_seen=first_seen-99")
    store.close()
    assert "CVE-2026-2  curl 7.88.1-10  high" in lading("rematch", "--offline").stdout  # it was cut off before it told
    assert "Nothing is new." in lading("rematch", "--offline").stdout
    document = json.loads(lading("rematch", "--offline", "-o", "json").stdout)
    assert (document["results"], document["matched"], document["new"], document["exit_status"]) == (3, 0, [], 0)


def publish_all(database: Path, shards: Mapping[str, Sequence[Advisory]]) -> None:
    for name, advisories in shards.items():
        publish(database, name, *advisories, scheme="deb" if advisories else "")


def test_every_platform_of_every_image_has_a_line(lading: Lading, fleet: Path) -> None:
    arm = write_image(fleet, "arm", [CURL], architecture="arm64")
    index = json.loads((fleet / "shop" / "index.json").read_bytes())
    other = json.loads((fleet / "arm" / "index.json").read_bytes())
    shutil.copytree(fleet / "arm" / "blobs", fleet / "shop" / "blobs", dirs_exist_ok=True)
    children = [
        {**one["manifests"][0], "platform": {"os": "linux", "architecture": architecture}, "annotations": {}}
        for one, architecture in ((index, "amd64"), (other, "arm64"))
    ]
    whole = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}).encode()
    digest = hashlib.sha256(whole).hexdigest()
    (fleet / "shop" / "blobs" / "sha256" / digest).write_bytes(whole)
    top = {"mediaType": INDEX, "digest": f"sha256:{digest}", "size": len(whole)}
    (fleet / "shop" / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    done = lading("scan", "shop", "base", arm, "--platform", "all", "--starter")
    assert [line.split()[0:2] for line in done.stdout.splitlines()[1:5]] == [
        [arm.removeprefix("oci:"), "(linux/arm64)"], ["shop", "(linux/amd64)"], ["shop", "(linux/arm64)"],
        ["base", "(linux/amd64)"],
    ]  # fmt: skip


def test_what_checks_found_stands_in_the_summary(lading: Lading, fleet: Path) -> None:
    done = lading("scan", "shop", "base", "--checks", "config", "--starter", status=None)
    assert done.stdout.splitlines()[0].split() == ["image", "critical", "low", "fixable", "exploited", "issues", "risk"]
