"""Python packages: what installers and build tools leave beside the modules.

Sources: https://packaging.python.org/en/latest/specifications/recording-installed-packages/ (dist-info); setuptools'
documentation of eggs (egg-info as file or directory, EGG-INFO, zipped eggs).
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from posixpath import basename, dirname

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.python.bundled import (
    find_libraries,
    names_of_component,
    names_of_library,
    read_components,
    read_pins,
)
from lading.inventory.catalogers.python.metadata import Metadata, directory_name, normalise, read_metadata, read_origin
from lading.inventory.catalogers.python.ownership import compressed, installed_paths, record_paths, top_level_paths
from lading.inventory.catalogers.python.stripped import PATTERNS, is_of_module, parse_module, stripped_packages
from lading.inventory.unread import fault_of, left_out, unread
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, SafeIOError
from lading.model.package import Relationship
from lading.model.properties import BUNDLED_IN, UNPUBLISHED
from lading.model.reader import WantedFile
from lading.safeio.lines import iter_lines
from lading.safeio.zip_ends import python_directory
from lading.safeio.zips import ZipBudget, ZipContent

_MOST_HEADER = 1024 * 1024
_MOST_INFLATED = 64 * 1024 * 1024
_MOST_INSTALLER = 64
_LARGEST_LIST = 16_000_000
_MOST_LINES = 500_000
_A_LINE = 2
_ZIP_TAIL = 66_000
"""Within so many bytes of its end an archive says where its directory lies."""
_EGG_METADATA = ("EGG-INFO/METADATA", "EGG-INFO/PKG-INFO")
_EGG_ENDING = tuple(name.lower().encode() for name in _EGG_METADATA)
_LOCAL = re.compile(r"file:(?!.*\.(?:whl|egg|zip|tar|tgz|tar\.\w+)$)", re.IGNORECASE | re.DOTALL)
"""The origin of what was installed from a directory, not from a file that may have come from anywhere."""
_REQUESTED = "REQUESTED"
_SET_ASIDE = re.compile(r"(?:^|/)[-~.=%][^/]*\.(?:dist|egg)-info(?:/|$)")
"""What pip moves out of its way while it works, and may leave there: Python imports nothing from it. The characters are
those of its `AdjacentTempDirectory` that no package begins with."""
_MODULE = "/__init__.py"
WITHOUT_METADATA = "Python package without metadata"
"""What is said of modules where installers put them, unless some package owns them: images are made smaller by taking
the metadata away."""
_STATEMENTS = ("METADATA", "PKG-INFO")
_LISTS = ("RECORD", "installed-files.txt", "top_level.txt")
"""What tells the owned files, the best first."""
_VENDORED = re.compile(r"(?:^|.*/)([^/]+)/_vendor/")
# Of setuptools, pip takes along one module only.
_PARTS = {("pip", "setuptools"): "pkg_resources"}
# What Python 2 installs about modules of its own standard library.
_STANDARD_LIBRARY = re.compile(r"(?:^|/)lib(?:32|64)?/python2\.\d+(?:/lib-dynload)?/[^/]+\.egg-info(?:/PKG-INFO)?$")
_STANDARD_NAMES = frozenset({"argparse", "wsgiref"})


def _parse(file: WantedFile) -> CatalogerResult:
    if _SET_ASIDE.search(file.path):
        return CatalogerResult()
    reader = _READERS.get(basename(file.path))
    if reader is not None:
        return _parse_list(file, reader)
    if is_of_module(file.path):
        result = parse_module(file)
        return structs.replace(result, unknown=WITHOUT_METADATA) if file.path.endswith(_MODULE) else result
    if file.path.endswith(".json"):
        return parse_sbom(file)
    return parse_egg(file) if file.path.endswith(".egg") else parse_metadata(file)


def _parse_list(file: WantedFile, reader: Callable[[WantedFile], CatalogerResult]) -> CatalogerResult:
    try:
        if len(file.content) > _LARGEST_LIST:
            raise FormatError(f"a list of {len(file.content):,} bytes, more than {_LARGEST_LIST:,}")
        return reader(file)
    except FormatError as error:
        return CatalogerResult(diagnostics=(unread(file.path, "Python", str(error), "unread-list"),))


def _lines(file: WantedFile) -> Iterator[str]:
    """Raises FormatError, also between lines."""
    for line in iter_lines(file.content, _MOST_LINES):
        file.spend(_A_LINE)
        yield line.decode("utf-8", "backslashreplace")


def parse_metadata(file: WantedFile) -> CatalogerResult:
    """The package that METADATA, PKG-INFO or a single egg-info file states."""
    text = file.content[:_MOST_HEADER].decode("utf-8", "backslashreplace")
    return _stated(file.path, read_metadata(text), _own_files(file.path))


def parse_egg(file: WantedFile) -> CatalogerResult:
    """The package in a zipped egg; other formats share the ending."""
    if file.content[:2] != b"PK" and file.content.rfind(b"PK\5\6", -_ZIP_TAIL) < 0:
        return CatalogerResult()
    try:
        archive = ZipContent(file.content, ZipBudget(_MOST_INFLATED, spend=file.spend), _EGG_ENDING, python_directory)
        stated = next((name for name in _EGG_METADATA if name in archive.names), None)
        if stated is None:
            return CatalogerResult(unknown="Python egg")
        data = archive.read(stated, _MOST_INFLATED)
    except SafeIOError as error:
        broken = unread(file.path, "Python", f"the egg cannot be read: {error}", "broken-archive")
        return CatalogerResult(diagnostics=(broken,))
    found = _stated(file.path, read_metadata(data[:_MOST_HEADER].decode("utf-8", "backslashreplace")), (file.path,))
    doubts = tuple(unread(file.path, "Python", doubt, "broken-archive") for doubt in archive.doubts)
    return structs.replace(found, diagnostics=(*found.diagnostics, *doubts))


def parse_record(file: WantedFile) -> CatalogerResult:
    """The owned files, and the libraries that auditwheel put among them: without versions, which no name tells."""
    paths = record_paths(_lines(file), _site(file.path))
    properties = {BUNDLED_IN: _distribution(dirname(file.path)), "auditwheel": "true"}
    libraries = tuple(
        FoundPackage(
            type="generic",
            name=name,
            version="",
            files=(path,),
            evidence="bundled",
            properties={**properties, "soversion": number} if number else properties,
        )
        for path, name, number in sorted(find_libraries(paths))
    )
    return CatalogerResult(packages=libraries, owned=compressed(paths, _site(file.path)))


def parse_sbom(file: WantedFile) -> CatalogerResult:
    """The components of an SBOM document in `NAME.dist-info/sboms`; the package it is about is not one of them."""
    inside = _distribution(dirname(dirname(file.path)))
    try:
        components = read_components(file.content, file.spend)
    except ValueError as error:
        return _remark("broken-sbom", f"not JSON, or damaged: {error}", file.path)
    if components is None:
        return _remark("unread-sbom", "an SBOM document that is not CycloneDX was not read", file.path)
    packages = []
    for one in components:
        name = normalise(one.name) if one.type == "pypi" else one.name
        if (one.type, name) != ("pypi", inside):
            packages.append(
                FoundPackage(
                    type=one.type,
                    name=name,
                    version=one.version,
                    arch=one.arch,
                    evidence="bundled",
                    properties={BUNDLED_IN: inside, "scope": one.scope} if one.scope else {BUNDLED_IN: inside},
                    purl=one.purl,
                )
            )
    return CatalogerResult(packages=tuple(packages))


def parse_vendored(file: WantedFile) -> CatalogerResult:
    """The packages that a list in a `_vendor` directory names."""
    vendored = _VENDORED.match(file.path)
    inside = {BUNDLED_IN: vendored[1]} if vendored else {}
    packages = []
    for written, version in read_pins(file.text):
        name = normalise(written)
        part = _PARTS.get((inside.get(BUNDLED_IN, ""), name))
        properties = {**inside, "part": part} if part else inside
        packages.append(FoundPackage("pypi", name, version, evidence="bundled", properties=properties))
    return CatalogerResult(packages=tuple(packages))


def parse_origin(file: WantedFile) -> CatalogerResult:
    """direct_url.json: keeps the origin for `combine`."""
    try:
        return CatalogerResult(companion=read_origin(file.content, file.spend).encode())
    except ValueError as error:
        return _remark("broken-direct-url", f"the package's origin cannot be read: {error}", file.path)


def parse_installer(file: WantedFile) -> CatalogerResult:
    """INSTALLER: keeps its one word for `combine`."""
    return CatalogerResult(companion=file.content[:_MOST_INSTALLER].strip().partition(b"\n")[0].strip())


def parse_requested(file: WantedFile) -> CatalogerResult:
    """REQUESTED: that it is there says that somebody asked for the package."""
    return CatalogerResult(companion=b"1")


def parse_installed_files(file: WantedFile) -> CatalogerResult:
    """installed-files.txt of an egg-info directory: the owned files."""
    return CatalogerResult(owned=compressed(installed_paths(_lines(file), dirname(file.path)), _site(file.path)))


def parse_top_level(file: WantedFile) -> CatalogerResult:
    """top_level.txt: what may be owned, where nothing tells it better."""
    return CatalogerResult(owned=top_level_paths(_lines(file), _site(file.path)))


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """Joins what stands in one info directory: the package gets its files, its installer and its origin, the
    components of SBOMs get the libraries that they are."""
    libraries: dict[str, dict[str, set[str]]] = {}
    stated: dict[str, set[str]] = {}
    for path, one in facts.items():
        directory = dirname(path)
        if basename(path) == "RECORD":
            libraries[directory] = _by_name(one.packages)
        elif basename(directory) == "sboms":
            names = stated.setdefault(dirname(directory), set())
            names.update(name for package in one.packages for name in names_of_component(package.name))
    # Installers that know of REQUESTED give it to something in every place that they install into.
    asking = {_site(path) for path in facts if basename(path) == _REQUESTED}
    vague = _sites_without_lists(facts)
    stripped = stripped_packages(facts)
    joined = {}
    for path, one in facts.items():
        name, directory = basename(path), dirname(path)
        packages = one.packages
        if is_of_module(path):
            packages = (stripped[path],) if path in stripped else ()
        if path.endswith(_MODULE) and {dirname(directory), _as_named(directory)} & vague:
            one = CatalogerResult()
        if name in _STATEMENTS:
            packages = tuple(_joined(package, directory, facts, asking) for package in packages)
        elif name == "RECORD":
            known = stated.get(directory, set())
            packages = tuple(library for library in packages if known.isdisjoint(names_of_library(library.name)))
            if not any(f"{directory}/{one}" in facts for one in _STATEMENTS):
                one = _without_metadata(path, one)
                packages = (*(_joined(package, directory, facts, asking) for package in one.packages), *packages)
        elif basename(directory) == "sboms":
            packages = tuple(_components(packages, libraries.get(dirname(directory), {})))
        joined[path] = CatalogerResult(
            packages=packages, diagnostics=one.diagnostics, unknown=one.unknown, unknown_size=one.unknown_size
        )
    return joined


def _sites_without_lists(facts: Mapping[str, CatalogerResult]) -> set[str]:
    """The directories with a package whose metadata comes without a list of files, or with one that names none, so that
    any module may be its; and the modules that are called as a package beside them, whose list may be damaged."""
    files = {path for path in facts if path.endswith(".egg-info")}
    stated = {dirname(path) for path in facts if basename(path) in _STATEMENTS}
    listed = {dirname(path) for path, one in facts.items() if basename(path) in _LISTS and one.owned}
    named = {_as_named(f"{dirname(one)}/{basename(one).partition('-')[0]}") for one in stated}
    return named | {dirname(path) for path in (*files, *(stated - listed))}


def _as_named(directory: str) -> str:
    return f"{dirname(directory)}/{normalise(basename(directory))}"


def _without_metadata(path: str, record: CatalogerResult) -> CatalogerResult:
    """The package whose list of files lies at `path`, and whose metadata does not lie beside it: by the directory's
    name."""
    name, version = directory_name(path)
    if not name:
        return CatalogerResult(diagnostics=record.diagnostics)
    package = FoundPackage("pypi", name, version, files=_own_files(path))
    why = unread(path, "Python", f"no metadata of {name} beside its list of files")
    return CatalogerResult(packages=(package,), diagnostics=(*record.diagnostics, why))


def _by_name(libraries: Iterable[FoundPackage]) -> dict[str, set[str]]:
    """The files by every name of the library that they are."""
    files: dict[str, set[str]] = {}
    for library in libraries:
        for name in names_of_library(library.name):
            files.setdefault(name, set()).update(library.files)
    return files


def _components(stated: Iterable[FoundPackage], libraries: Mapping[str, set[str]]) -> Iterator[FoundPackage]:
    """The components with the libraries that they are. Those that need not be there count if there is a library."""
    known: dict[str, tuple[str, ...]] = {}
    for component in stated:
        files = known.get(component.name)
        if files is None:
            names = names_of_component(component.name)
            files = tuple(sorted({file for name in names for file in libraries.get(name, ())}))
            known[component.name] = files
        if files or "scope" not in component.properties:
            properties = {key: value for key, value in component.properties.items() if key != "scope"}
            yield structs.replace(component, files=files, properties=properties)


def _joined(
    package: FoundPackage, directory: str, facts: Mapping[str, CatalogerResult], asking: Collection[str]
) -> FoundPackage:
    relationship: Relationship = ""
    if dirname(directory) in asking and package.evidence == "installed":
        relationship = "direct" if f"{directory}/{_REQUESTED}" in facts else "transitive"
    owned = next((facts[path].owned for path in (f"{directory}/{name}" for name in _LISTS) if path in facts), ())
    properties = dict(package.properties)
    for key, name in (("direct_url", "direct_url.json"), ("installer", "INSTALLER")):
        companion = facts[f"{directory}/{name}"].companion if f"{directory}/{name}" in facts else b""
        if companion:
            properties[key] = companion.decode("utf-8", "backslashreplace")
    if _LOCAL.match(properties.get("direct_url", "")):
        properties |= UNPUBLISHED
    files = tuple(sorted({*package.files, *owned}))
    return structs.replace(package, files=files, properties=properties, relationship=relationship)


def _stated(path: str, metadata: Metadata, files: tuple[str, ...]) -> CatalogerResult:
    if _is_interpreter(path, metadata.name):
        return CatalogerResult()
    diagnostics: tuple[Diagnostic, ...] = ()
    name, version = metadata.name, metadata.version
    if fault := fault_of(name, version, where="the metadata"):
        # By the name of the directory Python finds the package.
        name, version = directory_name(path)
        diagnostics = (unread(path, "Python", fault) if name else left_out(path, fault),)
    vendored = _VENDORED.match(path)
    package = FoundPackage(
        type="pypi",
        name=name,
        version=version,
        maintainer=metadata.maintainer,
        licenses=metadata.licenses,
        files=files,
        evidence="bundled" if vendored else "installed",
        properties={BUNDLED_IN: vendored[1]} if vendored else {},
        requires=metadata.requires,
        constraints=metadata.constraints,
    )
    return CatalogerResult(packages=(package,) if name else (), diagnostics=diagnostics)


def _is_interpreter(path: str, name: str) -> bool:
    """Whether egg-info is about Python itself or, in Python 2, a module of its standard library."""
    if ".egg-info" not in path:
        return False
    return name == "python" or (name in _STANDARD_NAMES and _STANDARD_LIBRARY.search(path) is not None)


def _own_files(path: str) -> tuple[str, ...]:
    """What metadata at `path` proves by lying there: the egg or the info directory around it, or the file alone."""
    directory = dirname(path)
    if basename(directory) == "EGG-INFO":
        egg = dirname(directory)
        return (f"{egg}/",) if egg.endswith(".egg") else (f"{directory}/",)
    return (path,) if path.endswith(".egg-info") else (f"{directory}/",)


def _site(path: str) -> str:
    """The directory that holds the info directory in which `path` lies."""
    return dirname(dirname(path))


def _distribution(directory: str) -> str:
    """The package's name from `NAME-VERSION.dist-info`."""
    return normalise(basename(directory).removesuffix(".dist-info").partition("-")[0])


