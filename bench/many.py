"""Many images: what a registry of 200 costs, what exposure and rematch cost over 10,000 kept results.

python bench/many.py registry [--images 200]      loopback registry, images that share bases, made on the spot
python bench/many.py faults [--images 200]        the same killed in the middle, with a registry that fails every tenth
                                                  request, and with a full disk for the store (as root: a small tmpfs)
python bench/many.py store [--images 10000]       makes bench/out/many: a database and a store (minutes, once)
python bench/many.py exposure                     asks it
python bench/many.py rematch [--records 100]      changes records of one shard, matches again, and compares with a
                                                  full rescan of a sample (--all: of everything)
"""

import argparse
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import structs

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lading.advisories.store import ShardStore  # noqa: E402
from lading.advisories.writer import ShardWriter  # noqa: E402
from lading.database.places import DatabasePlaces  # noqa: E402
from lading.database.provider import DownloadedDatabase  # noqa: E402
from lading.model.advisory import EPSS, KEV, Advisory, Provenance, Range, Severity, VulnerabilityRecord  # noqa: E402
from lading.model.ports import NoProgress  # noqa: E402
from lading.safeio.trusted_keys import TrustedKeys  # noqa: E402
from lading.store.store import ResultStore  # noqa: E402
from tests.fleet import CURL, write_image  # noqa: E402
from tests.samples import deb  # noqa: E402
from tests.store.samples import image_of, result_on  # noqa: E402
from tests.support.fleet_registry import FleetRegistry, serve_fleet  # noqa: E402

OUT = Path(__file__).resolve().parent / "out" / "many"
Images = dict[tuple[str, str], Path]
Line = dict[str, Any]
Lines = dict[str, Line]
DISTINCT, HELD = 50_000, 300
HIGH = (Severity("high", "debian", 0.0, "high"),)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("registry", "faults", "store", "exposure", "rematch"))
    parser.add_argument("--images", type=int, default=0)
    parser.add_argument("--records", type=int, default=100)
    parser.add_argument("--all", action="store_true")
    given = parser.parse_args()
    match given.what:
        case "registry":
            registry(given.images or 200)
        case "faults":
            faults(given.images or 200)
        case "store":
            make_store(given.images or 10_000)
        case "exposure":
            exposure()
        case "rematch":
            rematch(given.records, whole=given.all)


def registry(count: int) -> None:
    """All of a registry whose images share ten bases; how often each layer was fetched."""
    place = OUT / "registry"
    images = write_images(place, count)
    served = FleetRegistry(images, page=50)
    with serve_fleet(served) as server:
        for run in ("cold", "warm"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.monotonic()
            done = lading("scan", "--registry", server.host, "--starter", "-o", "summary", home=place / "home")
            print(
                f"{run}: {time.monotonic() - start:.1f} s, {processor(before):.1f} processor seconds; "
                f"{done.stderr.strip()}"
            )
    summary = json.loads(done.stdout)
    most = max(served.blobs.values())
    print(
        f"layers {summary['layers']}; images {len(summary['images'])}; blob fetched at most {most} times in both runs"
    )


def write_images(place: Path, count: int) -> Images:
    """Images that share ten bases, by repository and tag."""
    shutil.rmtree(place, ignore_errors=True)
    images = {}
    for number in range(count):
        base = [CURL, *((f"base{number % 10}-{one}", "1") for one in range(200))]
        write_image(place, f"image{number}", base, [(f"app{number}", "1")])
        images[f"team/app{number}", "1.0"] = place / f"image{number}"
    return images


def faults(count: int) -> None:
    """Runs that are cut off, refused and out of room, each against one that nothing disturbs."""
    place = OUT / "faults"
    images = write_images(place, count)
    command = ("scan", "--registry", "HOST", "--starter", "-o", "summary")
    with serve_fleet(FleetRegistry(images, page=50)) as server:
        whole = {line["name"].partition("/")[2]: line for line in summary_of(server.host, command, place / "whole")}
    killed(images, command, whole, place / "killed")
    with serve_fleet(FleetRegistry(images, page=50, failing=10)) as server:
        differ(whole, summary_of(server.host, command, place / "failing"), "every tenth request failed")
    if os.geteuid() == 0:
        full(images, command, whole, place / "full")


def killed(images: Images, command: Sequence[str], whole: Lines, home: Path) -> None:
    """kill -9 when a third is done; what was done is not fetched again."""
    served = FleetRegistry(images, page=50)
    with serve_fleet(served) as server:
        process = start(server.host, command, home)
        while len(done := tasks(home)) < len(images) // 3:
            time.sleep(0.02)
        process.kill()
        process.wait()
        done = tasks(home)
        before = served.manifests.copy()
        found = summary_of(server.host, (*command, "--resume"), home)
    again = sum(served.manifests[name] > before[name] for name in done)
    differ(whole, found, f"killed when {len(done)} were done, {again} of these asked for again")


def full(images: Images, command: Sequence[str], whole: Lines, home: Path) -> None:
    """A store on a file system of 512 kB, which has more room when the run is taken up again."""
    disk = home / "disk"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=True)
    try:
        command = (*command, "--store", str(disk / "results.sqlite"))
        with serve_fleet(FleetRegistry(images, page=50)) as server:
            output, _ = start(server.host, command, home).communicate()
            first = json.loads(output)
            kept = set(tasks(home, disk / "results.sqlite"))
            missing = {one.partition("/")[2].partition(":")[0] for one in first.get("unkept", ())}
            print(
                f"full disk: exit {first['exit_status']}, {len(kept)} kept, {len(missing)} named as missing, "
                f"{len(kept & missing)} both; {first.get('trouble', 'nothing was in the way')}"
            )
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            found = summary_of(server.host, (*command, "--resume"), home)
            differ(whole, found, f"with room, {len(tasks(home, disk / 'results.sqlite'))} kept")
    finally:
        subprocess.run(["umount", disk], check=True)


