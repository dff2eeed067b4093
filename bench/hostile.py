"""Scan hostile images of less than 10 MB; print what each costs and how it ends.

    python bench/hostile.py [--checks FAMILY,…] [NAME …]     makes the images below bench/out/hostile on first use

Every scan has to be done within 5 s of processor time and 300 MB, and to end with 0, 2 or 3.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hostile_archives import ARCHIVES
from hostile_documents import CONFIGURATIONS, DOCUMENTS
from hostile_images import ATTACKS, Layer
from hostile_texts import TEXTS

EVERY = ATTACKS | DOCUMENTS | ARCHIVES | TEXTS
OUT = Path(__file__).resolve().parent / "out" / "hostile"
SECONDS, MEGABYTES = 5.0, 300
_LARGEST = 9_500_000
_LARGEST_RAW = 3_000_000_000
_HANGS = 120


def main() -> int:
    """A line for each attack; 1 when one costs too much."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="attacks; default: all")
    parser.add_argument("--checks", default="none", help="families of checks that are asked for, as of lading scan")
    options = parser.parse_args()
    print(
        "| attack | compressed | processor seconds | peak MB | status | what it says |\n|---|---:|---:|---:|---:|---|"
    )
    failed = [name for name in options.names or EVERY if not is_bounded(name, options.checks)]
    print(f"\n{len(failed)} beyond {SECONDS:g} s or {MEGABYTES} MB: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def is_bounded(name: str, checks: str = "none") -> bool:
    """Whether a scan of the image of an attack stays within its bounds. Prints the line about it."""
    layout = OUT / name
    if not (layout / "index.json").exists():
        # In a process of its own: what this one holds would count as the memory of those it starts.
        maker = multiprocessing.Process(target=make_layout, args=(layout, name))
        maker.start()
        maker.join()
    size = sum(path.stat().st_size for path in layout.rglob("*") if path.is_file())
    command = [sys.executable, "-I", "-m", "lading", "scan", "--starter", "--no-cache", "--platform", "linux/amd64",
               "--checks", checks,
               "-o", f"json={OUT / 'report.json'}", f"oci:{layout}"]  # fmt: skip
    (OUT / "report.json").unlink(missing_ok=True)
    with (OUT / "said").open("w+b") as said:
        process = subprocess.Popen(["timeout", str(_HANGS), *command], stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode().splitlines()
    seconds, megabytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000
    print(
        f"| {name} | {size / 1e6:.1f} MB | {seconds:.1f} | {megabytes:.0f} | {process.returncode} | {_told(lines)} |",
        flush=True,
    )
    return seconds <= SECONDS and megabytes <= MEGABYTES and process.returncode in (0, 2, 3)


def _told(lines: list[str]) -> str:
    """The codes of what the report says, or the error."""
    try:
        report = json.loads((OUT / "report.json").read_text())
    except FileNotFoundError:
        return lines[-1][:120] if lines else ""
    return ", ".join(sorted({one["code"] for target in report["targets"] for one in target["diagnostics"]}))


def make_layout(layout: Path, name: str) -> None:
    """An OCI layout of an attack, up to the size that is wanted."""
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    layers, diff_ids, left = [], [], _LARGEST
    for layer in EVERY[name]():
        packed, diff_id = pack(layer, left)
        left -= len(packed)
        layers.append(put(blobs, packed, "layer.v1.tar+gzip"))
        diff_ids.append(diff_id)
    rootfs = {"type": "layers", "diff_ids": diff_ids}
    stated = CONFIGURATIONS[name]() if name in CONFIGURATIONS else {}
    config = put_json(blobs, {"architecture": "amd64", "os": "linux", "rootfs": rootfs, **stated}, "config.v1+json")
    manifest = put_json(blobs, {"schemaVersion": 2, "config": config, "layers": layers}, "manifest.v1+json")
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))


def pack(layer: Layer, most: int) -> tuple[bytes, str]:
    """A layer compressed, cut off at `most` bytes, and its diff ID."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    digest, out, size, raw = hashlib.sha256(), [], 0, 0
    for piece in chain(_in_pieces(layer), [bytes(1024)]):
        digest.update(piece)
        out.append(packer.compress(piece) + packer.flush(zlib.Z_PARTIAL_FLUSH))
        size += len(out[-1])
        raw += len(piece)
        if size > most or raw > _LARGEST_RAW:
            break
    out.append(packer.flush())
    return b"".join(out), f"sha256:{digest.hexdigest()}"


def _in_pieces(layer: Layer) -> Iterator[bytes]:
    """The same bytes, few calls."""
    held: list[bytes] = []
    size = 0
    for piece in layer:
        held.append(piece)
        size += len(piece)
        if size > 1_000_000:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def put_json(blobs: Path, document: object, kind: str) -> dict[str, object]:
    return put(blobs, json.dumps(document).encode(), kind)


def put(blobs: Path, data: bytes, kind: str) -> dict[str, object]:
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}


if __name__ == "__main__":
    sys.exit(main())
