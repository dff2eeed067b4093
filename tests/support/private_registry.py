"""A registry of images of several platforms, of which parts are for some accounts alone."""

import base64
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from tests.net.scripted import Reply, Request

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class PrivateRegistry:
    """Has the images that are pushed to it. `accounts` are those that parts of it are for, each the beginning of names
    of repositories. `asked` has what was asked for, and by whom ("" for nobody)."""

    def __init__(self, accounts: Mapping[str, tuple[str, str]] | None = None) -> None:
        self._accounts = accounts or {}
        self._blobs: dict[str, bytes] = {}
        self._types: dict[str, str] = {}
        self._tags: dict[tuple[str, str], str] = {}
        self.asked: list[tuple[str, str]] = []

    def push(self, repository: str, tag: str, layouts: Iterable[Path]) -> str:
        """An image for each platform of some layouts, as one index where there are several; gives its digest."""
        entries = []
        for layout in layouts:
            for blob in (layout / "blobs" / "sha256").iterdir():
                self._blobs[f"sha256:{blob.name}"] = blob.read_bytes()
            entry = json.loads((layout / "index.json").read_bytes())["manifests"][0]
            self._types[entry["digest"]] = MANIFEST
            config = json.loads(self._blobs[json.loads(self._blobs[entry["digest"]])["config"]["digest"]])
            platform = {"os": config["os"], "architecture": config["architecture"]}
            entries.append(
                {"mediaType": MANIFEST, "digest": entry["digest"], "size": entry["size"], "platform": platform}
            )
        digest = entries[0]["digest"] if len(entries) == 1 else self._index(entries)
        self._tags[repository, tag] = digest
        return str(digest)

    def platform_digest(self, digest: str, architecture: str) -> str:
        """The image of an index for a platform."""
        for one in json.loads(self._blobs[digest])["manifests"]:
            if one["platform"]["architecture"] == architecture:
                return str(one["digest"])
        raise KeyError(architecture)

    def config_digest(self, digest: str) -> str:
        """The configuration of an image."""
        return str(json.loads(self._blobs[digest])["config"]["digest"])

    def manifests_asked(self, *, but_tags: bool = False) -> list[str]:
        """The manifests that were asked for: REPOSITORY@DIGEST or REPOSITORY:TAG."""
        found = [path.removeprefix("/v2/").partition("/manifests/") for path, _ in self.asked if "/manifests/" in path]
        named = [(name, rest) for name, _, rest in found if not but_tags or ":" in rest]
        return [f"{name}{'@' if ':' in rest else ':'}{rest}" for name, rest in named]

    def __call__(self, request: Request) -> Reply:
        path = request.path.partition("?")[0]
        who = request.headers.get("authorization", "")
        user = base64.b64decode(who.removeprefix("Basic ")).decode() if who.startswith("Basic ") else ""
        self.asked.append((path, user))
        rest = path.removeprefix("/v2/")
        name, _, wanted = rest.partition("/manifests/" if "/manifests/" in rest else "/blobs/")
        needed = next((f"{one}:{word}" for part, (one, word) in self._accounts.items() if name.startswith(part)), "")
        if needed and user != needed:
            challenge = {"WWW-Authenticate": 'Basic realm="registry"'}
            return Reply(401, b'{"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]}', challenge)
        digest = self._tags.get((name, wanted), wanted)
        if digest not in self._blobs:
            return Reply(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')
        kind = self._types.get(digest, "application/octet-stream")
        return Reply(200, self._blobs[digest], {"Content-Type": kind, "Docker-Content-Digest": digest})

    def _index(self, entries: list[dict[str, object]]) -> str:
        data = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        digest = f"sha256:{sha256(data).hexdigest()}"
        self._blobs[digest], self._types[digest] = data, INDEX
        return digest
