"""Licences of an image: declared ones, and those of Debian's copyright files."""

import json
from pathlib import Path

import pytest

from lading import Environment, StarterDatabase
from lading.checks.registry import text_of, texts_of
from lading.engine.options import ScanOptions
from lading.engine.scan import inventory, scan
from lading.model.errors import UsageError
from lading.model.report import Target
from tests.inventory.test_assemble import DEBIAN
from tests.support.images import write_image
from tests.tars import File

STATUS = "\n".join(
    f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\nSource: {source}\n"
    for name, source in (("zebra", "zebra"), ("libzebra1", "zebra"), ("lion", "lion"), ("mute", "mute"))
)
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: {license}
"""
LAYER = [
    DEBIAN,
    File("var/lib/dpkg/status", STATUS.encode()),
    File("usr/share/doc/zebra/copyright", COPYRIGHT.format(license="GPL-2+ and Expat").encode()),
    File("usr/share/doc/lion/copyright", COPYRIGHT.format(license="roar").encode()),
    File("usr/share/doc/mute/copyright", b""),
    File("srv/app/node_modules/a/package.json", b'{"name": "a", "version": "1.0.0", "license": "UNLICENSED"}'),
    File("srv/app/node_modules/b/package.json", b'{"name": "b", "version": "1.0.0", "license": "Unlicense"}'),
]


def target_of(directory: Path, checks: tuple[str, ...] = ("licenses",)) -> Target:
    path = write_image(directory / "image", [LAYER])
    environment = Environment(database=StarterDatabase(), layer_cache=directory / "cache")
    (target,) = scan(f"oci:{path}", ScanOptions(checks=checks), environment).targets
    return target


def test_issues_of_an_image(tmp_path: Path) -> None:
    target = target_of(tmp_path)
    assert [(one.id, one.severity, one.instruction, one.evidence) for one in target.issues] == [
        ("GPL-2.0-or-later", "high", "pkg:deb/debian/libzebra1@1.0", "GPL-2.0-or-later AND MIT"),
        ("GPL-2.0-or-later", "high", "pkg:deb/debian/zebra@1.0", "GPL-2.0-or-later AND MIT"),
        ("LicenseRef-UNLICENSED", "critical", "pkg:npm/a@1.0.0", "UNLICENSED"),
        ("NOASSERTION", "unknown", "pkg:deb/debian/mute@1.0", ""),
        ("UNKNOWN", "unknown", "pkg:deb/debian/lion@1.0", "roar"),
    ]
    assert target.checks == ("licenses",)


def test_licenses_of_copyright_files_stand_in_the_inventory(tmp_path: Path) -> None:
    path = write_image(tmp_path / "image", [LAYER])
    environment = Environment(database=StarterDatabase())
    for checks, licenses in (((), ()), (("licenses",), ("GPL-2.0-or-later AND MIT",))):
        found = inventory(f"oci:{path}", ScanOptions(checks=checks), environment).inventory.packages
        (zebra,) = [one for one in found if one.name == "zebra"]
        assert zebra.licenses == licenses


def test_fingerprints_outlive_upgrades(tmp_path: Path) -> None:
    before = target_of(tmp_path).issues
    upgraded = [*LAYER[:1], File("var/lib/dpkg/status", STATUS.replace("1.0", "2.0").encode()), *LAYER[2:]]
    path = write_image(tmp_path / "upgraded", [upgraded])
    (after,) = scan(f"oci:{path}", ScanOptions(checks=("licenses",)), Environment(database=StarterDatabase())).targets
    assert [one.fingerprint for one in after.issues] == [one.fingerprint for one in before]
    assert len({one.fingerprint for one in before}) == len(before)


def test_what_each_license_is() -> None:
    assert text_of("AGPL-3.0-only").severity == "critical"
    assert text_of("NOASSERTION").title == "No license stated"
    assert len({one.id for one in texts_of(("licenses",))}) == len(texts_of(("licenses",))) > 200
    with pytest.raises(UsageError, match="no such check"):
        text_of("MIT")


def test_what_a_bill_of_materials_states_is_looked_at(tmp_path: Path) -> None:
    parts = [
        {"type": "library", "name": name, "version": "1", "purl": f"pkg:npm/{name}@1", "licenses": [{"license": one}]}
        for name, one in (("a", {"id": "GPL-3.0-only"}), ("b", {"id": "MIT"}))
    ]
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts}
    path = tmp_path / "bom.json"
    path.write_text(json.dumps(document))
    options = ScanOptions(checks=("licenses", "config"), license_full=True)
    (target,) = scan(f"sbom:{path}", options, Environment(database=StarterDatabase())).targets
    assert [(one.id, one.severity, one.instruction) for one in target.issues] == [
        ("GPL-3.0-only", "high", "pkg:npm/a@1")
    ]
    assert target.checks == ("licenses",)
    assert [one.message for one in target.diagnostics if one.code == "checks-not-run"] == [
        "checks (config, license-files) were not run: a document holds no files and no configuration"
    ]
