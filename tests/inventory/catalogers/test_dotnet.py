"""What .NET applications ship: .deps.json held against the assemblies that are there."""

import json
import random
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.inventory.catalogers import dotnet
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile
from tests.inventory.catalogers.parsing import left_out
from tests.inventory.executables.build import Part, assembly, pe, version_resource

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fixtures"
TARGET = ".NETCoreApp,Version=v8.0"


def facts(path: str, content: bytes) -> CatalogerResult:
    return dotnet.CATALOGER.parse(WantedFile(path=path, mode=0o644, content=content))


def combined(files: Mapping[str, bytes]) -> Mapping[str, CatalogerResult]:
    assert dotnet.CATALOGER.combine is not None
    return dotnet.CATALOGER.combine({path: facts(path, content) for path, content in files.items()})


def names(found: CatalogerResult) -> list[str]:
    return [f"{package.name} {package.version}" for package in found.packages]


Library = tuple[str, Mapping[str, object]]


def deps(described: Mapping[str, Library], **changed: object) -> bytes:
    """A .deps.json with (type, what the target says) of each library."""
    document = {
        "runtimeTarget": {"name": TARGET},
        "targets": {TARGET: {name: target for name, (_, target) in described.items()}},
        "libraries": {name: {"type": kind} for name, (kind, _) in described.items()},
        **changed,
    }
    return b"\xef\xbb\xbf" + json.dumps(document).encode()


def dll(name: str, *, native: bool = False, **strings: str) -> bytes:
    resource = Part(".rsrc", version_resource(strings, 0x2000), 0x2000)
    metadata = Part(".text", struct.pack("<8x2I", 0x1010, 500) + assembly(name, (1, 0, 0, 0)), 0x1000)
    directories = {2: (0x2000, 10)} if native else {2: (0x2000, 10), 14: (0x1000, 72)}
    return pe([metadata, resource], directories, dll=True)


APP = deps(
    {
        "App/1.0.0": (
            "project",
            {
                "dependencies": {"Json": "13.0.1", "Native": "2.0.0", "Own": "1.0.0", "runtimepack.Pack": "8.0.1"},
                "runtime": {"App.dll": {}},
            },
        ),
        "Own/1.0.0": ("project", {"dependencies": {"Deep": "4.0.0"}, "runtime": {"Own.dll": {}}}),
        "Json/13.0.1": ("package", {"runtime": {"lib/netstandard2.0/Json.dll": {}}}),
        "Deep/4.0.0": ("package", {"runtime": {"lib/net8.0/Deep.dll": {}}}),
        "Native/2.0.0": (
            "package",
            {"runtimeTargets": {"runtimes/linux-x64/native/libn.so": {"rid": "linux-x64", "assetType": "native"}}},
        ),
        "Texts.de/5.0.0": ("package", {"resources": {"lib/net8.0/de/Texts.resources.dll": {"locale": "de"}}}),
        "Texts.fr/5.0.0": ("package", {"resources": {"lib/net8.0/fr/Texts.resources.dll": {"locale": "fr"}}}),
        "runtimepack.Pack/8.0.1": ("runtimepack", {"runtime": {"Core.dll": {}}, "native": {"libcore.so": {}}}),
        "Local/1.0.0": ("package", {"runtime": {"lib/net10.0/Local.dll": {"localPath": "sub/Local.dll"}}}),
        "Meta/1.0.0": ("package", {"dependencies": {"Json": "13.0.1"}}),
        "CompileOnly/1.0.0": ("package", {"compile": {"ref/CompileOnly.dll": {}}, "compileOnly": True}),
        "Reference/1.0.0.0": ("reference", {"runtime": {"Reference.dll": {}}}),
    }
)


