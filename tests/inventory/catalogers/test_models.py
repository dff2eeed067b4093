"""Models: exact packages and exact diagnostics."""

import json
import struct

from lading.inventory.catalogers import models
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import damaged, facts

PATH = "models/tiny.Q4.gguf"


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(*pairs: bytes, version: int = 3, count: int | None = None) -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", version, 5, len(pairs) if count is None else count) + b"".join(pairs)


def string(key: str, value: str) -> bytes:
    return text(key) + struct.pack("<I", 8) + text(value)


MODEL = gguf(
    string("general.architecture", "llama"),
    text("general.alignment") + struct.pack("<II", 4, 32),
    text("general.tags") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b"),
    text("numbers") + struct.pack("<IIQ", 9, 0, 3) + b"abc",
    string("general.name", "Tiny Llama"),
    string("general.version", "v1.0"),
    string("general.license", "apache-2.0"),
    text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 1 << 40),
    b"never read",
)


def test_gguf() -> None:
    package = FoundPackage(
        type="generic",
        name="Tiny Llama",
        version="v1.0",
        licenses=("apache-2.0",),
        files=(PATH,),
        evidence="binary",
        properties={"format": "gguf", "architecture": "llama"},
    )
    assert facts(models.CATALOGER, PATH, MODEL) == CatalogerResult(packages=(package,))


def test_gguf_from_the_hub_or_without_a_name() -> None:
    url = string("general.repo_url", "https://huggingface.co/org/model-GGUF")
    (hub,) = facts(models.CATALOGER, PATH, gguf(url)).packages
    assert (hub.type, hub.name) == ("huggingface", "org/model-GGUF")
    (plain,) = facts(models.CATALOGER, PATH, gguf(string("a", "b"))).packages
    assert (plain.type, plain.name, plain.version) == ("generic", "tiny.Q4", "")


def test_gguf_that_says_nothing() -> None:
    (found,) = facts(models.CATALOGER, PATH, gguf()).packages
    assert (found.type, found.name, found.version) == ("generic", "tiny.Q4", "")


def test_gguf_under_any_name() -> None:
    (route,) = Router([models.CATALOGER]).routes_by_content("var/blobs/sha256-1", b"GGUF")
    assert route.reader is models.CATALOGER


def test_broken_gguf_is_told() -> None:
    start = "the header of a GGUF model cannot be read to its end: "
    for data, what in (
        (b"GGUF", "it ends too early"),
        (gguf(version=1), "version 1"),
        (gguf(text("k") + struct.pack("<I", 99)), "a value of kind 99"),
        (gguf(count=1), "it ends too early"),
        (gguf(struct.pack("<Q", 1 << 63)), "it ends too early"),
    ):
        found = facts(models.CATALOGER, PATH, data)
        assert [(one.name, one.version) for one in found.packages] == [("tiny.Q4", "")]
        assert found.diagnostics == (Diagnostic("warning", "broken-model", start + what, PATH),)


def safetensors(header: object) -> bytes:
    data = json.dumps(header).encode()
    return struct.pack("<Q", len(data)) + data + b"weights"


def test_safetensors() -> None:
    path = "m/model.safetensors"
    stated = {"modelspec.title": "Base", "modelspec.version": "1.0", "modelspec.author": "A", "format": "pt"}
    tensor = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    package = FoundPackage(
        type="generic",
        name="Base",
        version="1.0",
        files=(path,),
        evidence="binary",
        properties={"format": "safetensors", "author": "A"},
    )
    assert facts(models.CATALOGER, path, safetensors({"__metadata__": stated, "w": tensor})).packages == (package,)
    for place, name in [
        ("m/model.safetensors", "m"),
        ("model.safetensors", "model"),
        ("m/bert-00001-of-00002.safetensors", "bert"),
        ("m/unet/diffusion_pytorch_model-00002-of-00003.safetensors", "unet"),
    ]:
        (unnamed,) = facts(models.CATALOGER, place, safetensors({"w": tensor})).packages
        assert (unnamed.type, unnamed.name, unnamed.version) == ("generic", name, "")
    hub = "root/.cache/huggingface/hub/models--org--bert/snapshots/0123/model.safetensors"
    assert facts(models.CATALOGER, hub, safetensors({"w": tensor})) == CatalogerResult()
    message = "the header of a SafeTensors model cannot be read: it claims 9 bytes"
    assert facts(models.CATALOGER, path, struct.pack("<Q", 9)).diagnostics == (
        Diagnostic("warning", "broken-model", message, path),
    )


def test_cache_of_the_hub() -> None:
    place = "root/.cache/huggingface/hub/models--org--my--model"
    package = FoundPackage("huggingface", "org/my--model", "ab" * 20, files=(f"{place}/",))
    assert facts(models.CATALOGER, f"{place}/refs/main", "ab" * 20) == CatalogerResult(packages=(package,))
    assert facts(models.CATALOGER, f"{place}/refs/main", "main") == CatalogerResult()


def test_damage_never_raises() -> None:
    for data in damaged(MODEL):
        facts(models.CATALOGER, PATH, data)
    for data in damaged(safetensors({"__metadata__": {"modelspec.title": "Base"}})):
        facts(models.CATALOGER, "a.safetensors", data)
