"""What SBOMs and provenance that are attached to an image say beside what is found in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lading
from lading.cli.demo import build_demo
from lading.database.provider import StarterDatabase
from lading.engine.attached.compare import compare
from lading.engine.attached.weigh import Weighed, weigh
from lading.engine.scan import inventory, scan
from lading.formats.encoders.cyclonedx import encode_cyclonedx
from lading.formats.encoders.spdx import encode_spdx
from lading.formats.view import View
from lading.image.attached import Piece
from lading.model.attached import Attached, AttachedToImage
from lading.model.package import Inventory, Package
from lading.safeio.trust import Trust
from lading.safeio.trusted_keys import TrustedKeys
from tests.support.attaching import (
    CYCLONEDX,
    ENVELOPE,
    IN_TOTO,
    NOTHING,
    PROVENANCE,
    SIMPLE_SIGNING,
    SPDX,
    Signer,
    statement,
)

OURS = Signer()
REFERENCE = {"vnd.docker.reference.type": "attestation-manifest"}


class Layout:
    """The image of the demo, in an index with statements as BuildKit puts them there."""

    def __init__(self, path: Path) -> None:
        build_demo(path)
        self.path = path
        (self.image,) = json.loads((path / "index.json").read_bytes())["manifests"]

    def add(self, document: bytes, media_type: str) -> dict[str, Any]:
        from tests.image.images import sha256

        digest = sha256(document)
        (self.path / "blobs" / digest.replace(":", "/")).write_bytes(document)
        return {"mediaType": media_type, "digest": digest, "size": len(document)}

    def attest(self, *statements: tuple[str, object], about: str = "") -> None:
        """Replaces what the index says of the image."""
        digest = self.image["digest"]
        layers = [self.add(statement(about or digest, type, predicate), IN_TOTO) for type, predicate in statements]
        config = self.add(b'{"architecture":"unknown","os":"unknown"}', "application/vnd.oci.image.config.v1+json")
        document = {"schemaVersion": 2, "config": config, "layers": layers}
        held = self.add(json.dumps(document).encode(), "application/vnd.oci.image.manifest.v1+json")
        unknown = {"platform": {"os": "unknown", "architecture": "unknown"}}
        entry = {**held, **unknown, "annotations": {**REFERENCE, "vnd.docker.reference.digest": digest}}
        platform = {"os": "linux", "architecture": "amd64"}
        index = {"schemaVersion": 2, "manifests": [{**self.image, "platform": platform}, entry]}
        root = self.add(json.dumps(index).encode(), "application/vnd.oci.image.index.v1+json")
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [root]}))
        self.root = root

    def sign(self) -> None:
        """Puts a signature of the index beside it, as `cosign save` does."""
        from tests.support.attaching import SIMPLE_SIGNING, simple

        payload = simple(self.root["digest"])
        annotations = {"dev.cosignproject.cosign/signature": OURS.sign(payload)}
        layer = {**self.add(payload, SIMPLE_SIGNING), "annotations": annotations}
        config = self.add(b"{}", "application/vnd.oci.image.config.v1+json")
        held = self.add(
            json.dumps({"schemaVersion": 2, "config": config, "layers": [layer]}).encode(),
            "application/vnd.oci.image.manifest.v1+json",
        )
        entry = {**held, "annotations": {"kind": "dev.cosignproject.cosign/sigs"}}
        named = {**self.root, "annotations": {"org.opencontainers.image.ref.name": "1"}}
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named, entry]}))


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    yield Layout(tmp_path / "layout")


def listed(layout: Layout, *, attestations: bool = True, tag: str = "") -> lading.InventoryResult:
    trust = Trust(image=TrustedKeys(pem=(OURS.public.strip(),)))
    environment = lading.Environment(database=StarterDatabase(), trust=trust if tag else Trust())
    options = lading.ScanOptions(platform="linux/amd64", attestations=attestations)
    return inventory(f"oci:{layout.path}{tag}", options, environment)


def items(found: lading.InventoryResult) -> tuple[Attached, ...]:
    assert found.attached is not None
    return found.attached.items


def codes(found: lading.InventoryResult) -> list[tuple[str, str]]:
    ours = ("attachment-refused", "attachments-unread", "sbom-differs", "provenance-differs")
    return [(one.code, one.message) for one in found.diagnostics if one.code in ours]


def component(purl: str) -> dict[str, str]:
    name, _, version = purl.rpartition("/")[2].partition("@")
    return {"type": "library", "name": name, "version": version.partition("?")[0], "purl": purl}


def bill(*purls: str) -> dict[str, object]:
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component(one) for one in purls]}


def test_bills_of_our_own_never_differ(layout: Layout) -> None:
    layout.attest()
    plain = listed(layout, attestations=False)
    view = View(tool="lading 1.0")
    cyclonedx, spdx = encode_cyclonedx(plain, view), encode_spdx(plain, view)
    custom = ("https://spdx.example/custom", {"Data": spdx.decode(), "Timestamp": "2026-01-01T00:00:00Z"})
    layout.attest((CYCLONEDX, json.loads(cyclonedx)), (SPDX, json.loads(spdx)), (SPDX, spdx.decode()), custom)
    found = listed(layout)
    count = len(plain.inventory.packages)
    assert [(one.type, one.packages, one.not_found, one.not_listed) for one in items(found)] == [
        (CYCLONEDX, count, (), 0),
        (SPDX, count, (), 0),
        (SPDX, count, (), 0),
        (custom[0], count, (), 0),
    ]
    assert (codes(found), found.inventory) == ([], plain.inventory)


def test_what_a_bill_lists_and_nothing_shows(layout: Layout) -> None:
    layout.attest()
    plain = listed(layout, attestations=False)
    purls = ["pkg:generic/zlib@1.2.11", "pkg:npm/left-pad@1.3.0", "pkg:deb/debian/nothing@1.0"]
    layout.attest((CYCLONEDX, bill(plain.inventory.packages[0].purl, *purls)))
    found = listed(layout)
    (attached,) = items(found)
    assert (attached.packages, attached.signer, attached.why) == (3, "", "not signed")
    assert set(attached.not_found) == set(purls[1:])
    assert attached.not_listed == len(plain.inventory.packages) - 1
    message = (
        f"the SBOM that is attached ({CYCLONEDX}) lists 2 packages that were not found: nothing 1.0 (deb), left-pad"
    )
    assert codes(found) == [("sbom-differs", f"{message} 1.3.0 (npm)")]
    assert found.inventory == plain.inventory
    # Signed with the index it adds what the image's own records do not contradict.
    layout.sign()
    signed = listed(layout, tag=":1")
    (attached,) = [one for one in items(signed) if one.kind == "sbom"]
    assert (attached.signer, attached.why) == (OURS.fingerprint, "signed with the index that it lies in")
    added = [one for one in signed.inventory.packages if one not in plain.inventory.packages]
    assert [(one.type, one.name, one.version, one.evidence) for one in added] == [("npm", "left-pad", "1.3.0", "sbom")]
    assert codes(signed)[0][1].endswith("; 1 of them count, as a trusted key has signed it")


def test_another_version_was_found() -> None:
    """What the image has of a package counts before what a bill says of it."""
    data = json.dumps(bill("pkg:npm/left-pad@1.3.0", "pkg:npm/right-pad@1.0.1")).encode()
    attached = Attached("sbom", CYCLONEDX, "referrers", "sha256:1", "sha256:2", signer="SHA256:x")
    inventory = Inventory(packages=(Package("left-pad", "1.2.0", "npm"),))
    found = compare([Weighed(attached, content=data)], AttachedToImage((attached,)), inventory)
    assert [(one.name, one.version) for one in found.inventory.packages] == [
        ("left-pad", "1.2.0"),
        ("right-pad", "1.0.1"),
    ]


def test_a_bill_of_another_image_adds_nothing(layout: Layout) -> None:
    layout.attest((CYCLONEDX, bill("pkg:npm/left-pad@1.3.0")), about=f"sha256:{'0' * 64}")
    layout.sign()
    found = listed(layout, tag=":1")
    (attached,) = [one for one in items(found) if one.kind == "sbom"]
    assert (attached.refused, attached.why) == (True, "is about sha256:000000000000, which is another image")
    assert "left-pad" not in {one.name for one in found.inventory.packages}
    assert [code for code, _ in codes(found)] == ["attachment-refused"]


def test_a_bill_without_a_subject_is_about_the_image_that_the_index_names(layout: Layout) -> None:
    """As BuildKit writes it for an image that is built without a name. Signed, it says of nothing what it is of."""
    plain = listed(layout)
    layout.attest((CYCLONEDX, bill("pkg:npm/left-pad@1.3.0")), about=NOTHING)
    (attached,) = items(listed(layout))
    assert (attached.refused, attached.why, attached.subject) == (False, "not signed", layout.image["digest"])
    assert attached.not_found == ("pkg:npm/left-pad@1.3.0",)
    assert listed(layout).inventory == plain.inventory
    data = json.dumps(OURS.envelope(statement(NOTHING, CYCLONEDX, {}))).encode()
    piece = Piece("index", layout.image["digest"], "", IN_TOTO, data=data)
    assert weigh(piece, {layout.image["digest"]}, TrustedKeys()).attached.refused


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_of_cosign_2_is_listed_and_its_key_counts(trusted: bool) -> None:
    """`cosign sign --key --certificate` of the form before bundles writes both into annotations."""
    digest = f"sha256:{'1' * 64}"
    payload = json.dumps({"critical": {"image": {"docker-manifest-digest": digest}}}).encode()
    annotations = {"dev.cosignproject.cosign/signature": OURS.sign(payload), "dev.sigstore.cosign/certificate": "-"}
    keys = TrustedKeys(pem=(OURS.public.strip(),)) if trusted else TrustedKeys()
    envelope = json.dumps(OURS.envelope(statement(digest, CYCLONEDX, {}))).encode()
    for type, data in ((SIMPLE_SIGNING, payload), (ENVELOPE, envelope)):
        found = weigh(Piece("cosign-tag", digest, "", type, annotations, data), {digest}, keys).attached
        old = "signed by a certificate in the form of cosign 1 and 2, which is not checked"
        assert (found.signer, found.why) == ((OURS.fingerprint, "") if trusted else ("", old))


def test_a_bill_that_cannot_be_read(layout: Layout) -> None:
    layout.attest((CYCLONEDX, {"bomFormat": "CycloneDX", "components": 1}), (SPDX, []))
    found = listed(layout)
    assert [(one.refused, one.packages) for one in items(found)] == [(True, 0), (True, 0)]
    assert [code for code, _ in codes(found)] == ["attachment-refused"] * 2


def material(name: str) -> dict[str, object]:
    digest = "1" * 64
    return {"uri": f"pkg:docker/{name}?digest=sha256:{digest}&platform=linux%2Famd64", "digest": {"sha256": digest}}


BUILDER = "https://ci.example/run/1"


@pytest.mark.parametrize(
    ("type", "predicate"),
    [
        (
            "https://slsa.dev/provenance/v0.2",
            {
                "builder": {"id": BUILDER},
                "materials": [material("alpine@3.20"), material("docker/dockerfile@1")],
            },
        ),
        (
            PROVENANCE,
            {
                "buildDefinition": {"resolvedDependencies": [{"uri": "git+https://x"}, material("alpine@3.20")]},
                "runDetails": {"builder": {"id": BUILDER}},
            },
        ),
    ],
)
def test_provenance_names_who_built_it_and_on_what(layout: Layout, type: str, predicate: object) -> None:
    layout.attest()
    plain = listed(layout, attestations=False).image.base
    layout.attest((type, predicate))
    found = listed(layout)
    (attached,) = items(found)
    base = f"docker.io/library/alpine:3.20@sha256:{'1' * 64}"
    assert (attached.kind, attached.builder, attached.bases) == ("provenance", BUILDER, (base,))
    if plain is not None and plain.name:
        assert [code for code, _ in codes(found)] == ["provenance-differs"]
        assert found.image.base == plain
    else:
        assert found.image.base is not None
        assert found.image.base.name == base
        assert codes(found) == []
    report = scan(
        f"oci:{layout.path}",
        lading.ScanOptions(platform="linux/amd64", attestations=True),
        lading.Environment(database=StarterDatabase()),
    )
    assert report.targets[0].attached == found.attached
