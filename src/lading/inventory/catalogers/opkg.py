"""opkg: the package database of OpenWrt, Yocto and Entware.

Source: opkg's own writer, libopkg/pkg.c: `status` and `info/NAME.control` are paragraphs of fields as dpkg writes them.
Names, versions and architectures follow Debian's format, so the packages are of the type "deb".
"""

from collections.abc import Mapping
from posixpath import basename, dirname

from msgspec import structs

from lading.formats.decoders.deb822 import iter_paragraphs, source_of
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import debian_relations
from lading.inventory.unread import Remarks, fault_of, unread
from lading.model.errors import FormatError
from lading.model.reader import WantedFile
from lading.safeio.limits import check_size
from lading.safeio.lines import iter_lines

# The third word of Status when the package's files are on disk, configured or not.
_PRESENT = frozenset(
    {"installed", "unpacked", "half-configured", "half-installed", "post-inst-failed", "removal-failed"}
)
_ABSENT = frozenset({"not-installed", "config-files"})
_ROOTS = ("usr/lib/opkg", "var/lib/opkg", "opt/lib/opkg")
_HEAD = 64 * 1024
_SHOWN = 200
_MOST_PACKAGES = 50_000
_MOST_LINES = 1_000_000
_FIELDS = frozenset(
    {"package", "status", "version", "architecture", "source", "maintainer", "license", "depends", "provides"}
)


def parse_paragraphs(file: WantedFile) -> CatalogerResult:
    """The installed packages of a `status` file, or the one package of a `.control` file. Raises LimitError."""
    check_size(len(file.content), file.limit, file.path)
    packages: list[FoundPackage] = []
    remarks = Remarks(file.path)
    is_empty = True
    for paragraph in iter_paragraphs(file.content, _FIELDS):
        fields = paragraph.fields
        if paragraph.fault:
            remarks.unread("opkg", paragraph.fault)
        is_empty = is_empty and not fields
        status = fields.get("status", "installed").split()[-1:]
        if not fields or not _ABSENT.isdisjoint(status):
            continue
        name, version = fields.get("package", ""), fields.get("version", "")
        if _PRESENT.isdisjoint(status):
            remarks.unread("opkg", f"{name[:_SHOWN]} has a status that opkg does not know")
        if fault := fault_of(name, version):
            remarks.left_out(fault)
        else:
            packages.append(_package(name, version, fields))
        if len(packages) > _MOST_PACKAGES:
            remarks.unread("opkg", f"more than {_MOST_PACKAGES:,} packages")
            break
    diagnostics = remarks.told()
    if is_empty and not diagnostics and file.content[:_HEAD].strip():
        diagnostics = (unread(file.path, "opkg", "not a database of opkg", "broken-package-database"),)
    return CatalogerResult(packages=tuple(packages), diagnostics=diagnostics)


def parse_list(file: WantedFile) -> CatalogerResult:
    """The files that `info/NAME.list` names, each line a path and perhaps its mode and link target after tabs."""
    try:
        lines = [line.decode("utf-8", "backslashreplace") for line in iter_lines(file.content, _MOST_LINES)]
    except FormatError as error:
        return CatalogerResult(diagnostics=(unread(file.path, "opkg", str(error), "unread-list"),))
    paths = [line.split("\t")[0].strip("/") for line in lines if line.startswith("/")]
    directories = {path.rpartition("/")[0] for path in paths}
    owned = tuple(path for path in paths if path and path not in directories)
    return CatalogerResult(owner=basename(file.path).removesuffix(".list"), owned=owned)


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """The packages of `status` with the files they own, and with licences, sources and maintainers from the control
    files beside it. Control files count as packages of their own only where no status file says what is installed."""
    whole = dict(facts)
    for root in {dirname(path) for path in facts if basename(path) == "status"}:
        controls = [path for path in facts if path.startswith(f"{root}/info/") and path.endswith(".control")]
        known = {(one.name, one.version): one for path in controls for one in facts[path].packages}
        status = facts[f"{root}/status"]
        owned = {one.owner: one.owned for path, one in facts.items() if one.owner and path.startswith(f"{root}/info/")}
        packages = tuple(
            structs.replace(_with_control(one, known.get((one.name, one.version))), files=owned.get(one.name, ()))
            for one in status.packages
        )
        whole[f"{root}/status"] = structs.replace(status, packages=packages)
        for path in controls:
            whole[path] = structs.replace(facts[path], packages=())
    return whole


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_list(file) if file.path.endswith(".list") else parse_paragraphs(file)


def _package(name: str, version: str, fields: dict[str, str]) -> FoundPackage:
    source, source_version = _source(fields.get("source", ""), name, version)
    return FoundPackage(
        type="deb",
        name=name,
        version=version,
        arch=fields.get("architecture", ""),
        source=source,
        source_version=source_version,
        maintainer=fields.get("maintainer", ""),
        licenses=(fields["license"],) if fields.get("license") else (),
        requires=debian_relations(fields.get("depends", "")),
        provides=debian_relations(fields.get("provides", "")),
    )


def _source(text: str, name: str, version: str) -> tuple[str, str]:
    """The source package: `name (version)` as in Debian, OpenWrt's directory `package/libs/zlib` or Yocto's recipe
    `zlib_1.3.1.bb`."""
    source, source_version = source_of(text, name, version)
    last = basename(source.rstrip("/"))
    if last.endswith(".bb"):
        last = last.removesuffix(".bb").rpartition("_")[0] or last.removesuffix(".bb")
    return last or name, source_version


def _with_control(package: FoundPackage, control: FoundPackage | None) -> FoundPackage:
    if control is None:
        return package
    return structs.replace(
        package,
        source=control.source if package.source == package.name else package.source,
        maintainer=package.maintainer or control.maintainer,
        licenses=package.licenses or control.licenses,
        requires=package.requires or control.requires,
        provides=package.provides or control.provides,
    )


CATALOGER = Cataloger(
    name="opkg",
    version=3,
    parse=_parse,
    files=tuple(f"{root}/status" for root in _ROOTS),
    directories={f"{root}/info": (".list", ".control") for root in _ROOTS},
    combine=combine,
    is_database=True,
)