def start(host: str, command: Sequence[str], home: Path) -> "subprocess.Popen[str]":
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    arguments = [sys.executable, "-m", "lading", *(host if one == "HOST" else one for one in command)]
    return subprocess.Popen(
        arguments, env={**os.environ, **places}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def summary_of(host: str, command: Sequence[str], home: Path) -> list[Line]:
    """The lines of the summary of a whole run."""
    done = lading(*(host if one == "HOST" else one for one in command), home=home)
    print(done.stderr.strip())
    return list(json.loads(done.stdout)["images"])


def tasks(home: Path, store: Path | None = None) -> list[str]:
    """The repositories whose images the last run has kept."""
    try:
        path = store or home / "data" / "lading" / "results.sqlite"
        kept = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        with closing(kept):
            rows = kept.execute("SELECT name FROM task WHERE error='' AND run=(SELECT max(id) FROM run)").fetchall()
        return [name.partition("/")[2].partition(":")[0] for (name,) in rows]
    except sqlite3.Error:
        return []


def differ(whole: Lines, found: Sequence[Line], what: str) -> None:
    """Tells how many images have another line than where nothing was in the way."""
    lines = {one["name"].partition("/")[2]: {**one, "name": ""} for one in found}
    expected = {name: {**one, "name": ""} for name, one in whole.items()}
    wrong = sum(lines.get(name) != one for name, one in expected.items())
    print(f"{what}: {len(lines)} of {len(expected)} images, {wrong} say something else")


def make_store(count: int) -> None:
    """A database of 50,000 packages, and so many results of 300 of them. Half of the images are copies of others by
    another name, made in a tenth of the time."""
    shutil.rmtree(OUT / "store", ignore_errors=True)
    database = publish(OUT / "store" / "db", 0)
    names, generator = [f"pkg{one}" for one in range(DISTINCT)], random.Random(1)
    store = ResultStore(OUT / "store" / "results.sqlite")
    of, start = digest(OUT / "store" / "db"), time.process_time()
    run = store.start_run(b"bench", count, 0)
    for number in range(count // 2):
        packages = [deb(name, "1.5", layer=1 + place % 3) for place, name in enumerate(generator.sample(names, HELD))]
        image = image_of(
            f"registry.example/team/app{number}:1", f"base{number % 50}", f"mid{number % 500}", f"{number}"
        )
        result = result_on(image, packages, database)
        store.put(run, number, image.name, (structs.replace(result, database=of),), 1)
    store.end_run(run, 1)
    double(store)
    spent = time.process_time() - start
    size = (OUT / "store" / "results.sqlite").stat().st_size
    print(f"{count:,} results in {spent:.0f} processor seconds, {size / 1e6:.0f} MB")


def double(store: ResultStore) -> None:
    """Each result once more, by another name."""
    execute = store.connection.execute
    (top,) = execute("SELECT max(id) FROM result").fetchone()
    columns = [name for _, name, *_ in execute("PRAGMA table_info(result)") if name not in ("id", "key")]
    held = ", ".join(f'"{name}"' for name in columns)
    execute("BEGIN")
    execute(f"INSERT INTO result(id, key, {held}) SELECT id + {top}, randomblob(16), {held} FROM result")
    execute(
        f"""INSERT INTO image(id, name, platform, source, result, first_seen, last_seen)
        SELECT id + {top}, name || '-copy', platform, source, result + {top}, first_seen, last_seen FROM image"""
    )
    execute(f"INSERT INTO layer SELECT result + {top}, number, step, chain FROM layer")
    execute(f"INSERT INTO holding SELECT package, result + {top}, layer FROM holding")
    execute(f"INSERT INTO presence SELECT finding, result + {top} FROM presence")
    execute(f"INSERT INTO sighting SELECT image + {top}, fingerprint, first_seen, gone FROM sighting")
    execute("COMMIT")


def publish(directory: Path, changed: int) -> ShardStore:
    """The database, in which so many records were changed."""
    generator = random.Random(2)
    numbers = set(generator.sample(range(DISTINCT), changed))
    with ShardWriter(directory, "debian-12") as writer:
        for one in range(DISTINCT):
            fixed = "1.0" if (one % 2 == 0) != (one in numbers) else "2.0"
            writer.add(Advisory(f"CVE-2024-{one}", f"pkg{one}", ranges=(Range(fixed=fixed),), severities=HIGH))
        writer.publish(Provenance("debian-12", "", 0, "deb", "debian", upstream_date="2026-01-01", built="2026-01-01"))
    for name in (KEV, EPSS):
        with ShardWriter(directory, name) as writer:
            for one in range(DISTINCT if name == EPSS else 0):
                writer.add_facts(VulnerabilityRecord(f"CVE-2024-{one}", epss=0.1, percentile=0.5))
            writer.publish(Provenance(name, "", 0, "", name, upstream_date="2026-01-01", built="2026-01-01"))
    return ShardStore(directory)


def digest(directory: Path) -> str:
    provider = DownloadedDatabase(DatabasePlaces(directory, directory / "unpacked", TrustedKeys()))
    return provider.provide((), NoProgress()).database


def exposure() -> None:
    """Four questions, each by a process of its own."""
    for query in ("CVE-2024-1", "pkg3", "registry", "CVE-1999-1"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        done = lading("exposure", query, "--store", str(OUT / "store" / "results.sqlite"), home=OUT / "home")
        first = done.stdout.splitlines()[0]
        print(f"{first}: {time.monotonic() - start:.2f} s, {processor(before):.2f} processor seconds")


def rematch(records: int, *, whole: bool) -> None:
    """Matches again after a change of so many records, and compares with scanning again."""
    work = OUT / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(OUT / "store", work)
    shutil.rmtree(work / "db")
    database = publish(work / "db", records)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = lading(
        "rematch", "--db", str(work / "db"), "--store", str(work / "results.sqlite"), "-o", "json", home=OUT / "home"
    )
    seconds = time.monotonic() - start
    document = json.loads(done.stdout)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    found = {name: document[name] for name in ("results", "matched", "changed", "rows", "gone")}
    print(
        f"{found}, {len(document['new'])} new: {seconds:.1f} s, {processor(before):.1f} processor seconds, "
        f"{most:.0f} MB"
    )
    store = ResultStore(work / "results.sqlite")
    every = list(store.iter_images())
    wrong = 0
    for id, _, _ in every if whole else random.Random(3).sample(every, min(200, len(every))):
        kept = store.get(id)
        again = result_on(kept.listed.image, kept.listed.inventory, database)
        wrong += structs.replace(kept.target, diagnostics=()) != structs.replace(again.target, diagnostics=())
    print(f"{wrong} of {len(every) if whole else 200} differ from scanning again")


def lading(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    command: Sequence[str] = (sys.executable, "-m", "lading", *arguments)
    done = subprocess.run(command, env={**os.environ, **places}, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{done.returncode}: {done.stderr}")
    return done


def processor(before: "resource.struct_rusage") -> float:
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
