"""Go: the modules a program was built from, as the linker wrote them into it.

Source: the Go standard library's debug/buildinfo (where the information lies, both of its encodings) and runtime/debug
(`BuildInfo`, the lines of its text).
"""

import re
import struct
from datetime import datetime

from msgspec import Struct, structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.executables.program import Program, Section, fields, spans
from lading.inventory.needs import bounded
from lading.inventory.published import published
from lading.model.properties import RELATIONSHIP, ROOT
from lading.model.reader import Content

_MAGIC = b"\xff Go buildinf:"
_ALIGNMENT = 16
_HEADER = 32
_BIG_ENDIAN, _INLINE = 1, 2
_MOST_BYTES = 1024 * 1024
_MOST_PLACES = 10_000
_SECTIONS_OF_GO = frozenset({".gopclntab", ".note.go.buildid", ".typelink", ".itablink", "__gopclntab", "__typelink"})
_BEGINNING = 4096
_FRAME = 16
"""The text stands between two random values of this size."""
_CHECKSUM = re.compile(r"h1:[A-Za-z0-9+/]{43}=")
_TOOLCHAIN = re.compile(r"go([0-9]+(?:\.[0-9]+)*(?:rc[0-9]+|beta[0-9]+)?)")
_VERSION = re.compile(r"v?[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:[-+.~][0-9A-Za-z.+~_-]*)?")
_OTHER_VERSIONS = re.compile(
    r"(?:go|api|min|max|schema|proto|default|image|chart|compiler|config|runtime)", re.IGNORECASE
)
_OF_GO = ("BSD-3-Clause",)
"""The license of Go and its standard library, https://go.dev/LICENSE."""
_UNSTATED = ("", "(devel)")
_FILES = "command-line-arguments"
# Where the path of a package tells the project it is from: "go help importpath".
_HOSTED = re.compile(
    r"(?:(?:github\.com|bitbucket\.org|codeberg\.org)/[^/]+/[^/]+|golang\.org/x/[^/]+)(?:/v[1-9][0-9]*(?=/|$))?"
)


class Module(Struct):
    """A line `mod` or `dep`, with the line `=>` after it."""

    path: str
    version: str
    checksum: str
    replacement: "Module | None" = None


class BuildInfo(Struct):
    """What the linker wrote down. `path` is the import path of the main package; `settings` are the lines `build`:
    flags, environment, state of the repository."""

    toolchain: str
    path: str
    main: Module | None
    modules: tuple[Module, ...]
    settings: dict[str, str]


def read_build_info(program: Program, content: Content) -> BuildInfo | None:
    """The build information of a Go program, None when it has none. Raises ValueError when it is damaged."""
    place = _find(program, content)
    if place is None:
        return None
    header = content[place : place + _HEADER]
    if len(header) < _HEADER:
        raise ValueError("it is cut short")
    if header[15] & _INLINE:
        toolchain, behind = _inline_string(content, place + _HEADER)
        text, _ = _inline_string(content, behind)
    else:
        memory = _Memory(program, content, ">" if header[15] & _BIG_ENDIAN else "<", header[14])
        toolchain, text = (memory.string(place + _ALIGNMENT + index * header[14]) for index in (0, 1))
    if not toolchain:
        raise ValueError("it names no toolchain")
    framed = len(text) >= 2 * _FRAME + 1 and text[-_FRAME - 1 : -_FRAME] == b"\n"
    return _parse(
        toolchain.decode("utf-8", "replace"), text[_FRAME:-_FRAME].decode("utf-8", "replace") if framed else ""
    )


def lacks_modules(info: BuildInfo) -> bool:
    """Whether it was built without modules, so that what went into it is not known: in old projects, by
    distributions. Programs of the Go project itself have none to name."""
    return info.main is None and not info.modules and not info.path.startswith("cmd/")


def main_path(info: BuildInfo) -> str:
    """The import path of the package with the main function, "" when that was given as files."""
    return "" if info.path == _FILES else info.path


