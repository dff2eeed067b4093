"""What is read of a `package.json`, by Node's packages and by editors' extensions."""

from typing import Any

from msgspec import Struct, field

from lading.inventory.people import people, person, stated_person


class Manifest(Struct):
    """What is read of a package.json; people write anything into it."""

    name: Any = None
    version: Any = None
    private: Any = None
    workspaces: Any = None
    license: Any = None
    licenses: Any = None
    author: Any = None
    maintainers: Any = None
    contributors: Any = None
    dependencies: Any = None
    optionalDependencies: Any = None
    peerDependencies: Any = None
    publisher: Any = None
    engines: Any = None
    extensionDependencies: Any = None
    installed: Any = field(name="__metadata", default=None)


def is_private(manifest: Manifest) -> bool:
    """Whether npm refuses to publish a package: for whatever JavaScript takes for true."""
    return manifest.private not in (None, False, 0, "")


def licenses_of(value: object) -> tuple[str, ...]:
    """Today a string; in old packages an object with `type`, or a list of either."""
    if isinstance(value, list):
        return tuple(one for item in value if not isinstance(item, list) for one in licenses_of(item))
    if isinstance(value, dict):
        value = value.get("type") or value.get("name") or value.get("url")
    text = word(value)
    return (text,) if text else ()


def maker_of(manifest: Manifest) -> str:
    """Its author, else who keeps it up or contributed to it; each a text, or an object with `name` and `email`."""
    stated = (_people(one) for one in (manifest.author, manifest.maintainers, manifest.contributors))
    return next(filter(None, stated), "")


def _people(value: object) -> str:
    return people(map(_person, value if isinstance(value, list) else [value]))


def _person(value: object) -> str:
    if isinstance(value, dict):
        return person(word(value.get("name")), word(value.get("email")))
    return stated_person(word(value))


def word(value: object) -> str:
    """A text without the white space around it, empty for anything else."""
    return value.strip() if isinstance(value, str) else ""
