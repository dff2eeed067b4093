"""Damaged files through the layer pass, the cache's encoding, the squash and the assembly.

Whatever happened to a file, no parser may fail on it (the net below the parsers is not for use), none may take long,
and where the format lets damage be seen, packages must not be lost in unmatched_reason.
"""

import io
import json
import random
import time
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from lading.inventory.assemble import assemble
from lading.inventory.builder import FactsBuilder
from lading.inventory.catalogers.registry import readers_for
from lading.inventory.facts import LayerFacts
from lading.inventory.layer import read_layer
from lading.inventory.router import Router
from lading.inventory.squash import squash
from lading.model.diagnostic import Diagnostic
from lading.model.errors import SafeIOError
from lading.model.package import Inventory
from lading.model.reader import MAGIC_BYTES, Content, Stat
from lading.safeio.limits import Limits
from lading.safeio.tar import StreamInput
from lading.safeio.zstd import ZstdDecompressor, ZstdError
from tests.inventory.damage import DAMAGES
from tests.inventory.fixtures import FIXTURES, input_files
from tests.inventory.samples import LANGUAGES, SYSTEM, TREES, Tree
from tests.tars import BytesStream, File, make_tar

pytestmark = pytest.mark.long

FOLDERS = sorted(one.parent for one in FIXTURES.glob("*/*/input") if one.parts[-3] != "image")
CATALOGERS = readers_for(declared=True).catalogers
ROUTER = Router(CATALOGERS)
LIMITS = Limits()
MOST_SECONDS = 3.0
ROUNDS = 8
LARGE = 200_000
ZIP_TAIL = 66_000


@pytest.mark.parametrize("name", TREES)
def test_damaged_samples(name: str) -> None:
    damage(TREES[name], name, ROUNDS)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="../shared/fixtures is not there")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_damaged_fixtures(folder: Path) -> None:
    files = input_files(folder)
    damage(files, folder.name, 2 if sum(map(len, files.values())) > LARGE else ROUNDS)


def test_a_damaged_layer_is_refused_or_read() -> None:
    tar = make_tar(
        File(path, data) for files in (*SYSTEM.values(), *LANGUAGES.values()) for path, data in files.items()
    )
    for number in range(300):
        dice = random.Random(number)
        damaged = dice.choice(DAMAGES)(tar, dice)
        try:
            facts = read_layer(StreamInput(BytesStream(damaged), "layer 1"), ROUTER, LIMITS, "layer 1", lambda: None)
        except SafeIOError:
            continue
        assert_no_cataloger_failed(assembled(facts)[1])


def test_the_samples_are_for_every_cataloger() -> None:
    routes = [
        route
        for files in TREES.values()
        for path, data in files.items()
        for route in (*ROUTER.routes(path), *ROUTER.routes_by_content(path, data[:MAGIC_BYTES]))
    ]
    # What is only a name cannot be damaged.
    assert {route.reader.name for route in routes} == {one.name for one in CATALOGERS if not one.entries}
    for name, files in TREES.items():
        inventory, diagnostics = take(files)
        assert inventory.packages or inventory.unmanaged or inventory.build_records or inventory.vex, name
        # Some hold records that are broken, or name nothing, on purpose.
        codes = {one.code for one in diagnostics if one.level == "incomplete"}
        assert codes <= {"broken-package-entry", "unidentified-components"}, name


def damage(files: Tree, seed: str, rounds: int) -> None:
    """Damages each file of a tree in every way, `rounds` times."""
    intact = take(files)
    for path, data in files.items():
        for number in range(rounds if data else 0):
            for damage in DAMAGES:
                check(files, path, damage(data, random.Random(f"{seed}/{path}/{number}")), intact)


@dataclass(frozen=True)
class Stored:
    """A LayerFile in memory."""

    content: bytes
    mode: int = 0o755

    @property
    def stat(self) -> Stat:
        return Stat(len(self.content))

    def peek(self, size: int) -> bytes:
        return self.content[:size]

    def read_content(self, limit: int) -> Content:
        return self.content


Taken = tuple[Inventory, tuple[Diagnostic, ...]]


def take(files: Mapping[str, bytes]) -> Taken:
    """The inventory of these files, by way of everything but the tar."""
    builder = FactsBuilder(ROUTER, LIMITS)
    for path, data in files.items():
        builder.file(path, Stored(data))
    return assembled(builder.build())


def assembled(facts: LayerFacts) -> Taken:
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=LayerFacts)
    assert kept == facts
    return assemble(squash({1: kept}, ROUTER), CATALOGERS)


def check(files: Tree, path: str, damaged: bytes, intact: Taken) -> Taken:
    """One file of a tree is damaged. Gives what is found."""
    start = time.process_time()
    inventory, diagnostics = take({**files, path: damaged})
    assert time.process_time() - start < MOST_SECONDS
    assert_no_cataloger_failed(diagnostics)
    lost = len(inventory.packages) < len(intact[0].packages)
    if lost and is_seen(files[path], damaged):
        assert set(diagnostics) - set(intact[1]) or inventory.unmanaged != intact[0].unmanaged
    return inventory, diagnostics


def assert_no_cataloger_failed(diagnostics: Iterable[Diagnostic]) -> None:
    assert [one for one in diagnostics if one.code == "cataloger-failed"] == []


def is_seen(intact: bytes, damaged: bytes) -> bool:
    """Whether the file's format lets a strict reader see the damage. What no longer says of what format it is may be
    any other file."""
    if any(mark in intact and mark not in damaged for mark in _MARKS):
        return False
    if intact[:2] == b"PK":
        return (damaged[:2] == b"PK" or b"PK\5\6" in damaged[-ZIP_TAIL:]) and _is_seen_in_zip(intact, damaged)
    if intact[:4] == b"\x28\xb5\x2f\xfd":
        return not _is_read(_read_zstd, damaged)
    if _is_read(_read_json, intact):
        return not _is_read(_read_json, damaged)
    if _is_read(ElementTree.fromstring, intact):
        return not _is_read(ElementTree.fromstring, damaged)
    return b"\n[" in b"\n" + intact and _is_read(_read_toml, intact) and not _is_read(_read_toml, damaged)


_MARKS = (b'"bomFormat"', b'"spdxVersion"')


def _is_seen_in_zip(intact: bytes, damaged: bytes) -> bool:
    """Nothing checks the directory: a name that changed is another member's, and extra fields are not read."""
    try:
        with zipfile.ZipFile(io.BytesIO(damaged)) as archive, zipfile.ZipFile(io.BytesIO(intact)) as original:
            same_names = archive.namelist() == original.namelist()
            return same_names and not all(_is_read(archive.read, name) for name in archive.namelist())
    except (UnicodeDecodeError, NotImplementedError):
        return False
    except zipfile.BadZipFile as error:
        return "extra field" not in str(error)


def _read_zstd(data: bytes) -> None:
    decompressor = ZstdDecompressor()
    decompressor.decompress(data)
    if not decompressor.eof:
        raise EOFError


def _read_json(data: bytes) -> None:
    """Readers need not look whether names that they pass over are UTF-8."""
    if not isinstance(json.loads(data.decode("utf-8-sig", "replace")), dict | list):
        raise ValueError


def _read_toml(data: bytes) -> None:
    tomllib.loads(data.decode())


def _is_read(read: Callable[[Any], object], what: object) -> bool:
    try:
        read(what)
    except (ValueError, LookupError, EOFError, OSError, RuntimeError, SyntaxError, *_ARCHIVE_ERRORS):
        return False
    return True


_ARCHIVE_ERRORS = (NotImplementedError, ZstdError, zipfile.BadZipFile, zlib.error)
