"""What the tests of several catalogers share: parsing text, running over a fixture, damaging bytes."""

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fixtures"


def facts(cataloger: Cataloger, path: str, data: str | bytes) -> CatalogerResult:
    """What `cataloger` reads from one file; it must want the path."""
    (route,) = Router([cataloger]).routes(path)
    return cataloger.parse(
        WantedFile(path=route.path, mode=0o644, content=data.encode() if isinstance(data, str) else data)
    )


def left_out(path: str, why: str) -> Diagnostic:
    """What is said of an entry that cannot be listed."""
    message = f"{why} (left out): mend the file, or leave it out of the image"
    return Diagnostic("incomplete", "broken-package-entry", message, path)


def unread(path: str, reader: str, why: str, code: str = "broken-package-entry") -> Diagnostic:
    """What is said of a file that cannot be read as its reader reads it."""
    message = f"{why}: not read as {reader} would read it; mend the file, or leave it out of the image"
    return Diagnostic("incomplete", code, message, path)


def tree(cataloger: Cataloger, files: Mapping[str, str | bytes]) -> dict[str, CatalogerResult]:
    """The facts of several files, those that are not wanted left out, combined."""
    router = Router([cataloger])
    found = {path: facts(cataloger, path, data) for path, data in files.items() if router.routes(path)}
    return dict(cataloger.combine(found)) if cataloger.combine else found


def packages(found: dict[str, CatalogerResult]) -> list[FoundPackage]:
    """All packages of several files."""
    return [package for path in sorted(found) for package in found[path].packages]


def fixture(kind: str, case: str, *catalogers: Cataloger) -> tuple[list[FoundPackage], list[dict[str, Any]]]:
    """The packages found in a fixture and those that must be; skips the test where there are no fixtures."""
    folder = SHARED / kind / case
    if not folder.is_dir():
        pytest.skip("no fixtures here")
    inputs = folder / "input"
    files = {str(one.relative_to(inputs)): one.read_bytes() for one in inputs.rglob("*") if one.is_file()}
    found = [package for cataloger in catalogers for package in packages(tree(cataloger, dict(files)))]
    return found, json.loads((folder / "expected.json").read_text())


def keys(found: list[FoundPackage]) -> list[tuple[str, str, str]]:
    """(type, name, version) of each package, sorted."""
    return sorted((one.type, one.name, one.version) for one in found)


def expected_keys(expected: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The same of what is expected."""
    return sorted((one["type"], one["name"], one["version"]) for one in expected)


def damaged(data: bytes, count: int = 200) -> Iterator[bytes]:
    """`data` cut short and with bits flipped, the same every time."""
    dice = random.Random(7)
    for _ in range(count):
        yield data[: dice.randrange(len(data))]
        flipped = bytearray(data)
        for _ in range(dice.randrange(1, 8)):
            flipped[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        yield bytes(flipped)
