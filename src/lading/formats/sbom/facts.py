"""What the fields of a format cannot carry.

A writer reads back what it writes, in the way of any document, and adds whatever came out differently as facts: pairs
of a field's name and its value. So a document of ours gives exactly what went into it, and says nothing twice.
"""

from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from lading.model.errors import FormatError
from lading.safeio.json_text import encode_json

_Value = TypeVar("_Value", bound=Struct)


def facts_of(value: _Value, derived: _Value, leave_out: Collection[str] = ()) -> dict[str, str]:
    """The fields in which a value differs from what the document's own fields give: texts as they are, all else as
    JSON."""
    facts = {}
    for name in value.__struct_fields__:
        own = getattr(value, name)
        if name not in leave_out and own != getattr(derived, name):
            facts[name] = own if isinstance(own, str) else encode_json(own).decode()
    return facts


def with_facts(derived: _Value, facts: Mapping[str, str], where: str) -> _Value:
    """The value that `facts_of` was given. Raises FormatError."""
    changes = {}
    for field in structs.fields(derived):
        text = facts.get(field.name)
        if text is None:
            continue
        try:
            if isinstance(getattr(derived, field.name), str):
                changes[field.name] = msgspec.convert(text, field.type)
            else:
                changes[field.name] = msgspec.json.decode(text, type=field.type)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise FormatError(f"{where}: lading:{field.name} cannot be read ({error})") from error
    return structs.replace(derived, **changes) if changes else derived
