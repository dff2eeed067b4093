"""Images that pass their gate, damaged in every way of tests/mutations/mutations.json: none passes for clean.

With --real the package databases are those of real images in place of small ones: Debian's of mmdebstrap (needs root),
and those of rpm and apk in ../shared/fixtures, where they are.
"""

import argparse
import io
import lzma
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.mutations.images import IMAGES, Files  # noqa: E402
from tests.mutations.run import MUTATIONS, fault_of  # noqa: E402
from tests.support.program import Outcome  # noqa: E402

FIXTURES = ROOT.parent / "shared" / "fixtures"
_RPM = {
    "rocky": (
        b'ID=mariner\nVERSION_ID="2.0"\n',
        "var/lib/rpm/rpmdb.sqlite",
        "rpm/sqlite-cbl-mariner-2.0/input/var/lib/rpm/rpmdb.sqlite.xz",
    ),
    "suse": (
        b'ID=sles\nVERSION_ID="15.3"\n',
        "usr/lib/sysimage/rpm/Packages.db",
        "rpm/ndb-sle15-bci/input/usr/lib/sysimage/rpm/Packages.db.xz",
    ),
}
"""In place of the small image of that name: os-release, the database's path, and where it is in the fixtures."""


def main() -> None:
    """Tries them all, and exits with 1 when one passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="of real package databases and packages")
    parser.add_argument("words", nargs="*", help="only mutations whose name holds one of these")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lading-mutations-") as work:
        images = _real(Path(work)) if options.real else IMAGES
        chosen = [one for one in MUTATIONS if _is_meant(one, options.words, images)]
        if options.real:
            # apk's own database begins with checksums, of which nothing is said, where the small one has a name.
            chosen = [{**one, "status": one.get("real", one["status"])} for one in chosen]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            tried = {pool.submit(_fault, one, images): one for one in chosen}
            faults = [_told(one.result(), tried[one], place) for place, one in enumerate(as_completed(tried), 1)]
    wrong = sum(bool(fault) and not fault.startswith(_NOT_MADE) for fault in faults)
    made = sum(not fault.startswith(_NOT_MADE) for fault in faults)
    clean = sum(one["status"] == 0 for one in chosen)
    print(f"{made} of {len(chosen)} mutations of {len(images)} images, {clean} of which lose nothing")
    print(f"{wrong} answered wrongly; {time.monotonic() - started:.0f} s")
    sys.exit(wrong > 0)


def _told(fault: str, mutation: Mapping[str, Any], count: int) -> str:
    """A fault, said at once; and every now and then how far it has come."""
    if fault:
        print(f"{mutation['name']}: {fault}", flush=True)
    if count % 25 == 0:
        print(f"  {count} tried", flush=True)
    return fault


_NOT_MADE = "it cannot be made of this image"


def _is_meant(mutation: Mapping[str, Any], words: list[str], images: Mapping[str, Files]) -> bool:
    image, name = mutation["image"], mutation["name"]
    if image not in images:
        return False
    if images is not IMAGES and image != "debian" and not name.startswith(("rpm of", "apk:", f"{image}: nothing")):
        return False  # of the data or the release of the small image
    return not words or any(word in name for word in words)


def _fault(mutation: dict[str, Any], images: Mapping[str, Files]) -> str:
    with tempfile.TemporaryDirectory(prefix="lading-mutation-") as place:
        data = Path(place, "share")
        variables = {"HOME": place, "XDG_DATA_HOME": str(data), "XDG_CACHE_HOME": place, "XDG_CONFIG_HOME": place}

        def lading(*arguments: str | Path, status: int | None = 0) -> Outcome:
            command = [sys.executable, "-m", "lading", *map(str, arguments)]
            done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
            return Outcome(done.returncode, done.stdout, done.stderr)

        try:
            return fault_of(mutation, images[mutation["image"]], Path(place, "image"), data / "lading" / "db", lading)
        except (AssertionError, OSError) as error:
            return f"{_NOT_MADE}: {error}"


def _real(work: Path) -> dict[str, Files]:
    """The images with real databases in the places of the small ones, as far as they can be had."""
    images: dict[str, Files] = {}
    if FIXTURES.is_dir():
        for name, (release, path, fixture) in _RPM.items():
            images[name] = {"etc/os-release": release, path: lzma.decompress((FIXTURES / fixture).read_bytes())}
        with tarfile.open(FIXTURES / "image/alpine-3.10/input/alpine-310.tar.gz") as image:
            images["alpine"] = {**IMAGES["alpine"], _APK: _from_image(image, _APK)}
    try:
        command = ["mmdebstrap", "--quiet", "--variant=essential", "bookworm", str(work / "root")]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Debian's packages cannot be had, so its database is the small one: {error}")
        images["debian"] = IMAGES["debian"]
    else:
        images["debian"] = {**IMAGES["debian"], **_files(work / "root")}
    return images


_APK = "lib/apk/db/installed"


def _from_image(image: tarfile.TarFile, path: str) -> bytes:
    """A file of the first layer of a docker archive that has it."""
    for member in image.getmembers():
        if member.name.endswith((".tar", ".tar.gz")) and (layer := image.extractfile(member)) is not None:
            with tarfile.open(fileobj=io.BytesIO(layer.read())) as files:
                if path in files.getnames() and (file := files.extractfile(path)) is not None:
                    return file.read()
    raise LookupError(f"no layer has {path}")


def _files(root: Path) -> dict[str, bytes]:
    """What tells of Debian's packages in a root filesystem."""
    found = {path: (root / path).read_bytes() for path in ("etc/debian_version", "var/lib/dpkg/status")}
    found["etc/os-release"] = (root / "usr/lib/os-release").read_bytes()
    # The mutations change the version of bash that the small image has; a rebuild of it is told by more than that.
    found["var/lib/dpkg/status"] = re.sub(rb"(?<=\nVersion: 5\.2\.15-2)\+b\d+(?=\n)", b"", found["var/lib/dpkg/status"])
    for path in (root / "var/lib/dpkg/info").glob("*.list"):
        found[str(path.relative_to(root))] = path.read_bytes()
    return found


if __name__ == "__main__":
    main()
