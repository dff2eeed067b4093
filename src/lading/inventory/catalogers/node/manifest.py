"""What is read of a `package.json`, by Node's packages and by editors' extensions."""

from typing import Any

from msgspec import Struct, field


class Manifest(Struct):
    """What is read of a package.json; people write anything into it."""

    name: Any = None
    version: Any = None
    private: Any = None
    workspaces: Any = None
    license: Any = None
    licenses: Any = None
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


def word(value: object) -> str:
    """A text without the white space around it, empty for anything else."""
    return value.strip() if isinstance(value, str) else ""
