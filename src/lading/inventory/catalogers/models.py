"""Models of machine learning: GGUF and SafeTensors files, and the cache of Hugging Face's hub.

Sources: ggml's docs/gguf.md; huggingface/safetensors, "Format"; the "ModelSpec" keys of Stability AI; huggingface_hub,
"Understand caching" (models--ORG--NAME/refs/REVISION holds the commit).
"""

import re
import struct
from collections.abc import Iterator
from posixpath import basename

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.diagnostics import diagnostic
from lading.model.reader import PACE_OF_PROGRAMS, Content, WantedFile
from lading.safeio.lines import beginning

_MOST_HEADER = 100_000_000
_MOST_KEYS = 10_000
_MOST_TEXT = 10_000
_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_GGUF_START = struct.Struct("<4sIQQ")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB = re.compile(r"https?://huggingface\.co/([\w.-]+/[\w.-]+)/?", re.ASCII)


_PART = re.compile(r"-\d{5}-of-\d{5}$", re.ASCII)
_USUAL = frozenset({"adapter_model", "consolidated", "diffusion_pytorch_model", "model", "pytorch_model"})


class _Damaged(Exception):
    pass


class _Header(msgspec.Struct):
    metadata: dict[str, object] = msgspec.field(name="__metadata__", default_factory=dict)


def parse_gguf(file: WantedFile) -> CatalogerResult:
    """The model of a GGUF file by the `general.` keys of its header, or by the file's name."""
    facts: dict[str, str] = {}
    diagnostics = []
    try:
        for key, text in _iter_gguf(file.content):
            facts.setdefault(key, text)
    except _Damaged as error:
        message = f"the header of a GGUF model cannot be read to its end: {error}"
        diagnostics.append(diagnostic("broken-model", message, file.path))
    hub = _HUB.fullmatch(facts.get("general.repo_url", ""))
    package = FoundPackage(
        type="huggingface" if hub else "generic",
        name=hub[1] if hub else facts.get("general.name") or facts.get("general.basename") or _named(file.path),
        version=facts.get("general.version", ""),
        licenses=(facts["general.license"],) if facts.get("general.license") else (),
        files=(file.path,),
        evidence="binary",
        properties=_properties("gguf", facts, ("general.architecture", "general.size_label", "general.organization")),
    )
    return CatalogerResult(packages=(package,), diagnostics=tuple(diagnostics))


def parse_safetensors(file: WantedFile) -> CatalogerResult:
    """The model of a SafeTensors file by its metadata, or by its place: few name themselves."""
    size = int.from_bytes(file.content[:8], "little")
    try:
        if size > _MOST_HEADER or size > len(file.content) - 8:
            raise _Damaged(f"it claims {size:,} bytes")
        metadata = msgspec.json.decode(file.content[8 : 8 + size], type=_Header).metadata
    except (_Damaged, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"the header of a SafeTensors model cannot be read: {error}"
        return CatalogerResult(diagnostics=(diagnostic("broken-model", message, file.path),))
    facts = {key: value[:_MOST_TEXT] for key, value in metadata.items() if isinstance(value, str)}
    if "/snapshots/" in file.path and "/models--" in f"/{file.path}":
        return CatalogerResult()  # of the hub's cache, whose references tell more
    package = FoundPackage(
        type="generic",
        name=facts.get("modelspec.title") or _named(file.path),
        version=facts.get("modelspec.version", ""),
        licenses=(facts["modelspec.license"],) if facts.get("modelspec.license") else (),
        files=(file.path,),
        evidence="binary",
        properties=_properties("safetensors", facts, ("modelspec.architecture", "modelspec.author")),
    )
    return CatalogerResult(packages=(package,))


def _named(path: str) -> str:
    """What a model is called that does not say: by its file without the number of a part, or by the directory where
    files of all models are called alike."""
    directory, _, file = path.rpartition("/")
    stem = _PART.sub("", file.rpartition(".")[0] or file)
    return basename(directory) or stem if stem in _USUAL else stem


def parse_reference(file: WantedFile) -> CatalogerResult:
    """The model that a reference in the hub's cache points to."""
    folder = file.path.split("/")[-3]
    commit = beginning(file.content, 100).strip()
    if not _COMMIT.fullmatch(commit):
        return CatalogerResult()
    name = folder.removeprefix("models--").replace("--", "/", 1)
    files = (f"{file.path.rsplit('/', 2)[0]}/",)
    return CatalogerResult(packages=(FoundPackage("huggingface", name, commit, files=files),))


def _parse(file: WantedFile) -> CatalogerResult:
    if file.content[:4] == b"GGUF":
        return parse_gguf(file)
    if file.path.endswith(".safetensors"):
        return parse_safetensors(file)
    return parse_reference(file) if file.path.endswith("/refs/main") else CatalogerResult()


def _iter_gguf(content: Content) -> Iterator[tuple[str, str]]:
    """The keys of the header with values that are strings, as far as the first array that is too long to be of
    interest: what tells of the model stands in front of its vocabulary. Raises _Damaged."""
    if len(content) < _GGUF_START.size:
        raise _Damaged("it ends too early")
    _, version, _, count = _GGUF_START.unpack(content[: _GGUF_START.size])
    if version not in (2, 3):
        raise _Damaged(f"version {version}")
    position = _GGUF_START.size
    for _ in range(min(count, _MOST_KEYS)):
        key, position = _string(content, position)
        kind, position = _number(content, position, 4)
        if kind == _STRING:
            value, position = _string(content, position)
            yield key, value
        elif kind in _SCALARS:
            position += _SCALARS[kind]
        elif kind == _ARRAY:
            element, position = _number(content, position, 4)
            length, position = _number(content, position, 8)
            if element not in _SCALARS:
                if length > _MOST_KEYS or element != _STRING:
                    return
                for _ in range(length):
                    _, position = _string(content, position)
            else:
                position += length * _SCALARS[element]
        else:
            raise _Damaged(f"a value of kind {kind}")


def _number(content: Content, position: int, size: int) -> tuple[int, int]:
    data = content[position : position + size]
    if len(data) < size:
        raise _Damaged("it ends too early")
    return int.from_bytes(data, "little"), position + size


def _string(content: Content, position: int) -> tuple[str, int]:
    size, position = _number(content, position, 8)
    if size > len(content) - position:
        raise _Damaged("it ends too early")
    data = content[position : position + min(size, _MOST_TEXT)]
    return data.decode("utf-8", "replace"), position + size


def _properties(format_: str, facts: dict[str, str], keys: tuple[str, ...]) -> dict[str, str]:
    stated = {key.partition(".")[2]: facts[key] for key in keys if facts.get(key)}
    return {"format": format_, **stated}


CATALOGER = Cataloger(
    name="models",
    version=3,
    parse=_parse,
    patterns=("**/*.gguf", "**/*.safetensors", "**/models--*/refs/main"),
    magic=(b"GGUF",),
    head=16 * 1024 * 1024,
    pace=PACE_OF_PROGRAMS,
)
