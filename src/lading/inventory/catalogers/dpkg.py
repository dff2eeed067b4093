"""dpkg: the package database of Debian and its derivatives.

Source: dpkg's deb822(7) and deb-src-control(5) manuals; Debian Policy 5.6.1 (`Source`); distroless images keep one
control file for each package in status.d, often without a Status field.
"""

from collections import defaultdict
from collections.abc import Mapping
from posixpath import basename

from msgspec import structs

from lading.formats.decoders.deb822 import iter_paragraphs, source_of
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile

# The third word of Status when the package's files are on disk, configured or not.
_PRESENT = frozenset(
    {"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"}
)
_FIELDS = frozenset({"package", "status", "version", "architecture", "source", "maintainer"})
_STATUS_DIRECTORY = "var/lib/dpkg/status.d"
_INFO_DIRECTORY = "var/lib/dpkg/info"
_INFO_SUFFIXES = (".list", ".md5sums", ".conffiles")


def parse_status(file: WantedFile) -> CatalogerResult:
    """The installed packages of a `status` file or of one file of `status.d`."""
    packages = []
    diagnostics = []
    for fields in iter_paragraphs(file.text, _FIELDS):
        name, version, status = fields.get("package", ""), fields.get("version", ""), fields.get("status", "")
        if status and status.split()[-1] not in _PRESENT:
            continue
        if not name or not version:
            what = f"package {name} has no version" if name else "an entry has no package name"
            diagnostics.append(diagnostic("broken-package-entry", f"{what}; it was left out", file.path))
            continue
        source, source_version = source_of(fields.get("source", ""), name, version)
        packages.append(
            FoundPackage(
                type="deb",
                name=name,
                version=version,
                arch=fields.get("architecture", ""),
                source=source,
                source_version=source_version,
                maintainer=fields.get("maintainer", ""),
            )
        )
    if not packages and not diagnostics and file.data.strip() and b"\nPackage:" not in b"\n" + file.data:
        diagnostics.append(diagnostic("broken-package-database", "not a dpkg database: no package was read", file.path))
    return CatalogerResult(packages=tuple(packages), diagnostics=tuple(diagnostics))


def parse_info(file: WantedFile) -> CatalogerResult:
    """The owned files from `info/NAME.list` (all, directories among them), or from `.md5sums` and `.conffiles`, which
    together say the same where an image was stripped of its lists."""
    owner, _, kind = basename(file.path).rpartition(".")
    lines = file.text.splitlines()
    if kind == "md5sums":
        return CatalogerResult(owner=owner, owned=tuple(line.split("  ", 1)[1] for line in lines if "  " in line))
    if kind == "conffiles":
        return CatalogerResult(
            owner=owner, owned=tuple(line.split()[0].strip("/") for line in lines if line.startswith("/"))
        )
    paths = [line.strip("/") for line in lines if line.startswith("/") and line != "/."]
    directories = {path.rpartition("/")[0] for path in paths}
    return CatalogerResult(owner=owner, owned=tuple(path for path in paths if path not in directories))


def combine(files: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """The databases, their packages with the files they own: those of the `.list` file, else of all the others."""
    owned: defaultdict[str, set[str]] = defaultdict(set)
    for path, facts in files.items():
        if facts.owner and (path.endswith(".list") or f"{path.rpartition('.')[0]}.list" not in files):
            owned[facts.owner].update(facts.owned)
    combined = {}
    for path, facts in files.items():
        if facts.packages:
            packages = tuple(
                structs.replace(one, files=tuple(sorted(owned[f"{one.name}:{one.arch}"] or owned[one.name])))
                for one in facts.packages
            )
            facts = structs.replace(facts, packages=packages)
        combined[path] = facts
    return combined


def _parse(file: WantedFile) -> CatalogerResult:
    if file.path.endswith(_INFO_SUFFIXES):
        return parse_info(file)
    return parse_status(file)


CATALOGER = Cataloger(
    name="dpkg",
    version=1,
    parse=_parse,
    files=("var/lib/dpkg/status",),
    combine=combine,
    directories={_STATUS_DIRECTORY: ("",), _INFO_DIRECTORY: _INFO_SUFFIXES},
    is_database=True,
)