def test_an_application_and_what_it_ships() -> None:
    assert facts("srv/App.deps.json", APP) == CatalogerResult(
        packages=(
            FoundPackage(
                type="nuget",
                name="App",
                version="1.0.0",
                files=("srv/App", "srv/App.dll", "srv/App.exe"),
                properties={"relationship": "root"},
                requires=("Json@13.0.1", "Native@2.0.0", "Own@1.0.0", "Pack@8.0.1"),
            ),
            FoundPackage(
                type="nuget",
                name="Own",
                version="1.0.0",
                files=("srv/Own.dll",),
                properties={"relationship": "workspace"},
                requires=("Deep@4.0.0",),
            ),
            FoundPackage(
                type="nuget",
                name="Json",
                version="13.0.1",
                files=("srv/Json.dll",),
                properties={"relationship": "direct"},
            ),
            FoundPackage(
                type="nuget",
                name="Deep",
                version="4.0.0",
                files=("srv/Deep.dll",),
                properties={"relationship": "indirect"},
            ),
            FoundPackage(
                type="nuget",
                name="Native",
                version="2.0.0",
                files=("srv/runtimes/linux-x64/native/libn.so",),
                properties={"relationship": "direct"},
            ),
            FoundPackage(
                type="nuget",
                name="Texts.de",
                version="5.0.0",
                files=("srv/de/Texts.resources.dll",),
                properties={"relationship": "indirect"},
            ),
            FoundPackage(
                type="nuget",
                name="Texts.fr",
                version="5.0.0",
                files=("srv/fr/Texts.resources.dll",),
                properties={"relationship": "indirect"},
            ),
            FoundPackage(
                type="nuget",
                name="Pack",
                version="8.0.1",
                files=("srv/Core.dll", "srv/libcore.so"),
                properties={"relationship": "direct"},
            ),
            FoundPackage(
                type="nuget",
                name="Local",
                version="1.0.0",
                files=("srv/sub/Local.dll",),
                properties={"relationship": "indirect"},
            ),
        )
    )


def test_packages_count_when_an_assembly_is_there_and_own_it() -> None:
    files = {
        "srv/App.deps.json": APP,
        "srv/App.dll": dll("App"),
        "srv/App.exe": dll("App", native=True),
        "srv/JSON.dll": dll("Json", ProductVersion="13.0.1"),
        "srv/plugins/Deep.dll": dll("Deep", ProductVersion="4.0.0"),
        "srv/fr/Texts.resources.dll": dll("Texts.resources"),
        "srv/extra/Stray.dll": dll("Stray", ProductVersion="0.9.0-rc.1+0f0f"),
        "srv/tool/Tool.deps.json": deps({}),
        "srv/tool/Core.dll": dll("Core", ProductVersion="8.0.1"),
        "elsewhere/Core.dll": dll("Core", ProductVersion="8.0.1"),
    }
    found = combined(files)
    packages = found["srv/App.deps.json"].packages
    assert {package.name: package.files for package in packages} == {
        "App": ("srv/App", "srv/App.dll", "srv/App.exe"),
        "Json": ("srv/JSON.dll",),
        "Deep": ("srv/plugins/Deep.dll",),
        "Native": ("srv/runtimes/linux-x64/native/libn.so",),
        "Texts.fr": ("srv/fr/Texts.resources.dll",),
    }
    assert {path for path, one in found.items() if one == CatalogerResult()} == {
        "srv/App.dll",
        "srv/App.exe",
        "srv/JSON.dll",
        "srv/plugins/Deep.dll",
        "srv/fr/Texts.resources.dll",
        "srv/tool/Tool.deps.json",
    }
    assert names(found["srv/extra/Stray.dll"]) == ["Stray 0.9.0-rc.1"]
    assert names(found["srv/tool/Core.dll"]) == names(found["elsewhere/Core.dll"]) == ["Core 8.0.1"]


def test_without_any_assembly_the_list_is_believed() -> None:
    alone = {"srv/App.deps.json": APP, "elsewhere/Other.dll": dll("Other")}
    assert combined(alone)["srv/App.deps.json"] == facts("srv/App.deps.json", APP)


def test_merged_assemblies_need_no_file() -> None:
    merged = deps(
        {
            "App/1.0.0": ("project", {"runtime": {"App.dll": {}}}),
            "ILRepack.Lib.MSBuild.Task/2.0.34": ("package", {}),
            "Json/13.0.1": ("package", {"runtime": {"lib/net8.0/Json.dll": {}}}),
        }
    )
    found = combined({"App.deps.json": merged, "App.dll": dll("App")})
    assert names(found["App.deps.json"]) == ["App 1.0.0", "Json 13.0.1"]
    assert found["App.dll"] == CatalogerResult()


