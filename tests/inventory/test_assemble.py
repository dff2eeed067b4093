"""Packages with the layer that introduced them, and databases that were deleted."""

import json
from collections.abc import Sequence

import pytest

from lading.inventory.assemble import assemble
from lading.inventory.catalogers.registry import CATALOGERS
from lading.model.build_records import ContentSets, UbuntuPro
from lading.model.diagnostic import Diagnostic
from lading.model.package import Inventory, Location, Scope, UnmanagedFile
from tests.inventory.unpacking import squash_all
from tests.tars import Entry, File

DEBIAN = File("etc/os-release", b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n')
STATUS = "var/lib/dpkg/status"


def status(*packages: str, path: str = STATUS) -> File:
    paragraphs = [
        f"Package: {name}\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n"
        for name, version in (package.split("=") for package in packages)
    ]
    return File(path, "\n".join(paragraphs).encode())


def inventory_of(*layers: Sequence[Entry]) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    return assemble(squash_all(layers), CATALOGERS)


def layers_of(inventory: Inventory) -> dict[str, int]:
    return {f"{package.name}={package.version}": package.layer for package in inventory.packages}


def test_each_package_keeps_the_layer_that_introduced_its_version() -> None:
    inventory, diagnostics = inventory_of(
        [DEBIAN, status("a=1", "b=1", "c=1")],
        [status("a=1", "b=2")],
        [status("a=1", "b=2", "c=1", "d=1")],
    )
    assert layers_of(inventory) == {"a=1": 1, "b=2": 2, "c=1": 3, "d=1": 3}
    assert diagnostics == ()
    package = inventory.packages[0]
    assert package.purl == "pkg:deb/debian/a@1?arch=amd64&distro=debian-12"
    assert package.locations == (Location(STATUS, 3),)
    assert (package.source, package.source_version) == ("a", "1")


def test_owned_files_are_joined_from_the_info_directory() -> None:
    inventory, _ = inventory_of(
        [
            DEBIAN,
            status("a=1", "b=1", "c=1"),
            File("var/lib/dpkg/info/a.list", b"/.\n/usr\n/usr/a\n"),
            File("var/lib/dpkg/info/a.md5sums", b"00  usr/ignored\n"),
            File("var/lib/dpkg/info/b:amd64.md5sums", b"00  usr/b\n"),
            File("var/lib/dpkg/info/b:amd64.conffiles", b"/etc/b\n"),
        ]
    )
    assert [package.files for package in inventory.packages] == [("usr/a",), ("etc/b", "usr/b"), ()]


def test_a_deleted_database_is_read_from_below_and_told() -> None:
    for deletion in (File("var/lib/dpkg/.wh.status"), File("var/.wh.lib"), File("var/lib/dpkg")):
        inventory, diagnostics = inventory_of([DEBIAN, status("a=1")], [status("a=1", "b=1")], [deletion])
        assert layers_of(inventory) == {"a=1": 1, "b=1": 2}
        assert inventory.recovered == (STATUS,)
        assert diagnostics == (
            Diagnostic(
                "incomplete",
                "package-database-deleted",
                "layer 3 deleted the dpkg package database; its packages are listed as layer 2 left them, "
                "what changed since is unknown",
                STATUS,
            ),
        )


def test_an_emptied_database_is_read_from_below_and_told() -> None:
    inventory, diagnostics = inventory_of([DEBIAN, status("a=1")], [File(STATUS, b"\n")])
    assert layers_of(inventory) == {"a=1": 1}
    assert inventory.recovered == (STATUS,)
    assert [(one.level, one.code) for one in diagnostics] == [("incomplete", "package-database-emptied")]


def test_every_file_of_a_database_in_parts_is_recovered() -> None:
    parts = [status(f"{name}=1", path=f"var/lib/dpkg/status.d/{name}") for name in "ab"]
    inventory, _ = inventory_of([DEBIAN, *parts], [File("var/lib/dpkg/.wh.status.d")])
    assert layers_of(inventory) == {"a=1": 1, "b=1": 1}
    assert inventory.recovered == ("var/lib/dpkg/status.d/a", "var/lib/dpkg/status.d/b")
    inventory, _ = inventory_of([DEBIAN, *parts], [File("var/lib/dpkg/status.d/.wh.a")])
    assert inventory.recovered == ()


def test_a_database_that_cannot_be_read_is_not_said_to_be_missing() -> None:
    _, diagnostics = inventory_of([DEBIAN, File(STATUS, b"no database")])
    assert [(one.code, one.where) for one in diagnostics] == [("broken-package-database", STATUS)]
    # What is broken elsewhere says nothing of it.
    broken = File("srv/vendor/composer/installed.json", b"3")
    _, diagnostics = inventory_of([DEBIAN, broken])
    assert [one.code for one in diagnostics] == ["broken-package-database", "package-database-missing"]


def test_a_distribution_without_a_database_is_told() -> None:
    inventory, diagnostics = inventory_of([DEBIAN])
    assert inventory.packages == ()
    assert diagnostics == (
        Diagnostic(
            "incomplete",
            "package-database-missing",
            "Debian 12 without a package database: the operating-system packages it was made of cannot be listed",
            "etc/os-release",
        ),
    )


def test_a_deleted_os_release_is_taken_from_below() -> None:
    inventory, diagnostics = inventory_of([DEBIAN, status("a=1")], [File("etc/.wh.os-release")])
    assert inventory.distribution is not None and inventory.distribution.release == "debian-12"
    assert diagnostics == (
        Diagnostic(
            "warning",
            "distribution-file-deleted",
            "etc/os-release was deleted by layer 2; the distribution is taken from the layer below",
            "etc/os-release",
        ),
    )


def test_distroless_packages_lie_in_files_of_their_own() -> None:
    inventory, diagnostics = inventory_of(
        [DEBIAN, status("a=1", path="var/lib/dpkg/status.d/a")],
        [status("b=1", path="var/lib/dpkg/status.d/b"), File("var/lib/dpkg/status.d/b.md5sums", b"00  usr/b\n")],
    )
    assert layers_of(inventory) == {"a=1": 1, "b=1": 2}
    assert inventory.packages[1].files == ("usr/b",)
    assert diagnostics == ()


def test_an_empty_image_is_an_empty_inventory() -> None:
    inventory, diagnostics = inventory_of([])
    assert inventory == Inventory()
    assert diagnostics == ()


PYTHON = "usr/lib/python3/dist-packages"


def metadata(name: str, version: str) -> bytes:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()


def test_a_language_package_of_a_system_package_names_its_owner() -> None:
    inventory, _ = inventory_of(
        [
            DEBIAN,
            status("python3-yaml=6.0-3"),
            File("var/lib/dpkg/info/python3-yaml.list", f"/.\n/{PYTHON}/PyYAML-6.0.egg-info/PKG-INFO\n".encode()),
            File(f"{PYTHON}/PyYAML-6.0.egg-info/PKG-INFO", metadata("PyYAML", "6.0")),
        ],
        [File(f"{PYTHON}/requests-2.dist-info/METADATA", metadata("requests", "2"))],
    )
    assert [(package.name, package.layer, package.owner) for package in inventory.packages] == [
        ("python3-yaml", 1, ""),
        ("pyyaml", 1, "pkg:deb/debian/python3-yaml@6.0-3?arch=amd64&distro=debian-12"),
        ("requests", 2, ""),
    ]


ELF = (
    b"\x7fELF\x02\x01\x01"
    + bytes(9)
    + b"\x03\0\x3e\0\x01\0\0\0"
    + bytes(24)
    + b"\0\0\0\0\x40\0\x38\0\0\0\x40\0\0\0\0\0"
)


def test_programs_that_no_package_accounts_for_are_unknown() -> None:
    inventory, _ = inventory_of(
        [
            DEBIAN,
            status("tool=1"),
            File("var/lib/dpkg/info/tool.list", b"/.\n/usr/bin/tool\n"),
            File("usr/bin/tool", ELF),
            File("opt/app/gone", ELF),
        ],
        [File("opt/app/server", ELF), File("opt/app/.wh.gone", b"")],
    )
    assert inventory.unmanaged == (UnmanagedFile("opt/app/server", 2, "ELF shared library", 64),)


def test_one_package_in_two_places_is_one_with_two_locations() -> None:
    package = json.dumps({"name": "left-pad", "version": "1.3.0"}).encode()
    inventory, _ = inventory_of(
        [File("a/node_modules/left-pad/package.json", package)], [File("b/node_modules/left-pad/package.json", package)]
    )
    assert [(one.name, one.layer, one.locations) for one in inventory.packages] == [
        (
            "left-pad",
            1,
            (
                Location("a/node_modules/left-pad/package.json", 1),
                Location("b/node_modules/left-pad/package.json", 2),
            ),
        )
    ]


LAYERS: tuple[tuple[Entry, ...], ...] = (
    (DEBIAN, status("a=1", "b=1"), File("srv/node_modules/x/package.json", b'{"name": "x", "version": "1"}')),
    (status("a=2", "b=1"),),
    (status("a=2"), File("srv/node_modules/.wh.x", b"")),
)


@pytest.mark.parametrize(
    ("scope", "listed"),
    [
        ("squashed", {"a=2": (2, 0)}),
        ("deleted", {"a=1": (1, 2), "b=1": (1, 3), "x=1": (1, 3)}),
        ("all-layers", {"a=2": (2, 0), "a=1": (1, 2), "b=1": (1, 3), "x=1": (1, 3)}),
    ],
)
def test_scopes(scope: Scope, listed: dict[str, tuple[int, int]]) -> None:
    inventory, _ = assemble(squash_all(LAYERS), CATALOGERS, scope)
    found = {f"{one.name}={one.version}": (one.layer, one.removed) for one in inventory.packages}
    assert found == listed


def test_files_of_opkg_packages_are_joined_from_their_lists() -> None:
    inventory, _ = inventory_of(
        [
            File("usr/lib/opkg/status", b"Package: libz\nVersion: 1.3\nStatus: install user installed\n"),
            File("usr/lib/opkg/info/libz.list", b"/usr/lib/libz.so.1.3\n"),
        ]
    )
    assert [(one.name, one.files) for one in inventory.packages] == [("libz", ("usr/lib/libz.so.1.3",))]


def test_what_red_hats_builds_say_is_kept() -> None:
    manifest = b'{"content_sets": ["rhel-9-for-x86_64-baseos-rpms"]}'
    inventory, _ = inventory_of([File("root/buildinfo/content_manifests/ubi9.json", manifest)])
    assert inventory.build_records == {
        "root/buildinfo/content_manifests/ubi9.json": ContentSets(("rhel-9-for-x86_64-baseos-rpms",))
    }


def test_what_an_image_has_of_ubuntu_pro_is_kept() -> None:
    status = b'{"attached": true, "services": [{"name": "esm-infra", "status": "enabled"}]}'
    inventory, _ = inventory_of([File("var/lib/ubuntu-advantage/status.json", status)])
    assert inventory.build_records == {"var/lib/ubuntu-advantage/status.json": UbuntuPro(True, ("esm-infra",))}
