"""Images that ask for more work than their size allows: the scan ends early and says so."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from lading.database.provider import StarterDatabase
from lading.engine.environment import Environment
from lading.engine.inventory import take_inventory
from lading.engine.options import ScanOptions
from lading.engine.targets import list_target
from lading.image.open import OpenOptions, open_image
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.image import Base, Platform
from lading.model.ports import NoProgress
from lading.safeio import limits as limits_module
from lading.safeio.limits import Limits
from lading.safeio.tar_writer import NewEntry

Entries = list[NewEntry]
PLATFORM = Platform("linux", "amd64")


def _packages() -> Entries:
    return [NewEntry(f"app/p{one}/package.json", data=b'{"name":"p","version":"1"}') for one in range(200)]


def _links() -> Entries:
    chain = [NewEntry(f"l{one}", "symlink", linkname=f"l{one + 1}") for one in range(200)]
    return chain + [NewEntry(f"l0/f{one}/x") for one in range(100)]


def _jars() -> Entries:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/maven/a/b/pom.properties", b"version=1\n" + b"#" * 60_000)
    return [NewEntry(f"app/{one}.jar", data=out.getvalue()) for one in range(200)]


def _whiteouts() -> Entries:
    return [NewEntry(f"a/{one}/.wh.b") for one in range(2000)]


def _vex_documents() -> Entries:
    return [NewEntry(f"app/{one}.vex.json", data=b'{"a":"' + b"#" * 10_000 + b'"}') for one in range(20)]


def _manifests() -> Entries:
    return [NewEntry(f"environments/v{one}/Manifest.toml", data=b"a = 1\n" + b"#\n" * 5_000) for one in range(10)]


@pytest.mark.parametrize("entries", [_packages, _links, _jars, _whiteouts, _vex_documents, _manifests])
def test_work_is_counted_whatever_makes_it(
    entries: Callable[[], Entries], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_oci_layout(
        tmp_path / "image", (LayerSpec("", tuple(entries())),), tag="x", platform=Platform("linux", "amd64")
    )

    def codes(work: int) -> set[str]:
        opened = open_image(f"oci:{tmp_path / 'image'}", OpenOptions(platform="linux/amd64"))
        try:
            limits = Limits(work=work)
            _, diagnostics, *_ = take_inventory(opened, cache=None, limits=limits, progress=NoProgress())
        finally:
            opened.close()
        return {one.code for one in diagnostics}

    assert "limit-work" not in codes(Limits().work)
    monkeypatch.setattr(limits_module, "WORK_FLOOR", 10_000)
    assert "limit-work" in codes(0)


def test_what_lower_layers_found_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = b"Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"
    release = NewEntry("etc/os-release", data=b"ID=debian\n")
    lower = LayerSpec("", (release, NewEntry("var/lib/dpkg/status", data=status)))
    upper = LayerSpec("", tuple(_whiteouts()))
    write_oci_layout(tmp_path / "image", (lower, upper), tag="x", platform=PLATFORM)
    monkeypatch.setattr(limits_module, "WORK_FLOOR", 8_000)
    opened = open_image(f"oci:{tmp_path / 'image'}", OpenOptions(platform="linux/amd64"))
    inventory, diagnostics, *_ = take_inventory(opened, cache=None, limits=Limits(work=0), progress=NoProgress())
    opened.close()
    assert [one.name for one in inventory.packages] == ["bash"]
    assert "limit-work" in {one.code for one in diagnostics}


def test_a_base_whose_layer_is_not_read_to_the_end_is_not_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind what costs too much may lie other content than the diff ID says."""
    lower, upper = LayerSpec("", tuple(_whiteouts())), LayerSpec("", (NewEntry("app/x"),))
    for name, layers in (("base", (lower,)), ("image", (lower, upper))):
        write_oci_layout(tmp_path / name, layers, tag="x", platform=PLATFORM)
    options = ScanOptions(base=f"oci:{tmp_path / 'base'}", platform="linux/amd64", limit=Limits(work=0))

    def base() -> Base | None:
        return list_target(f"oci:{tmp_path / 'image'}", options, environment).image.base

    environment = Environment(database=StarterDatabase())
    whole = base()
    assert whole is not None and whole.verified
    monkeypatch.setattr(limits_module, "WORK_FLOOR", 8_000)
    cut = base()
    assert cut is not None and not cut.verified
    assert cut == structs.replace(whole, unchecked=(1,))
