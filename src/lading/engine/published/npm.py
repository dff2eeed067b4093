"""What an npm registry publishes, by the short form of its package documents.

Source: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md (abbreviated metadata format).
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from lading.model.errors import FormatError
from lading.model.published import Need, Published, Runtime
from lading.safeio.json_text import MOST_OBJECTS, has_too_many_objects
from lading.versions.constraints import satisfies

ACCEPT: Final = "application/vnd.npm.install-v1+json"
_NAME: Final = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~-][A-Za-z0-9._~-]*", re.ASCII)
_LONGEST_NAME: Final = 214


class _Version(Struct):
    """Old documents have arrays in the place of objects that are empty."""

    dependencies: Any = None
    optionalDependencies: Any = None
    peerDependencies: Any = None
    peerDependenciesMeta: Any = None
    bundleDependencies: Any = None
    deprecated: Any = None
    engines: Any = None


class _Document(Struct):
    versions: dict[str, msgspec.Raw] = {}
    dist_tags: dict[str, str] = msgspec.field(name="dist-tags", default={})


class NpmPackage:
    """One package of the registry."""

    def __init__(self, content: bytes) -> None:
        """Raises FormatError for a document that is none."""
        if has_too_many_objects(content):
            raise FormatError(f"a document of more than {MOST_OBJECTS:,} objects")
        try:
            document = msgspec.json.decode(content, type=_Document)
            self._versions = {name: msgspec.json.decode(one, type=_Version) for name, one in document.versions.items()}
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise FormatError(f"no document of a package: {error}") from error
        self._latest = document.dist_tags.get("latest", "")

    def published(self, runtime: Runtime) -> Published:
        """npm takes what is tagged `latest` where that will do, and versions that were deprecated or ask for another
        Node last."""
        withdrawn = frozenset(
            name for name, one in self._versions.items() if one.deprecated or not _suits(one.engines, runtime)
        )
        preferred = self._latest if self._latest in self._versions and self._latest not in withdrawn else ""
        return Published(tuple(self._versions), withdrawn, preferred)

    def needs(self, version: str) -> tuple[Need, ...] | None:
        """What npm installs with a version."""
        found = self._versions.get(version)
        return tuple(_iter_needs(found)) if found is not None else None


def path_of(name: str) -> str:
    """Where the document of a package lies below the registry's address; empty for a name that is none."""
    return name.replace("/", "%2F") if _NAME.fullmatch(name) and len(name) <= _LONGEST_NAME else ""


def _suits(engines: object, runtime: Runtime) -> bool:
    stated = _object(engines).get("node")
    return not (isinstance(stated, str) and runtime.version and satisfies("npm", runtime.version, stated) is False)


def _iter_needs(version: _Version) -> Iterator[Need]:
    optional = {name for name, one in _object(version.peerDependenciesMeta).items() if _object(one).get("optional")}
    peers = {name: one for name, one in _object(version.peerDependencies).items() if name not in optional}
    bundled = version.bundleDependencies if isinstance(version.bundleDependencies, list) else ()
    stated = peers | _object(version.dependencies) | _object(version.optionalDependencies)
    for name, constraint in stated.items():
        if name not in bundled and isinstance(constraint, str):
            yield Need(name, "" if constraint.strip() in ("", "*", "latest") else constraint)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
