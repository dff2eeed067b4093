"""Programs: Go, Rust, package notes, libraries linked in, and what stays unknown."""

import base64
import gzip
import json
import lzma
import random
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from lading.formats.go_functions import write_functions
from lading.inventory.catalogers.binary import CATALOGER
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.model.diagnostic import Diagnostic
from lading.model.package import Archive
from lading.model.reader import Content, WantedFile
from lading.safeio.content import spool
from tests.inventory.executables.build import Part, dynamic, elf, fat, macho, pe
from tests.inventory.nested.containers import found

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fixtures"
SUMS = [base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3)]
MODULES = (
    "path\texample.com/me/tool/cmd/tool\n"
    f"mod\texample.com/me/tool\tv1.2.3\th1:{SUMS[0]}\n"
    f"dep\tgolang.org/x/text\tv0.3.7\th1:{SUMS[1]}\n"
    "dep\texample.com/old\tv1.0.0\n"
    f"=>\texample.com/fork\tv1.0.1\th1:{SUMS[2]}\n"
    "build\t-compiler=gc\n"
)


def parse(data: Content, path: str = "app/tool") -> CatalogerResult:
    return CATALOGER.parse(WantedFile(path=path, mode=0o755, content=data))


def varint(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def inline(text: str, toolchain: str = "go1.21.3") -> bytes:
    """Build information as Go 1.18 and later write it."""
    framed = b"\x30" * 16 + text.encode() + b"\xf9" * 16 if text else b""
    strings = b"".join(varint(len(one)) + one for one in (toolchain.encode(), framed))
    return b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + strings


def go(text: str = MODULES, toolchain: str = "go1.21.3", extra: Sequence[Part] = ()) -> bytes:
    return elf([Part(".go.buildinfo", inline(text, toolchain), 0x8000, 2), *extra])


def golang(name: str, version: str, *modules: str, sum: str = "", **properties: str) -> FoundPackage:
    """A module; the program's own one needs all others. `sum` is repeated in its checksum."""
    requires = (*modules, "stdlib") if properties.get("relationship") == "root" else ()
    return FoundPackage(
        "golang",
        name,
        version,
        licenses=("BSD-3-Clause",) if name == "stdlib" else (),
        evidence="binary",
        properties=properties,
        requires=requires,
        archives=(Archive(checksum=f"h1:{base64.b64encode(bytes.fromhex(sum) * 32).decode()}"),) if sum else (),
    )


def main_module(*lines: str, version: str = "(devel)") -> FoundPackage:
    text = f"path\tx\nmod\texample.com/me/tool\t{version}\t\n" + "".join(f"build\t{line}\n" for line in lines)
    return parse(go(text)).packages[0]


def stdlib(toolchain: str) -> FoundPackage:
    return parse(go("path\tcmd/x\n", toolchain)).packages[-1]


GO_PACKAGES = (
    golang(
        "example.com/me/tool",
        "v1.2.3",
        "golang.org/x/text@v0.3.7",
        "example.com/fork@v1.0.1",
        sum="01",
        relationship="root",
        version_from="build info",
    ),
    golang("golang.org/x/text", "v0.3.7", sum="02"),
    golang("example.com/fork", "v1.0.1", replaces="example.com/old@v1.0.0", sum="03"),
    golang("stdlib", "v1.21.3", relationship="direct"),
)


def test_go_modules() -> None:
    assert parse(go()) == CatalogerResult(packages=GO_PACKAGES)


@pytest.mark.parametrize(
    "data",
    [
        elf([Part("", b"other data here.", 0x1000, 2), Part("", inline(MODULES), 0x8000, 2)], named=False),
        elf([Part(".xo.buildinfo", inline(MODULES), 0x8000, 2)]),
        elf([Part(".data", bytes(8192) + inline(MODULES), 0x8000, 2), Part(".gopclntab", b"x", 0x1000)]),
        elf([Part(".go.buildinfo", bytes(16) + inline(MODULES), 0x8000, 2)]),
        pe([Part(".data", bytes(32) + inline(MODULES), 0x8000, 0xC0000040)]),
        macho([Part("__go_buildinfo", inline(MODULES), 0x8000, 2)]),
        fat([macho([Part("__go_buildinfo", inline(MODULES), 0x8000, 2)])]),
    ],
    ids=["no names of sections", "another name", "no name", "behind zeros", "pe", "mach-o", "fat mach-o"],
)
def test_go_modules_of_other_programs(data: bytes) -> None:
    assert parse(data) == CatalogerResult(packages=GO_PACKAGES)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("relocated", [True, False])
def test_go_before_1_18_points_to_its_strings(order: str, wide: bool, relocated: bool) -> None:
    size, letter = (8, "Q") if wide else (4, "I")
    text = b"\x30" * 16 + MODULES.encode() + b"\xf9" * 16
    strings = b"go1.15.2" + text
    pointers = [0x8000 + 32, 0x8000 + 32 + 2 * size, 0x9000, 0x9000 + 8]
    places = [0x8000 + 16, 0x8000 + 16 + size, 0x8000 + 32, 0x8000 + 32 + 2 * size]
    stored = [0 if relocated else pointer for pointer in pointers]
    info = b"\xff Go buildinf:" + bytes([size, 1 if order == ">" else 0])
    info += struct.pack(f"{order}2{letter}", *stored[:2]).ljust(16, b"\0")
    info += struct.pack(f"{order}4{letter}", stored[2], 8, stored[3], len(text))
    entries = [struct.pack(f"{order}3{letter}", place, 8, to) for place, to in zip(places, pointers, strict=True)]
    parts = [Part(".go.buildinfo", info, 0x8000, 2), Part(".rodata", strings, 0x9000)]
    parts += [Part(".rela.dyn", b"".join(entries), 0xB000)] if relocated else []
    facts = parse(elf(parts, order=order, wide=wide))
    assert facts == CatalogerResult(packages=(*GO_PACKAGES[:-1], golang("stdlib", "v1.15.2", relationship="direct")))


def test_go_module_replaced_by_a_directory_keeps_its_name() -> None:
    text = (
        "path\tx\nmod\tk8s.io/kubernetes\tv1.28.0\t\ndep\tk8s.io/api\tv0.0.0\n=>\t./staging/src/k8s.io/api\t(devel)\t\n"
    )
    text += "dep\texample.com/forked\tv1.1.0\n=>\t../forked\t\t\ndep\tk8s.io/kubernetes\tv9.0.0\n"
    assert parse(go(text)).packages[1:-1] == (
        golang("k8s.io/api", "", replaced_by="./staging/src/k8s.io/api"),
        golang("example.com/forked", "v1.1.0", replaced_by="../forked"),
    )


@pytest.mark.parametrize(
    ("flags", "version"),
    [
        ("-X main.version=v1.2.3", "v1.2.3"),
        ("-s -w -X main.Version=1.2.3 -X main.date=2024", "v1.2.3"),
        ("-X 'main.date=Mon Jan 1' -X 'main.version=1.2.3-rc.1+abc'", "v1.2.3-rc.1+abc"),
        ("-X=example.com/me/tool/internal.appVersion=2.0.0", "v2.0.0"),
        ("-X github.com/lib/version.Version=0.9.1 -X example.com/me/tool/v.ver=v2.1", "v2.1"),
        ("-X github.com/lib/version.Version=0.9.1 -X main.version=3.0.0", "v3.0.0"),
        ("-X main.goVersion=1.21.0 -X main.version=dev", ""),
        ("-X main.apiVersion=1.21.0", ""),
        ("-X main.revision=1.21.0", ""),
        ("-X", ""),
    ],
)
def test_go_main_version_from_linker_flags(flags: str, version: str) -> None:
    package = main_module(f'-ldflags="{flags}"')
    assert package.version == version
    assert package.properties == {"relationship": "root"} | ({"version_from": "ldflags"} if version else {})


def test_go_main_version_from_the_commit() -> None:
    lines = ("vcs=git", f"vcs.revision={'0123456789' * 4}", "vcs.time=2023-04-05T06:07:08Z", "vcs.modified=true")
    assert main_module(*lines) == golang(
        "example.com/me/tool",
        "v0.0.0-20230405060708-012345678901",
        **{
            "relationship": "root",
            "version_from": "vcs",
            "vcs.revision": "0123456789" * 4,
            "vcs.modified": "true",
        },
    )
    assert main_module("vcs.revision=abc", "vcs.time=never").version == ""


def test_go_without_a_module_of_its_own() -> None:
    text = "path\tcommand-line-arguments\nmod\tcommand-line-arguments\t(devel)\t\ndep\texample.com/a\tv1.0.0\n"
    assert parse(go(text)) == CatalogerResult(packages=(golang("example.com/a", "v1.0.0"), GO_PACKAGES[-1]))
    assert parse(go("path\tcmd/gofmt\n")) == CatalogerResult(packages=(GO_PACKAGES[-1],))


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("github.com/some/tool", "github.com/some/tool"),
        ("github.com/some/tool/v2/cmd/x", "github.com/some/tool/v2"),
        ("github.com/some/tool/version", "github.com/some/tool"),
        ("golang.org/x/tools/cmd/stringer", "golang.org/x/tools"),
        ("github.com/some", ""),
        ("example.com/some/tool", ""),
    ],
)
def test_go_without_modules_names_its_project(path: str, module: str) -> None:
    own = [golang(module, "", relationship="root")] if module else []
    found = parse(go(f"path\t{path}\n"))
    assert found == CatalogerResult(packages=(*own, GO_PACKAGES[-1]), unknown="Go program built without modules")


