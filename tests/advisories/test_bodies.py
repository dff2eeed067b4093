"""How rows are stored."""

import msgspec
import pytest

from lading.advisories.bodies import pack_body, unpack_body
from lading.model.errors import SafeIOError


@pytest.mark.parametrize("value", [[], ["a"], list(range(120)), [["same"] * 9] * 1000, ["x"] * 70_000])
def test_bodies_come_back(value: list[object]) -> None:
    body = msgspec.msgpack.encode(value)
    stored = pack_body(body)
    assert len(stored) <= len(body)
    assert unpack_body(stored) == body


def test_what_compresses_is_compressed() -> None:
    assert len(pack_body(msgspec.msgpack.encode([["same"] * 9] * 1000))) < 1000


def test_damage_is_told() -> None:
    stored = pack_body(msgspec.msgpack.encode(["same"] * 1000))
    with pytest.raises(SafeIOError):
        unpack_body(stored[:-4])
