"""What was reported and what was hidden in an image and in eight trees from registries: a list of places, without the
values, with what was made of each. What is reported was read, and what is hidden by its place gone through one by one;
the rest is nobody's by its form. The trees are too large to be here; what is known of a place alone
is tried on the list."""

import json
from pathlib import Path

import pytest

from lading.checks.secrets.places import is_published_example
from lading.checks.secrets.rule import built_in, by_id
from lading.model.package import INTO

Row = tuple[str, str, int, str, str]
LIST: dict[str, dict[str, list[Row]]] = json.loads((Path(__file__).parent / "precision.json").read_text())
BY_PLACE = "lies in documentation or tests of a package"


def rows(kind: str) -> list[Row]:
    return [row for tree in LIST.values() for row in tree[kind]]


def test_what_is_reported_is_true_and_what_is_hidden_is_an_example() -> None:
    reported, hidden = rows("reported"), rows("hidden")
    assert (len(LIST), len(reported), len(hidden)) == (9, 2, 815)
    assert {said for *_, said, _ in reported} == {"true"}
    assert {said for *_, said, _ in hidden} == {"example"}
    assert all(why for *_, why in (*reported, *hidden))


def test_every_kind_is_one_that_there_is() -> None:
    assert {row[0] for row in (*rows("reported"), *rows("hidden"))} <= by_id(built_in()).keys()


@pytest.mark.parametrize("kind", ["reported", "hidden"])
def test_places_are_told_apart_as_people_did(kind: str) -> None:
    for _, path, _, _, why in rows(kind):
        outer, _, member = path.partition(INTO)
        if kind == "reported" or why == BY_PLACE:
            assert is_published_example(outer, member) is (kind == "hidden"), path