@pytest.mark.parametrize(
    ("toolchain", "version"),
    [
        ("go1.20.6", "v1.20.6"),
        ("go1.21", "v1.21"),
        ("go1.23rc2", "v1.23rc2"),
        ("go1.22.1 X:boringcrypto", "v1.22.1"),
        ("go1.26.1-X:jsonv2", "v1.26.1"),
        ("go1.18.10b7", "v1.18.10"),
        ("go1.21.4 (Red Hat 1.21.4-1.el9)", "v1.21.4"),
        ("go1.22.5-custom", "v1.22.5"),
        ("go1.24.2.fc42", "v1.24.2"),
        ("devel go1.22-8c92897e15 Tue", ""),
    ],
)
def test_go_standard_library(toolchain: str, version: str) -> None:
    stated = {} if toolchain == f"go{version[1:]}" else {"toolchain": toolchain}
    assert stdlib(toolchain) == golang("stdlib", version, relationship="direct", **stated)


def test_go_damaged_build_information_is_told() -> None:
    data = elf([Part(".go.buildinfo", inline(MODULES)[:60], 0x8000, 2)], named=True)
    cut = data[: data.index(b"\xff Go buildinf:") + 50]
    facts = parse(elf([Part(".go.buildinfo", b"\xff Go buildinf:\x08\x02", 0x8000, 2)], named=False))
    message = "the build information of a Go program cannot be read: it is cut short"
    assert facts == CatalogerResult(
        diagnostics=(Diagnostic("incomplete", "broken-go-buildinfo", message, "app/tool"),), unknown="ELF executable"
    )
    assert parse(cut).packages == ()


