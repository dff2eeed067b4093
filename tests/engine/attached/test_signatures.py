"""Signatures and statements in every form and place, against registries with and without lists of referrers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import lading
from lading.database.provider import StarterDatabase
from lading.engine.scan import inventory
from lading.model.attached import AttachedToImage
from lading.safeio.trust import Trust
from lading.safeio.trusted_keys import TrustedKeys
from tests.image.images import AMD64, ARM64, Blobs
from tests.support.attaching import (
    BUNDLE,
    CYCLONEDX,
    IN_TOTO,
    OPENVEX,
    PROVENANCE,
    SIGNED,
    SIMPLE_SIGNING,
    SPDX,
    Repository,
    Signer,
    serve_referrers,
    statement,
)
from tests.support.registry import serve_registry

OURS, OTHER = Signer(), Signer()
NOT_TRUSTED = "signed by a key that is not trusted"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_registry(tmp_path_factory.mktemp("plain")) as address:
        yield address


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_referrers(tmp_path_factory.mktemp("listing")) as address:
        yield address


def look(
    name: str, *signers: Signer, platform: str = "linux/amd64", attestations: bool = True
) -> lading.InventoryResult:
    keys = TrustedKeys(pem=tuple(one.public.strip() for one in signers))
    environment = lading.Environment(database=StarterDatabase(), trust=Trust(image=keys))
    options = lading.ScanOptions(plain_http=True, platform=platform, attestations=attestations)
    return inventory(name, options, environment)


def attached(name: str, *signers: Signer, platform: str = "linux/amd64") -> AttachedToImage:
    found = look(name, *signers, platform=platform).attached
    assert found is not None
    return found


def pushed(repository: Repository) -> tuple[dict[str, object], dict[str, object]]:
    """An image of two platforms; gives the descriptors of its index and of the image for amd64."""
    blobs = Blobs()
    first = blobs.image(platform=AMD64)
    second = blobs.image(platform=ARM64)
    index = blobs.index({**first, "platform": AMD64}, {**second, "platform": ARM64})
    repository.push(blobs.held, index)
    return index, first


@pytest.mark.debian("docker-registry")
@pytest.mark.parametrize("kind", ["ecdsa", "rsa", "ed25519"])
def test_signatures_under_tags_of_cosign(plain: str, kind: str) -> None:
    repository = Repository(plain, f"signed/{kind}")
    index, first = pushed(repository)
    signer, name = Signer(kind), f"{repository}:latest"
    assert attached(name, signer) == AttachedToImage()
    assert attached(name, signer).signed is False
    repository.sign(str(index["digest"]), OTHER, signer)
    found = attached(name, signer)
    assert (found.signed, found.signers, found.whole) == (True, (signer.fingerprint,), True)
    assert {(one.type, one.place, one.subject, one.signer, one.why) for one in found.items} == {
        (SIMPLE_SIGNING, "cosign-tag", index["digest"], "", NOT_TRUSTED),
        (SIMPLE_SIGNING, "cosign-tag", index["digest"], signer.fingerprint, ""),
    }
    assert attached(name, OTHER).signers == (OTHER.fingerprint,)
    assert attached(name).signed is False
    # The index's signature says nothing of an image that is asked for by its own digest.
    assert attached(f"{repository}@{first['digest']}", signer).items == ()
    repository.sign(str(first["digest"]), signer)
    assert attached(f"{repository}@{first['digest']}", signer).signed is True
    assert attached(name, signer, platform="linux/arm64").signers == (signer.fingerprint,)


@pytest.mark.debian("docker-registry")
def test_nothing_is_asked_for_unasked(plain: str) -> None:
    repository = Repository(plain, "unasked")
    pushed(repository)
    assert look(f"{repository}:latest", attestations=False).attached is None
    assert look(f"{repository}:latest", OURS, attestations=False).attached == AttachedToImage()


def every_form(repository: Repository, image: dict[str, object]) -> list[dict[str, object]]:
    """As cosign 3, oras and Docker Scout attach things; gives the entries of the list."""
    digest = str(image["digest"])
    bundle = OURS.bundle(statement(digest, SIGNED, {}))
    vex = OTHER.bundle(statement(digest, OPENVEX, {"statements": []}))
    bare = statement(digest, PROVENANCE, {})
    spdx = json.dumps({"spdxVersion": "SPDX-2.3", "packages": []}).encode()
    return [
        repository.refer(image, BUNDLE, [repository.blob(json.dumps(bundle).encode(), BUNDLE)]),
        repository.refer(image, BUNDLE, [repository.blob(json.dumps(vex).encode(), BUNDLE)]),
        repository.refer(image, IN_TOTO, [repository.blob(bare, IN_TOTO)]),
        repository.refer(image, "application/spdx+json", [repository.blob(spdx, "application/spdx+json")]),
        repository.refer(image, "application/spdx+json", [repository.blob(spdx + b" ", "application/octet-stream")]),
        repository.refer(
            image, "application/vnd.cncf.notary.signature", [repository.blob(b"{}", "application/jose+json")]
        ),
        repository.refer(image, "application/vnd.example.notes", [repository.blob(b"notes", "text/plain")]),
    ]


def expected(entries: list[dict[str, object]], digest: str, place: str) -> set[tuple[str, ...]]:
    rows = [
        ("signature", SIGNED, OURS.fingerprint, ""),
        ("vex", OPENVEX, "", NOT_TRUSTED),
        ("provenance", PROVENANCE, "", "not signed"),
        ("sbom", "application/spdx+json", "", "not signed"),
        ("sbom", "application/spdx+json", "", "not signed"),
        ("signature", "application/vnd.cncf.notary.signature", "", "a signature of Notary, which is not checked"),
        ("other", "application/vnd.example.notes", "", ""),
    ]
    return {
        (kind, type, place, str(entry["digest"]), digest, signer, why)
        for entry, (kind, type, signer, why) in zip(entries, rows, strict=True)
    }


def rows_of(found: AttachedToImage) -> set[tuple[str, ...]]:
    return {(one.kind, one.type, one.place, one.digest, one.subject, one.signer, one.why) for one in found.items}


def test_what_a_registry_lists(listing: str) -> None:
    repository = Repository(listing, "listed")
    _, first = pushed(repository)
    entries = every_form(repository, first)
    found = attached(f"{repository}:latest", OURS)
    assert rows_of(found) == expected(entries, str(first["digest"]), "referrers")
    assert (found.signed, found.attested) == (True, ("signature",))


@pytest.mark.debian("docker-registry")
def test_what_a_tag_lists(plain: str) -> None:
    repository = Repository(plain, "tagged")
    _, first = pushed(repository)
    entries = every_form(repository, first)
    repository.list_referrers(str(first["digest"]), entries)
    found = attached(f"{repository}:latest", OURS)
    assert rows_of(found) == expected(entries, str(first["digest"]), "referrers-tag")


@pytest.mark.debian("docker-registry")
def test_what_is_about_something_else(plain: str) -> None:
    """Copied from another image, or not what its digest says."""
    repository = Repository(plain, "replayed")
    _, first = pushed(repository)
    digest, another = str(first["digest"]), f"sha256:{'0' * 64}"
    repository.sign(digest, OURS, about=another)
    repository.attest(digest, OURS.envelope(statement(another, OPENVEX, {})), OURS.envelope(b"{}"), {"payload": 1})
    other = repository.refer({**first, "digest": another}, BUNDLE, [])
    repository.list_referrers(digest, [other])
    result = look(f"{repository}@{digest}", OURS)
    assert result.attached is not None
    assert {(one.kind, one.place, one.why) for one in result.attached.items} == {
        ("other", "cosign-tag", "cannot be read as an envelope"),
        ("other", "cosign-tag", "holds no in-toto statement that can be read"),
        ("other", "referrers-tag", f"says that it is about {another[:19]}"),
        ("signature", "cosign-tag", f"is about {another[:19]}, which is another image"),
        ("vex", "cosign-tag", f"is about {another[:19]}, which is another image"),
    }
    assert all(one.refused for one in result.attached.items)
    assert (result.attached.signed, result.attached_vex) == (False, ())
    assert [one.code for one in result.diagnostics if one.code.startswith("attach")] == ["attachment-refused"] * 5


@pytest.mark.debian("docker-registry")
def test_what_is_damaged_or_deep(plain: str) -> None:
    repository = Repository(plain, "damaged")
    _, first = pushed(repository)
    digest = str(first["digest"])
    deep = b'{"payload":' + b"[" * 200_000
    large = {**repository.blob(b"{}", BUNDLE), "size": 64_000_001}
    entries = [
        repository.refer(first, BUNDLE, [repository.blob(deep, BUNDLE)]),
        repository.refer(first, BUNDLE, [large]),
        {**repository.refer(first, "application/vnd.example", []), "size": 7},
    ]
    repository.list_referrers(digest, entries)
    result = look(f"{repository}@{digest}", OURS)
    assert result.attached is not None
    whys = {str(one.digest): one.why for one in result.attached.items if one.refused}
    third = next(one for one in whys if one not in [entry["digest"] for entry in entries[:2]])
    assert whys == {
        entries[0]["digest"]: "cannot be read as a bundle",
        entries[1]["digest"]: "has 64,000,001 bytes, above the limit of 64,000,000",
        third: whys[third],
    }
    assert whys[third].endswith(" bytes, expected 7: the image is damaged: fetch it again")


def test_a_directory_has_nothing_attached(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    assert look(f"dir:{tmp_path}", OURS, platform="", attestations=False).attached is None
    result = look(f"dir:{tmp_path}", platform="")
    assert result.attached == AttachedToImage(whole=False)
    assert result.attached.signed is None
    assert [one.message for one in result.diagnostics if one.code == "attachments-unread"] == [
        "nothing can be attached to an image where this one was read (rootfs); scan it in its registry"
    ]


def test_in_the_index_as_buildkit_puts_it(tmp_path: Path) -> None:
    blobs = Blobs()
    first, other = blobs.image(platform=AMD64), f"sha256:{'1' * 64}"
    entries = []
    for about in (first["digest"], other):
        bill = {"bomFormat": "CycloneDX", "specVersion": "1.6"}
        stated: list[tuple[str, object]] = [
            (SPDX, {"spdxVersion": "SPDX-2.3", "packages": []}),
            ("https://slsa.dev/provenance/v0.2", {}),
            (CYCLONEDX, bill),
        ]
        layers = [blobs.add(statement(about, type, predicate), IN_TOTO) for type, predicate in stated]
        document = {
            "schemaVersion": 2,
            "config": blobs.add(
                b'{"architecture":"unknown","os":"unknown"}', "application/vnd.oci.image.config.v1+json"
            ),
            "layers": layers,
        }
        annotations = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": about}
        unknown = {"os": "unknown", "architecture": "unknown"}
        manifest = blobs.add_json(document, "application/vnd.oci.image.manifest.v1+json")
        entries.append({**manifest, "platform": unknown, "annotations": annotations})
    index = blobs.index({**first, "platform": AMD64}, *entries)
    for path, data in blobs.files(index).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    found = look(f"oci:{tmp_path}").attached
    assert found is not None
    held, about = entries[0]["digest"], first["digest"]
    assert [(one.kind, one.type, one.place, one.digest, one.subject, one.why) for one in found.items] == [
        ("provenance", "https://slsa.dev/provenance/v0.2", "index", held, about, "not signed"),
        ("sbom", CYCLONEDX, "index", held, about, "not signed"),
        ("sbom", SPDX, "index", held, about, "not signed"),
    ]
