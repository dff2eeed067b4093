"""Configurations of images."""

import json

import pytest

from lading.image.manifest import parse_config


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