def test_a_shared_framework_owns_its_directory_and_its_host() -> None:
    root = "usr/share/dotnet/"
    home = f"{root}shared/Microsoft.NETCore.App/8.0.1"
    path = f"{home}/Microsoft.NETCore.App.deps.json"
    name = "Microsoft.NETCore.App.Runtime.linux-x64/8.0.1"
    listed = deps({name: ("package", {"runtime": {"System.Runtime.dll": {}}, "native": {"libclrjit.so": {}}})})
    files = {path: listed, f"{home}/System.Runtime.dll": dll("System.Runtime"), f"{home}/mscorlib.dll": dll("mscorlib")}
    found = combined(files)
    assert found[path].packages == (
        FoundPackage(
            type="nuget",
            name="Microsoft.NETCore.App.Runtime.linux-x64",
            version="8.0.1",
            files=(f"{root}dotnet", f"{root}dotnet.exe", f"{root}host/fxr/8.0.1/", f"{home}/"),
        ),
    )
    assert found[f"{home}/mscorlib.dll"] == found[f"{home}/System.Runtime.dll"] == CatalogerResult()


def test_other_frameworks_bring_no_host() -> None:
    home = "dotnet/shared/Microsoft.AspNetCore.App/8.0.1"
    path = f"{home}/Microsoft.AspNetCore.App.deps.json"
    listed = deps({"Microsoft.AspNetCore.App.Runtime.linux-x64/8.0.1": ("package", {"runtime": {"A.dll": {}}})})
    (package,) = combined({path: listed, f"{home}/A.dll": dll("A")})[path].packages
    assert package.files == (f"{home}/",)


def test_packs_are_what_the_sdk_compiles_against() -> None:
    """Reference assemblies have the names and versions of packages whose code is elsewhere."""
    pack = "dotnet/packs/Microsoft.AspNetCore.App.Ref/8.0.1/"
    host = "dotnet/packs/Microsoft.NETCore.App.Host.linux-x64/8.0.2/"
    kestrel, system = f"{pack}ref/net8.0/Kestrel.dll", f"{pack}ref/net8.0/System.Text.Json.dll"
    header, outside = f"{host}runtimes/linux-x64/native/nethost.h", "app/packs/A.dll"
    found = combined(
        {
            kestrel: dll("Kestrel", ProductVersion="8.0.1"),
            system: dll("System.Text.Json"),
            header: b"",
            outside: dll("A", ProductVersion="1.2.0"),
        }
    )
    assert {path: [(*names(facts), *facts.packages[0].files)] for path, facts in found.items() if facts.packages} == {
        kestrel: [("Microsoft.AspNetCore.App.Ref 8.0.1", pack)],
        header: [("Microsoft.NETCore.App.Host.linux-x64 8.0.2", host)],
        outside: [("A 1.2.0", outside)],
    }
    assert found[system] == CatalogerResult()


def test_a_framework_that_names_itself_by_its_directory_only() -> None:
    home = "opt/dotnet/shared/Microsoft.NETCore.App/2.1.30"
    path = f"{home}/Microsoft.NETCore.App.deps.json"
    listed = deps({"runtime.linux-x64.Microsoft.NETCore.App/2.1.30": ("package", {"native": {"libcoreclr.so": {}}})})
    found = combined({path: listed, f"{home}/System.Runtime.dll": dll("System.Runtime")})
    assert names(found[path]) == ["runtime.linux-x64.Microsoft.NETCore.App 2.1.30", "Microsoft.NETCore.App 2.1.30"]


