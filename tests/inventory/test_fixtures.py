"""The package fixtures beside the repository through the whole program: as a directory, and as a layer of an image.

The fixtures come from the tests of other scanners, and each follows the conventions of its origin; the README beside
them and the keys of index.json say which. Only these rules stand between what is found and what is expected:

- Names are compared by the rules of the package URL type; a Swift package is known by the last part of its location.
- `version` with `epoch` and `release` is one version, as Lading writes it; `gpg-pubkey` is no software.
- The root project is compared where the origin lists it, development dependencies where index.json says so; members
  of a workspace are direct dependencies of it.
- Files are compared without the directories that some origins list among them.
- Licences are compared by their families in SPDX's words ("GPL"), for origins split them, rewrite them and guess
  versions; where SPDX does not know one, only that both sides state one.
"""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from packageurl import PackageURL

from lading.engine.inventory import Wanted, take_inventory
from lading.formats.licenses.expressions import spdx_expression
from lading.image.open import OpenOptions, open_image
from lading.model.package import Inventory, Package
from lading.model.ports import NoProgress, OpenedImage
from lading.safeio.limits import Limits
from tests.engine.test_inventory import Opened, source
from tests.inventory.fixtures import FIXTURES, input_files
from tests.tars import File, make_tar

INDEX = json.loads((FIXTURES / "index.json").read_text()) if FIXTURES.is_dir() else []

BROKEN = {
    "alpm-syft-installed": 1,
    "apk-syft-single": 1,
    "apk-trivy-installed": 2,
    "dpkg-syft-image-dpkg": 2,
    "dpkg-syft-status-d-multiple": 2,
}
"""How many entries of fixtures have no name or no version, to see what readers make of them, and files no last line."""

pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="../shared/fixtures is not there")


@pytest.mark.parametrize("form", ["directory", "layer"])
@pytest.mark.parametrize("case", INDEX, ids=lambda case: f"{case['cataloger']}-{case['case']}")
def test_every_fixture_is_exact(case: dict[str, Any], form: str, tmp_path: Path) -> None:
    folder = FIXTURES / case["cataloger"] / case["case"]
    files = input_files(folder)
    expected = [one for one in json.loads((folder / "expected.json").read_text()) if one["name"] != "gpg-pubkey"]
    if case["cataloger"] == "image":
        (archive,) = _written(files, tmp_path)
        found, broken = _scanned(open_image(str(archive), OpenOptions()))
    elif form == "directory":
        _written(files, tmp_path)
        found, broken = _scanned(open_image(f"dir:{tmp_path}", OpenOptions()))
    else:
        tar = make_tar(File(path, data) for path, data in files.items())
        found, broken = _scanned(Opened([source(1, tar, gzip.compress(tar))]))
    assert broken == BROKEN.get(f"{case['cataloger']}-{case['case']}", 0)
    _compare(found.packages, expected, case.get("dev_dependencies", ""))


def _written(files: Mapping[str, bytes], root: Path) -> list[Path]:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return [root / path for path in files]


def _scanned(opened: OpenedImage) -> tuple[Inventory, int]:
    """What is found, and how many entries could not be listed."""
    try:
        inventory, diagnostics, *_ = take_inventory(
            opened, cache=None, limits=Limits(), progress=NoProgress(), wanted=Wanted(lock_files=True)
        )
    finally:
        opened.close()
    incomplete = [one.code for one in diagnostics if one.level == "incomplete"]
    assert set(incomplete) <= {"broken-package-entry"}
    return inventory, len(incomplete)


Identity = tuple[str, str, str]


def _compare(found: Iterable[Package], expected: Iterable[dict[str, Any]], development: str) -> None:
    wanted = {_identity(one["type"], _full_name(one), _full_version(one)): one for one in expected}
    packages = [
        (_identity(one.type, one.name, one.version), one)
        for one in found
        if "left out" not in development or "dev" not in one.properties
    ]
    # The origins do not list what Elixir takes from a repository.
    listed = [
        key
        for key, one in packages
        if key in wanted or (one.properties.get("relationship") != "root" and (one.type != "hex" or one.version))
    ]
    assert sorted(listed) == sorted(wanted)
    for key, package in packages:
        if key in wanted:
            assertions = {**wanted[key], "dev": wanted[key].get("dev", False)} if development else wanted[key]
            _compare_statements(package, assertions)


def _identity(type: str, name: str, version: str) -> Identity:
    if type == "pypi":
        name = re.sub(r"[-_.]+", "-", name)
    if type == "swift":
        name = name.rpartition("/")[2]
    return type, PackageURL(type=type, name=name).name, version


def _full_name(one: dict[str, Any]) -> str:
    name = str(one["name"])
    return f"{one['group']}:{name}" if "group" in one and ":" not in name else name


def _full_version(one: dict[str, Any]) -> str:
    epoch = f"{one['epoch']}:" if one.get("epoch") else ""
    release = f"-{one['release']}" if "release" in one else ""
    return f"{epoch}{one['version']}{release}"


def _compare_statements(package: Package, wanted: dict[str, Any]) -> None:
    """Everything the origin asserts beside the package's identity; null is what a database does not state."""
    properties = package.properties
    stated = {
        "arch": package.arch,
        "source": package.source,
        "source_version": package.source_version,
        "base": package.source,
        "sourcerpm": properties.get("sourcerpm"),
        "vendor": package.maintainer or None,
        "license": " ".join(package.licenses) or None,
        "modularitylabel": properties.get("modularity"),
        "purl": package.purl,
        "dev": "dev" in properties,
        "relationship": properties.get("relationship", "").replace("workspace", "direct"),
        "path": properties.get("path", package.locations[0].path).replace("!/", "/"),
    }
    if wanted.get("relationship") == "workspace":
        wanted = {**wanted, "relationship": "direct"}
    compared = stated.keys() & wanted.keys()
    assert {key: stated[key] for key in compared} == {key: wanted[key] for key in compared}, package.name
    if "files" in wanted:
        assert sorted(package.files) == _without_directories(wanted["files"]), package.name
    if "licenses" in wanted:
        assert bool(package.licenses) == bool(wanted["licenses"]), package.name
        mine, theirs = _families(package.licenses), _families(wanted["licenses"])
        assert mine == theirs or not mine or not theirs, package.name


def _without_directories(files: Iterable[str]) -> list[str]:
    paths = [file.lstrip("/") for file in files]
    return sorted(path for path in paths if not any(other.startswith(f"{path}/") for other in paths))


def _families(licenses: Iterable[str]) -> set[str]:
    """The licences of SPDX that are named, without versions; none when one of them is not SPDX's."""
    expressions = [spdx_expression(text) for text in licenses]
    if not all(expressions):
        return set()
    names = set(re.findall(r"[\w.+-]+", " ".join(expressions))) - {"AND", "OR", "WITH"}
    return {re.sub(r"-\d.*", "", name) for name in names}
