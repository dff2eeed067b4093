"""An image built on a base: what came with the base is told apart, and by what evidence."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lading.safeio.tar_writer import build_gzip
from tests.image.images import CONFIG, LAYER, MANIFEST, Blobs, Json, config, sha256, tagged, write_files
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.program import Lading, Outcome
from tests.tars import make_tar

SYSTEM = make_tar([DEBIAN, status("tar=1.34")])
APPLICATION = make_tar([status("tar=1.34", "curl=7.88")])
CMD: Json = {"created_by": 'CMD ["bash"]', "empty_layer": True}


def write_image(directory: Path, tars: Sequence[bytes], history: Sequence[Json] = (), **annotations: str) -> str:
    """An OCI layout; `annotations` by the last part of their name, such as base name. Gives the reference to it."""
    blobs = Blobs()
    document = {**config(tars), **({"history": history} if history else {})}
    manifest = {
        "schemaVersion": 2,
        "config": blobs.add_json(document, CONFIG),
        "layers": [blobs.add(build_gzip(tar), LAYER) for tar in tars],
        "annotations": {f"org.opencontainers.image.base.{name}": text for name, text in annotations.items()},
    }
    write_files(directory, blobs.files(tagged(blobs.add_json(manifest, MANIFEST), "1")))
    return str(directory)


@pytest.fixture
def base(tmp_path: Path) -> str:
    return write_image(tmp_path / "debian", (SYSTEM,))


@pytest.fixture
def shop(tmp_path: Path) -> str:
    return write_image(tmp_path / "shop", (SYSTEM, APPLICATION))


def scan(lading: Lading, reference: str, *options: str, status: int = 3) -> Outcome:
    return lading("scan", reference, "--offline", *options, status=status, variables={"COLUMNS": "120"})


def base_of(outcome: Outcome) -> Any:
    return json.loads(outcome.stdout)["targets"][0]["image"].get("base")


def test_a_known_base_is_recognised(base: str, shop: str, lading: Lading, tmp_path: Path) -> None:
    unknown = scan(lading, shop)
    assert "base: " not in unknown.stdout
    assert base_of(scan(lading, shop, "-o", "json")) is None

    # The layers of a base are not read to know it.
    layer = tmp_path / "debian" / "blobs" / sha256(build_gzip(SYSTEM)).replace(":", "/")
    layer.write_bytes(b"")
    added = lading("base", "add", base, "--name", "debian:12")
    listed = lading("base", "list").stdout.splitlines()
    assert added.stdout.startswith("debian:12: linux/amd64, 1 layer, sha256:")
    assert listed[0].split() == ["name", "platform", "layers", "added", "digest"]
    name, platform, layers, day, digest = listed[1].split()
    assert (name, platform, layers, len(listed)) == ("debian:12", "linux/amd64", "1", 2)
    assert added.stdout.endswith(f" {digest}\n")

    detail = f"its diff ID is the image's lowest (lading base add, {day})"
    known = {"layers": 1, "name": "debian:12", "evidence": "index", "detail": detail}
    assert f"\nbase: debian:12 (layer 1 of 2; {detail})\n" in scan(lading, shop).stdout
    assert base_of(scan(lading, shop, "-o", "json")) == known
    packages = lading("packages", shop).stdout
    rows = {tuple(line.split()) for line in packages.splitlines()}
    assert {("curl", "7.88", "deb", "amd64", "2"), ("tar", "1.34", "deb", "amd64", "1", "(base)")} <= rows
    assert "\nlayer 1 (base): 1 package  ← RUN step 1\nlayer 2: 1 package  ← RUN step 2\n" in packages
    for format in ("cyclonedx", "spdx", "json"):
        document = tmp_path / format
        document.write_text(lading("sbom", shop, "-o", format).stdout)
        assert lading("packages", f"sbom:{document}").stdout == packages

    assert lading("base", "remove", "debian:12").stdout == "debian:12: removed 1 image\n"
    assert lading("base", "list").stdout == ""
    assert scan(lading, shop).stdout == unknown.stdout
    gone = lading("base", "remove", "debian:12", status=2)
    assert gone.stderr == (
        "lading: debian:12: no known base has this name; lading base list shows those that are known\n"
    )


def test_the_user_names_the_base(base: str, shop: str, lading: Lading, tmp_path: Path) -> None:
    lading("base", "add", base, "--name", "debian:12")
    assert base_of(scan(lading, shop, "-o", "json", "--base", base)) == {
        "layers": 1,
        "name": base,
        "evidence": "named",
        "detail": "--base names it; its diff ID is the image's lowest",
    }
    other = write_image(tmp_path / "other", (APPLICATION,))
    assert scan(lading, shop, "--base", other, status=2).stderr == (
        f"lading: {shop}: was not built on --base {other}: its layer 1 is {sha256(SYSTEM)[:19]}, that of the base "
        f"{sha256(APPLICATION)[:19]}; if the base was renewed since, name it by the digest it had\n"
    )
    document = tmp_path / "sbom.json"
    document.write_text(lading("sbom", shop).stdout)
    assert scan(lading, f"sbom:{document}", "--base", base, status=2).stderr == (
        f"lading: {document}: is an SBOM, which cannot be compared with a base: leave --base out\n"
    )


def test_what_the_image_says_by_itself(base: str, lading: Lading, tmp_path: Path) -> None:
    tars = (SYSTEM, APPLICATION)
    history: list[Json] = [{"created_by": "ADD rootfs"}, CMD, {"created_by": "RUN apt"}]
    sign = 'CMD ["bash"] ends the build of layer 1, and more layers follow'
    by_history = scan(lading, write_image(tmp_path / "by-history", tars, history))
    shown = f"base: of unknown name (layer 1 of 2; unverified; by its history only: {sign}) ── "
    assert shown in " ".join(by_history.stdout.split())

    annotated = write_image(tmp_path / "annotated", tars, name="debian:12")
    alone = "base: debian:12 (org.opencontainers.image.base.name names it; which layers came with it is not known)"
    assert f"\n{alone}\n" in scan(lading, annotated).stdout
    lading("base", "add", base, "--name", "docker.io/library/debian:12")
    assert base_of(scan(lading, annotated, "-o", "json"))["evidence"] == "annotation"


def test_what_only_the_image_says_is_shown_as_such_and_hides_nothing(base: str, lading: Lading, tmp_path: Path) -> None:
    history: list[Json] = [{"created_by": "ADD rootfs"}, {"created_by": "RUN apt"}, CMD, {"created_by": "RUN true"}]
    shop = write_image(tmp_path / "shop", (SYSTEM, APPLICATION, make_tar([])), history)
    packages = lading("packages", shop).stdout
    assert "\nlayer 2 (base, unverified): 1 package" in packages
    for format in ("cyclonedx", "spdx", "json"):
        document = tmp_path / format
        document.write_text(lading("sbom", shop, "-o", format).stdout)
        assert lading("packages", f"sbom:{document}").stdout == packages
    markdown = lading("scan", shop, "--starter", "--allow-incomplete", "-o", "markdown").stdout
    assert "\nbase: of unknown name (layers 1 to 2 of 3; unverified; by its history only: " in markdown
    open_findings = _open(lading, shop)
    assert open_findings
    assert _open(lading, shop, "--ignore-base") == open_findings
    lading("base", "add", write_image(tmp_path / "lower", (SYSTEM, APPLICATION)), "--name", "debian:12")
    assert _open(lading, shop, "--ignore-base") == []
    assert {one["introduced_by"]["verified"] for one in _findings(lading, shop)} == {True}


def _open(lading: Lading, reference: str, *options: str) -> list[str]:
    return [one["id"] for one in _findings(lading, reference, *options) if "suppressions" not in one]


def _findings(lading: Lading, reference: str, *options: str) -> Any:
    arguments = ("scan", reference, "--starter", "--allow-incomplete", "-o", "json", *options)
    return json.loads(lading(*arguments).stdout)["targets"][0]["findings"]


def test_a_damaged_index_is_told_and_harms_nothing(shop: str, base: str, lading: Lading, own_home: Path) -> None:
    lading("base", "add", base)
    directory = own_home / ".local" / "share" / "lading" / "bases"
    (held,) = directory.iterdir()
    held.write_bytes(held.read_bytes()[:40])
    text = "a base image in the index cannot be read and was passed over (Input data was truncated): delete its file"
    report = json.loads(scan(lading, shop, "-o", "json").stdout)
    assert "base" not in report["targets"][0]["image"]
    assert {"level": "warning", "code": "base-unreadable", "message": text, "where": str(held)} in report["targets"][0][
        "diagnostics"
    ]
    assert lading("base", "list", status=2).stderr == f"lading: {held}: {text}\n"
    lading("base", "add", base)
    assert lading("base", "list").stdout.count(base) == 1