def line_table(names: Sequence[str], magic: int = 0xFFFFFFF1, size: int = 8) -> bytes:
    letter = "Q" if size == 8 else "I"
    blob = b"".join(name.encode() + b"\0" for name in names)
    head = struct.pack("<I4B", magic, 0, 0, 1, size)
    if magic == 0xFFFFFFFB:
        start = 8 + size + 2 * size * len(names) + size
        records, at = b"", start + (size + 4) * len(names)
        functions = b""
        for index, name in enumerate(names):
            functions += struct.pack(f"<2{letter}", 0, start + index * (size + 4))
            records += struct.pack(f"<{letter}I", 0, at)
            at += len(name.encode()) + 1
        return head + struct.pack(f"<{letter}", len(names)) + functions + bytes(size) + records + blob
    before = [0] * (2 if magic == 0xFFFFFFFA else 3)
    start = 8 + size * (len(before) + 5)
    return head + struct.pack(f"<{len(before) + 5}{letter}", *before, start, start + len(blob), 0, 0, 0) + blob


NAMES = [
    "go:buildid",
    "type:.eq.main.T",
    "main.main",
    "main.main.func1",
    "main.main.func2.1",
    "main.init.0",
    "main.glob..func1",
    "main.F1",
    "main.work.gowrap1",
    "net/http.(*Client).Do",
    "net/http.(*Client).Do.deferwrap1",
    "net/http.(*Client).do-fm",
    "gopkg.in/yaml%2ev3.Unmarshal",
    "go.uber.org/zap.New",
    "golang.org/x/text/language.Parse",
    "example.com/old/inner.Run",
    "slices.SortFunc[...]",
    "sync/atomic.(*Pointer[...]).Load",
    "memeqbody",
]
SYMBOLS = {
    "example.com/me/tool/cmd/tool.main",
    "example.com/me/tool/cmd/tool.init",
    "example.com/me/tool/cmd/tool.F1",
    "example.com/me/tool/cmd/tool.work",
    "net/http.Client.Do",
    "net/http.Client.do",
    "golang.org/x/text/language.Parse",
    "example.com/old/inner.Run",
    "example.com/fork/inner.Run",
    "slices.SortFunc",
    "sync/atomic.Pointer.Load",
}


def symbols(text: str = MODULES, names: Sequence[str] = NAMES) -> bytes:
    parts = [Part(".gopclntab", line_table(names), 0x1000), Part(".go.buildinfo", inline(text), 0x8000, 2)]
    return parse(elf(parts, named=True)).symbols


@pytest.mark.parametrize("magic", [0xFFFFFFFB, 0xFFFFFFFA, 0xFFFFFFF0, 0xFFFFFFF1])
@pytest.mark.parametrize("named", [True, False])
def test_go_symbols(magic: int, named: bool) -> None:
    parts = [Part(".gopclntab", line_table(NAMES, magic), 0x1000), Part(".go.buildinfo", inline(MODULES), 0x8000, 2)]
    assert parse(elf(parts, named=named)).symbols == write_functions(SYMBOLS)