def packages(info: BuildInfo) -> tuple[FoundPackage, ...]:
    """The main module, the modules it was built from and the standard library. A program built without modules has
    the module that its project would be."""
    found = []
    main = _hosted(info.path) if lacks_modules(info) else info.main
    own = main.path if main is not None else ""
    if main is not None and own not in ("", _FILES):
        found.append(_main_package(info, main))
    modules = [_package(module) for module in info.modules if module.path and module.path != own]
    if found:
        # Which of them needs which is not recorded: all are what the program needs.
        needs = bounded(f"{one.name}@{one.version}" for one in modules)
        found = [structs.replace(one, requires=(*needs, "stdlib")) for one in found]
    found += modules
    clean = _TOOLCHAIN.match(info.toolchain)
    version = f"v{clean[1]}" if clean else ""
    stated = {"toolchain": info.toolchain} if info.toolchain != f"go{version[1:]}" else {}
    properties = {RELATIONSHIP: "direct"} | stated
    found.append(FoundPackage("golang", "stdlib", version, licenses=_OF_GO, evidence="binary", properties=properties))
    return tuple(found)


def _hosted(path: str) -> Module | None:
    project = _HOSTED.match(path)
    return Module(project[0], "", "") if project else None


def _find(program: Program, content: Content) -> int | None:
    """Where the build information begins: in its own section or, where no section is called so, in writable data. Of
    a program that nothing else shows to be Go's only the beginning of these is looked at, which is its usual place."""
    section = program.sections.get(".go.buildinfo") or program.sections.get("__go_buildinfo")
    if section is not None:
        if content[section.offset : section.offset + len(_MAGIC)] == _MAGIC:
            return section.offset
        return _aligned(content, section.offset, section.end)
    may_be_go = program.format == "PE" or not program.sections or not _SECTIONS_OF_GO.isdisjoint(program.sections)
    for start, end in spans(segment for segment in program.segments if segment.writable):
        place = _aligned(content, start, end if may_be_go else min(end, start + _BEGINNING))
        if place is not None:
            return place
    return None


def _aligned(content: Content, start: int, end: int) -> int | None:
    """The first place of the mark that is aligned as Go's linker aligns it."""
    for _ in range(_MOST_PLACES):
        place = content.find(_MAGIC, start, end)
        if place < 0:
            break
        if place % _ALIGNMENT == 0:
            return place
        start = place + 1
    return None


def _inline_string(content: Content, place: int) -> tuple[bytes, int]:
    """The string behind its length in 7-bit groups, and the offset behind it."""
    length = shift = 0
    for byte in content[place : place + 10]:
        place += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    text = content[place : place + min(length, _MOST_BYTES)]
    if len(text) < length:
        raise ValueError("it is cut short" if length < _MOST_BYTES else f"it is more than {_MOST_BYTES:,} bytes")
    return text, place + length


class _Memory:
    """A program's data as it is when loaded, as far as that takes no running it."""

    def __init__(self, program: Program, content: Content, order: str, pointer: int) -> None:
        if pointer not in (4, 8):
            raise ValueError(f"it has pointers of {pointer} bytes")
        self._program = program
        self._content = content
        self._layout = order + ("Q" if pointer == 8 else "I")
        self._pointer = pointer

    def string(self, place: int) -> bytes:
        """The string whose header the pointer at offset `place` points to; b"" where one points nowhere."""
        header = self._follow(place)
        start = self._follow(header) if header is not None else None
        size = fields(self._layout, self._content, header + self._pointer) if header is not None else None
        if start is None or size is None or size[0] > _MOST_BYTES:
            return b""
        return self._content[start : start + size[0]]

    def _follow(self, place: int) -> int | None:
        """The offset of what the pointer at offset `place` points to."""
        stored = fields(self._layout, self._content, place)
        address = stored[0] if stored else 0
        return self._program.offset_of(address or self._relocated(place))

    def _relocated(self, place: int) -> int:
        """What the loader puts at offset `place`: programs that may lie anywhere keep their pointers apart, in
        entries of the place's address, a kind and the pointer."""
        section = self._program.sections.get(".rela.dyn")
        segment = next((one for one in self._program.segments if one.offset <= place < one.end), None)
        if section is None or segment is None:
            return 0
        wanted = struct.pack(self._layout, place - segment.offset + segment.address)
        entry = self._entry(section, wanted)
        value = fields(self._layout, self._content, entry + 2 * self._pointer) if entry is not None else None
        return int(value[0]) if value else 0

    def _entry(self, section: Section, wanted: bytes) -> int | None:
        place = section.offset
        for _ in range(_MOST_PLACES):
            place = self._content.find(wanted, place, section.end)
            if place < 0:
                break
            if (place - section.offset) % (3 * self._pointer) == 0:
                return place
            place += 1
        return None


