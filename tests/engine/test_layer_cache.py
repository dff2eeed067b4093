"""What of a layer is read again, and what is taken from its entry."""

import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import structs

from lading.engine.cache import Cache
from lading.engine.image_cache import content_key
from lading.engine.layer_cache import LayerCache
from lading.engine.layers import Ask, LayerReader
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.catalogers.registry import Group
from lading.inventory.facts import LayerFacts
from lading.model.diagnostic import Diagnostic
from lading.model.errors import ImageError
from lading.model.image import Base, Layer
from lading.model.package import Inventory
from lading.model.ports import NoProgress
from lading.model.reader import WantedFile
from lading.safeio.limits import Limits
from tests.engine.test_inventory import Source, blobs, digest, source, take
from tests.inventory.test_assemble import DEBIAN, status
from tests.tars import File, Symlink, make_tar

LAYER = make_tar(
    [
        File("etc/a.txt", b"one"),
        File("etc/b.json", b"three"),
        File("etc/c.both", b"fifteen bytes.."),
        Symlink("lib", "usr/lib"),
        File("etc/.wh.gone"),
        File("bin/unwanted", b"never read"),
    ]
)


class Reading:
    """Readers that count the files they read."""

    def __init__(self) -> None:
        self.reads: Counter[str] = Counter()

    def cataloger(self, name: str, version: int, *patterns: str, declares: bool = False) -> Cataloger:
        def parse(file: WantedFile) -> CatalogerResult:
            self.reads[f"{name} {file.path}"] += 1
            return CatalogerResult(text=f"{name}{version} {file.text}")

        return Cataloger(name=name, version=version, parse=parse, patterns=patterns, declares=declares)

    def groups(self, **versions: int) -> tuple[Group, ...]:
        known = {"text": 1, "json": 1, "lock": 1} | versions
        return (
            Group("text", (self.cataloger("text", known["text"], "**/*.txt", "**/*.both"),)),
            Group(
                "json",
                (
                    self.cataloger("json", known["json"], "**/*.json"),
                    self.cataloger("lock", known["lock"], "**/*.both", declares=True),
                ),
            ),
        )

    def taken(self) -> list[str]:
        """What was read since the last call."""
        reads = sorted(self.reads.elements())
        self.reads.clear()
        return reads


EVERY = ["json etc/b.json", "lock etc/c.both", "text etc/a.txt", "text etc/c.both"]


@pytest.fixture
def reading() -> Reading:
    return Reading()


def read(directory: Path, groups: Sequence[Group], limits: Limits | None = None) -> LayerFacts:
    limits = limits or Limits()
    layers = LayerCache(Cache(directory), groups, limits)
    reader = LayerReader(blobs(source(1, LAYER)), groups, layers, limits, NoProgress(), lambda: None)
    (facts,) = reader.read({1: Ask()}).values()
    assert reader.remarks == []
    return facts


def texts(facts: LayerFacts) -> dict[str, list[str]]:
    return {name: [one.facts.text for one in made.captures] for name, made in facts.readers.items()}


def test_a_newer_reader_reads_its_own_groups_files_again_and_no_other(tmp_path: Path, reading: Reading) -> None:
    first = read(tmp_path, reading.groups())
    assert reading.taken() == EVERY
    assert read(tmp_path, reading.groups()) == first
    assert reading.taken() == []
    second = read(tmp_path, reading.groups(text=2))
    assert reading.taken() == ["text etc/a.txt", "text etc/c.both"]
    assert texts(second) == {
        "text": ["text2 one", "text2 fifteen bytes.."],
        "json": ["json1 three"],
        "lock": ["lock1 fifteen bytes.."],
    }
    assert second.structure == first.structure
    assert read(tmp_path, reading.groups(text=2)) == second
    assert reading.taken() == []
    assert len(list(tmp_path.glob("??/*"))) == 1  # one file a layer


def test_another_reader_of_the_group_reads_the_group_again(tmp_path: Path, reading: Reading) -> None:
    text, json = reading.groups()
    installed = (text, Group("json", json.catalogers[:1]))
    read(tmp_path, installed)
    reading.taken()
    whole = read(tmp_path, (text, json))
    assert reading.taken() == ["json etc/b.json", "lock etc/c.both"]
    assert texts(whole).keys() == {"text", "json", "lock"}
    # What is held beside what is wanted stays out of it, and stays held.
    assert texts(read(tmp_path, installed)).keys() == {"text", "json"}
    assert read(tmp_path, (text, json)) == whole
    assert reading.taken() == []