def test_go_symbols_of_32_bits() -> None:
    parts = [Part("__gopclntab", line_table(NAMES, size=4), 0x1000), Part("__go_buildinfo", inline(MODULES), 0x8000, 2)]
    assert parse(macho(parts, wide=False)).symbols == write_functions(SYMBOLS)


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("path\tcommand-line-arguments\n", ["os.Exit"]),
        ("path\tgithub.com/a/b\n", ["os.Exit"]),
        ("path\tx.org/a/cmd\nmod\tx.org/a\t(devel)\t\n", ["os.Exit"]),
        ("path\tx.org/a/cmd\nmod\tx.org/a\tv0.0.0-20240101000000-0123456789ab\t\n", ["os.Exit"]),
        ("path\tx.org/a/cmd\nmod\tx.org/a\tv1.0.0\t\n", ["os.Exit", "x.org/a.F", "x.org/a/v2.F", "x.org/a/cmd.main"]),
        ("path\tx\ndep\tgopkg.in/y.v3\tv3.0.1\n", ["os.Exit", "x.main", "gopkg.in/y.v3.F", "gopkg.in/y.v3/z.F"]),
        ("path\tx\ndep\tx.org/a/v2\tv2.0.0-20240101000000-0123456789ab\n", ["os.Exit", "x.main", "x.org/a/v2.F"]),
    ],
)
def test_go_symbols_are_those_of_modules_that_can_be_matched(lines: str, kept: list[str]) -> None:
    names = ["main.main", "os.Exit", "x.org/a.F", "x.org/a/v2.F", "gopkg.in/y%2ev3.F", "gopkg.in/y.v3/z.F", "y.org/a.F"]
    assert symbols(lines, names) == write_functions(kept)


def auditable(text: str) -> bytes:
    return elf([Part(".dep-v0", zlib.compress(text.encode()), 0x3000)])


def test_rust_crates() -> None:
    crates = [
        {"name": "tool", "version": "0.1.0", "source": "local", "root": True, "dependencies": [1, 2]},
        {"name": "serde", "version": "1.0.2", "source": "crates.io", "kind": "runtime"},
        {"name": "cc", "version": "1.0.83", "source": "crates.io", "kind": "build"},
        {"name": "forked", "version": "2.0.0", "source": "git"},
    ]
    assert parse(auditable(json.dumps({"packages": crates}))) == CatalogerResult(
        packages=(
            FoundPackage(
                "cargo",
                "tool",
                "0.1.0",
                evidence="binary",
                properties={"relationship": "root", "source": "local"},
                requires=("serde@1.0.2", "cc@1.0.83"),
            ),
            FoundPackage("cargo", "serde", "1.0.2", evidence="binary"),
            FoundPackage("cargo", "forked", "2.0.0", evidence="binary", properties={"source": "git"}),
        )
    )


@pytest.mark.parametrize("text", ["{}", "not json", "[" * 5000, '{"packages": [{"name": 1}]}', '"' + "a" * 9_000_000])
def test_rust_damage_is_told(text: str) -> None:
    facts = parse(auditable(text))
    assert [(one.level, one.code) for one in facts.diagnostics] == [("incomplete", "broken-cargo-auditable")]
    assert (facts.packages, facts.unknown) == ((), "ELF executable")


def test_programs_for_windows_have_modules_and_crates_too() -> None:
    data = pe([Part(".data", inline(MODULES), 0x8000, 0xC0000040)])
    assert parse(data, "app/tool.exe").packages == GO_PACKAGES
    crates = zlib.compress(b'{"packages": [{"name": "serde", "version": "1.0.2", "source": "crates.io"}]}')
    found = parse(pe([Part(".dep-v0", crates, 0x3000)]), "app/tool.exe").packages
    assert found == (FoundPackage("cargo", "serde", "1.0.2", evidence="binary"),)


_SOURCES = b"".join(
    [
        b"/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/regex-1.5.4/src/exec.rs",
        b"/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/regex-1.5.4/src/pool.rs",
        b"/cargo/registry/src/github.com-1ecc6299db9ec823/regex-syntax-0.6.29/src/ast/mod.rs",
        b"C:\\Users\\u\\.cargo\\registry\\src\\index.crates.io-6f17d22bba15001f\\mio-1.0.0-rc.1\\src\\poll.rs",
        b"/usr/share/cargo/registry/h2-0-3-0.3.26/src/lib.rs",
        b"/rust/deps/toml_edit-0.24.0+spec-1.1.0/src/lib.rs",
        b"/rustc/90c541806f23a127002de5b4038be731ba1458ca/library/core/src/str/mod.rs",
        b"/srv/registry/src/example-0123/none-1.0.0/src/lib.rs",
        b"library/std/src/io/mod.rs",
    ]
)


