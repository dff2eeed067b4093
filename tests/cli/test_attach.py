"""`lading attach`, and scans that find what it attached."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lading.cli.demo import build_demo
from lading.cli.main import main
from tests.image.images import AMD64, Blobs
from tests.support.attaching import OPENVEX, SIGNED, Repository, Signer, serve_referrers, statement
from tests.support.registry import serve_registry

pytestmark = pytest.mark.debian("docker-registry", "openssh-client")

OURS = Signer()
VULNERABILITY = "CVE-2024-6387"


@pytest.fixture(scope="module", params=["referrers", "tags"])
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("registry")
    if request.param == "tags":
        with serve_registry(directory) as address:
            yield address
    else:
        with serve_referrers(directory) as address:
            yield address


@pytest.fixture
def image(registry: str, tmp_path: Path, request: pytest.FixtureRequest) -> Repository:
    """The image of the demo in a repository of its own; keys and documents lie in the working directory."""
    build_demo(tmp_path / "demo")
    blobs = {f"sha256:{path.name}": path.read_bytes() for path in (tmp_path / "demo" / "blobs" / "sha256").iterdir()}
    (entry,) = json.loads((tmp_path / "demo" / "index.json").read_bytes())["manifests"]
    repository = Repository(registry, f"demo/{request.node.originalname.removeprefix('test_')}")
    repository.push(blobs, entry)
    return repository


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("key.pem").write_bytes(OURS.pem)
    Path("key.pub").write_bytes(OURS.public)


def said(capfd: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> tuple[str, str]:
    capfd.readouterr()
    assert main(list(map(str, arguments))) == status, capfd.readouterr()
    out, err = capfd.readouterr()
    return out, err


def scan(capfd: pytest.CaptureFixture[str], image: Repository, *more: object, status: int = 0) -> Any:
    common = ["--starter", "--plain-http", "--platform", "linux/amd64", "-o", "json", "--allow-incomplete"]
    out, _ = said(capfd, "scan", *common, *more, f"{image}:latest", status=status)
    return json.loads(out)["targets"][0]


def vex(vulnerability: str = VULNERABILITY, **product: object) -> dict[str, object]:
    statement: dict[str, object] = {
        "vulnerability": {"name": vulnerability},
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
        **product,
    }
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://vendor.example/vex/1",
        "author": "vendor",
        "timestamp": "2026-01-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }


def suppressed(target: Any) -> list[str]:
    return sorted({one["id"] for one in target["findings"] if one.get("suppressions")})


def test_a_signed_image_passes_and_another_does_not(image: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    Path("policy.toml").write_text('[[rule]]\nname = "signed"\nfail = "!image.signed"\n')
    gate = ["--policy", "policy.toml", "--image-key", "key.pub"]
    scan(capfd, image, *gate, status=1)
    out, _ = said(capfd, "attach", "--plain-http", "--sign", "key.pem", f"{image}:latest")
    assert out.startswith("signature  sha256:")
    assert out.endswith(f", signed by {OURS.fingerprint}\n")
    target = scan(capfd, image, *gate)
    assert [(one["kind"], one["type"], one["signer"]) for one in target["attached"]["items"]] == [
        ("signature", SIGNED, OURS.fingerprint)
    ]
    # Without a look nobody knows, and the rule fails by that.
    asked = ["--starter", "--plain-http", "--platform", "linux/amd64", "--allow-incomplete", f"{image}:latest"]
    table, _ = said(capfd, "scan", "--policy", "policy.toml", *asked, status=1)
    assert "image.signed is not known: --image-key FILE or --attestations looks for what is" in table
    table, _ = said(
        capfd, "scan", "--starter", "--plain-http", "--platform", "linux/amd64", *gate, "--allow-incomplete",
        f"{image}:latest",
    )  # fmt: skip
    assert f"signed by {OURS.fingerprint}\n" in table
    report, _ = said(capfd, "scan", *gate, "-o", "markdown", *asked)
    assert f"\nsigned by {OURS.fingerprint}\n" in report
    here = ["--plain-http", "--platform", "linux/amd64", "--allow-incomplete", f"{image}:latest"]
    packages, _ = said(capfd, "packages", "--image-key", "key.pub", *here)
    assert f"\nsigned by {OURS.fingerprint}\n" in packages


def test_vex_that_is_attached(image: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    """Without products it is about what it is attached to."""
    Path("vex.json").write_text(json.dumps(vex()))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "other"], check=True)
    assert suppressed(scan(capfd, image, "--attestations")) == []
    said(capfd, "attach", "--plain-http", "--sign", "other", f"{image}:latest", "vex.json")
    found = scan(capfd, image, "--attestations", "--vex-key", "key.pub")
    assert suppressed(found) == []
    assert [one["outcome"] for one in found["vex"]] == ["shown"]
    # The same key as OpenSSH has it counts.
    assert suppressed(scan(capfd, image, "--attestations", "--vex-key", "other.pub")) == [VULNERABILITY]
    said(capfd, "attach", "--plain-http", "--sign", "key.pem", f"{image}:latest", "vex.json")
    assert suppressed(scan(capfd, image, "--attestations", "--vex-key", "key.pub")) == [VULNERABILITY]
    assert suppressed(scan(capfd, image, "--vex-key", "key.pub")) == []


def cyclonedx(**more: object) -> dict[str, object]:
    analysis = {"state": "not_affected", "justification": "code_not_reachable"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "vulnerabilities": [
            {"id": VULNERABILITY, "analysis": analysis, "affects": [{"ref": "pkg:deb/debian/openssh-server"}]},
            {"id": VULNERABILITY, "analysis": analysis, "affects": [{"ref": "pkg:deb/debian/openssh-client"}]},
        ],
        **more,
    }


@pytest.mark.parametrize(
    ("components", "kind"),
    [((), "vex"), (({"type": "library", "name": "bash", "purl": "pkg:deb/debian/bash"},), "sbom")],
)
def test_cyclonedx_is_vex_too(
    image: Repository, capfd: pytest.CaptureFixture[str], components: tuple[object, ...], kind: str
) -> None:
    """Alone, or in a bill of materials."""
    Path("vex.json").write_text(json.dumps(cyclonedx(components=components)))
    digest = scan(capfd, image, "--attestations")["image"]["digest"]
    platform = ["--platform", "linux/amd64"]
    out, _ = said(capfd, "attach", "--plain-http", *platform, "--sign", "key.pem", f"{image}@{digest}", "vex.json")
    assert out.startswith(f"{kind}  sha256:")
    target = scan(capfd, image, "--image-key", "key.pub", "--vex-key", "key.pub")
    assert kind in [one["kind"] for one in target["attached"]["items"]]
    assert suppressed(target) == [VULNERABILITY]


def test_vex_of_another_image_is_refused(image: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    said(capfd, "attach", "--plain-http", "--sign", "key.pem", f"{image}:latest")
    digest = scan(capfd, image, "--attestations")["image"]["digest"]
    replayed = OURS.envelope(statement(f"sha256:{'0' * 64}", OPENVEX, vex(products=[{"@id": "pkg:oci/demo"}])))
    image.attest(digest, replayed)
    target = scan(capfd, image, "--attestations", "--vex-key", "key.pub")
    assert (suppressed(target), target.get("vex")) == ([], [])
    assert [one["message"] for one in target["diagnostics"] if one["code"] == "attachment-refused"] == [
        f"{OPENVEX} is about sha256:000000000000, which is another image; it is not used"
    ]


def test_documents_of_every_kind(image: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    outputs = [f"{one}={one}.json" for one in ("json", "cyclonedx", "spdx", "in-toto")]
    asked = [part for one in outputs for part in ("-o", one)]
    said(
        capfd, "scan", "--starter", "--plain-http", "--platform", "linux/amd64", "--allow-incomplete", *asked,
        f"{image}:latest",
    )  # fmt: skip
    Path("vex.json").write_text(json.dumps(vex()))
    files = ["json.json", "cyclonedx.json", "spdx.json", "in-toto.json", "vex.json"]
    kinds = ["vulnerabilities", "sbom", "sbom", "vulnerabilities", "vex"]
    place = ["--plain-http", "--platform", "linux/amd64", f"{image}:latest"]
    for signing in (["--sign", "key.pem"], []):
        out, _ = said(capfd, "attach", *signing, *place, *files)
        assert [line.partition(" ")[0] for line in out.splitlines()] == kinds
    target = scan(capfd, image, "--image-key", "key.pub")
    items = target["attached"]["items"]
    assert sorted(one["kind"] for one in items if one.get("signer")) == sorted(kinds)
    unsigned = [one["kind"] for one in items if not one.get("signer")]
    assert sorted(unsigned) == sorted(kinds)
    assert not any(one.get("refused") for one in items)


def test_what_is_about_another_image_is_not_attached(image: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    Path("report.json").write_text("{}")
    target = ["--plain-http", f"{image}:latest"]
    _, err = said(capfd, "attach", *target, "report.json", status=2)
    assert err == (
        "lading: report.json: cannot be attached: neither an SBOM (CycloneDX, SPDX) nor VEX (OpenVEX, CSAF, CycloneDX) "
        "nor a report of lading scan -o json nor an in-toto statement\n"
    )
    Path("statement.json").write_bytes(statement(f"sha256:{'0' * 64}", OPENVEX, vex()))
    _, err = said(capfd, "attach", *target, "statement.json", status=2)
    assert err.startswith(f"lading: statement.json: is about sha256:{'0' * 64}, and {image}:latest is sha256:")
    Path("bom.json").write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}')
    blobs = Blobs()
    index = blobs.index({**blobs.image(), "platform": AMD64})
    image.push(blobs.held, index, "all")
    _, err = said(capfd, "attach", "--plain-http", f"{image}:all", "bom.json", status=2)
    assert err == f"lading: {image}:all: is an index of several images, and bom.json is about one: add --platform\n"
    _, err = said(capfd, "attach", *target, status=2)
    assert err == ("lading: what is to be attached? Name files, or a key to sign the image with (--sign KEY)\n")
    _, err = said(capfd, "attach", "oci:demo", "--sign", "key.pem", status=2)
    assert err == "lading: 'oci:demo': no image in a registry; give HOST/NAME:TAG\n"
    shutil.copy("key.pub", "no.pem")
    _, err = said(capfd, "attach", *target, "--sign", "no.pem", status=2)
    assert err == "lading: no.pem: is not a private key (ssh-keygen -t ed25519 makes one)\n"
