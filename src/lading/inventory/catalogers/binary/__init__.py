"""Programs and shared libraries: what they say of what they were made from, and which of them nobody knows."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from lading.inventory.catalogers.binary import go, native_image
from lading.inventory.catalogers.binary.carrying import carrier_of
from lading.inventory.catalogers.binary.classify import classify, product
from lading.inventory.catalogers.binary.linked import find_linked
from lading.inventory.catalogers.binary.notes import read_note
from lading.inventory.catalogers.binary.runtimes import with_what_it_brings
from lading.inventory.catalogers.binary.rust import read_crates
from lading.inventory.catalogers.binary.symbols import read_symbols
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage, stated_by_document
from lading.inventory.components import read_components
from lading.inventory.executables.program import Program
from lading.inventory.executables.read import MAGIC, read_program
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError
from lading.model.golang import is_release
from lading.model.properties import is_root
from lading.model.reader import PACE_OF_PROGRAMS, Content, WantedFile

_UPX = b"UPX!"
_UPX_WITHIN = 2048
_ASSEMBLIES = (".dll", ".exe")
_Said = TypeVar("_Said")


def parse_program(file: WantedFile) -> CatalogerResult:
    """What one program is made of. Object files, kernel modules, debugging symbols, and files that only begin like a
    program give nothing."""
    program = read_program(file.content)
    if program is None or program.kind == "other" or _is_assembly(file.path, program):
        return CatalogerResult()
    if file.content.find(_UPX, 0, _UPX_WITHIN) >= 0:
        return CatalogerResult(unknown="UPX-packed program")
    return _Reading(file, program).facts()


def _is_assembly(path: str, program: Program) -> bool:
    """Whether the reader of .NET's assemblies tells of it: their code is compiled when they run."""
    return program.managed and path.endswith(_ASSEMBLIES)


class _Reading:
    """One program, asked by every reader in turn."""

    def __init__(self, file: WantedFile, program: Program) -> None:
        self._file = file
        self._program = program
        self._diagnostics: list[Diagnostic] = []

    def facts(self) -> CatalogerResult:
        info = self._ask(go.read_build_info, "broken-go-buildinfo", "the build information of a Go program")
        read = partial(read_crates, spend=self._file.spend)
        crates = self._ask(read, "broken-cargo-auditable", "the list of crates in a Rust program")
        note = self._ask(read_note, "broken-package-note", "the note that names the program's package")
        content = self._file.content
        carrier = carrier_of(content)
        products = product(carrier.runtime, content) if carrier is not None else classify(self._file.path, content)
        products = tuple(with_what_it_brings(one, self._file.path) for one in products)
        packages = [*products, *(crates or ()), *self._components()]
        if note is not None:
            packages.append(note)
        unknown = "" if packages else f"{self._program.format} {self._program.kind}"
        symbols = b""
        if info is not None:
            unknown = "Go program built without modules" if go.lacks_modules(info) and not packages else ""
            modules = go.packages(info)
            packages += modules
            symbols = read_symbols(self._program, content, go.main_path(info), _matched(modules))
        if info is None or info.settings.get("CGO_ENABLED") != "0":
            packages += self._linked(packages, rust=crates is None)
        if carrier is not None:
            unknown = carrier.said
        return CatalogerResult(
            packages=tuple(packages),
            diagnostics=tuple(self._diagnostics),
            unknown=unknown,
            symbols=symbols,
        )

    def _linked(self, packages: list[FoundPackage], *, rust: bool) -> list[FoundPackage]:
        """The libraries linked in, but what was identified already."""
        known = {package.name for package in packages}
        found = find_linked(self._file.path, self._program, self._file.content, rust=rust)
        return [package for package in found if package.name not in known]

    def _components(self) -> tuple[FoundPackage, ...]:
        """What the bill of materials in a native image of Java lists."""
        read = partial(native_image.read_sbom, spend=self._file.spend)
        document = self._ask(read, "broken-sbom", "the SBOM in a native image")
        if document is None:
            return ()
        try:
            packages, diagnostics = read_components(document, self._file.path)
        except FormatError as error:
            self._diagnostics.append(diagnostic("broken-sbom", f"the SBOM in a native image: {error}", self._file.path))
            return ()
        self._diagnostics += diagnostics
        return tuple(map(stated_by_document, packages))

    def _ask(self, read: Callable[[Program, Content], _Said | None], code: str, what: str) -> _Said | None:
        try:
            return read(self._program, self._file.content)
        except (ValueError, RecursionError) as error:
            message = f"{what} cannot be read: {error}"
            self._diagnostics.append(diagnostic(code, message, self._file.path))
            return None


def _matched(modules: Iterable[FoundPackage]) -> dict[str, str]:
    """By the path it is imported by, each module that advisories may speak of: not the program's own when it was not
    built from a release."""
    return {
        one.properties.get("replaces", one.name).rpartition("@")[0] or one.name: one.name
        for one in modules
        if not is_root(one) or is_release(one.version)
    }


CATALOGER = Cataloger(name="binary", version=13, parse=parse_program, magic=MAGIC, pace=PACE_OF_PROGRAMS)