@pytest.mark.parametrize(
    ("more", "crates"),
    [
        (b"/rustc/90c541806f23a127/library/core/src/str/mod.rs", [("smallvec", "1.6.0")]),
        (b"", []),  # any other program may have a directory of that name
    ],
)
def test_crates_that_lie_beside_the_program_with_their_versions(more: bytes, crates: list[tuple[str, str]]) -> None:
    texts = b"/src/app/vendor/smallvec-1.6.0/src/lib.rs\0/src/app/vendor/regex/src/lib.rs\0vendor/x-1.0.0/src/a.rs\0"
    found = parse(elf([Part(".rodata", texts + more, 0x7000)])).packages
    assert [(one.name, one.version) for one in found] == crates


@pytest.mark.parametrize(
    "data",
    [
        elf([Part(".rodata", _SOURCES, 0x7000)], elf_type=3),
        elf([Part(".rodata", b"\1" * (4 * 1024 * 1024 - 40) + _SOURCES, 0x7000)]),
        pe([Part(".rdata", _SOURCES, 0x7000, 0x40000040)]),
        macho([Part("__const", _SOURCES, 0x7000)]),
    ],
)
def test_rust_by_the_places_of_its_panics(data: bytes) -> None:
    properties = {"known_by": "places of panics"}
    assert parse(data).packages == tuple(
        FoundPackage("cargo", name, version, evidence="static", properties=properties)
        for name, version in [
            ("h2-0-3", "0.3.26"),
            ("mio", "1.0.0-rc.1"),
            ("regex", "1.5.4"),
            ("regex-syntax", "0.6.29"),
            ("toml_edit", "0.24.0+spec-1.1.0"),
        ]
    )


def test_rust_that_lists_its_crates_is_not_asked_where_it_panics() -> None:
    crates = zlib.compress(b'{"packages": [{"name": "serde", "version": "1.0.2", "source": "crates.io"}]}')
    data = elf([Part(".dep-v0", crates, 0x3000), Part(".rodata", _SOURCES, 0x7000)])
    assert [one.name for one in parse(data).packages] == ["serde"]


_BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [
        {"type": "library", "name": "netty", "version": "4.1", "purl": "pkg:maven/io.netty/netty@4.1"},
        {"type": "library", "name": "nameless"},
    ],
}
_PACKED = gzip.compress(json.dumps(_BOM).encode(), mtime=0)


def native_image(packed: bytes = _PACKED, length: int = 0, at: int = 0x9000) -> bytes:
    """As GraalVM makes it: the document and its length are symbols."""
    names = b"\0main\0sbom_length\0sbom\0"
    size = struct.pack("<Q", length or len(packed))
    symbols = [(0, 0), (1, 0x1000), (names.index(b"sbom_length"), at), (names.index(b"\0sbom\0") + 1, at + 8)]
    table = b"".join(struct.pack("<I4xQ8x", name, address) for name, address in symbols)
    return elf([Part(".dynsym", table, 0x2000), Part(".dynstr", names, 0x3000), Part(".data", size + packed, 0x9000)])


@pytest.mark.parametrize(
    "data",
    [
        native_image(),
        pe([Part(".data", b"sbom_length\0\x1f\x8b\x08 no\0" + _PACKED + b"more", 0x9000, 0xC0000040)]),
        macho([Part("__data", b"_sbom_length\0" + _PACKED, 0x9000, 2)]),
    ],
)
def test_native_images_of_java_carry_a_bill_of_materials(data: bytes) -> None:
    found = parse(data)
    assert [(one.type, one.name, one.version, one.evidence) for one in found.packages] == [
        ("maven", "io.netty:netty", "4.1", "sbom")
    ]
    assert [one.code for one in found.diagnostics] == ["unidentified-components"]
    assert found.unknown == ""


@pytest.mark.parametrize(
    "data",
    [
        native_image(b"no gzip"),
        native_image(length=20),
        native_image(at=0x70000),
        native_image(gzip.compress(b"{}", mtime=0)),
        native_image(gzip.compress(b"[", mtime=0)),
    ],
)
def test_native_images_with_a_damaged_one_are_told(data: bytes) -> None:
    found = parse(data)
    assert found.packages == ()
    assert [(one.level, one.code) for one in found.diagnostics] == [("incomplete", "broken-sbom")]


def note(text: str, owner: bytes = b"FDO\0", kind: int = 0xCAFE1A7E) -> bytes:
    said = text.encode() + b"\0"
    return struct.pack("<3I", len(owner), len(said), kind) + owner + said + b"\0" * (-len(said) % 4)


