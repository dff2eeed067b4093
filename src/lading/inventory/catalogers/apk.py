"""apk: the installed database of Alpine, Wolfi and Chainguard.

Source: apk-tools, doc/apk-package.5.scd ("P:", "V:", "o:" …) and the file entries "F:" (directory) and "R:" (file).
"""

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile


def parse_installed(file: WantedFile) -> CatalogerResult:
    """The installed packages with their origins and owned files."""
    packages = []
    diagnostics = []
    for block in file.text.replace("\r\n", "\n").split("\n\n"):
        if not block.strip():
            continue
        package = _package(block)
        if package.name and package.version:
            packages.append(package)
        else:
            what = f"package {package.name} has no version" if package.name else "an entry has no package name"
            diagnostics.append(diagnostic("broken-package-entry", f"{what}; it was left out", file.path))
    if not packages and file.data.strip():
        diagnostics = [diagnostic("broken-package-database", "not an apk database: no package was read", file.path)]
    return CatalogerResult(packages=tuple(packages), diagnostics=tuple(diagnostics))


def _package(block: str) -> FoundPackage:
    fields: dict[str, str] = {}
    files: list[str] = []
    directory = ""
    for line in block.split("\n"):
        key, value = line[:2], line[2:]
        if key == "R:":
            files.append(f"{directory}/{value}" if directory else value)
        elif key == "F:":
            directory = value
        elif key not in fields:
            fields[key] = value.strip()
    name, version = fields.get("P:", ""), fields.get("V:", "")
    return FoundPackage(
        type="apk",
        name=name,
        version=version,
        arch=fields.get("A:", ""),
        source=fields.get("o:", "") or name,
        source_version=version,
        maintainer=fields.get("m:", ""),
        licenses=(fields["L:"],) if fields.get("L:") else (),
        files=tuple(files),
    )


CATALOGER = Cataloger(
    name="apk",
    version=1,
    parse=parse_installed,
    files=("lib/apk/db/installed", "usr/lib/apk/db/installed"),
    is_database=True,
)
