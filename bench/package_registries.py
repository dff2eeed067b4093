"""Registries of packages on this machine for `lading fix --ask-registries`: each question is put to npm or pip, which
ask the registries that they are set up for.

    python bench/package_registries.py     prints the options for lading, and serves until it is ended
"""

import json
import signal
import subprocess
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

NPM = ("npm", "view", "--json")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
FIELDS = (
    "name", "version", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta",
    "bundleDependencies", "deprecated", "engines",
)  # fmt: skip


def start() -> list[str]:
    """Starts to serve; gives the options."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_port}"
    return ["--ask-registries", "--npm-registry", f"{at}/npm", "--pypi-index", f"{at}/pypi"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        place, _, rest = self.path[1:].partition("/")
        answer = {"npm": npm, "pypi": pypi, "meta": metadata}[place](rest.replace("%2F", "/").rstrip("/"))
        self.send_response(200 if answer else 404)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None: ...


@cache
def npm(name: str) -> bytes:
    found = run(*NPM, f"{name}@>=0.0.0", *FIELDS)
    if not found:
        return b""
    versions = json.loads(found)
    if "error" in versions:
        return b""
    versions = versions if isinstance(versions, list) else [versions]
    return json.dumps(
        {
            "versions": {one["version"]: one for one in versions},
            "dist-tags": json.loads(run(*NPM, name, "dist-tags") or "{}"),
        }
    ).encode()


@cache
def pypi(name: str) -> bytes:
    found = run(*PIP, "index", "versions", "--pre", name)
    listed = next((line for line in found.splitlines() if line.startswith("Available versions:")), "")
    versions = listed.partition(":")[2].replace(" ", "").split(",") if listed else []
    files = [
        {"filename": f"{name}-{one}.tar.gz", "url": f"../../meta/{name}/{one}", "core-metadata": True}
        for one in versions
    ]
    return json.dumps({"files": files}).encode() if files else b""


@cache
def metadata(path: str) -> bytes:
    name, _, version = path.removesuffix(".metadata").partition("/")
    asked = ("install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--report", "-")
    found = run(*PIP, *asked, f"{name}=={version}")
    needs = json.loads(found)["install"][0]["metadata"].get("requires_dist", ()) if found else None
    return b"" if needs is None else "".join(f"Requires-Dist: {one}\n" for one in ("x; extra == 'x'", *needs)).encode()


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    print(" ".join(start()), flush=True)
    signal.pause()