def test_package_note() -> None:
    text = (
        '{"type":"rpm","name":"coreutils","version":"9.4-6.fc40","architecture":"x86_64",'
        '"osCpe":"cpe:/o:fedoraproject:fedora:40","unknown":null}'
    )
    package = FoundPackage(
        "rpm",
        "coreutils",
        "9.4-6.fc40",
        arch="x86_64",
        source="coreutils",
        source_version="9.4-6.fc40",
        evidence="binary",
        properties={"osCpe": "cpe:/o:fedoraproject:fedora:40"},
    )
    other = note("build id", b"GNU\0", 3)
    assert parse(elf([Part(".note.package", other + note(text), 0x3000)])) == CatalogerResult(packages=(package,))
    generic = '{"name":"tool","version":"1.0","os":"azl","osVersion":"3","license":"MIT","appCpe":"cpe:2.3:a:b:c"}'
    assert parse(elf([Part(".note.package", note(generic), 0x3000)])).packages == (
        FoundPackage(
            "generic",
            "tool",
            "1.0",
            licenses=("MIT",),
            evidence="binary",
            cpes=("cpe:2.3:a:b:c",),
            properties={"os": "azl", "osVersion": "3"},
        ),
    )


@pytest.mark.parametrize("data", [b"", note("{}"), note("[]"), note("{", kind=3), note("{")])
def test_package_note_that_says_nothing(data: bytes) -> None:
    facts = parse(elf([Part(".note.package", data, 0x3000)]))
    assert [(one.level, one.code) for one in facts.diagnostics] == [("incomplete", "broken-package-note")]
    assert facts.unknown == "ELF executable"


TEXTS = {
    "openssl 1.1.1k": b"OpenSSL 1.1.1k  FIPS 25 Mar 2021",
    "openssl 3.0.11": b"OpenSSL 3.0.11 19 Sep 2023",
    "openssl 1.0.2k": b"AES part of OpenSSL 1.0.2k-fips  26 Jan 2017",
    "boringssl ": b"OpenSSL 1.1.1 (compatible; BoringSSL)",
    "aws-lc 1.20.0": b"OpenSSL 1.1.1 (compatible; AWS-LC 1.20.0)",
    "libressl 3.8.2": b"LibreSSL 3.8.2",
    "zlib 1.2.11": b" deflate 1.2.11 Copyright 1995-2017 Jean-loup Gailly and Mark Adler ",
    "sqlite 3.45.1": b"3.45.1\0SQLite format 3",
    "sqlite ": b"3.45.1\x003.11.2\0SQLite format 3",
    "curl 8.5.0": b"libcurl/8.5.0",
    "libpng 1.6.39": b" libpng version 1.6.39 - November 20, 2022\n",
    "libpng 1.6.58": b" libpng version 1.6.58\n\n",
    "libjpeg-turbo 2.1.5": b"libjpeg-turbo version 2.1.5 (build 20230203)",
    "expat 2.5.0": b"reserved prefix (xmlns) must not be declared or undeclared\0expat_2.5.0",
    "bzip2 1.0.8": b"1.0.8, 13-Jul-2019\0\n\nbzip2/libbzip2: internal error number %d.\n",
    "mbedtls 2.28.3": b"mbed TLS 2.28.3",
    "wolfssl 5.6.3": b"wolfSSL 5.6.3",
    "gnutls 3.7.9": b"Enabled GnuTLS 3.7.9 logging...\n",
    "libgcrypt 1.10.1": b"This is Libgcrypt 1.10.1 - The GNU Crypto Library\n",
    "pcre2 10.42": b"POSIX named classes are supported only within a class\x0010.42 2022-12-11",
    "pcre 8.45": b"POSIX named classes are supported only within a class\x008.45 2021-06-15",
    "libtiff 4.5.0": b"LIBTIFF, Version 4.5.0\nCopyright (c) 1988-1996 Sam Leffler\n",
    "jemalloc 5.3.0": b"<jemalloc>: \x005.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c",
    "lua 5.4.4": b"$LuaVersion: Lua 5.4.4  Copyright (C) 1994-2022 Lua.org, PUC-Rio $",
    "luajit 2.1.0-beta3": b"LuaJIT 2.1.0-beta3",
    "libssh2 1.10.0": b"SSH-2.0-libssh2_1.10.0\r\n",
    "libssh 0.10.5": b"SSH-2.0-libssh_0.10.5",
    "libevent 2.1.12": b"%s: event has no event_base set.\x002.1.12-stable",
    "ncurses 6.4": b"'%s': unknown terminal type.\n\0ncurses 6.4.20221231",
    "libarchive 3.6.2": b"libarchive 3.6.2",
    "krb5 1.20.1": b"KRB5_BRAND: krb5-1.20.1-final 1.20.1 20221115",
    "berkeley-db 5.3.28": b"Berkeley DB 5.3.28: (September  9, 2013)",
    "libgit2 1.5.1": b"libgit2 1.5.1",
    "libvpx 1.12.0": b"WebM Project VP9 Decoder v1.12.0",
    "libaom 3.6.0": b"AOMedia Project AV1 Encoder v3.6.0",
}


