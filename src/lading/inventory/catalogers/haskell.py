"""Haskell: the package databases of GHC and Cabal, and the lock files of Stack and Cabal.

Sources: Cabal's "InstalledPackageInfo" (`*.conf`); Stack's documentation, "Lock files" and "stack.yaml"; Cabal's user
guide, "cabal freeze".
"""

import re
from collections.abc import Iterator
from posixpath import basename

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import fault_of, left_out
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

_MOST = 4_000_000
_TOO_LARGE = f"beyond {_MOST // 1_000_000} MB the file was not read"
_FIELD = re.compile(r"^(name|version|package-name|license):[ \t]*(?:\n[ \t]+)?([^\n]*)", re.MULTILINE | re.IGNORECASE)
_ID = r"([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)-(\d+(?:\.\d+)*)"
_HACKAGE = re.compile(rf"""(?:-\s+)?hackage:\s*["']?{_ID}(?:@\S*)?["']?""", re.ASCII)
_EXTRA = re.compile(rf"""-\s+["']?{_ID}(?:@[^\s"']*)?["']?(?:\s+#.*)?""", re.ASCII)
_SIDE = re.compile(r"(?:-\s+)?(completed|original):", re.ASCII)
_FROZEN = re.compile(
    r"(?<![\w.-])(?:any\.)?([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)\s*==\s*(\d+(?:\.\d+)*)(?![\d.*])", re.ASCII
)


def parse_registered(file: WantedFile) -> CatalogerResult:
    """The package that one `.conf` registers; a library inside a package stands for the package."""
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(beginning(file.content)):
        fields.setdefault(match[1].lower(), match[2].strip())
    name, version = fields.get("package-name") or fields.get("name", ""), fields.get("version", "")
    if fault := fault_of(name, version):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    licenses = (fields["license"],) if fields.get("license") else ()
    return CatalogerResult(packages=(FoundPackage("hackage", name, version, licenses=licenses),))


def parse_declared(file: WantedFile) -> CatalogerResult:
    """The exact versions that a lock file or a `stack.yaml` names."""
    data = file.content[: _MOST + 1]
    lines = data[:_MOST].decode("utf-8", "replace").splitlines()
    name = basename(file.path)
    if name == "stack.yaml.lock":
        found = _locked(lines)
    elif name == "stack.yaml":
        found = ((match[1], match[2]) for line in lines if (match := _EXTRA.fullmatch(line.strip())))
    else:
        found = ((match[1], match[2]) for line in lines for match in _FROZEN.finditer(line.partition("--")[0]))
    return CatalogerResult(
        packages=tuple(FoundPackage("hackage", *one, evidence="declared") for one in sorted(set(found))),
        diagnostics=(left_out(file.path, _TOO_LARGE),) if len(data) > _MOST else (),
    )


def _locked(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The packages of Hackage below `completed` in Stack's lock; `original` repeats what stack.yaml says. Packages from
    repositories and archives are no releases of Hackage, whatever their names."""
    is_completed = False
    for line in map(str.strip, lines):
        if match := _SIDE.fullmatch(line):
            is_completed = match[1] == "completed"
        elif is_completed and (match := _HACKAGE.fullmatch(line)):
            yield match[1], match[2]


CATALOGERS: tuple[Cataloger, ...] = (
    Cataloger(
        name="haskell",
        version=2,
        parse=parse_registered,
        patterns=("**/package.conf.d/*.conf", "**/package.db/*.conf", "**/pkgdb/*.conf"),
    ),
    Cataloger(
        name="haskell-lock",
        version=2,
        parse=parse_declared,
        patterns=("**/stack.yaml.lock", "**/stack.yaml", "**/cabal.project.freeze", "**/cabal.config"),
        declares=True,
    ),
)
