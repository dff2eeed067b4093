"""File names, which are bytes, as text."""

import re

_BACKSLASH = ord("\\")
_LOOKS_WRITTEN_OUT = re.compile(rb"\\+(?=x[89a-f][0-9a-f]|[\x80-\xff])")


def decode_name(raw: bytes) -> str:
    """A name as text that no other name has: bytes that are not UTF-8 are written out (`\\xff`), and the backslashes of
    a name that reads like that in plain letters, or stand before such a byte, are doubled."""
    if _BACKSLASH in raw:
        raw = _LOOKS_WRITTEN_OUT.sub(rb"\g<0>\g<0>", raw)
    return raw.decode("utf-8", "backslashreplace")


def clean_path(raw: bytes) -> tuple[bytes, bool]:
    """A path relative to the root without `.`, `..`, empty parts and slashes at the ends, and whether it climbs out of
    the root; `..` stops there, as container engines resolve it. The root itself is empty."""
    plain = raw.removeprefix(b"./").strip(b"/")
    if not plain.startswith(b".") and b"/." not in plain and b"//" not in plain:
        return plain, False
    parts = [part for part in raw.split(b"/") if part and part != b"."]
    if b".." not in parts:
        return b"/".join(parts), False
    kept: list[bytes] = []
    climbs = False
    for part in parts:
        if part != b"..":
            kept.append(part)
        elif kept:
            kept.pop()
        else:
            climbs = True
    return b"/".join(kept), climbs
