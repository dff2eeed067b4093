"""Manifests and configurations of images."""

import json

import pytest
from msgspec import structs

from lading.image.config import clues_of, parse_config
from lading.image.manifest import DOCKER_LIST, Descriptor, Manifest, parse_manifest
from lading.model.errors import ImageError
from lading.model.image import Clues, ImageConfig, Step
from tests.image.images import APP, BASE, INDEX, LAYER, MANIFEST, Json, config, sha256


@pytest.mark.parametrize(
    ("stated", "created"),
    [
        ({"created": "2024-05-06T09:08:07.654Z"}, "2024-05-06T09:08:07.654Z"),
        ({"created": None}, ""),
        ({}, ""),
    ],
)
def test_when_an_image_was_built(stated: dict[str, str | None], created: str) -> None:
    config = parse_config(json.dumps({"architecture": "amd64", "rootfs": {}, **stated}).encode(), "x")
    assert config.created == created


HISTORY = [
    {"created_by": "ADD", "comment": "debuerreotype"},
    {"created_by": "CMD sh", "empty_layer": True},
    {"created_by": None, "empty_layer": False, "comment": None},
]


def test_the_history_of_an_image() -> None:
    stated = {**config((BASE, APP)), "history": HISTORY}
    history = (Step("ADD", True, "debuerreotype"), Step("CMD sh", False), Step("", True))
    assert parse_config(json.dumps(stated).encode(), "x").history == history


@pytest.mark.parametrize(
    ("stated", "fault"),
    [
        ({"created": "\x1b[31m"}, "'?[31m' is no date; container engines refuse the image"),
        ({"history": [{"created": ""}]}, "'' is no date; container engines refuse the image"),
        ({"created": 5}, "cannot be read (Expected `str | null`, got `int` - at `$.created`)"),
        ({"author": 5}, "cannot be read (Expected `str`, got `int` - at `$.author`)"),
        (
            {"config": {"Labels": {"a": 5}}},
            "cannot be read (Expected `str | null`, got `int` - at `$.config.labels[...]`)",
        ),
        ({"config": {"Volumes": ["/a"]}}, "cannot be read (Expected `object`, got `array` - at `$.config.volumes`)"),
    ],
)
def test_what_engines_refuse(stated: dict[str, object], fault: str) -> None:
    with pytest.raises(ImageError) as raised:
        parse_config(json.dumps({"architecture": "amd64", "rootfs": {}, **stated}).encode(), "x")
    assert str(raised.value) == f"x: {fault}"


@pytest.mark.parametrize("history", [HISTORY[:2], [*HISTORY, {}], [], None])
def test_a_history_that_does_not_tell_of_the_layers(history: list[object] | None) -> None:
    stated = {**config((BASE, APP)), "history": history}
    assert parse_config(json.dumps(stated).encode(), "x").history == ()


@pytest.mark.parametrize(
    ("annotations", "clues"),
    [
        (
            {"org.opencontainers.image.base.name": "debian:12", "org.opencontainers.image.base.digest": sha256(BASE)},
            Clues("debian:12", sha256(BASE)),
        ),
        ({"org.opencontainers.image.base.name": None, "a": "b"}, Clues()),
        ({}, Clues()),
        (None, Clues()),
    ],
)
def test_annotations_tell_of_the_base(annotations: object, clues: Clues) -> None:
    document = {"config": {"digest": sha256(b""), "size": 0}, "layers": [], "annotations": annotations}
    manifest = parse_manifest(json.dumps(document).encode(), "x")
    assert isinstance(manifest, Manifest)
    assert clues_of(parse_config(b"{}", "x"), manifest.annotations) == structs.replace(clues, config=ImageConfig())


@pytest.mark.parametrize(
    ("config", "environment"),
    [({"Env": ["A=1", None, "B"]}, ("A=1", "", "B")), ({"env": None}, ()), ({}, ()), (None, ())],
)
def test_the_variables_of_an_image(config: object, environment: tuple[str, ...]) -> None:
    assert parse_config(json.dumps({"config": config}).encode(), "x").environment == environment


