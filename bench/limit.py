"""The least any verifying scanner must do: inflate and hash every layer of an OCI layout, with two threads.

    python bench/limit.py LAYOUT        prints the seconds it took

Hashes the compressed blob (its digest) and the tar inside (its diff ID), and looks at nothing.
"""

import hashlib
import json
import sys
import threading
import time
from pathlib import Path

from isal import igzip_lib


def main(layout: Path) -> None:
    """Reads the layers, the largest first."""
    manifest = read(layout, json.loads((layout / "index.json").read_bytes())["manifests"][0])
    waiting = sorted(manifest["layers"], key=lambda layer: layer["size"])
    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(layout, waiting)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{time.perf_counter() - started:.3f}")


def read(layout: Path, descriptor: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    document: dict[str, list[dict[str, str]]] = json.loads(blob(layout, descriptor).read_bytes())
    return document


def blob(layout: Path, descriptor: dict[str, str]) -> Path:
    return layout / "blobs" / descriptor["digest"].replace(":", "/")


def work(layout: Path, waiting: list[dict[str, str]]) -> None:
    while waiting:
        try:
            layer = waiting.pop()
        except IndexError:
            return
        inflate_and_hash(blob(layout, layer), layer["digest"])


def inflate_and_hash(path: Path, digest: str) -> None:
    compressed, content = hashlib.sha256(), hashlib.sha256()
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    with path.open("rb", buffering=0) as file:
        while not inflater.eof:
            data = b""
            if inflater.needs_input:
                data = file.read(64 * 1024)
                compressed.update(data)
            content.update(inflater.decompress(data, 256 * 1024))
    assert f"sha256:{compressed.hexdigest()}" == digest


if __name__ == "__main__":
    main(Path(sys.argv[1]))
