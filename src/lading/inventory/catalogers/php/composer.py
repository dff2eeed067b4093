"""Composer: the packages of a vendor directory.

Source: Composer's `FilesystemRepository` (`installed.json` is a plain list up to version 1, an object since;
`installed.php`, which programs read while they run, tells less, and version 2.0 wrote the same into the class
`InstalledVersions`) and its schema for packages.
"""

from collections.abc import Mapping
from posixpath import normpath

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.php.arrays import read_array, read_static_array
from lading.inventory.needs import bounded, bounded_constraints
from lading.inventory.people import people, person
from lading.inventory.published import digest, published
from lading.inventory.unread import Remarks, fault_of
from lading.model.diagnostics import diagnostic
from lading.model.package import Archive
from lading.model.properties import UNPUBLISHED
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json

_LARGEST = 16_000_000
_PHP = ".php"
_CLASS = "/InstalledVersions.php"
_BETTER = ("installed.json", "installed.php")


def parse_installed(file: WantedFile) -> CatalogerResult:
    """The packages of `vendor/composer/installed.json`."""
    try:
        decoded = decode_json(file.content, object, spend=file.spend)
    except ValueError:
        decoded = None
    stated = decoded.get("packages") if isinstance(decoded, dict) else decoded
    if not isinstance(stated, list | dict):
        message = "not a list of Composer's packages: none was read"
        return CatalogerResult(diagnostics=(diagnostic("broken-package-database", message, file.path),))
    names = decoded.get("dev-package-names") if isinstance(decoded, dict) else ()
    development = {name.lower() for name in _items(names) if isinstance(name, str)}
    directory = file.path.rpartition("/")[0]
    packages, remarks = [], Remarks(file.path)
    for entry in _items(stated):
        package = _package(entry, directory, development) if isinstance(entry, dict) else None
        fault = fault_of(package.name, package.version) if package is not None else fault_of("", "")
        if package is not None and not fault:
            packages.append(package)
        else:
            remarks.left_out(fault)
    return CatalogerResult(packages=tuple(packages), diagnostics=remarks.told())


def parse_versions(file: WantedFile) -> CatalogerResult:
    """The packages of `vendor/composer/installed.php` or `InstalledVersions.php`, for where nothing else tells of them;
    what others merely provide has no version."""
    text = file.content[:_LARGEST].decode("utf-8", "backslashreplace")
    try:
        stated = (read_static_array(text) or {}) if file.path.endswith(_CLASS) else read_array(text)
    except ValueError as error:
        message = f"not a list of Composer's packages ({error}): none was read"
        return CatalogerResult(diagnostics=(diagnostic("broken-package-database", message, file.path),))
    root, versions = (value if isinstance(value := stated.get(key), dict) else {} for key in ("root", "versions"))
    own = {_word(root.get("name")), "__root__"}
    directory = file.path.rpartition("/")[0]
    stated_here = {name: entry for name, entry in versions.items() if name not in own}
    packages = (_version(name, entry, directory) for name, entry in stated_here.items())
    remarks = Remarks(file.path)
    for name, entry in stated_here.items():
        if _is_versionless(entry):
            remarks.left_out(fault_of(name, ""))
    return CatalogerResult(packages=tuple(one for one in packages if one is not None), diagnostics=remarks.told())


def _is_versionless(entry: object) -> bool:
    """Whether something is installed whose version is not stated."""
    return isinstance(entry, dict) and bool(_word(entry.get("install_path"))) and not _word(entry.get("pretty_version"))


def _version(name: str, entry: object, directory: str) -> FoundPackage | None:
    if not isinstance(entry, dict):
        return None
    version = _word(entry.get("pretty_version"))
    if fault_of(name, version):
        return None
    properties = {"dev": "true"} if entry.get("dev_requirement") is True else {}
    if version.startswith("dev-") and (reference := _word(entry.get("reference"))):
        properties["reference"] = reference
    place = normpath(f"{directory}/{_word(entry.get('install_path'))}") if _word(entry.get("install_path")) else "."
    files = () if place == "." or place.startswith(("../", "/")) else (f"{place}/",)
    return FoundPackage("composer", name.lower(), version, files=files, properties=properties)


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """What a list in JSON tells is told better than by the one in PHP beside it, and that better than by the class."""
    return {
        path: structs.replace(one, packages=()) if _is_told_better(path, facts) else one for path, one in facts.items()
    }


def _is_told_better(path: str, facts: Mapping[str, CatalogerResult]) -> bool:
    directory, _, name = path.rpartition("/")
    better = _BETTER[: _BETTER.index(name)] if name in _BETTER else _BETTER
    return any(f"{directory}/{one}" in facts for one in better)


def _package(entry: dict[str, object], directory: str, development: set[str]) -> FoundPackage:
    name = _word(entry.get("name")).lower()
    version = _word(entry.get("version")) or _word(entry.get("version_normalized"))
    properties = {}
    if name in development:
        properties["dev"] = "true"
    if _is_directory(entry.get("dist")):
        properties |= UNPUBLISHED
    # Only the commit tells which state of a branch was installed.
    if (version.startswith("dev-") or version.endswith("-dev")) and (reference := _reference(entry)):
        properties["reference"] = reference
    return FoundPackage(
        type="composer",
        name=name,
        version=version,
        maintainer=people(_author(one) for one in _items(entry.get("authors"))),
        licenses=tuple(text for one in _items(entry.get("license")) if (text := _word(one))),
        files=_files(entry, directory),
        properties=properties,
        requires=_names(entry.get("require")),
        constraints=_constraints(entry.get("require")),
        provides=(*_names(entry.get("provide")), *_names(entry.get("replace"))),
        archives=_archives(entry.get("dist")),
    )


def _author(stated: object) -> str:
    return person(_word(stated.get("name")), _word(stated.get("email"))) if isinstance(stated, dict) else ""


def _names(links: object) -> tuple[str, ...]:
    """Names of packages in a table of links; the platform's (`php`, `ext-json`) are no packages."""
    return bounded(name.lower() for name in links if "/" in name) if isinstance(links, dict) else ()


def _constraints(links: object) -> dict[str, str]:
    named = links.items() if isinstance(links, dict) else ()
    return bounded_constraints((name.lower(), _word(versions)) for name, versions in named if "/" in name)


def _archives(dist: object) -> tuple[Archive, ...]:
    if not isinstance(dist, dict):
        return ()
    return published(_word(dist.get("url")), digest("sha1", _word(dist.get("shasum"))))


def _files(entry: dict[str, object], directory: str) -> tuple[str, ...]:
    """Where the package lies: relative to the directory of installed.json, or by its name as version 1 had it."""
    if entry.get("type") == "metapackage":
        return ()
    place = _word(entry.get("install-path")) or f"../{_word(entry.get('name'))}"
    path = normpath(f"{directory}/{place}")
    return () if path == "." or path.startswith(("../", "/")) else (f"{path}/",)


def _reference(entry: dict[str, object]) -> str:
    for origin in (entry.get("source"), entry.get("dist")):
        if isinstance(origin, dict) and (reference := _word(origin.get("reference"))):
            return reference
    return ""


def _is_directory(dist: object) -> bool:
    return isinstance(dist, dict) and dist.get("type") == "path"


def _items(value: object) -> list[object]:
    """PHP writes a list with gaps as an object, and one that was never a list as its only item."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_versions(file) if file.path.endswith(_PHP) else parse_installed(file)


CATALOGER = Cataloger(
    name="composer",
    version=7,
    parse=_parse,
    patterns=("**/composer/installed.json", "**/composer/installed.php", f"**/composer{_CLASS}"),
    combine=combine,
)