def linked(text: bytes, *needed: str, path: str = "app/tool", soname: str = "") -> list[str]:
    parts = [*dynamic(needed, soname), Part(".rodata", b"%s: usage\0" + text + b"\0more", 0x7000)]
    rows = [(1, 4, 1, 0x5000, len(parts[1].data)), (2, 6, 0, 0x4000, len(parts[0].data))]
    facts = parse(elf(parts, elf_type=3, segments=rows), path)
    assert all(package.evidence == "static" for package in facts.packages)
    assert facts.unknown == "ELF shared library"
    return [f"{package.name} {package.version}" for package in facts.packages]


@pytest.mark.parametrize(("told", "text"), TEXTS.items())
def test_a_library_linked_in(told: str, text: bytes) -> None:
    assert linked(text) == [told]


def test_libraries_linked_in_carry_a_cpe() -> None:
    data = elf([Part(".rodata", b"\0".join([TEXTS["zlib 1.2.11"], TEXTS["boringssl "]]), 0x7000)])
    assert parse(data) == CatalogerResult(
        packages=(
            FoundPackage(
                "generic", "boringssl", "", evidence="static", cpes=("cpe:2.3:a:google:boringssl:*:*:*:*:*:*:*:*",)
            ),
            FoundPackage(
                "generic", "zlib", "1.2.11", evidence="static", cpes=("cpe:2.3:a:zlib:zlib:1.2.11:*:*:*:*:*:*:*",)
            ),
        ),
        unknown="ELF executable",
    )


def test_two_versions_of_a_library_are_both_there() -> None:
    both = TEXTS["zlib 1.2.11"] + b"\0" + TEXTS["zlib 1.2.11"].replace(b"1.2.11", b"1.3.1")
    assert linked(both) == ["zlib 1.2.11", "zlib 1.3.1"]


def test_a_library_asked_for_is_not_linked_in() -> None:
    text = TEXTS["openssl 3.0.11"]
    assert linked(text, "libm.so.6") == ["openssl 3.0.11"]
    assert linked(text, "libssl.so.3") == []
    assert linked(text, soname="libcrypto.so.3") == []
    assert linked(TEXTS["lua 5.4.4"], path="opt/luaprivate.so") == []


def test_texts_beyond_a_window_are_found() -> None:
    size = 4 * 1024 * 1024
    for before in (size - 40, size + 200, size * 2 + 5):
        assert linked(b"\1" * before + TEXTS["zlib 1.2.11"]) == ["zlib 1.2.11"]


def test_a_go_program_without_c_has_nothing_linked_in() -> None:
    text = Part(".rodata", TEXTS["zlib 1.2.11"], 0x1000)
    with_c = parse(go(MODULES + "build\tCGO_ENABLED=1\n", extra=[text]))
    assert [package.name for package in with_c.packages][-1] == "zlib"
    without = parse(go(MODULES + "build\tCGO_ENABLED=0\n", extra=[text]))
    assert without.packages == GO_PACKAGES


@pytest.mark.parametrize(
    ("data", "unknown"),
    [
        (elf([]), "ELF executable"),
        (elf([], elf_type=3), "ELF shared library"),
        (elf([], elf_type=1), ""),
        (elf([Part(".text", b"", 0, 9)], elf_type=3), ""),
        (elf([Part("", b"\0\0\0\0UPX!\x0d\x1d", 0x1000)], named=False), "UPX-packed program"),
        (macho([]), "Mach-O executable"),
        (macho([], kind=8), "Mach-O shared library"),
        (pe([]), "PE executable"),
        (pe([], dll=True), "PE shared library"),
        (b"MZ is how this text begins", ""),
        (b"\xca\xfe\xba\xbe\0\0\0\x34a class of Java", ""),
        (b"\x7fELF", ""),
    ],
)
def test_what_stays_unknown(data: bytes, unknown: str) -> None:
    assert parse(data) == CatalogerResult(unknown=unknown)


def test_programs_on_disk_read_the_same() -> None:
    data = go(extra=[Part(".rodata", TEXTS["zlib 1.2.11"], 0x1000), Part(".gopclntab", line_table(NAMES), 0x4000)])
    assert parse(spool(iter([data]))) == parse(data)


WHOLE = [
    go(extra=[Part(".gopclntab", line_table(NAMES, 0xFFFFFFFB), 0x4000), Part(".rodata", TEXTS["lua 5.4.4"], 0x1000)]),
    auditable('{"packages": [{"name": "a", "version": "1"}]}'),
    elf([Part(".note.package", note('{"name": "a"}'), 0x3000)], order=">", wide=False),
    macho([Part("__go_buildinfo", inline(MODULES), 0x8000, 2), Part("__gopclntab", line_table(NAMES), 0x4000)]),
    pe([Part(".data", inline(MODULES), 0x8000, 0xC0000040)]),
]


