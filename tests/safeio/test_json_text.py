"""Documents in pieces: the same bytes as at once."""

import pytest

from lading.safeio.json_text import encode_document, iter_document


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 2001])
def test_arrays_that_are_written_as_they_are_made(count: int) -> None:
    hostile = {"a": '\n  "a": []', "b": "\udcff", "c": []}
    members = [hostile] * count

    def whole(first: object, second: object) -> dict[str, object]:
        return {"a": [], "in": {"before": '\n    "a": []', "a": first, "b": [], "c": [{"a": [[]]}]}, "last": second}

    pieces = list(iter_document(whole((), [1]), 2, (("a", iter(members)), ("b", (one for one in (1, 2))))))
    expected = whole(members, [1])
    expected["in"] = expected["in"] | {"b": [1, 2]}  # type: ignore[operator]
    assert b"".join(pieces) == encode_document(expected)
    assert len(pieces) > count // 1000
