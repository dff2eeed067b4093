"""Files that several readers want, from the layer pass to the inventory."""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from lading.engine.inventory import take_inventory
from lading.image.open import OpenOptions, open_image
from lading.inventory.builder import FactsBuilder
from lading.inventory.catalogers.registry import CATALOGERS
from lading.inventory.router import Router
from lading.model.package import Inventory, UnmanagedFile
from lading.model.ports import NoProgress
from lading.model.reader import Content, Stat
from lading.safeio.limits import Limits
from tests.inventory.catalogers import test_dotnet, test_python
from tests.inventory.catalogers.test_binary import MODULES, go, inline
from tests.inventory.executables.build import Part, elf, pe
from tests.inventory.test_assemble import inventory_of
from tests.tars import Entry, File, Hardlink

GO_EXE = pe([Part(".data", inline(MODULES), 0x8000, 0xC0000040)])
GO_PACKAGES = [
    ("golang", "example.com/fork", "v1.0.1"),
    ("golang", "example.com/me/tool", "v1.2.3"),
    ("golang", "golang.org/x/text", "v0.3.7"),
    ("golang", "stdlib", "v1.21.3"),
]


def listed(inventory: Inventory) -> list[tuple[str, str, str]]:
    return [(one.type, one.name, one.version) for one in inventory.packages]


def in_layer(*entries: Entry) -> Inventory:
    inventory, diagnostics = inventory_of(entries)
    assert diagnostics == ()
    return inventory


def in_directory(root: Path, files: Sequence[File]) -> Inventory:
    for file in files:
        (root / file.path).parent.mkdir(parents=True, exist_ok=True)
        (root / file.path).write_bytes(file.content)
    inventory, diagnostics, *_ = take_inventory(
        open_image(f"dir:{root}", OpenOptions()), cache=None, limits=Limits(), progress=NoProgress()
    )
    assert diagnostics == ()
    return inventory


@pytest.mark.parametrize("path", ["app.exe", "srv/native.dll", "opt/java/release", "opt/tool.jar", "bin/x.egg-info"])
def test_a_program_is_read_as_one_whatever_its_name(path: str, tmp_path: Path) -> None:
    files = [File(path, GO_EXE)]
    if path.endswith((".exe", ".dll", "release")):
        inventory = in_layer(*files)
        assert (listed(inventory), inventory.unmanaged) == (GO_PACKAGES, ())
        assert listed(in_directory(tmp_path, files)) == GO_PACKAGES
    else:
        # Their own readers say that the file is not what its name promises.
        inventory, _ = inventory_of(files)
        assert listed(inventory) == GO_PACKAGES


def test_an_elf_program_called_exe_and_its_hard_link_are_read() -> None:
    inventory = in_layer(File("app.exe", go()), Hardlink("app2.exe", "app.exe"), Hardlink("app", "app.exe"))
    assert listed(inventory) == GO_PACKAGES
    assert {tuple(place.path for place in one.locations) for one in inventory.packages} == {
        ("app", "app.exe", "app2.exe")
    }


def test_crates_of_a_windows_program_are_read() -> None:
    crates = zlib.compress(b'{"packages": [{"name": "a", "version": "1.0.0", "source": "crates.io"}]}')
    assert listed(in_layer(File("tool.exe", pe([Part(".dep-v0", crates, 0x3000)])))) == [("cargo", "a", "1.0.0")]


def test_what_no_reader_knows_is_told_once() -> None:
    native = test_dotnet.dll("x", native=True)
    inventory = in_layer(File("a.dll", native), File("b.exe", elf([])))
    assert listed(inventory) == []
    assert inventory.unmanaged == (
        UnmanagedFile("a.dll", 1, "PE library", 895),
        UnmanagedFile("b.exe", 1, "ELF executable", 203),
    )


def test_assemblies_are_listed_by_their_own_reader_alone() -> None:
    """Those with the texts of a language come with an assembly of their own, and are no programs that nobody knows."""
    assembly = test_dotnet.dll("Json", ProductVersion="13.0.1")
    texts = test_dotnet.dll("Json.resources")
    inventory = in_layer(File("srv/Json.dll", assembly), File("srv/de/Json.resources.dll", texts))
    assert (listed(inventory), inventory.unmanaged) == ([("nuget", "Json", "13.0.1")], ())


def test_what_an_application_lists_is_no_program_that_nobody_knows() -> None:
    files = [File("app/App.deps.json", test_dotnet.APP), File("app/App.dll", test_dotnet.dll("App"))]
    inventory = in_layer(*files, File("app/App.exe", test_dotnet.dll("App", native=True)))
    assert inventory.unmanaged == ()


def test_a_product_is_not_listed_again_as_the_application_its_file_records() -> None:
    text = b'{application,rabbit,\n [{description,"RabbitMQ"},\n  {vsn, "3.12.1"}]}.\n'
    inventory = in_layer(File("r/plugins/rabbit-3.12.1/ebin/rabbit.app", text))
    assert [(*row, one.properties) for row, one in zip(listed(inventory), inventory.packages, strict=True)] == [
        ("generic", "rabbitmq", "3.12.1", {})
    ]
    # The version of a build from source is none that the product's rule knows; the application is there all the same.
    unusual = text.replace(b"3.12.1", b"main")
    assert listed(in_layer(File("r/plugins/rabbit-1/ebin/rabbit.app", unusual))) == [("hex", "rabbit", "main")]


def test_an_sbom_in_a_wheel_is_listed_once() -> None:
    document = {"bomFormat": "CycloneDX", **test_python.SBOM}
    files = [
        File(f"{test_python.INFO}/METADATA", test_python.METADATA.encode()),
        File(f"{test_python.INFO}/sboms/x.cdx.json", json.dumps(document).encode()),
    ]
    inventory = in_layer(*files)
    assert {one.evidence for one in inventory.packages} == {"installed", "bundled"}


class Counted:
    """A LayerFile that counts how often its content is asked for."""

    mode = 0o755
    stat = Stat()

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.reads = 0

    def peek(self, size: int) -> bytes:
        return self.content[:size]

    def read_content(self, limit: int) -> Content:
        self.reads += 1
        return self.content


def test_content_is_read_once_however_many_want_it() -> None:
    builder = FactsBuilder(Router(CATALOGERS), Limits())
    program, text = Counted(GO_EXE), Counted(b"text")
    builder.file("app.exe", program)
    builder.file("srv/readme", text)
    facts = builder.build()
    assert {name: [one.path for one in read.captures] for name, read in facts.readers.items()} == {
        "dotnet": ["app.exe"],
        "binary": ["app.exe"],
    }
    assert (program.reads, text.reads) == (1, 0)