@pytest.mark.parametrize("whole", WHOLE)
def test_damage_is_survived(whole: bytes) -> None:
    source = random.Random(2)
    for length in range(0, len(whole), 7):
        parse(whole[:length])
    for _ in range(400):
        flipped = bytearray(whole)
        for _ in range(6):
            flipped[source.randrange(len(flipped))] = source.choice((0, 0xFF, source.randrange(256)))
        parse(bytes(flipped))
        parse(spool(iter([bytes(flipped)])))


@pytest.mark.parametrize("kind", ["golang-binary", "rust-binary"])
def test_the_shared_fixtures_are_exact(kind: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    for case in sorted((SHARED / kind).iterdir()):
        facts = parse(lzma.decompress((case / "input" / "app.xz").read_bytes()))
        expected = json.loads((case / "expected.json").read_text())
        assert sorted(
            (one.type, one.name, one.version, one.properties.get("relationship")) for one in facts.packages
        ) == sorted((one["type"], one["name"], one["version"], one.get("relationship")) for one in expected), case.name
        assert (facts.unknown, facts.diagnostics) == ("", ())


BUN = b"\0Bun v1.2.20 (Linux x64)\0"
NODE = b"\0https://nodejs.org/download/release/v20.20.2/node.tar.gz\0"
FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"
LARGE = bytes(20_000_000)


@pytest.mark.parametrize(
    ("says", "behind", "kind", "runtime"),
    [
        (BUN, b"x\n---- Bun! ----\n" + bytes(8), "Bun program with a script archive", ("bun", "1.2.20")),
        (b"\0Deno/2.9.6\0", b"d3n0l4nd" + bytes(32), "Deno program with a script archive", ("deno", "2.9.6")),
        (NODE + FUSE + b"1\0", LARGE, "Node.js program with a script archive", ("node", "20.20.2")),
    ],
)
def test_a_program_with_scripts_in_it_is_its_runtime_and_more(
    says: bytes, behind: bytes, kind: str, runtime: tuple[str, str]
) -> None:
    """Whatever it is called."""
    result = parse(elf([Part(".rodata", says, 0x1000, 2)]) + behind)
    assert [(one.name, one.version) for one in result.packages] == [runtime]
    assert result.unknown == kind


def test_node_without_scripts_in_it_is_node() -> None:
    result = parse(elf([Part(".rodata", NODE + FUSE + b"0\0", 0x1000, 2)]) + LARGE, "usr/bin/node")
    assert [(one.name, one.version) for one in result.packages] == [("node", "20.20.2")]
    assert result.unknown == ""


def test_what_is_linked_into_a_program_says_nothing_of_the_program() -> None:
    inventory, _ = found({"srv/tool": elf([Part(".rodata", b"\0OpenSSL 3.0.7 1 Nov 2022\0", 0x1000, 2)])})
    assert [(one.name, one.version) for one in inventory.packages] == [("openssl", "3.0.7")]
    assert [(one.path, one.kind) for one in inventory.unmanaged] == [("srv/tool", "ELF executable")]


def wasm(*sections: tuple[int, bytes], version: bytes = b"\1\0\0\0") -> bytes:
    """A module of WebAssembly."""
    return b"\0asm" + version + b"".join(bytes([kind]) + varint(len(data)) + data for kind, data in sections)


def custom(name: bytes, data: bytes) -> tuple[int, bytes]:
    return 0, varint(len(name)) + name + data


@pytest.mark.parametrize("version", [b"\1\0\0\0", b"\x0d\0\1\0"])
def test_a_module_of_webassembly_is_a_program(version: bytes) -> None:
    crates = zlib.compress(b'{"packages": [{"name": "smallvec", "version": "1.6.0", "source": "crates.io"}]}')
    module = wasm((1, b"abc"), custom(b"name", b"x"), custom(b".dep-v0", crates), version=version)
    assert [(one.type, one.name, one.version, one.evidence) for one in parse(module).packages] == [
        ("cargo", "smallvec", "1.6.0", "binary")
    ]
    linked = parse(wasm((11, b"\0OpenSSL 3.0.7 1 Nov 2022\0"), version=version))
    assert [(one.name, one.version, one.evidence) for one in linked.packages] == [("openssl", "3.0.7", "static")]
    assert linked.unknown == "WebAssembly executable"


@pytest.mark.parametrize(
    ("data", "unknown"),
    [
        (b"\0asm\2\0\0\0", ""),
        (wasm(custom(b"", b"")), "WebAssembly executable"),
        (wasm()[:8] + b"\0\xff\xff\xff\xff\xff", "WebAssembly executable"),
        (wasm()[:8] + b"\0\x7fabc", "WebAssembly executable"),
        (wasm()[:8] + b"\0\1\x7f", "WebAssembly executable"),
    ],
)
def test_damaged_modules_of_webassembly(data: bytes, unknown: str) -> None:
    assert parse(data) == CatalogerResult(unknown=unknown)
