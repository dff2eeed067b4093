"""The words of a Python package about itself.

Sources: https://packaging.python.org/en/latest/specifications/core-metadata/ (METADATA, PKG-INFO),
https://packaging.python.org/en/latest/specifications/name-normalization/ and
https://packaging.python.org/en/latest/specifications/direct-url/ (direct_url.json).
"""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

_LONGEST_LICENSE = 200
_APART = re.compile(r"[^a-z0-9]+")
# Of what may stand before the host, only git's own user name is no secret; a query may hold a token too.
_SECRET = re.compile(r"(?<=://)(?!git@)[^/]*@")
_ABSENT = frozenset({"", "UNKNOWN"})


class Metadata(Struct, frozen=True):
    """What is read of METADATA or PKG-INFO. `name` is normalised; it and `version` are empty where not stated."""

    name: str
    version: str
    licenses: tuple[str, ...]


def normalise(name: str) -> str:
    """The name as package indexes compare it. Names of old, that may hold spaces, become what setuptools makes of
    them."""
    name = _APART.sub("-", name.strip().lower())
    return "" if name == "-" else name


def read_metadata(text: str) -> Metadata:
    """The header of METADATA or PKG-INFO; the description below the first empty line is not looked at."""
    fields: dict[str, str] = {}
    classifiers: list[str] = []
    hidden = False
    for key, value in _iter_fields(text):
        if key == "classifier" and value.startswith("License ::"):
            classifiers.append(value.rpartition("::")[2].strip())
        elif fields.get(key or "license", "") in _ABSENT:
            fields[key or "license"] = value
        elif not key:
            hidden = True
    present = {key: value for key, value in fields.items() if value not in _ABSENT}
    return Metadata(
        name=normalise(present.get("name", "")),
        version=present.get("version", ""),
        licenses=_licenses(present, hidden, classifiers),
    )


def _iter_fields(text: str) -> Iterator[tuple[str, str]]:
    """(lower-case name, first line) of each field; further lines of the licence come with an empty name."""
    key = ""
    for line in text.lstrip("\ufeff\r\n").split("\n"):
        stripped = line.strip()
        if not line.rstrip("\r"):
            return
        if line[0] not in " \t":
            key, _, value = line.partition(":")
            key = key.strip().lower()
            if key:
                yield key, value.strip()
        elif key == "license" and stripped:
            yield "", stripped


def _licenses(fields: dict[str, str], hidden: bool, classifiers: list[str]) -> tuple[str, ...]:
    """License-Expression, else License, else the classifiers. A License of several lines is a whole text: its first
    line stands for it only where there is nothing better."""
    stated = fields.get("license", "")[:_LONGEST_LICENSE]
    named = tuple(dict.fromkeys(one for one in classifiers if one != "OSI Approved"))
    if "license-expression" in fields:
        return (fields["license-expression"],)
    if named and (hidden or not stated):
        return named
    return (stated,) if stated else ()


def read_origin(data: bytes) -> str:
    """Where direct_url.json says the package came from, as pip writes it (`git+https://host/repo@commit`), secrets
    removed; empty when it says nothing. Raises ValueError when it is broken."""
    try:
        stated = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(stated, dict) or not isinstance(stated.get("url"), str):
        raise ValueError("no url in it")
    url = _SECRET.sub("", stated["url"].strip().partition("?")[0])
    vcs = stated.get("vcs_info")
    if isinstance(vcs, dict) and isinstance(vcs.get("vcs"), str) and isinstance(vcs.get("commit_id"), str):
        return f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    return url
