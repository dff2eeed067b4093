"""Images that pass their gate, damaged so that something in them is unmatched: no word of them is clean any more, and
no status 0. A sample of what `bench/mutations.py` tries in full."""

from pathlib import Path
from typing import Any

import pytest

from tests.mutations.images import IMAGES
from tests.mutations.run import MUTATIONS, fault_of
from tests.support.program import Lading

SAMPLE = [one for one in MUTATIONS if one.get("sample")]


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda one: one["name"])
def test_a_damaged_image_never_passes_for_clean(
    mutation: dict[str, Any], tmp_path: Path, own_home: Path, lading: Lading
) -> None:
    database = own_home / ".local" / "share" / "lading" / "db"
    assert fault_of(mutation, IMAGES[mutation["image"]], tmp_path, database, lading) == ""


def test_the_list_is_of_damages_that_differ() -> None:
    assert len({str(one["do"]) + one["image"] for one in MUTATIONS}) == len(MUTATIONS) >= 200
    assert len(SAMPLE) >= 40