def test_groups_that_are_not_wanted_stay_held(tmp_path: Path, reading: Reading) -> None:
    text, json = reading.groups()
    read(tmp_path, (text,))
    read(tmp_path, (json,))
    reading.taken()
    read(tmp_path, (text, json))
    assert reading.taken() == []


def test_other_limits_read_again_what_they_bear_on_alone(tmp_path: Path, reading: Reading) -> None:
    read(tmp_path, reading.groups())
    reading.taken()
    for limits in (Limits(file=100), Limits(file=15), Limits(entries=50, total=10**9), Limits(spool=10**6)):
        read(tmp_path, reading.groups(), limits)
        assert reading.taken() == []
    # 15 bytes are too many for both groups' largest file, which then has to be read with what it is allowed.
    low = read(tmp_path, reading.groups(), Limits(file=14))
    assert [one.code for one in low.readers["text"].captures[1].facts.diagnostics] == ["file-too-large"]
    assert reading.taken() == EVERY
    # What was refused is refused again, and read when it may be.
    assert read(tmp_path, reading.groups(), Limits(file=14)) == low
    assert reading.taken() == []
    read(tmp_path, reading.groups())
    assert reading.taken() == EVERY


def test_a_diff_id_that_is_another_layers_takes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    clean, real = make_tar([DEBIAN, status("a=1")]), make_tar([DEBIAN, status("a=1", "openssl=1")])
    false = source(1, real, diff_id=digest(clean))
    assert names_in(take(blobs(source(1, clean)), tmp_path)) == ["a"]
    assert names_in(take(blobs(false), tmp_path)) == ["a", "openssl"]
    assert names_in(take(blobs(source(1, clean)), tmp_path)) == ["a"]
    # What an archive holds is bound to it by the diff ID alone.
    held = sorted(tmp_path.glob("??/*"))
    with pytest.raises(ImageError, match="expected sha256:"):
        take(blobs(Source(structs.replace(false.layer, digest=""), false.blob)), tmp_path)
    assert sorted(tmp_path.glob("??/*")) == held


def test_a_layer_of_a_known_base_is_not_taken_from_one_that_was_only_said_to_be_it(tmp_path: Path) -> None:
    clean, real = make_tar([DEBIAN, status("a=1")]), make_tar([DEBIAN, status("a=1", "openssl=1")])
    false = source(1, real, diff_id=digest(clean))
    assert names_in(take(blobs(false), tmp_path)) == ["a", "openssl"]
    with pytest.raises(ImageError, match="expected sha256:"):
        take(blobs(false, base=Base(1, "debian:12", "index", "")), tmp_path)


def test_a_compressed_blob_is_not_its_own_diff_id(tmp_path: Path) -> None:
    blob = gzip.compress(make_tar([DEBIAN]))
    opened = blobs(Source(Layer(1, digest(blob), "", len(blob)), blob))
    with pytest.raises(ImageError, match="expected sha256:"):
        take(opened, tmp_path)
    assert list(tmp_path.glob("??/*")) == []


def test_keys_say_what_the_content_was_checked_against() -> None:
    whole = source(1, LAYER)
    by_blob = blobs(whole).image
    by_both = blobs(whole, base=Base(1, "debian:12", "index", "")).image
    archived = Source(structs.replace(whole.layer, digest=""), LAYER)
    assert content_key(whole, by_blob) == f"verified, blob {whole.layer.digest}"
    assert content_key(whole, by_both) == f"verified, blob {whole.layer.digest}, diff ID {whole.layer.diff_id}"
    assert content_key(archived, blobs(archived).image) == f"verified, blob , diff ID {whole.layer.diff_id}"
    assert content_key(Source(Layer(1, ""), LAYER), by_blob) == ""


def names_in(taken: tuple[Inventory, tuple[Diagnostic, ...]]) -> list[str]:
    return [package.name for package in taken[0].packages]
