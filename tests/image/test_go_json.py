"""Documents are decoded as Go decodes them, or refused."""

import base64
import json
import os
import pwd
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from lading.image import config, docker_manifest, layout_index, manifest
from lading.image.go_json import decode, fold, is_time
from lading.model.errors import ImageError
from tests.image.images import sha256

_DIFFER = "refused, as engines differ in what they see"


class Shape(Struct):
    """A structure of an engine."""

    name: str = ""
    mediatype: str = ""
    size: int = 0
    items: tuple[str | None, ...] = ()
    inner: "Shape | None" = None
    annotations: dict[str, str | None] = {}


def _refused(document: str | bytes) -> str:
    data = document if isinstance(document, bytes) else document.encode()
    with pytest.raises(ImageError) as raised:
        decode(data, Shape, "x")
    return str(raised.value)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{}", Shape()),
        (' {"name": "a"}\r\n\t', Shape("a")),
        ('{"NAME": "a", "MediaType": "b", "\u017fize": 3, "\u0130tem\u017f": ["c"]}', Shape("a", "b", 3)),
        ('{"item\u017f": ["c"]}', Shape(items=("c",))),
        ('{"n\\u0061me": "a"}', Shape("a")),
        ('{"name": null, "size": null, "items": null, "inner": null, "annotations": null}', Shape()),
        ('{"items": [null, "a"], "annotations": {"a": null}}', Shape(items=(None, "a"), annotations={"a": None})),
        ('{"annotations": {"a": "1", "A": "2"}}', Shape(annotations={"a": "1", "A": "2"})),
        ('{"Annotations": {"name": "1", "Name": "2"}}', Shape(annotations={"name": "1", "Name": "2"})),
        ('{"name": "\\ud800", "mediatype": "\\ud83d\\ude00"}', Shape("\ufffd", "\U0001f600")),
        (b'{"name": "a\xff\xe2\x82b"}', Shape("a\ufffd\ufffd\ufffdb")),
        (b'{"name": "\xed\xa0\x80"}', Shape("\ufffd\ufffd\ufffd")),
        ('{"size": 9223372036854775807}', Shape(size=2**63 - 1)),
        ('{"size": -0}', Shape()),
        ('{"unknown": [1.5, {"a": 1e999}], "n\u0101me": "b"}', Shape()),
    ],
)
def test_what_go_sees(document: str | bytes, expected: Shape) -> None:
    data = document if isinstance(document, bytes) else document.encode()
    assert decode(data, Shape, "x") == expected


@pytest.mark.parametrize(
    ("document", "first", "second"),
    [
        ('{"name": "a", "Name": "b"}', "name", "Name"),
        ('{"name": "a", "NAME": null}', "name", "NAME"),
        ('{"\u017fize": 1, "size": 2}', "\\u017fize", "size"),
        ('{"unknownK": 1, "unknown\u212a": 2}', "unknownK", "unknown\\u212a"),
        ('{"inner": {"inner": {"size": 1, "Size": 2}}}', "size", "Size"),
        ('{"unknown": [[{"a": 1}, {"a": 1, "A": 2}]]}', "a", "A"),
        ('{"\u0394": 1, "\u03b4": 2}', "\\u0394", "\\u03b4"),
        ('{"\u1e9e": 1, "\u00df": 2}', "\\u1e9e", "\\xdf"),
    ],
)
def test_names_that_are_one_to_go(document: str, first: str, second: str) -> None:
    assert (
        _refused(document) == f"x: has the names '{first}' and '{second}', which are one name to an engine; {_DIFFER}"
    )


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ('{"name": "a", "name": "a"}', "name"),
        ('{"name": "a", "\\u006eame": "a"}', "name"),
        ('{"annotations": {"a": "1", "b": "2", "a": "1"}}', "a"),
        (b'{"annotations": {"\xff": "1", "\xfe": "2"}}', "\\ufffd"),
    ],
)
def test_names_that_come_twice(document: str | bytes, name: str) -> None:
    assert _refused(document) == f"x: has the name '{name}' twice; {_DIFFER}"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ('{"size": "1"}', "Expected `int`, got `str` - at `$.size`"),
        ('{"size": 1.0}', "Expected `int`, got `float` - at `$.size`"),
        ('{"size": 1e1}', "Expected `int`, got `float` - at `$.size`"),
        ('{"size": true}', "Expected `int`, got `bool` - at `$.size`"),
        ('{"name": 1}', "Expected `str`, got `int` - at `$.name`"),
        ('{"Items": {}}', "Expected `array`, got `object` - at `$.items`"),
        ('{"items": ["a", 1]}', "Expected `str | null`, got `int` - at `$.items[1]`"),
        ('{"annotations": {"a": 1}}', "Expected `str | null`, got `int` - at `$.annotations[...]`"),
        ("[]", "Expected `object`, got `array`"),
        ("null", "Expected `object`, got `null`"),
        ('{"name": "a"} {}', "malformed JSON at character 14"),
        ('\ufeff{"name": "a"}', "malformed JSON at character 0"),
        ('{"name": "a\nb"}', "malformed JSON at character 11"),
        ('{"size": NaN}', "NaN is no JSON"),
        ('{"size": -Infinity}', "-Infinity is no JSON"),
        ("", "malformed JSON at character 0"),
        ("[" * 100_000, "it nests too deeply"),
        ('{"inner":' * 5_000 + "{}" + "}" * 5_000, "it nests too deeply"),
    ],
)
def test_what_go_refuses(document: str, reason: str) -> None:
    assert _refused(document) == f"x: cannot be read ({reason})"


