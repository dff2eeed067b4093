"""dpkg: the package database of Debian and its derivatives.

Source: dpkg's deb822(7) and deb-src-control(5) manuals; Debian Policy 5.6.1 (`Source`); dpkg's lib/dpkg/dbmodify.c for
`updates`, the journal of changes that are not in `status` yet; distroless images keep one control file for each package
in status.d, often without a Status field. Its lib/dpkg/parsehelp.c has the rule for names, which
lib/dpkg/pkg-hash.c puts in lower case.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from posixpath import basename

from msgspec import structs

from lading.formats.decoders.deb822 import iter_paragraphs, source_of
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import debian_relations
from lading.inventory.unread import Remarks, fault_of, unread
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.package import Relationship
from lading.model.reader import WantedFile
from lading.safeio.limits import check_size
from lading.safeio.lines import iter_lines

# The third word of Status when the package's files are on disk, configured or not.
_PRESENT = frozenset(
    {"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"}
)
_ABSENT = frozenset({"not-installed", "config-files"})
_WORDS = 3
_NO_STATUS = "unknown ok not-installed"
_STATED_BY_ITS_FILE = "install ok installed"
"""What a paragraph without the field says in `status` and the journal, and in distroless images."""
_OBSOLETE = ("revision", "package-revision", "package_revision")
"""What dpkg takes for the last part of the version."""
_NEEDS = ("pre-depends", "depends", "provides")
_FIELDS = frozenset({"package", "status", "version", "architecture", "source", "maintainer", *_NEEDS, *_OBSOLETE})
_STATUS = "var/lib/dpkg/status"
_STATUS_DIRECTORY = "var/lib/dpkg/status.d"
_JOURNAL_DIRECTORY = "var/lib/dpkg/updates"
_APT = "var/lib/apt/extended_states"
"""What apt installed for other packages (apt-mark(8)); what is not in it was asked for."""
_INFO_DIRECTORY = "var/lib/dpkg/info"
_DIGESTS = ".md5sums"
_INFO_SUFFIXES = (".list", _DIGESTS, ".conffiles")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
_MOST_PACKAGES = 50_000
_MOST_LINES = 1_000_000
_MOST_NAMED = 5
_HEAD = 64 * 1024
_SHOWN = 200


def parse_status(file: WantedFile) -> CatalogerResult:
    """The installed packages of a `status` file, of one file of `status.d` or of the journal. `companion` keeps the
    names (`name:architecture`, in lines) of all packages it speaks of. Raises LimitError."""
    check_size(len(file.content), file.limit, file.path)
    is_journal = file.path.startswith(_JOURNAL_DIRECTORY)
    packages: list[FoundPackage] = []
    remarks = Remarks(file.path)
    mentioned = []
    for paragraph in iter_paragraphs(file.content, _FIELDS):
        if why := paragraph.fault or _obsolete(paragraph.fields):
            remarks.unread("dpkg", why)
        if not paragraph.fields:
            continue
        package = _package(paragraph.fields)
        mentioned.append(_key(package))
        status = paragraph.fields.get("status", _NO_STATUS if is_journal else _STATED_BY_ITS_FILE).lower().split()
        if len(status) != _WORDS or status[-1] not in _PRESENT | _ABSENT:
            remarks.unread("dpkg", f"{package.name[:_SHOWN]} has a status that dpkg does not know")
        elif status[-1] in _ABSENT:
            continue
        if fault := _fault(package):
            remarks.left_out(fault)
        else:
            packages.append(package)
        if len(packages) > _MOST_PACKAGES:
            remarks.unread("dpkg", f"more than {_MOST_PACKAGES:,} packages")
            break
    if not mentioned and not remarks and (file.content[:_HEAD].strip() or file.path.startswith(_STATUS_DIRECTORY)):
        diagnostics = [unread(file.path, "dpkg", "not a database of dpkg", "broken-package-database")]
    else:
        diagnostics = [*remarks.told(), *(unread(file.path, "dpkg", why) for why in _damages(file))]
    return CatalogerResult(
        packages=tuple(packages), diagnostics=tuple(diagnostics), companion="\n".join(mentioned).encode()
    )


def parse_info(file: WantedFile) -> CatalogerResult:
    """The owned files from `info/NAME.list` (all, directories among them), or from `.md5sums` and `.conffiles`, which
    together say the same where an image was stripped of its lists."""
    owner, _, kind = basename(file.path).rpartition(".")
    try:
        lines = [line.decode("utf-8", "backslashreplace") for line in iter_lines(file.content, _MOST_LINES)]
    except FormatError as error:
        return CatalogerResult(diagnostics=(unread(file.path, "dpkg", str(error), "unread-list"),))
    if f".{kind}" == _DIGESTS:
        return CatalogerResult(owner=owner, owned=tuple(line.split("  ", 1)[1] for line in lines if "  " in line))
    if kind == "conffiles":
        return CatalogerResult(
            owner=owner, owned=tuple(line.split()[0].strip("/") for line in lines if line.startswith("/"))
        )
    paths = [line.strip("/") for line in lines if line.startswith("/") and line != "/."]
    directories = {path.rpartition("/")[0] for path in paths}
    return CatalogerResult(owner=owner, owned=tuple(path for path in paths if path not in directories))


def parse_apt(file: WantedFile) -> CatalogerResult:
    """extended_states: `companion` keeps the names (`name:architecture`, in lines) of what was installed because
    something else needs it. Raises LimitError."""
    check_size(len(file.content), file.limit, file.path)
    fields = [one.fields for one in iter_paragraphs(file.content, ("package", "architecture", "auto-installed"))]
    automatic = [one for one in fields if one.get("auto-installed") == "1"]
    names = {f"{one.get('package', '')}:{one.get('architecture', '')}" for one in automatic}
    # Of packages for all architectures apt notes the machine's: by the name alone they are those.
    names |= {f"{one.get('package', '')}:all" for one in automatic}
    return CatalogerResult(companion="\n".join(sorted(names)).encode())


def combine(files: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """The databases as the journal leaves them, their packages with the files they own: those of the `.list` file, else
    of all the others."""
    owned: defaultdict[str, set[str]] = defaultdict(set)
    for path, facts in files.items():
        if facts.owner and (path.endswith(".list") or f"{path.rpartition('.')[0]}.list" not in files):
            owned[facts.owner].update(facts.owned)
    combined = {}
    automatic = set(files[_APT].companion.decode().split("\n")) if _APT in files else None
    for path, facts in _with_journal(files).items():
        if facts.packages:
            packages = tuple(
                structs.replace(
                    one,
                    files=tuple(sorted(owned[f"{one.name}:{one.arch}"] or owned[one.name])),
                    relationship=_relationship(one, automatic),
                )
                for one in facts.packages
            )
            facts = structs.replace(facts, packages=packages)
        combined[path] = structs.replace(facts, companion=b"")
    for path, why in _without_entries(files):
        combined[path] = structs.replace(combined[path], diagnostics=(*combined[path].diagnostics, why))
    return combined


def _without_entries(files: Mapping[str, CatalogerResult]) -> Iterator[tuple[str, Diagnostic]]:
    """The lists of files of packages that no entry speaks of, and digests of packages whose entry says that they were
    removed: an entry was lost, taken away or changed by hand. What dpkg removes leaves at most its entry and the list
    of its configuration behind."""
    databases = [one for path, one in files.items() if path == _STATUS or path.startswith(_JOURNAL_DIRECTORY)]
    known = {key.partition(":")[0] for one in databases for key in one.companion.decode().split("\n")}
    present = {package.name for one in databases for package in one.packages}
    lost: defaultdict[str, set[str]] = defaultdict(set)
    for path, facts in files.items():
        if facts.owner and path.startswith(f"{_STATUS_DIRECTORY}/"):
            entry = files.get(path.rpartition(".")[0])
            if entry is None or not (entry.companion or entry.diagnostics):
                lost[path].add(facts.owner)
        elif facts.owner and _STATUS in files and files[_STATUS].packages:
            name = facts.owner.partition(":")[0]
            if name not in (present if path.endswith(_DIGESTS) else known):
                lost[_STATUS].add(name)
    for path, names in sorted(lost.items()):
        some = f"{', '.join(sorted(names)[:_MOST_NAMED])}{' …' if len(names) > _MOST_NAMED else ''}"
        yield path, unread(path, "dpkg", f"no entry says what version the installed files are of: {some}")


def _relationship(package: FoundPackage, automatic: Collection[str] | None) -> Relationship:
    if automatic is None:
        return ""
    return "transitive" if _key(package) in automatic else "direct"


def _with_journal(files: Mapping[str, CatalogerResult]) -> dict[str, CatalogerResult]:
    """What files of the journal say of a package stands in place of what `status` and earlier ones say."""
    journal = sorted(path for path in files if path.startswith(_JOURNAL_DIRECTORY))
    changed = dict(files)
    if _STATUS in files:
        packages = list(files[_STATUS].packages)
        for path in journal:
            mentioned = set(files[path].companion.decode().split("\n"))
            packages = [one for one in packages if _key(one) not in mentioned] + list(files[path].packages)
            changed[path] = structs.replace(files[path], packages=())
        changed[_STATUS] = structs.replace(files[_STATUS], packages=tuple(packages))
    return changed


def _package(fields: Mapping[str, str]) -> FoundPackage:
    name, version = fields.get("package", "").lower(), fields.get("version", "")
    source, source_version = source_of(fields.get("source", ""), name, version)
    return FoundPackage(
        type="deb",
        name=name,
        version=version,
        arch=next(iter(fields.get("architecture", "").split()), ""),
        source=source,
        source_version=source_version,
        maintainer=fields.get("maintainer", ""),
        requires=debian_relations(f"{fields.get('pre-depends', '')},{fields.get('depends', '')}"),
        provides=debian_relations(fields.get("provides", "")),
    )


def _damages(file: WantedFile) -> Iterator[str]:
    """What dpkg never writes, and does not read to its end."""
    if file.content.find(b"\0") >= 0:
        yield "bytes of zero in it"
    if not file.path.startswith(_STATUS_DIRECTORY) and file.content[-1:] not in (b"", b"\n"):
        yield "it ends in the middle of a line"


def _fault(package: FoundPackage) -> str:
    if package.name and not _NAME.fullmatch(package.name):
        return "an entry names a package as none can be called"
    return fault_of(package.name, package.version)


def _key(package: FoundPackage) -> str:
    return f"{package.name}:{package.arch}"


def _obsolete(fields: Mapping[str, str]) -> str:
    return "an obsolete field that is a part of the version" if any(map(fields.get, _OBSOLETE)) else ""


def _parse(file: WantedFile) -> CatalogerResult:
    if file.path == _APT:
        return parse_apt(file)
    if file.path.endswith(_INFO_SUFFIXES):
        return parse_info(file)
    if file.path.startswith(_JOURNAL_DIRECTORY) and not basename(file.path).isdecimal():
        return CatalogerResult()
    return parse_status(file)


CATALOGER = Cataloger(
    name="dpkg",
    version=5,
    parse=_parse,
    files=(_STATUS, _APT),
    combine=combine,
    directories={_STATUS_DIRECTORY: ("",), _JOURNAL_DIRECTORY: ("",), _INFO_DIRECTORY: _INFO_SUFFIXES},
    is_database=True,
)
