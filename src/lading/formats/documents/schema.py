"""The JSON Schemas of Lading's own documents, as committed in `docs/schema/`."""

import inspect

import msgspec
from msgspec import Struct


def schema_of(document: type[Struct], name: str) -> bytes:
    """The JSON Schema of a document. `name` is its address, which becomes `$id`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, **msgspec.json.schema(document)}
    for definition in schema["$defs"].values():
        definition["description"] = inspect.cleandoc(definition["description"])
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2) + b"\n"
