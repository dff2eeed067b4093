"""The words of a Python package about itself.

Sources: https://packaging.python.org/en/latest/specifications/core-metadata/ (METADATA, PKG-INFO),
https://packaging.python.org/en/latest/specifications/name-normalization/ and
https://packaging.python.org/en/latest/specifications/direct-url/ (direct_url.json).
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from lading.inventory.needs import bounded, bounded_constraints
from lading.inventory.people import people, person, stated_person
from lading.model.reader import Content
from lading.safeio.javascript_json import decode_json
from lading.safeio.limits import Spend, unbounded

_LONGEST_LICENSE = 200
_NO_LICENSE = ("", "UNKNOWN")
"""What setuptools wrote for want of one."""
_LINE_END = re.compile(r"\r\n?|\n")
_HEADER = re.compile(r"From |[!-9;-~]*:|[\t ]")
"""How a line of a mail's header begins (`headerRE` of Python's email.feedparser)."""
_DIRECTORY = re.compile(r"(.+?)-(\d[^-]*)(?:-py\d[^/]*)?\.(?:dist-info|egg-info|egg)", re.ASCII)
_NEED = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_EXTRA = re.compile(r";.*\bextra\b", re.DOTALL)
"""What only an optional feature of the package needs."""
_EXTRAS = re.compile(r"^\s*\[[^\]]*\]")
_APART = re.compile(r"[^a-z0-9]+")
# Of what may stand before the host, only git's own user name is no secret; a query may hold a token too.
_SECRET = re.compile(r"(?<=://)(?!git@)[^/]*@")
_BETWEEN = re.compile(r"(?<=>)\s*,\s*")
"""What stands between several persons with addresses; names may have commas in them."""
_ABSENT = frozenset({"", "UNKNOWN"})


class Metadata(Struct, frozen=True):
    """What is read of METADATA or PKG-INFO. `name` is normalised; it and `version` are empty where not stated."""

    name: str
    version: str
    licenses: tuple[str, ...]
    requires: tuple[str, ...] = ()
    constraints: dict[str, str] = {}
    maintainer: str = ""


def directory_name(path: str) -> tuple[str, str]:
    """Name and version from `NAME-VERSION.dist-info`, `NAME-VERSION-py3.8.egg-info` or `NAME-VERSION-py3.8.egg` in the
    path, by which Python finds a package; empty where there are none."""
    match = next(filter(None, map(_DIRECTORY.fullmatch, reversed(path.split("/")))), None)
    return (normalise(match[1]), match[2]) if match else ("", "")


def normalise(name: str) -> str:
    """The name as package indexes compare it. Names of old, that may hold spaces, become what setuptools makes of
    them."""
    name = _APART.sub("-", name.strip().lower())
    return "" if name == "-" else name


def read_metadata(text: str) -> Metadata:
    """The header of METADATA or PKG-INFO as importlib.metadata reads it, which is as a mail: of fields of one name the
    first counts, and it ends at the first line that is no field; the description below is not looked at."""
    fields: dict[str, str] = {}
    classifiers: list[str] = []
    needs: list[tuple[str, str]] = []
    for key, value in _iter_fields(text):
        if key == "classifier" and value.startswith("License ::"):
            classifiers.append(value.rpartition("::")[2].strip())
        elif key == "requires-dist":
            if (need := _NEED.match(value)) and not _EXTRA.search(value):
                needs.append((normalise(need[0]), _constraint(value[need.end() :])))
        else:
            fields.setdefault(key, value)
    present = {key: value for key, value in fields.items() if value not in _ABSENT}
    return Metadata(
        name=normalise(present.get("name", "")),
        version=present.get("version", ""),
        licenses=_licenses(present, classifiers),
        requires=bounded(name for name, _ in needs),
        constraints=bounded_constraints(needs),
        maintainer=_maker(present),
    )


def _maker(fields: dict[str, str]) -> str:
    """The author, else the maintainer. Of those who have an address, many tools write both into the field for that:
    `NAME <ADDRESS>`, with commas between several."""
    for who in ("author", "maintainer"):
        name, address = fields.get(who, ""), fields.get(f"{who}-email", "")
        if "<" in address:
            persons = people(map(stated_person, _BETWEEN.split(address)))
            if not name or persons.startswith(f"{name} <"):
                return persons
        if made := person(name, address):
            return made
    return ""


def _constraint(rest: str) -> str:
    """The versions in what follows the name of a requirement; none where it depends on the environment."""
    stated, semicolon, _ = rest.partition(";")
    if semicolon or "@" in stated:
        return ""
    return _EXTRAS.sub("", stated, count=1).strip().removeprefix("(").removesuffix(")")


def _iter_fields(text: str) -> Iterator[tuple[str, str]]:
    """(lower-case name, lines without the white space around them) of each field."""
    key, lines = "", [""]
    for line in _LINE_END.split(text):
        if not _HEADER.match(line):
            break
        if line[0] in " \t":
            lines.append(line.strip())
            continue
        if key:
            yield key, "\n".join(lines).strip()
        key, _, value = line.partition(":")
        key, lines = "" if line.startswith("From ") else key.lower(), [value.strip()]
    if key:
        yield key, "\n".join(lines).strip()


def _licenses(fields: dict[str, str], classifiers: list[str]) -> tuple[str, ...]:
    """License-Expression, else License, else the classifiers. A License of several lines is a whole text: its first
    line stands for it only where there is nothing better."""
    stated, _, further = fields.get("license", "").partition("\n")
    named = tuple(dict.fromkeys(one for one in classifiers if one != "OSI Approved"))
    if "license-expression" in fields:
        return (fields["license-expression"],)
    if named and (further or stated in _NO_LICENSE):
        return named
    return (stated[:_LONGEST_LICENSE],) if stated not in _NO_LICENSE else ()


def read_origin(content: Content, spend: Spend = unbounded) -> str:
    """Where direct_url.json says the package came from, as pip writes it (`git+https://host/repo@commit`), secrets
    removed; empty when it says nothing. `spend` is told of what takes long. Raises ValueError when it is broken."""
    stated = decode_json(content, object, spend=spend)
    if not isinstance(stated, dict) or not isinstance(stated.get("url"), str):
        raise ValueError("no url in it")
    url = _SECRET.sub("", stated["url"].strip().partition("?")[0])
    vcs = stated.get("vcs_info")
    if isinstance(vcs, dict) and isinstance(vcs.get("vcs"), str) and isinstance(vcs.get("commit_id"), str):
        return f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    return url