def _parse(toolchain: str, text: str) -> BuildInfo:
    path = ""
    main: Module | None = None
    modules: list[Module] = []
    settings: dict[str, str] = {}
    last: Module | None = None
    for line in text.split("\n"):
        kind, _, rest = line.partition("\t")
        if kind == "path":
            path = rest
        elif kind == "build":
            key, _, value = rest.partition("=")
            settings[key.strip('"`')] = _unquoted(value)
        elif kind in ("mod", "dep", "=>"):
            module_path, version, checksum = (*rest.split("\t"), "", "", "")[:3]
            module = Module(module_path, version, checksum)
            if kind == "=>":
                if last is not None:
                    last.replacement = module
                continue
            last = module
            if kind == "mod":
                main = module
            else:
                modules.append(module)
    return BuildInfo(toolchain, path, main, tuple(modules), settings)


def _unquoted(text: str) -> str:
    """A Go string literal's value; other text unchanged."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == "`" else text


def _package(module: Module) -> FoundPackage:
    """A module as it was built: its replacement, unless that is a directory, which has neither name nor version."""
    used = module
    properties: dict[str, str] = {}
    if module.replacement is not None and module.replacement.path:
        if module.replacement.version in _UNSTATED:
            # Monorepos write v0.0.0 where they mean "what lies beside this".
            used = Module(module.path, "" if module.version == "v0.0.0" else module.version, "")
            properties["replaced_by"] = module.replacement.path
        else:
            used = module.replacement
            properties["replaces"] = f"{module.path}@{module.version}"
    version = "" if used.version in _UNSTATED else used.version
    # Of a listing of the module's files: the digest of no file.
    archives = published(checksum=used.checksum) if _CHECKSUM.fullmatch(used.checksum) else ()
    return FoundPackage("golang", used.path, version, evidence="binary", properties=properties, archives=archives)


def _main_package(info: BuildInfo, main: Module) -> FoundPackage:
    """The program's own module. Its version is what the build recorded, else what its makers put in with the linker's
    flag -X, else made of the commit as Go does for untagged commits."""
    package = _package(main)
    version, origin = package.version, "build info"
    if not version:
        version, origin = _flagged_version(info.settings.get("-ldflags", ""), main.path), "ldflags"
    if not version:
        version, origin = _commit_version(info.settings), "vcs"
    properties = package.properties | ROOT
    if version:
        properties["version_from"] = origin
    for key in ("vcs.revision", "vcs.modified"):
        if key in info.settings:
            properties[key] = info.settings[key]
    return structs.replace(package, version=version, properties=properties)


def _flagged_version(flags: str, own: str) -> str:
    """The program's version from `-X importpath.name=value`: variables of its main package first, then those of its
    own packages, then those of others (the version packages of libraries)."""
    best: tuple[int, str] | None = None
    words = [word.strip("'\"") for word in re.findall(r"'[^']*'|\"[^\"]*\"|[^\s'\"]+(?:'[^']*'|\"[^\"]*\")?", flags)]
    for before, word in zip(["", *words], words, strict=False):
        setting = word if before in ("-X", "--X") else word.removeprefix("-X=") if word.startswith("-X=") else ""
        variable, _, value = setting.strip("'\"").partition("=")
        package, _, name = variable.rpartition(".")
        value = value.strip("'\"")
        if (
            not name.lower().endswith(("version", "ver"))
            or _OTHER_VERSIONS.search(name)
            or not _VERSION.fullmatch(value)
        ):
            continue
        rank = 0 if package == "main" else 1 if package == own or package.startswith((f"{own}/", "cmd/")) else 2
        if best is None or rank < best[0]:
            best = (rank, value)
    return f"v{best[1].removeprefix('v')}" if best is not None else ""


def _commit_version(settings: dict[str, str]) -> str:
    revision = settings.get("vcs.revision", "")
    try:
        time = datetime.fromisoformat(settings.get("vcs.time", ""))
    except ValueError:
        return ""
    return f"v0.0.0-{time:%Y%m%d%H%M%S}-{revision[:12]}" if len(revision) >= 12 else ""
