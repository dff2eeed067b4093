"""Indexes of several images, most of them odd: Lading takes the image that Docker and Podman take, or refuses.

    TEST_ASSET_DOCKERD=DOCKERD python bench/indexes.py [--count N] [--seed N]

Needs root, Podman, and a dockerd of version 29 or later with a containerd beside it. A line for each index of which
Lading takes another image than an engine. What engines refuse, and Lading takes, is counted.
"""

import argparse
import io
import random
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lading.image.open import OpenOptions, open_image
from lading.model.errors import LadingError
from lading.safeio.tar_writer import NewEntry, build_tar
from tests.image.images import AMD64, ARM64, Blobs, Json, pack
from tests.support.engines import current_docker

_NAME = "docker.io/library/indexed:1"
_NAMED = {"org.opencontainers.image.ref.name": _NAME, "io.containerd.image.name": _NAME}
_ATTESTATION = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
_PLATFORMS: tuple[Json | None, ...] = (
    AMD64,
    AMD64,
    None,
    {},
    ARM64,
    {"os": "unknown", "architecture": "unknown"},
    {"os": "linux", "architecture": "x86_64"},
    {"os": "Linux", "architecture": "AMD64"},
    {"os": "linux"},
    *({**AMD64, "variant": variant} for variant in ("v1", "v2", "v3", "x")),
    {**AMD64, "os.version": "6"},
    {**AMD64, "os.features": ["x"]},
)
_CHANGES: tuple[Json, ...] = (
    *({},) * 8,
    _ATTESTATION,
    {"artifactType": "application/spdx+json"},
    {"mediaType": ""},
    {"mediaType": "application/json"},
    {"mediaType": "application/vnd.docker.distribution.manifest.v2+json"},
)


def main() -> None:
    """Compares until the count is reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    results: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place, current_docker(Path(place)) as socket:
        docker = ["docker", "--host", f"unix://{socket}"]
        podman = ["podman", "--storage-driver=vfs", f"--root={place}/podman/root", f"--runroot={place}/podman/run"]
        archive = Path(place, "image.tar")
        for _ in range(options.count):
            files, entries = _random_index(dice)
            archive.write_bytes(pack(files))
            theirs = {"Docker": _by_docker(docker, archive), "Podman": _by_podman(podman, archive)}
            ours = _by_lading(archive)
            result = _compared(ours, {*theirs.values()} - {None})
            results[result] += 1
            if result == "another image":
                print(f"{entries}: {theirs}, Lading {ours}", flush=True)
    print(f"{options.count:,} indexes: {dict(sorted(results.items()))}")


def _random_index(dice: random.Random) -> tuple[dict[str, bytes], list[Json]]:
    """The files of a layout, and the entries of the index in it. Each image has one file, which is named by its
    place."""
    blobs = Blobs()
    entries: list[Json] = []
    for number in range(dice.choice((1, 2, 2, 2, 3))):
        image = blobs.image([build_tar([NewEntry(f"image-{number}", data=b"x")])], dice.choice((AMD64, AMD64, ARM64)))
        if dice.random() < 0.1:
            image = blobs.index({**image, "platform": AMD64})
        stated = dice.choice(_PLATFORMS)
        entries.append({**image, **({} if stated is None else {"platform": stated}), **dice.choice(_CHANGES)})
    return blobs.files({**blobs.index(*entries), "annotations": _NAMED}), entries


def _by_lading(archive: Path) -> str | None:
    try:
        opened = open_image(str(archive), OpenOptions())
    except LadingError:
        return None
    stream = opened.layers[0].open()
    try:
        return _seen(stream.read(1 << 20))
    finally:
        stream.close()
        opened.close()


def _by_docker(docker: list[str], archive: Path) -> str | None:
    _run([*docker, "rmi", "--force", _NAME])
    if not _run([*docker, "load", "--input", str(archive)]):
        return None
    container = _run([*docker, "create", "--pull=never", _NAME, "/none"]).decode().strip()
    if not container:
        return None
    exported = _run([*docker, "export", container])
    _run([*docker, "rm", container])
    return _seen(exported)


def _by_podman(podman: list[str], archive: Path) -> str | None:
    loaded = _run([*podman, "load", "--quiet", "--input", str(archive)]).decode()
    mounted = _run([*podman, "image", "mount", _NAME]).decode().strip() if loaded else ""
    seen = (
        next((one.name for one in Path(mounted).iterdir() if one.name.startswith("image-")), None) if mounted else None
    )
    _run([*podman, "rmi", "--all", "--force"])
    return seen


def _seen(data: bytes) -> str | None:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
        return next((name for name in archive.getnames() if name.startswith("image-")), None)


def _compared(ours: str | None, theirs: set[str | None]) -> str:
    if ours is None:
        return "refused" if theirs else "refused by all"
    if not theirs:
        return "taken by Lading alone"
    return "the same image" if theirs == {ours} else "another image"


def _run(command: list[str]) -> bytes:
    """What a program prints, nothing where it fails."""
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    return b"" if done.returncode else done.stdout


if __name__ == "__main__":
    main()
