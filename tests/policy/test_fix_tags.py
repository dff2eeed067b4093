"""Tags that are near the one that an image is built on."""

import pytest

from lading.policy.fixes.tags import near_tags

PYTHON = ("3.11-slim", "3.11.9-slim", "3.11.10-slim", "3.12-slim", "3.13-slim", "3.13", "3.13-alpine", "slim", "latest")


@pytest.mark.parametrize(
    ("tag", "tags", "near"),
    [
        ("3.11-slim", PYTHON, ("3.11-slim", "3.13-slim")),
        ("3.11.9-slim", PYTHON, ("3.11.9-slim", "3.11.10-slim")),
        ("3.13", PYTHON, ("3.13",)),
        ("slim", PYTHON, ("slim",)),
        ("12", ("11", "12", "13", "12.5", "13-slim", "bookworm"), ("12", "13")),
        ("12", ("11", "13"), ("13",)),
        ("1.2.3", ("1.2.3", "1.2.10", "1.9.0", "2.0.0", "10.0.0"), ("1.2.3", "1.9.0", "10.0.0")),
        ("v1.2", ("v1.2", "v1.3", "1.4"), ("v1.2", "v1.3")),
        ("3.20", ("3.9", "3.20", "3.21", "edge", "20240101"), ("3.20", "3.21")),
        ("latest", ("latest", "1"), ("latest",)),
        ("gone", ("1",), ()),
        ("1-", ("1-", "2-"), ("1-",)),
        ("9" * 5000, ("1",), ()),
    ],
)
def test_near_tags(tag: str, tags: tuple[str, ...], near: tuple[str, ...]) -> None:
    assert near_tags(tag, tags) == near