def _remark(code: str, message: str, path: str) -> CatalogerResult:
    return CatalogerResult(diagnostics=(diagnostic(code, message, path),))


_READERS: dict[str, Callable[[WantedFile], CatalogerResult]] = {
    "RECORD": parse_record,
    "installed-files.txt": parse_installed_files,
    "top_level.txt": parse_top_level,
    "direct_url.json": parse_origin,
    "INSTALLER": parse_installer,
    _REQUESTED: parse_requested,
    "vendor.txt": parse_vendored,
    "vendored.txt": parse_vendored,
}

CATALOGER = Cataloger(
    name="python",
    version=13,
    parse=_parse,
    patterns=(
        "**/*.dist-info/METADATA",
        "**/*.dist-info/PKG-INFO",
        "**/*.dist-info/RECORD",
        "**/*.dist-info/top_level.txt",
        "**/*.dist-info/direct_url.json",
        "**/*.dist-info/INSTALLER",
        "**/*.dist-info/REQUESTED",
        "**/*.dist-info/sboms/*.json",
        "**/DIST-INFO/METADATA",
        "**/*.egg-info/PKG-INFO",
        "**/*.egg-info/METADATA",
        "**/*.egg-info/RECORD",
        "**/*.egg-info/direct_url.json",
        "**/*.egg-info/INSTALLER",
        "**/*.egg-info/REQUESTED",
        "**/*.egg-info/installed-files.txt",
        "**/*.egg-info/top_level.txt",
        "**/*.egg-info",
        "**/EGG-INFO/METADATA",
        "**/EGG-INFO/PKG-INFO",
        "**/*.egg",
        "**/_vendor/vendor.txt",
        "**/_vendor/vendored.txt",
        *PATTERNS,
    ),
    combine=combine,
)