def test_assemblies_that_nobody_accounts_for() -> None:
    thing = dll("Some.Thing", CompanyName="Someone", ProductName="Thing", ProductVersion="2.5.0+abc")
    assert facts("opt/renamed.dll", thing) == CatalogerResult(
        packages=(
            FoundPackage(
                type="nuget",
                name="Some.Thing",
                version="2.5.0",
                files=("opt/renamed.dll",),
                evidence="binary",
                properties={"company": "Someone"},
            ),
        )
    )
    assert facts("a.dll", dll("A")) == CatalogerResult(unknown=".NET assembly")
    assert facts("a.dll", dll("A", ProductVersion="unknown")) == CatalogerResult(unknown=".NET assembly")
    for product in ("Microsoft® .NET", "Microsoft® .NET Framework", "Microsoft® Windows® Operating System"):
        part = dll("System.Text.Json", ProductName=product, ProductVersion="8.0.10")
        assert facts("System.Text.Json.dll", part) == CatalogerResult(unknown=".NET assembly")
    assert facts("de/A.resources.dll", dll("A.resources", ProductVersion="1.0.0")) == CatalogerResult()


def test_native_programs_are_unknown() -> None:
    native = dll("", native=True, ProductName="SQLite", ProductVersion="3.45.0")
    assert facts("sqlite3.dll", native) == CatalogerResult(unknown="PE library")
    assert facts("Tool.EXE", native) == CatalogerResult(unknown="PE executable")
    assert facts("text.dll", b"not a program") == CatalogerResult()


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"runtimeTarget": TARGET}, ["A 1"]),
        ({"runtimeTarget": {"name": "other"}}, ["A 1"]),
        ({"runtimeTarget": 3}, ["A 1"]),
        ({"targets": {}}, ["A 1", "B 1"]),
        ({"targets": {"x": {}, "y": {}}}, ["A 1", "B 1"]),
        ({"libraries": {"A": {"type": "package"}, "/1": {"type": "package"}, "B/2": 3}}, []),
        ({"libraries": None}, []),
    ],
)
def test_incomplete_documents(changed: dict[str, object], found: list[str]) -> None:
    described: dict[str, Library] = {
        "A/1": ("package", {"runtime": {"A.dll": {}}}),
        "B/1": ("package", {"runtime": {}}),
    }
    assert names(facts("x.deps.json", deps(described, **changed))) == found


def test_packages_without_a_version_are_told() -> None:
    text = b'{"libraries": {"A": {"type": "package"}, "/1": {"type": "package"}, "B": {"type": "project"}}}'
    assert facts("x.deps.json", text).diagnostics == (
        left_out("x.deps.json", "an entry names no package"),
        left_out("x.deps.json", "package A has no version"),
    )


def test_what_is_no_deps_file() -> None:
    assert facts("x.deps.json", b'{"a": "b"}') == CatalogerResult()
    for broken in (b"", b"{", b'{"a":' * 100_000, b"[1]", b"12.5"):
        assert facts("x.deps.json", broken).diagnostics == (
            Diagnostic(
                "incomplete", "broken-package-database", "not a JSON object: no package was read", "x.deps.json"
            ),
        )


def test_what_is_wanted() -> None:
    router = Router((dotnet.CATALOGER,))
    for path in ("a/App.deps.json", "a/A.dll", "a/A.exe"):
        assert router.routes(path)
    assert not router.routes("a/App.runtimeconfig.json")


def test_damaged_files_never_raise() -> None:
    chance = random.Random(1)
    for path, content in (("App.deps.json", APP), ("A.dll", dll("A", ProductVersion="1.0.0"))):
        for _ in range(400):
            damaged = bytearray(content)
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            facts(path, bytes(damaged))
            facts(path, bytes(damaged[: chance.randrange(len(damaged))]))


def test_the_shared_fixtures_are_exact() -> None:
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    for case in sorted((SHARED / "dotnet").glob("deps-json*")):
        files = {
            str(path.relative_to(case / "input")): path.read_bytes() for path in (case / "input").rglob("*.deps.json")
        }
        found = [
            {"name": one.name, "version": one.version, "type": one.type, **one.properties}
            for each in combined(files).values()
            for one in each.packages
        ]
        expected = json.loads((case / "expected.json").read_text())
        assert sorted(found, key=str) == sorted(expected, key=str)
