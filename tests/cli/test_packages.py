"""`lading packages`: filters, the tree, and what belongs to no package."""

import json
from collections.abc import Sequence

import pytest
from msgspec import structs

from lading.cli import packages as packages_module
from lading.cli.main import main
from lading.model.package import Location, Package, UnmanagedFile
from lading.model.report import InventoryResult
from tests.samples import IMAGE, deb, inventory

PACKAGES = (
    deb("bash", "5.2.15-2+b2", source_version="5.2.15-2"),
    Package(
        "@babel/core", "7.1.0", "npm", layer=2, locations=(Location("srv/node_modules/@babel/core/package.json", 2),)
    ),
    Package("openssl", "3.0.1", "generic", layer=2, evidence="static", locations=(Location("srv/bin/server", 2),)),
    Package(
        "PyYAML", "6.0", "pypi", layer=1, owner="pkg:deb/debian/python3-yaml@6.0-3", locations=(Location("usr/y", 1),)
    ),
    Package("left-pad", "1", "npm", layer=1, removed=2, locations=(Location("tmp/package.json", 1),)),
)
UNMANAGED = (UnmanagedFile("opt/tool", 2, "ELF executable"), UnmanagedFile("usr/games/x", 1, "Java archive"))


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    held = structs.replace(inventory(*PACKAGES), unmanaged=UNMANAGED)
    monkeypatch.setattr(packages_module, "inventory", lambda *_: InventoryResult(IMAGE, held))


def test_packages_without_a_place_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of an SBOM that says nothing of files."""
    sbom = structs.replace(IMAGE, name="bom.json", source="sbom", layers=())
    listed = structs.replace(inventory(Package("left-pad", "1", "npm")), distribution=None)
    monkeypatch.setattr(packages_module, "inventory", lambda *_: InventoryResult(sbom, listed))
    assert main(["packages", "sbom:bom.json"]) == 0
    shown = capsys.readouterr().out
    assert "1 package · SBOM · " in shown
    assert "left-pad" in shown
    assert main(["packages", "sbom:bom.json", "--path", "srv"]) == 0
    shown = capsys.readouterr().out
    assert "0 of 1 package listed · SBOM · " in shown
    assert shown.endswith("\nNothing in the image is what was asked for.\n")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ((), ["bash", "openssl", "@babel/core", "left-pad", "PyYAML"]),
        (("--type", "npm"), ["@babel/core", "left-pad"]),
        (("--type", "npm", "--type", "deb"), ["bash", "@babel/core", "left-pad"]),
        (("--layer", "2"), ["openssl", "@babel/core"]),
        (("--name", "pyyaml"), ["PyYAML"]),
        (("--path", "node_modules"), ["@babel/core"]),
        (("--type", "npm", "--layer", "1"), ["left-pad"]),
        (("--unmanaged",), []),
    ],
)
def test_filters(options: Sequence[str], names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packages", "x", "-o", "json", *options]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [package["name"] for package in document["packages"]] == names
    assert [one["code"] for one in document["diagnostics"]] == ["packages-left-out"] * bool(options)


def test_unknowns_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["packages", "x", "--unmanaged"]) == 0
    shown = capsys.readouterr().out
    assert " · 0 of 5 packages listed · " in shown.replace("\n", " ")
    assert shown.splitlines()[-3:] == [
        "LAYER  KIND            PATH",
        "2      ELF executable  opt/tool",
        "1      Java archive    usr/games/x",
    ]


def test_the_tree(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["packages", "x", "-o", "tree"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("") + 1 :] == [
        "layer 1: 4 lines  ← ADD file:4f2c4f2c4f2c in /",
        "├─ deb  1",
        "│  └─ bash 5.2.15-2+b2  bash 5.2.15-2",
        "├─ npm  1",
        "│  └─ left-pad 1  removed by layer 2",
        "├─ pypi  1",
        "│  └─ PyYAML 6.0  python3-yaml",
        "└─ unmanaged  1",
        "   └─ usr/games/x  Java archive",
        "",
        "layer 2: 3 lines  ← RUN apt-get install curl",
        "├─ generic  1",
        "│  └─ openssl 3.0.1  linked in",
        "├─ npm  1",
        "│  └─ @babel/core 7.1.0",
        "└─ unmanaged  1",
        "   └─ opt/tool  ELF executable",
    ]


def test_the_table_shows_paths_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    assert main(["packages", "x"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("") + 1 : lines.index("") + 7] == [
        "NAME         VERSION      TYPE       FROM                LAYER  PATH",
        "bash         5.2.15-2+b2  deb amd64  bash 5.2.15-2       1",
        "openssl      3.0.1        generic    linked in           2      srv/bin/server",
        "@babel/core  7.1.0        npm                            2      srv/node_modules/@babel/core/package.json",
        "left-pad     1            npm        removed by layer 2  1      tmp/package.json",
        "PyYAML       6.0          pypi       python3-yaml        1      usr/y",
    ]
    assert lines[-3:] == [
        "── 2 unmanaged files · they belong to no package; --unmanaged lists them " + "─" * 27,
        "layer 1: 1 file  ← ADD file:4f2c4f2c4f2c in /",
        "layer 2: 1 file  ← RUN apt-get install curl",
    ]
