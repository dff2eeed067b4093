"""umoci, which unpacks layers over one another as container engines do that have no overlay file system. Needs root."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path


def unpacked_by_umoci(tars: Sequence[bytes], directory: Path) -> dict[str, str] | None:
    """The root filesystem that umoci makes of layers, None where it refuses them: path to what lies there, "f" and the
    content of a file, "l" and the target of a link, "d", "o"."""
    layout, bundle = directory / "layout", directory / "bundle"
    _write_layout(tars, layout)
    command = ["umoci", "unpack", "--image", f"{layout}:x", str(bundle)]
    done = subprocess.run(command, capture_output=True, check=False)
    root = bundle / "rootfs"
    if done.returncode or not root.is_dir():
        return None
    return {_shown(path.relative_to(root)): _what(path) for path in sorted(root.rglob("*"))}


def _what(path: Path) -> str:
    if path.is_symlink():
        return f"l{_shown(path.readlink())}"
    if path.is_file():
        return f"f{path.read_bytes().decode('utf-8', 'backslashreplace')}"
    return "d" if path.is_dir() else "o"


def _shown(path: Path) -> str:
    return bytes(path).decode("utf-8", "backslashreplace")


def _write_layout(tars: Sequence[bytes], layout: Path) -> None:
    """An OCI layout of uncompressed layers, tagged x."""
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, kind: str) -> dict[str, object]:
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{name}", "size": len(data)}

    layers = [put(tar, "layer.v1.tar") for tar in tars]
    rootfs = {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}
    configuration = {"architecture": "amd64", "os": "linux", "rootfs": rootfs, "config": {}}
    config = put(json.dumps(configuration).encode(), "config.v1+json")
    manifest = put(json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode(), "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "x"}
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
