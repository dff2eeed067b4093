"""Images as a builder leaves them: layers of entries, a configuration and a history, in an OCI layout."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from tests.tars import Entry, make_tar


def write_image(
    path: Path,
    layers: Sequence[Sequence[Entry]],
    config: Mapping[str, object] | None = None,
    history: Sequence[str | tuple[str]] = (),
) -> Path:
    """A layout with one image. `config` is the part of that name of its configuration. `history` are the instructions
    that made layers, and in a tuple those that made none."""
    tars = [make_tar(entries) for entries in layers]
    blobs = path / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    steps = [{"created_by": f"RUN step {number}"} for number in range(1, len(layers) + 1)]
    if history:
        steps = [
            {"created_by": one} if isinstance(one, str) else {"created_by": one[0], "empty_layer": True}  # type: ignore[dict-item]
            for one in history
        ]
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(tar).hexdigest()}" for tar in tars]},
        "history": steps,
    }
    manifest = {
        "schemaVersion": 2,
        "config": _add(blobs, json.dumps(document).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [_add(blobs, tar, "application/vnd.oci.image.layer.v1.tar") for tar in tars],
    }
    described = _add(blobs, json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [described]}))
    return path


def _add(blobs: Path, data: bytes, media_type: str) -> dict[str, object]:
    digest = sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}
