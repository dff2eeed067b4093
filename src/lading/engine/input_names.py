"""What names, in caches, what was made with the inputs of checks."""

from collections.abc import Collection
from hashlib import sha256
from typing import Final

from msgspec.msgpack import encode

from lading.model.checks import CheckInputs

BEARING: Final = tuple(name for name in CheckInputs.__struct_fields__ if name not in ("own", "license_terms"))
"""The inputs that bear on what readers keep; checks of the user's own and categories are put to what they keep."""


def name_of_inputs(inputs: CheckInputs, fields: Collection[str] = BEARING) -> str:
    """Tells what was made with some of these inputs apart from what was made with others, and says nothing of them;
    "" where none is given."""
    given = {field: getattr(inputs, field) for field in fields}
    if not any(given.values()):
        return ""
    return sha256(b"lading inputs\0" + encode(given)).hexdigest()[:16]
