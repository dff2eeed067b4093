""".deps.json: what a .NET application or framework was put together from.

Source: .NET's "Runtime Configuration Files" (github.com/dotnet/sdk, documentation/specs/runtime-configuration-file.md)
and the host's assembly resolution, which says where below the application each asset lies.
"""

from collections.abc import Iterator, Mapping, Sequence

from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.catalogers.dotnet.layout import FRAMEWORK
from lading.inventory.needs import bounded
from lading.inventory.published import content_hash
from lading.inventory.unread import Remarks, fault_of
from lading.model.diagnostics import diagnostic
from lading.model.properties import RELATIONSHIP, ROOT
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json

SUFFIX = ".deps.json"
_RUNTIME_PACK = "runtimepack."
_ASSETS = ("runtime", "native", "resources", "runtimeTargets")
# Tools that merge the assemblies of packages into the application's own.
_MERGERS = ("ilmerge", "ilrepack", "costura.fody")

_Object = Mapping[str, object]


def parse_deps(file: WantedFile) -> CatalogerResult:
    """The application and the packages that ship files with it. `files` are where these are expected; a package whose
    assemblies were merged into others has none."""
    try:
        document = decode_json(file.content, dict[str, object], spend=file.spend)
    except ValueError:
        message = "not a JSON object: no package was read"
        return CatalogerResult(diagnostics=(diagnostic("broken-package-database", message, file.path),))
    packages = tuple(_packages(document, file.path))
    nameless = sorted(_without_version(document))
    remarks = Remarks(file.path)
    for name, version in nameless:
        remarks.left_out(fault_of(name, version))
    return CatalogerResult(packages=(*packages, *_framework(file.path, packages)), diagnostics=remarks.told())


def _without_version(document: _Object) -> Iterator[tuple[str, str]]:
    """The packages that are listed without what would tell them apart: (name, version)."""
    for identity, library in _object(document.get("libraries")).items():
        name, _, version = identity.removeprefix(_RUNTIME_PACK).partition("/")
        if _object(library).get("type") in ("package", "runtimepack") and not (name and version):
            yield name, version


def _packages(document: _Object, path: str) -> Iterator[FoundPackage]:
    libraries = _object(document.get("libraries"))
    kinds = {identity: _object(library).get("type") for identity, library in libraries.items()}
    target = _target(document)
    needed = {identity: _needed(assets) for identity, assets in target.items()}
    depended_on = frozenset[str]().union(*needed.values())
    roots = {identity for identity, kind in kinds.items() if kind == "project" and identity not in depended_on}
    direct = frozenset[str]().union(*(needed.get(root, frozenset()) for root in roots))
    is_merged = any(identity.lower().startswith(_MERGERS) for identity in libraries)
    for identity, kind in kinds.items():
        name, _, version = identity.removeprefix(_RUNTIME_PACK).partition("/")
        assets = _object(target.get(identity))
        is_shipped = identity not in target or any(assets.get(one) for one in _ASSETS)
        if kind not in ("package", "runtimepack", "project") or not name or not version or not is_shipped:
            continue
        files: set[str] = set()
        if identity in roots:
            files |= _host(path)
        if identity in roots or not is_merged:
            files |= set(_files(assets, path.rpartition("/")[0]))
        yield FoundPackage(
            type="nuget",
            name=name,
            version=version,
            files=tuple(sorted(files)),
            requires=bounded(
                sorted(one.removeprefix(_RUNTIME_PACK).replace("/", "@", 1) for one in needed.get(identity, ()))
            ),
            properties=_relationship(identity, roots, direct, kind == "project"),
            archives=content_hash(_object(libraries.get(identity)).get("sha512")),
        )


def _relationship(identity: str, roots: set[str], direct: frozenset[str], is_project: bool) -> dict[str, str]:
    if identity in roots:
        return ROOT
    if is_project:
        return {RELATIONSHIP: "workspace"}
    return {RELATIONSHIP: "direct" if identity in direct else "indirect"} if roots else {}


def _framework(path: str, packages: Sequence[FoundPackage]) -> Iterator[FoundPackage]:
    """The framework a directory is named after, where its file names none of its packages: those have longer names
    (Microsoft.NETCore.App.Runtime.linux-x64)."""
    match = FRAMEWORK.match(path)
    if match is not None and not any(package.name.startswith(match["name"]) for package in packages):
        yield FoundPackage(type="nuget", name=match["name"], version=match["version"])


def _target(document: _Object) -> _Object:
    """The libraries of the target that the application was built for; of the only one where it does not say."""
    targets = _object(document.get("targets"))
    stated = document.get("runtimeTarget")
    name = stated if isinstance(stated, str) else _object(stated).get("name")
    if isinstance(name, str) and name in targets:
        return _object(targets[name])
    return _object(next(iter(targets.values()))) if len(targets) == 1 else {}


def _needed(entry: object) -> frozenset[str]:
    """What a library depends on, as `name/version`."""
    dependencies = _object(_object(entry).get("dependencies"))
    return frozenset(f"{name}/{version}" for name, version in dependencies.items())


def _files(assets: _Object, directory: str) -> Iterator[str]:
    """Publishing puts assets for the target itself beside the application, texts in a directory for their language,
    and those for several platforms where the package had them."""
    above = f"{directory}/" if directory else ""
    for kind in _ASSETS:
        for path, asset in _object(assets.get(kind)).items():
            fields = _object(asset)
            local, locale = fields.get("localPath"), fields.get("locale")
            name = path.rpartition("/")[2]
            if isinstance(local, str):
                name = local
            elif kind == "runtimeTargets":
                name = path
            elif kind == "resources" and isinstance(locale, str):
                name = f"{locale}/{name}"
            if name and not name.endswith("/_._") and name != "_._":
                yield f"{above}{name}"


def _host(path: str) -> set[str]:
    """The program that starts the application."""
    stem = path.removesuffix(SUFFIX)
    return {stem, f"{stem}.exe"}


def _object(value: object) -> _Object:
    return value if isinstance(value, dict) else {}
