"""JSON of values that hold names from images: those that are not UTF-8 arrive as lone surrogates, which JSON cannot
carry."""

from typing import Any

import msgspec


def encode_json(value: object) -> bytes:
    """A value as compact JSON, with lone surrogates written out (`\\udcff`)."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_with_escapes(msgspec.to_builtins(value)))


def encode_document(value: object) -> bytes:
    """A value as JSON for files: indented, ending in a newline."""
    return msgspec.json.format(encode_json(value), indent=2) + b"\n"


def _with_escapes(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_with_escapes(item) for item in value]
    if isinstance(value, dict):
        return {_with_escapes(key): _with_escapes(item) for key, item in value.items()}
    return value
