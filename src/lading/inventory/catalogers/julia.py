"""Julia: the packages of an environment.

Source: Pkg.jl's manual, "Manifest.toml" (also under the name `Manifest-v1.11.toml`): format 1 has the packages at the
top, format 2 below `deps`. Modules of the standard library have no version there; they have the language's own.
"""

import re
from collections.abc import Iterator
from posixpath import basename

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError
from lading.model.package import Evidence
from lading.model.properties import UNPUBLISHED
from lading.model.reader import WantedFile
from lading.safeio.toml_text import parse_toml

_MOST = 4_000_000
"""Bytes of a manifest; those of hundreds of packages have 100,000, and each costs a quarter of a microsecond."""
_BYTES_A_STEP = 4
_NAME = re.compile(r"(Julia)?Manifest\b")
_SHARED = re.compile(r"(?:^|/)environments/v[^/]*/[^/]*$")


def parse_installed(file: WantedFile) -> CatalogerResult:
    """The packages of a shared environment in a depot (`environments/v1.10`)."""
    return _parse(file, "installed") if _NAME.match(basename(file.path)) else CatalogerResult()


def parse_declared(file: WantedFile) -> CatalogerResult:
    """The packages of a project's manifest; those of shared environments are installed."""
    return CatalogerResult() if _SHARED.search(file.path) else _parse(file, "declared")


def _parse(file: WantedFile, evidence: Evidence) -> CatalogerResult:
    data = file.content[: _MOST + 1]
    try:
        if len(data) > _MOST:
            raise FormatError("too large")
        file.spend(len(data) // _BYTES_A_STEP)
        manifest = parse_toml(data)
    except FormatError:
        message = "not a manifest of Julia: no package was read"
        return CatalogerResult(diagnostics=(diagnostic("broken-manifest", message, file.path),))
    language = manifest.get("julia_version")
    packages = (
        FoundPackage(
            type="julia",
            name=name,
            version=version or (language if isinstance(language, str) else ""),
            evidence=evidence,
            properties=({"uuid": uuid} if uuid else {}) | (UNPUBLISHED if own else {}),
            requires=needs,
        )
        for name, version, uuid, needs, own in _entries(manifest)
    )
    return CatalogerResult(packages=tuple(packages))


def _entries(manifest: dict[str, object]) -> Iterator[tuple[str, str, str, tuple[str, ...], bool]]:
    """(name, version, uuid, needs, own) of each package, "" for what is not stated. A name can stand for several; one
    at a path is the project's own."""
    listed = manifest.get("deps") if "manifest_format" in manifest else manifest
    for name, entries in sorted(listed.items()) if isinstance(listed, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                version, uuid, deps = entry.get("version"), entry.get("uuid"), entry.get("deps")
                # A table names the UUIDs too, where a name stands for several packages.
                needs = bounded(one for one in deps if isinstance(one, str)) if isinstance(deps, list | dict) else ()
                own = isinstance(entry.get("path"), str)
                yield name, _text(version), _text(uuid), needs, own


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


CATALOGERS: tuple[Cataloger, ...] = (
    Cataloger(
        name="julia",
        version=4,
        parse=parse_installed,
        patterns=(
            "**/environments/v*/Manifest.toml",
            "**/environments/v*/JuliaManifest.toml",
            "**/environments/v*/*.toml",
        ),
    ),
    Cataloger(
        name="julia-manifest",
        version=4,
        parse=parse_declared,
        patterns=("**/Manifest.toml", "**/JuliaManifest.toml"),
        declares=True,
    ),
)
