"""Manifests and configurations of images."""

import json

import pytest

from lading.image.manifest import Manifest, clues_of, parse_config, parse_manifest
from lading.model.image import Clues, Step
from tests.image.images import APP, BASE, config, sha256


@pytest.mark.parametrize(
    ("stated", "created"),
    [
        ({"created": "2024-05-06T09:08:07.654Z"}, "2024-05-06T09:08:07.654Z"),
        ({"created": "\x1b[31m"}, "?[31m"),
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
        ({"org.opencontainers.image.base.name": 12, "a": "b"}, Clues()),
        ({}, Clues()),
        (None, Clues()),
        (["org.opencontainers.image.base.name"], Clues()),
    ],
)
def test_annotations_tell_of_the_base(annotations: object, clues: Clues) -> None:
    document = {"config": {"digest": sha256(b""), "size": 0}, "layers": [], "annotations": annotations}
    manifest = parse_manifest(json.dumps(document).encode(), "x")
    assert isinstance(manifest, Manifest)
    assert clues_of(parse_config(b"{}", "x"), manifest.annotations) == clues


@pytest.mark.parametrize(
    ("config", "environment"),
    [
        ({"Env": ["A=1", 2, "B"]}, ("A=1", "B")),
        ({"Env": "A=1"}, ()),
        ({}, ()),
        ([], ()),
        (None, ()),
    ],
)
def test_variables_are_read_leniently(config: object, environment: tuple[str, ...]) -> None:
    assert parse_config(json.dumps({"config": config}).encode(), "x").environment == environment