def test_a_number_longer_than_any() -> None:
    assert _refused('{"size": ' + "1" * 5000 + "}").startswith("x: cannot be read (")


@pytest.mark.parametrize(("name", "folded"), [("Ab", "ab"), ("\u212aS\u017f", "kss"), ("\u0130", "\u0130")])
def test_folding(name: str, folded: str) -> None:
    assert fold(name) == folded


_DESCRIPTOR = {
    "mediaType": manifest.OCI_MANIFEST,
    "digest": sha256(b""),
    "size": 7,
    "urls": ["https://a.example/b"],
    "annotations": {"a": "b"},
    "platform": {"architecture": "arm", "os": "linux", "os.version": "1", "os.features": ["w"], "variant": "v7"},
    "artifactType": "c",
}
_DOCUMENTS: dict[str, Any] = {
    "document": {
        "schemaVersion": 2,
        "mediaType": manifest.OCI_MANIFEST,
        "config": _DESCRIPTOR,
        "layers": [_DESCRIPTOR, {"digest": sha256(b"x"), "size": 1}],
        "manifests": [_DESCRIPTOR],
        "annotations": {"org.opencontainers.image.base.name": "debian:12"},
    },
    "config": {
        "created": "2024-05-06T07:08:09Z",
        "author": "a",
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": "u",
            "ExposedPorts": {"80/tcp": {}},
            "Env": ["A=1", "B=2"],
            "Entrypoint": ["e"],
            "Cmd": ["c", "d"],
            "Volumes": {"/v": {}},
            "WorkingDir": "/w",
            "Labels": {"k": "v", "K": "w"},
            "StopSignal": "9",
        },
        "rootfs": {"type": "layers", "diff_ids": [sha256(b"1"), sha256(b"2")]},
        "history": [
            {"created": "2024-05-06T07:08:09.123+02:00", "author": "b", "created_by": "RUN", "comment": "c"},
            {"created_by": "CMD", "empty_layer": True},
        ],
    },
    "items": [{"Config": "a.json", "RepoTags": ["a:1"], "Layers": ["1.tar", "2.tar"]}, {"Config": "b.json"}],
    "layout": {"imageLayoutVersion": "1.0.0"},
}
_VALUES = (
    "null", "1", "-1", "1.0", "1e2", '"x"', "true", "[]", "{}", "[null]", '{"a": "b"}', '[{"digest": "d"}]',
    "9223372036854775807", "9223372036854775808", '"\\ud800x"', '"\xff"', '{"a": null, "A": "1"}', "nul", '"\t"',
)  # fmt: skip
_SPELLINGS = {"s": "\u017f", "k": "\u212a"}


