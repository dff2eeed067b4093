"""Node: packages as they lie in `node_modules` directories, and the applications around them; extensions of editors.

Source: npm's package.json(5), folders(5) and package-lock-json(5) manuals ("Hidden Lockfiles"); pnpm's "Symlinked
node_modules structure". Debian installs Node packages into usr/share/nodejs.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.node import bundles
from lading.inventory.catalogers.node.extensions import extension
from lading.inventory.catalogers.node.manifest import Manifest, is_private, licenses_of, maker_of, word
from lading.inventory.catalogers.node.workspaces import own_members, stated_members
from lading.inventory.needs import bounded, bounded_constraints, integrity
from lading.inventory.published import published
from lading.inventory.unread import fault_of, left_out, unread
from lading.model.properties import BUNDLED_IN, DEV, ROOT, UNPUBLISHED
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json

_LOCK = "node_modules/.package-lock.json"
_LARGEST_MANIFEST = 4_000_000
_NAME = re.compile(r"(?:@[^/\s@]+/)?[^/\s@._][^/\s@]*")
# Package managers bring their own dependencies along; who maintains an image cannot update these one by one.
_BUNDLER = re.compile(r"(?:^|/)(?:node_modules|nodejs|corepack/v1)/(npm|corepack|yarn|pnpm)/(?:.*/)?node_modules/")
_ADDRESS = re.compile(r"[:/]|^[a-z]")
_TOOLS = re.compile(
    r"/\.(?:cache/node/corepack|volta/tools|asdf/installs|nvm/versions|local/share/(?:mise|corepack|pnpm)|bun/install/global)/"
)
"""Where tools of this name keep the programs that they run (corepack, Volta, asdf, nvm, mise, pnpm, Bun)."""
_DENO = re.compile(r"/(?:\.cache/deno|deno-dir)/npm/[^/]+/((?:@[^/]+/)?[^/@]+)/\d[^/]*$")
"""Where Deno keeps the packages that it runs, by registry, name and version."""
_PACKAGE_DIRECTORY = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^/]+")
# Where packages keep copies of others beside `node_modules`, each in a directory of its own.
_COPIES = frozenset({"_vendor", "bundled", "compiled", "third-party", "third_party", "vendor", "vendored"})
_TESTS = frozenset({"test", "tests", "__tests__", "spec", "fixture", "fixtures", "__fixtures__", "testdata"})


class _LockEntry(Struct):
    name: Any = None
    version: Any = None
    integrity: Any = None
    resolved: Any = None
    license: Any = None
    dev: Any = False
    link: Any = False
    inBundle: Any = False


class _Lock(Struct):
    packages: dict[str, _LockEntry] = {}


def parse_manifest(file: WantedFile) -> CatalogerResult:
    """The package of a `package.json` that lies directly in a package's directory, the application it is the root of,
    or the extension of an editor; nothing for the many that only set options for a subdirectory."""
    directory = file.path.rpartition("/")[0]
    place = _place(directory)
    copier = _copier(directory) if place is None else ""
    inside = "/node_modules/" in f"/{directory}/"
    if place is None and not copier and inside:
        return CatalogerResult()
    try:
        manifest = decode_json(file.content, Manifest, _LARGEST_MANIFEST, spend=file.spend)
    except ValueError as error:
        # Elsewhere a broken file may be a template or a test; in node_modules it hides a package.
        return _broken(file, f"no package.json ({error})") if place else CatalogerResult()
    if not inside and (found := extension(manifest, directory)) is not None:
        return CatalogerResult(packages=(found,))
    if place is None and not copier:
        return CatalogerResult()
    result = _package(file, manifest, place, copier)
    return result if inside else structs.replace(result, companion=stated_members(manifest.workspaces))


def _package(file: WantedFile, manifest: Manifest, place: str | None, copier: str) -> CatalogerResult:
    directory = file.path.rpartition("/")[0]
    name, version = word(manifest.name), word(manifest.version)
    if not _NAME.fullmatch(name):
        name = place or ""  # by which Node finds it
    if not name:
        return CatalogerResult()
    if not version and not place:
        return CatalogerResult()
    if fault := fault_of(name, version):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    inside = _BUNDLER.search(f"{directory}/")
    bundler = inside[1] if inside else copier
    properties = {BUNDLED_IN: bundler} if bundler else {} if place else ROOT
    if is_private(manifest):
        properties = properties | UNPUBLISHED  # npm refuses to publish it
    package = FoundPackage(
        type="npm",
        name=name,
        version=version,
        maintainer=maker_of(manifest),
        licenses=licenses_of(manifest.license) or licenses_of(manifest.licenses),
        files=(f"{directory}/",) if place or copier else (),
        evidence="bundled" if bundler else "installed",
        properties=properties,
        requires=bounded(name for name, _ in _iter_needs(manifest)),
        constraints=bounded_constraints(_iter_needs(manifest)),
    )
    return CatalogerResult(packages=(package,))


def _iter_needs(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """The names of what a package needs, and the ranges of versions; none for an address or a path."""
    for needs in (manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies):
        for name, stated in needs.items() if isinstance(needs, dict) else ():
            yield name, stated if isinstance(stated, str) and not _ADDRESS.search(stated) else ""


def parse_hidden_lock(file: WantedFile) -> CatalogerResult:
    """What npm put into a `node_modules` directory; the directory of each package stands in its `files`."""
    try:
        lock = decode_json(file.content, _Lock, spend=file.spend)
    except ValueError as error:
        return _broken(file, f"no lock file of npm ({error})")
    above = file.path.removesuffix(_LOCK)
    packages = []
    for path, entry in sorted(lock.packages.items()):
        name = word(entry.name) or path.rpartition("node_modules/")[2]
        version = word(entry.version)
        if entry.link or not version or not path.startswith("node_modules/") or not _NAME.fullmatch(name):
            continue
        properties = {"integrity": word(entry.integrity), DEV: "true" if entry.dev is True else ""}
        if entry.inBundle is True:
            properties[BUNDLED_IN] = path.rpartition("/node_modules/")[0].rpartition("node_modules/")[2]
        packages.append(
            FoundPackage(
                type="npm",
                name=name,
                version=version,
                licenses=licenses_of(entry.license),
                files=(f"{above}{path}/",),
                evidence="bundled" if properties.get(BUNDLED_IN) else "installed",
                properties={key: value for key, value in properties.items() if value},
                archives=published(word(entry.resolved), integrity(word(entry.integrity))),
            )
        )
    return CatalogerResult(packages=tuple(packages))


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """One package for each directory: what the hidden lock knows goes to the package.json there, and only packages
    without one are left to the lock."""
    combined = own_members(facts)
    for lock in [path for path in facts if path.endswith(_LOCK)]:
        left = []
        for locked in facts[lock].packages:
            manifest = f"{locked.files[0]}package.json"
            present = combined.get(manifest, CatalogerResult()).packages
            if present:
                merged = _merge(present[0], locked)
                combined[manifest] = structs.replace(combined[manifest], packages=(merged,))
            else:
                left.append(locked)
        combined[lock] = structs.replace(facts[lock], packages=tuple(left))
    return combined


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_hidden_lock(file) if file.path.endswith(_LOCK) else parse_manifest(file)


def _place(directory: str) -> str | None:
    """The name under which a package is installed in `directory`; "" for a directory outside every node_modules; None
    where no package can be."""
    rooted = f"/{directory}"
    if rooted.startswith(("/usr/share/nodejs/", "/usr/lib/nodejs/")) and "/node_modules/" not in rooted:
        rooted = rooted.replace("/nodejs/", "/node_modules/", 1)
    rooted = _TOOLS.sub("/", rooted)
    if kept := _DENO.search(rooted):
        return kept[1]
    above, inside, name = rooted.rpartition("/node_modules/")
    if not inside:
        # Roots of applications do not hide; caches and tools' working directories do.
        return "" if "/." not in rooted and not rooted.endswith("/node_modules") else None
    if name.startswith(".") or name.count("/") != (1 if name.startswith("@") else 0):
        return None
    if "/node_modules/" in above and _is_test(above):
        return None
    return name


def _copier(directory: str) -> str:
    """The package that keeps a copy of another in `directory`, outside its own node_modules; empty for none."""
    inside = f"/{directory}".rpartition("/node_modules/")[2].split("/")
    own = 2 if inside[0].startswith("@") else 1
    copy = 2 if inside[-2:-1] and inside[-2].startswith("@") else 1
    above = inside[own:-copy]
    if not above or above[-1] not in _COPIES or inside[-1].startswith("@"):
        return ""
    if not _TESTS.isdisjoint(above) or any(part.startswith(".") for part in above):
        return ""
    return _place(directory.removesuffix("/".join(["", *inside[own:]]))) or ""


def _is_test(directory: str) -> bool:
    """Whether some package keeps `directory` for its own tests."""
    inside = directory[directory.index("/node_modules/") :]
    return not _TESTS.isdisjoint(_PACKAGE_DIRECTORY.sub("", inside).split("/"))


def _merge(present: FoundPackage, locked: FoundPackage) -> FoundPackage:
    return structs.replace(
        present,
        licenses=present.licenses or locked.licenses,
        evidence="bundled" if "bundled" in (present.evidence, locked.evidence) else "installed",
        properties={**locked.properties, **present.properties},
        archives=locked.archives,
    )


def _broken(file: WantedFile, why: str) -> CatalogerResult:
    return CatalogerResult(diagnostics=(unread(file.path, "Node", why),))


CATALOGER = Cataloger(
    name="node",
    version=13,
    parse=_parse,
    patterns=("**/package.json", f"**/{_LOCK}"),
    combine=combine,
)
CATALOGERS = (CATALOGER, bundles.CATALOGER)
