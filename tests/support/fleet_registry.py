"""A registry of images that lie in OCI layouts, which lists what it has in small pages and may fail now and then."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from tests.net.scripted import Reply, Request, Server, serve


class FleetRegistry:
    """Answers for `images`, the layouts by repository and tag. `page` is how many names a list has at most, `failing`
    makes every so many-th request fail once with 503 (0: none). `blobs` counts how often each was asked for,
    `manifests` how often those of each repository were. With `ranges` parts of blobs are given where they are asked
    for; `sent` counts the bytes of blobs that were."""

    def __init__(
        self, images: Mapping[tuple[str, str], Path], *, page: int = 2, failing: int = 0, ranges: bool = False
    ) -> None:
        self._images = images
        self._page = page
        self._failing = failing
        self._ranges = ranges
        self._lock = Lock()
        self.sent = 0
        self.count = 0
        self.blobs: Counter[str] = Counter()
        self.manifests: Counter[str] = Counter()

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            self.count += 1
            if self._failing and not self.count % self._failing:
                return Reply(503, b"{}", {"Retry-After": "0"})
        parts = urlsplit(request.path)
        path, query = parts.path.removeprefix("/v2/"), parse_qs(parts.query)
        if path == "_catalog":
            return self._listed("repositories", sorted({name for name, _ in self._images}), parts.path, query)
        if path.endswith("/tags/list"):
            name = path.removesuffix("/tags/list")
            return self._listed("tags", sorted(tag for one, tag in self._images if one == name), parts.path, query)
        name, _, rest = path.partition("/manifests/" if "/manifests/" in path else "/blobs/")
        reply = self._content(name, rest, is_blob="/blobs/" in path)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if "/blobs/" in path:
            if self._ranges and asked and reply.status == 200:
                reply = _part(reply, int(asked[1]), asked[2])
            with self._lock:
                self.sent += len(reply.body)
        return reply

    def _listed(self, what: str, names: list[str], path: str, query: Mapping[str, list[str]]) -> Reply:
        last = query.get("last", [""])[0]
        left = [one for one in names if one > last]
        shown = left[: self._page]
        more = {"Link": f'<{path}?last={shown[-1]}&n={self._page}>; rel="next"'} if len(left) > self._page else {}
        return Reply(200, json.dumps({what: shown}).encode(), more)

    def _content(self, name: str, rest: str, *, is_blob: bool) -> Reply:
        for (repository, tag), layout in self._images.items():
            if repository != name:
                continue
            index = json.loads((layout / "index.json").read_bytes())
            digest = index["manifests"][0]["digest"] if rest == tag else rest
            blob = layout / "blobs" / digest.replace(":", "/")
            if ":" in digest and blob.exists():
                with self._lock:
                    if is_blob:
                        self.blobs[digest] += 1
                    else:
                        self.manifests[repository] += 1
                kind = "application/octet-stream" if is_blob else "application/vnd.oci.image.manifest.v1+json"
                return Reply(200, blob.read_bytes(), {"Content-Type": kind})
        return Reply(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')


def _part(whole: Reply, start: int, last: str) -> Reply:
    end = min(int(last) + 1, len(whole.body)) if last else len(whole.body)
    stated = {"Content-Range": f"bytes {start}-{end - 1}/{len(whole.body)}"}
    return Reply(206, whole.body[start:end], {**whole.headers, **stated})


@contextmanager
def serve_fleet(registry: FleetRegistry) -> Iterator[Server]:
    """Runs the registry on loopback."""
    with serve(registry) as server:
        yield server
