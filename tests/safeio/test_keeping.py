"""Files kept small between the layers."""

import pytest

from lading.model.errors import LimitError
from lading.safeio import keeping
from lading.safeio.keeping import keep, kept


@pytest.mark.parametrize("content", [b"", b"x" * 70_000, bytes(3_000_000)])
def test_there_and_back(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = keep(content, len(content), "x")
    assert kept(packed)[:] == content
    monkeypatch.setattr(keeping, "IN_MEMORY", 60_000)
    assert kept(packed)[:] == content


def test_what_is_too_large() -> None:
    with pytest.raises(LimitError, match=r"^a/b: 3 bytes, above the limit of 2 for one file$"):
        keep(b"abc", 2, "a/b")