def _write(value: object, dice: random.Random) -> str:
    """A value as JSON, with a mistake or an odd spelling here and there."""
    if dice.random() < 0.04:
        return dice.choice(_VALUES)
    if isinstance(value, dict):
        pairs = [(_spell(name, dice), _write(item, dice)) for name, item in value.items() if dice.random() > 0.03]
        if pairs and dice.random() < 0.05:
            name, text = dice.choice(pairs)
            pairs.append((dice.choice([name, name.upper(), _spell(name, dice)]), dice.choice([text, *_VALUES])))
        return "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {text}" for name, text in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_write(item, dice) for item in value) + "]"
    return json.dumps(value)


def _spell(name: str, dice: random.Random) -> str:
    if dice.random() > 0.1:
        return name
    spellings = [name.upper(), name.title(), "".join(_SPELLINGS.get(letter, letter) for letter in name), f"{name}x"]
    return dice.choice(spellings)


def _documents() -> Iterator[tuple[str, bytes]]:
    dice = random.Random(7)
    for _ in range(1000):
        for kind, document in _DOCUMENTS.items():
            data = _write(document, dice).encode("latin-1" if dice.random() < 0.1 else "utf-8", "replace")
            if dice.random() < 0.03:
                data = dice.choice([data[:-1], data + b" {}", b"\xef\xbb\xbf" + data, b"\n" + data, data + b"\0"])
            yield kind, data


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decoder beside this file, built by Go; the test is skipped without it."""
    if shutil.which("go") is None:
        pytest.skip("Go is not installed")
    program = tmp_path_factory.mktemp("go") / "decode"
    home = pwd.getpwuid(os.getuid()).pw_dir
    environment = {**os.environ, "HOME": home, "XDG_CACHE_HOME": f"{home}/.cache", "GOFLAGS": "", "GOPROXY": "off"}
    source = Path(__file__).with_name("go_json.go")
    subprocess.run(["go", "build", "-o", program, source], check=True, env=environment)
    return program


def test_every_document_is_read_as_go_reads_it_or_refused(go: Path) -> None:
    documents = list(_documents())
    lines = b"".join(kind.encode() + b" " + base64.b64encode(data) + b"\n" for kind, data in documents)
    answers = subprocess.run([go], input=lines, capture_output=True, check=True).stdout.splitlines()
    counts = {"read": 0, "refused by Go": 0, "ambiguous": 0}
    for (kind, data), line in zip(documents, answers, strict=True):
        answer = json.loads(line)
        # To Go a document that is null is an image of nothing.
        refused = answer["error"] or answer["ambiguous"] or data.strip() == b"null"
        try:
            own = _READERS[kind](data)
        except ImageError as error:
            assert refused, (data, error)
            counts["refused by Go" if answer["error"] else "ambiguous"] += 1
        else:
            assert not refused, data
            assert _lean(own) == _lean(answer["value"]), data
            counts["read"] += 1
    assert min(counts.values()) > 100, counts


_DATES = (
    "2024-01-02T03:04:05Z", "2024-02-29T23:59:59.999999999999+24:60", "2023-02-29T03:04:05Z", "1900-02-29T03:04:05Z",
    "2000-02-29T03:04:05Z", "0000-01-01T00:00:00Z", "0000-02-29T00:00:00-00:00", "2024-01-02T3:04:05Z",
    "2024-01-02T03:04:05,5Z", "2024-01-02T03:04:05.Z", "2024-01-02T03:04:05+25:00", "2024-01-02T03:04:05+00:61",
    "2024-01-02T24:00:00Z", "2024-01-02T03:60:05Z", "2024-01-02T03:04:60Z", "2024-13-02T03:04:05Z",
    "2024-00-02T03:04:05Z", "2024-01-00T03:04:05Z", "2024-01-32T03:04:05Z", "2024-04-31T03:04:05Z", "2024-01-02",
    "2024-01-02T03:04:05", "2024-01-02 03:04:05Z", "2024-01-02t03:04:05z", "2024-1-02T03:04:05Z", "", "yesterday",
    "12024-01-02T03:04:05Z", "2024-01-02T03:04:05Z ", " 2024-01-02T03:04:05Z", "2024-01-02T03:04:05+0100",
    "2024-01-02T03:04:05+01", "2024-01-02T03:4:05Z", "2024-01-02T03:04:5Z", "2024-01-02T03:04Z", "-024-01-02T03:04:05Z",
    "2024-01-02T003:04:05Z", "2024-01-02T03:04:05Z\n", "\u0662024-01-02T03:04:05Z", "2024-01-02T03:04:05.5,5Z",
)  # fmt: skip


def test_dates_are_those_that_go_reads(go: Path) -> None:
    documents = [json.dumps({"created": date}, ensure_ascii=False).encode() for date in _DATES]
    lines = b"".join(b"config " + base64.b64encode(data) + b"\n" for data in documents)
    answers = subprocess.run([go], input=lines, capture_output=True, check=True).stdout.splitlines()
    for date, line in zip(_DATES, answers, strict=True):
        assert (date, is_time(date)) == (date, not json.loads(line)["error"])


def _read_document(data: bytes) -> object:
    found = decode(data, manifest._Document, "x")
    return {
        "schemaVersion": found.schema_version,
        "mediaType": found.media_type,
        "artifactType": found.artifact_type,
        "config": found.config and _plain(found.config),
        "layers": None if found.layers is None else [_plain(one) for one in found.layers],
        "manifests": None if found.manifests is None else [_plain(one) for one in found.manifests],
        "annotations": _texts(found.annotations),
    }


def _plain(raw: manifest._Descriptor | None) -> dict[str, object]:
    raw = raw or manifest._Descriptor()
    stated = raw.platform
    return {
        "mediaType": raw.media_type,
        "digest": raw.digest,
        "size": raw.size,
        "urls": _strings(raw.urls),
        "annotations": _texts(raw.annotations),
        "artifactType": raw.artifact_type,
        "platform": stated
        and {
            "architecture": stated.architecture,
            "os": stated.os,
            "os.version": stated.os_version,
            "os.features": _strings(stated.os_features),
            "variant": stated.variant,
        },
    }


def _read_config(data: bytes) -> object:
    found = decode(data, config._Config, "x")
    settings = found.config
    steps = [one or config._Step() for one in found.history]
    for created in (found.created, *(one.created for one in steps)):
        config._check_time(created, "x")
    return {
        "created": found.created,
        "author": found.author,
        "architecture": found.architecture,
        "os": found.os,
        "os.version": found.os_version,
        "os.features": _strings(found.os_features),
        "variant": found.variant,
        "config": {
            "User": settings.user,
            "ExposedPorts": {port: {} for port in settings.exposed_ports},
            "Env": _strings(settings.env),
            "Entrypoint": _words(settings.entrypoint),
            "Cmd": _words(settings.cmd),
            "Volumes": {path: {} for path in settings.volumes},
            "WorkingDir": settings.working_dir,
            "Labels": _texts(settings.labels),
            "StopSignal": settings.stop_signal,
        },
        "rootfs": {"type": found.rootfs.type, "diff_ids": _strings(found.rootfs.diff_ids)},
        "history": [
            {
                "created": one.created,
                "author": one.author,
                "created_by": one.created_by,
                "comment": one.comment,
                "empty_layer": one.empty_layer,
            }
            for one in steps
        ],
    }


def _read_items(data: bytes) -> object:
    found = decode(data, list[docker_manifest._Entry | None], "x")
    entries = [one or docker_manifest._Entry() for one in found]
    return [
        {"Config": one.config, "RepoTags": _strings(one.repo_tags), "Layers": _strings(one.layers)} for one in entries
    ]


def _read_layout(data: bytes) -> object:
    return {"imageLayoutVersion": decode(data, layout_index._Marker, "x").version}


_READERS: dict[str, Callable[[bytes], object]] = {
    "document": _read_document,
    "config": _read_config,
    "items": _read_items,
    "layout": _read_layout,
}


def _lean(value: Any) -> Any:
    """A value without fields that are empty; of lists in a document even that they are there counts."""
    if isinstance(value, dict):
        counting = {name: item is not None for name, item in value.items() if name in ("layers", "manifests")}
        lean = {name: _lean(item) for name, item in value.items()}
        return {name: item for name, item in lean.items() if item} | {
            f"{name}?": there for name, there in counting.items()
        }
    return [_lean(item) for item in value] if isinstance(value, list) else value


def _words(value: tuple[str | None, ...] | str) -> list[str]:
    return [value] if isinstance(value, str) else _strings(value)


def _strings(values: tuple[str | None, ...]) -> list[str]:
    return [value or "" for value in values]


def _texts(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value or "" for name, value in values.items()}
