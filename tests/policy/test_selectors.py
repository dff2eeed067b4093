"""Which layers are meant by a digest."""

import pytest

from lading.model.image import Base, Image, Layer
from lading.policy.selectors import is_layer

_BLOB, _DIFF_ID = "sha256:" + "a" * 64, "sha256:" + "b" * 64
_KNOWN = Base(1, "debian:12", "index", "")
_UNCHECKED = Base(1, "debian:12", "index", "", unchecked=(1,))
_BY_HISTORY = Base(1, "debian:12", "history", "")


@pytest.mark.parametrize(
    ("blob", "base", "wanted", "expected"),
    [
        (_BLOB, None, _BLOB, True),
        (_BLOB, None, "a" * 12, True),
        (_BLOB, None, "a" * 11, False),
        (_BLOB, None, _DIFF_ID, False),
        (_BLOB, _BY_HISTORY, _DIFF_ID, False),
        (_BLOB, _UNCHECKED, _DIFF_ID, False),
        (_BLOB, _KNOWN, _DIFF_ID, True),
        ("", None, _DIFF_ID, True),
        ("", None, "b" * 12, True),
    ],
)
def test_a_digest_means_a_layer_whose_content_was_held_against_it(
    blob: str, base: Base | None, wanted: str, expected: bool
) -> None:
    image = Image("app", "registry", layers=(Layer(1, _DIFF_ID, blob),), base=base)
    assert is_layer(wanted, 1, image) is expected
    assert not is_layer(wanted, 2, image)
