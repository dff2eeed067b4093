"""One damaged image, held to a gate on any vulnerability."""

import json
from pathlib import Path
from typing import Any

from tests.mutations.actions import mutate
from tests.mutations.images import Files, publish_data
from tests.support.program import Lading

MUTATIONS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("mutations.json").read_text())
CLEAN = "No known vulnerabilities"


def fault_of(mutation: dict[str, Any], files: Files, directory: Path, database: Path, lading: Lading) -> str:
    """What is wrong with the answer on a mutation of an image of `files`, "" for nothing. The image is made in
    `directory`, its data in `database`, which `lading` uses."""
    root = directory / "root"
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    publish_data(database)
    for action, *arguments in mutation["do"]:
        mutate(root, database, action, *arguments)
    done = lading("scan", f"dir:{root}", "--offline", "--fail-on", "any", "--no-cache", status=None)
    expected = mutation["status"]
    if done.status != expected:
        return f"status {done.status}, expected {expected}"
    if done.stderr and expected == 0:
        return done.stderr
    return "" if (CLEAN in done.stdout) is (expected == 0) else f"the words do not fit status {expected}"
