"""Which groups artifacts belong to, for archives that do not say: tables in `data/groups.json`.

`groups` are well-known artifacts, `moved` those that another group publishes from a major version on (the group before,
that version, the group since), `families` beginnings of names. `named` are the groups under which advisories name an
artifact (of GitLab's advisory database, open edition, MIT), `packages` the Java packages of groups that are named
otherwise than those.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct


class Groups(Struct, frozen=True, forbid_unknown_fields=True):
    """The tables; a value of `named` holds several groups with spaces between."""

    groups: dict[str, str]
    families: dict[str, str]
    moved: dict[str, tuple[str, int, str]]
    packages: dict[str, tuple[str, ...]]
    named: dict[str, str]


@cache
def groups() -> Groups:
    """The tables, read once."""
    from pkgutil import get_data

    return msgspec.json.decode(get_data(__package__, "data/groups.json") or b"", type=Groups)


TOMCAT: Final[Mapping[str, str]] = {
    "catalina": "tomcat-catalina",
    "catalina-ant": "tomcat-catalina-ant",
    "catalina-ha": "tomcat-catalina-ha",
    "catalina-ssi": "tomcat-ssi",
    "catalina-storeconfig": "tomcat-storeconfig",
    "catalina-tribes": "tomcat-tribes",
    "jasper": "tomcat-jasper",
    "jasper-el": "tomcat-jasper-el",
}
"""The files of Apache Tomcat that are named otherwise than the artifacts they are."""
_MAJOR: Final = re.compile(r"\d{1,9}", re.ASCII)


def is_known(artifact: str) -> bool:
    """Whether that is the very name of an artifact that the tables have, or a name of a family of them."""
    return is_well_known(artifact) or artifact in groups().named or bool(family_group(artifact))


def is_well_known(artifact: str) -> bool:
    """Whether that is the very name of a well-known artifact."""
    return artifact in groups().groups or artifact in groups().moved


def known_group(artifact: str, version: str = "") -> str:
    """The group of a well-known artifact, by its version where it moved; empty when it is not known."""
    if artifact in groups().moved:
        before, since, after = groups().moved[artifact]
        major = _MAJOR.match(version)
        return before if major is not None and int(major[0]) < since else after
    return groups().groups.get(artifact, "")


def named_groups(artifact: str) -> tuple[str, ...]:
    """The groups under which advisories name an artifact."""
    return tuple(groups().named.get(artifact, "").split())


def possible_groups(artifact: str, version: str = "") -> tuple[str, ...]:
    """Every group that a table has for the name, for an artifact of which no evidence tells the group."""
    found = {known_group(artifact, version), family_group(artifact), *named_groups(artifact)}
    return tuple(sorted(found - {""}))


def family_group(artifact: str) -> str:
    """The group of artifacts whose names begin alike, the longest beginning first; empty for none."""
    if artifact.startswith(("javax.", "jakarta.")):
        return artifact.removesuffix("-api")
    families = groups().families
    found = (artifact[:end] for end in range(len(artifact), 0, -1) if artifact[:end] in families)
    return next((families[begin] for begin in found), "")
