"""A sample of what bench/fuzz.py does for ten minutes; what it once found stands in the tests of the readers."""

import random

import pytest

from tests.fuzzing import trees
from tests.fuzzing.target import Target, damaged
from tests.fuzzing.targets import TARGETS

ROUNDS = 60
TREES = 25


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_damaged_input_is_read_or_refused(target: Target) -> None:
    sound = target.make()
    for number in range(ROUNDS):
        target.attempt(damaged(target, sound, random.Random(f"{target.name}/{number}")))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_some_sound_input_is_read(target: Target) -> None:
    """Or else damage would not be what is tested."""
    assert [data for data in target.make() if _is_read(target, data)]


def test_damaged_trees_of_files() -> None:
    every = trees.every_tree()
    for number in range(TREES):
        trees.attempt(every, random.Random(number))


def _is_read(target: Target, data: bytes) -> bool:
    try:
        target.read(data)
    except Exception:
        return False
    return True
