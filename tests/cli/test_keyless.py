"""Signatures by certificates, checked by a trust root that is given."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lading.cli.main import main
from tests.image.images import AMD64, Blobs
from tests.support.attaching import BUNDLE, CYCLONEDX, SIGNED, Repository, statement
from tests.support.fulcio import Fulcio
from tests.support.registry import serve_registry

pytestmark = pytest.mark.debian("docker-registry")

ISSUER = "https://token.example"
WORKFLOW = "https://forge.example/shop/.workflows/release.yml@refs/heads/main"
OURS, OTHER = Fulcio(), Fulcio()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("root.json").write_bytes(OURS.root)
    Path("other.json").write_bytes(OTHER.root)


def attach(registry: str, name: str, *bundles: dict[str, Any], about: str = "") -> str:
    """An image to which bundles are attached."""
    repository, blobs = Repository(registry, name), Blobs()
    image = blobs.image(platform=AMD64)
    repository.push(blobs.held, image)
    entries = [repository.refer(image, BUNDLE, [repository.blob(json.dumps(one).encode(), BUNDLE)]) for one in bundles]
    repository.list_referrers(image["digest"], entries)
    return f"{repository}:latest"


DIGEST = Blobs().image(platform=AMD64)["digest"]


def items(capfd: pytest.CaptureFixture[str], image: str, *more: str, root: str = "root.json") -> list[dict[str, Any]]:
    capfd.readouterr()
    asked = ["--trusted-root", root, "--plain-http", "--platform", "linux/amd64", "--starter", "--allow-incomplete"]
    assert main(["scan", *asked, *more, "-o", "json", image]) == 0, capfd.readouterr()
    found: list[dict[str, Any]] = json.loads(capfd.readouterr().out)["targets"][0]["attached"]["items"]
    return found


def test_who_counts(registry: str, capfd: pytest.CaptureFixture[str]) -> None:
    signed = OURS.bundle(statement(DIGEST, SIGNED, {}), WORKFLOW, ISSUER)
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}
    mailed = OURS.bundle(statement(DIGEST, CYCLONEDX, bill), "me@shop.example", "https://accounts.example")
    image = attach(registry, "counts", signed, mailed)
    one, other = f"{ISSUER}={WORKFLOW}", "https://accounts.example=me@shop.example"

    def signers(*identities: str) -> dict[str, str]:
        asked = [part for text in identities for part in ("--image-identity", text)]
        return {item["kind"]: item.get("signer", "") for item in items(capfd, image, *asked)}

    assert signers(one) == {"signature": f"{WORKFLOW} ({ISSUER})", "sbom": ""}
    assert signers(one, other) == {
        "signature": f"{WORKFLOW} ({ISSUER})",
        "sbom": "me@shop.example (https://accounts.example)",
    }
    assert signers(f"https://accounts.example={WORKFLOW}", f"{ISSUER}={WORKFLOW}x") == {"signature": "", "sbom": ""}


_WHY = {
    "another authority": "failed to build timestamp certificate chain: ",
    "changed": "DSSE: invalid signature",
    "another log": "invalid log entry: ",
    "too late": "failed to build timestamp certificate chain: ",
}


@pytest.mark.parametrize("case", [*_WHY, "another image"])
def test_what_does_not_hold(registry: str, capfd: pytest.CaptureFixture[str], case: str) -> None:
    payload = statement(f"sha256:{'0' * 64}" if case == "another image" else DIGEST, SIGNED, {})
    bundle = OURS.bundle(payload, WORKFLOW, ISSUER, late=case == "too late")
    if case == "changed":
        bundle["dsseEnvelope"]["payload"] = OURS.bundle(payload + b" ", WORKFLOW, ISSUER)["dsseEnvelope"]["payload"]
    if case == "another log":
        theirs = OTHER.bundle(payload, WORKFLOW, ISSUER)["verificationMaterial"]["tlogEntries"]
        bundle["verificationMaterial"]["tlogEntries"] = theirs
    image = attach(registry, f"holds/{case.replace(' ', '-')}", bundle)
    root = "other.json" if case == "another authority" else "root.json"
    (found,) = items(capfd, image, "--image-identity", f"{ISSUER}={WORKFLOW}", root=root)
    assert "signer" not in found
    if case == "another image":
        assert (found["refused"], found["why"]) == (True, "is about sha256:000000000000, which is another image")
    else:
        assert found["why"].startswith(f"signed by a certificate that does not count: {_WHY[case]}")


def test_what_is_missing(registry: str, capfd: pytest.CaptureFixture[str]) -> None:
    identity = ["--image-identity", f"{ISSUER}={WORKFLOW}"]
    for arguments, why in (
        (identity, "certificates are checked by a trust root, which is not fetched: name its file"),
        (["--image-identity", WORKFLOW, "--trusted-root", "root.json"], "give ISSUER=IDENTITY"),
        ([*identity, "--trusted-root", "no.json"], "is no trust root of sigstore"),
    ):
        Path("no.json").write_text("{}")
        capfd.readouterr()
        assert main(["scan", *arguments, f"{registry}/x:1"]) == 2
        assert why in capfd.readouterr().err