@pytest.mark.parametrize(
    ("config", "user"),
    [(None, ""), ({}, ""), ({"User": None}, ""), ({"user": "app"}, "app"), ({"User": "10:\u001b[2J"}, "10:?[2J")],
)
def test_whom_an_image_runs_as(config: object, user: str) -> None:
    assert parse_config(json.dumps({"config": config}).encode(), "x").user == user


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"config": {"Env": "A=1"}}, "cannot be read (Expected `array`, got `str` - at `$.config.env`)"),
        ({"config": []}, "cannot be read (Expected `object`, got `array` - at `$.config`)"),
        ({"rootfs": {"diff_ids": ["x"]}}, "refers to 'x', which is no SHA-256 or SHA-512 digest"),
        ({"rootfs": {"diff_ids": [None]}}, "refers to '', which is no SHA-256 or SHA-512 digest"),
        (
            {"rootfs": {"diff_ids": [sha256(b"")] * 20_000}},
            "has 20,000 layers; no container engine runs more than 1,000",
        ),
        (
            {"rootfs": {}, "RootFS": {}},
            "has the names 'rootfs' and 'RootFS', which are one name to an engine; "
            "refused, as engines differ in what they see",
        ),
    ],
)
def test_configurations_that_are_refused(document: object, reason: str) -> None:
    with pytest.raises(ImageError) as raised:
        parse_config(json.dumps(document).encode(), "x")
    assert str(raised.value) == f"x: {reason}"


_EMPTY = {"mediaType": LAYER, "digest": sha256(b""), "size": 0}
_NO_TEXT = "Expected `str | null`, got `int`"
_IMAGE = {"config": {"digest": sha256(b""), "size": 0}, "layers": []}
_BOTH = "is a manifest and an index at once; refused, as tools differ in what they see"
_SCHEMA_1 = "Docker schema 1, a retired format; push the image again with a present tool"


def _layer(**changes: object) -> Json:
    return {**_IMAGE, "layers": [{**_EMPTY, **changes}]}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({**_IMAGE, "manifests": []}, _BOTH),
        ({"config": _EMPTY, "manifests": []}, _BOTH),
        ({"manifests": [], "mediaType": MANIFEST}, _BOTH),
        ({**_IMAGE, "mediaType": INDEX}, _BOTH),
        ({**_IMAGE, "mediaType": DOCKER_LIST}, _BOTH),
        ({**_IMAGE, "fsLayers": []}, _SCHEMA_1),
        ({"manifests": [], "history": []}, _SCHEMA_1),
        ({**_IMAGE, "layers": [None]}, "refers to '', which is no SHA-256 or SHA-512 digest"),
        (_layer(size=-1), "sha256:e3b0c44298fc has a negative size"),
        (_layer(data="eA=="), "sha256:e3b0c44298fc carries data of another digest or size; refused"),
        (_layer(data="e"), "sha256:e3b0c44298fc carries data that is no Base64"),
        (_layer(size="0"), "cannot be read (Expected `int`, got `str` - at `$.layers[0].size`)"),
        (_layer(annotations={"a": 1}), f"cannot be read ({_NO_TEXT} - at `$.layers[0].annotations[...]`)"),
        ({**_IMAGE, "annotations": {"a": 1}}, f"cannot be read ({_NO_TEXT} - at `$.annotations[...]`)"),
    ],
)  # fmt: skip
def test_manifests_that_are_refused(document: object, reason: str) -> None:
    with pytest.raises(ImageError) as raised:
        parse_manifest(json.dumps(document).encode(), "x")
    assert str(raised.value) == f"x: {reason}"


def test_a_descriptor_may_carry_its_blob() -> None:
    layer = {"mediaType": LAYER, "digest": sha256(b"blob"), "size": 4, "data": "Ymxv\nYg=="}
    manifest = parse_manifest(json.dumps({**_IMAGE, "layers": [layer, layer]}).encode(), "x")
    assert isinstance(manifest, Manifest)
    assert manifest.layers == (Descriptor(sha256(b"blob"), 4, LAYER),) * 2


def test_fields_in_any_case() -> None:
    document = {"Config": _IMAGE["config"], "LAYERS": [{"Digest": sha256(b"x"), "\u017fIZE": 1, "MEDIATYPE": LAYER}]}
    manifest = parse_manifest(json.dumps(document).encode(), "x")
    assert isinstance(manifest, Manifest)
    assert manifest.layers == (Descriptor(sha256(b"x"), 1, LAYER),)
