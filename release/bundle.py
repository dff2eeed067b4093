"""Builds the offline bundle: the wheels, a database, and a script that installs them without a network.

    python -m release.bundle FILE.tar.gz [--machine MACHINE] [--python 3.11 …] [--database FILE.tar.zst]

Needs the package registries. FILE holds one directory with `install.sh`, `wheels`, `requirements.txt` (each wheel by
its digest), `SHA256SUMS` and, with --database, what `lading db export` wrote. The same commit, wheels and database give
the same bytes.
"""

import argparse
import gzip
import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from release.wheels import MACHINES, ROOT, build_wheel, download, download_pip, epoch, lock_for

_PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
_README: Final = """Lading {version}, to be installed without a network.

    sh install.sh [DIRECTORY]

Wheels: {machine}, Python {pythons}.
Database: {database}.
"""


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m release.bundle", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--machine", choices=MACHINES, default="amd64")
    parser.add_argument("--python", action="append", choices=_PYTHONS, dest="pythons", help="default: all of these")
    parser.add_argument("--database", type=Path, help="what lading db export wrote")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        directory = Path(work) / "lading"
        _fill(directory, given.machine, given.pythons or _PYTHONS, given.database)
        given.file.write_bytes(packed(directory, epoch()))
    print(f"{given.file}: sha256:{hashlib.sha256(given.file.read_bytes()).hexdigest()}")


def _fill(directory: Path, machine: str, pythons: Iterable[str], database: Path | None) -> None:
    wheels = directory / "wheels"
    wheels.mkdir(parents=True)
    lading = build_wheel(wheels)
    version = lading.name.split("-")[1]
    download(wheels, machine, pythons)
    download_pip(directory)
    own = f"lading=={version} --hash=sha256:{hashlib.sha256(lading.read_bytes()).hexdigest()}\n"
    (directory / "requirements.txt").write_text(lock_for(machine) + own)
    shutil.copy(ROOT / "release" / "install.sh", directory)
    if database is not None:
        shutil.copy(database, directory / "database.tar.zst")
    text = _README.format(
        version=version,
        machine=machine,
        pythons=", ".join(pythons),
        database="in it" if database is not None else "none; lading db import FILE takes one",
    )
    (directory / "README.txt").write_text(text)
    (directory / "SHA256SUMS").write_text(checksums(directory))


def checksums(directory: Path) -> str:
    """What `sha256sum --check` takes."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(directory).as_posix()}\n" for path in files
    )


def packed(directory: Path, time: int) -> bytes:
    """The directory as a tar inside gzip that depends on its files and the time alone."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(path for path in directory.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"{directory.name}/{path.relative_to(directory).as_posix()}")
            entry.size, entry.mtime = path.stat().st_size, time
            entry.mode = 0o755 if path.suffix == ".sh" else 0o644
            with path.open("rb") as source:
                archive.addfile(entry, source)
    return gzip.compress(file.getvalue(), 1, mtime=0)


if __name__ == "__main__":
    main()
