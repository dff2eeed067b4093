"""Scan a layer of three million tiny files; print time and memory.

    python bench/many_files.py          makes the layer below bench/out on first use

Every file holds one byte; names are as long as those of real packages.
"""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

COUNT = 3_000_000
LAYOUT = Path(__file__).resolve().parent / "out" / "many"
_HEADER = 512


def main() -> None:
    """One whole process, as a user would run it."""
    if not (LAYOUT / "index.json").exists():
        make_layout()
    command = [sys.executable, "-P", "-m", "lading", "packages", f"oci:{LAYOUT}", "--no-cache", "-o", "json=/dev/null"]
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    print(f"{COUNT:,} files, status {process.returncode}")
    print(f"{seconds:.1f} s (target 60 s), peak memory {usage.ru_maxrss / 1000:.0f} MB (target 400 MB)")


def make_layout() -> None:
    """An OCI layout of one gzip layer."""
    blobs = LAYOUT / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    uncompressed = hashlib.sha256()
    packed = blobs / "layer"
    with gzip.open(packed, "wb", compresslevel=1) as out:
        for start in range(0, COUNT, 1000):
            data = b"".join(tar_file(number) for number in range(start, min(start + 1000, COUNT)))
            uncompressed.update(data)
            out.write(data)
        uncompressed.update(bytes(2 * _HEADER))
        out.write(bytes(2 * _HEADER))
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    layer = descriptor("layer.v1.tar+gzip", digest, packed.stat().st_size)
    packed.rename(blobs / digest)
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{uncompressed.hexdigest()}"]}
    config = put({"architecture": "amd64", "os": "linux", "rootfs": rootfs}, "config.v1+json")
    manifest = put({"schemaVersion": 2, "config": config, "layers": [layer]}, "manifest.v1+json")
    (LAYOUT / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (LAYOUT / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))


def tar_file(number: int) -> bytes:
    """A file of one byte and its header, padded."""
    name = f"srv/app/node_modules/package-{number // 100}/lib/internal/module-{number % 100}.js".encode()
    header = bytearray(_HEADER)
    header[: len(name)] = name
    header[100:156] = b"0000644\x000000000\x000000000\x0000000000001\x0000000000000\x00        "
    header[156:157] = b"0"
    header[257:265] = b"ustar\x0000"
    header[148:156] = b"%06o\x00 " % sum(header)
    return bytes(header) + b"x" + bytes(_HEADER - 1)


def put(document: object, kind: str) -> dict[str, object]:
    data = json.dumps(document).encode()
    digest = hashlib.sha256(data).hexdigest()
    (LAYOUT / "blobs" / "sha256" / digest).write_bytes(data)
    return descriptor(kind, digest, len(data))


def descriptor(kind: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": size}


if __name__ == "__main__":
    main()
