"""Policies in a registry: pushed, pulled, signed, and held against an image."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lading.cli.demo import build_demo
from lading.cli.main import main
from lading.safeio.dsse import IN_TOTO, signed_bytes
from tests.support.registry import serve_registry
from tests.support.settings import Site

POLICY = '[[rule]]\nname = "exploited"\nfail = "finding.kev"\n'

pytestmark = pytest.mark.debian("docker-registry", "openssh-client")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@pytest.fixture(autouse=True)
def policy(site: Site) -> Path:
    path = site.project.with_name("policy.toml")
    path.write_text(POLICY)
    return path


def said(capfd: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> tuple[str, str]:
    capfd.readouterr()
    assert main(list(map(str, arguments))) == status
    out, err = capfd.readouterr()
    return out, err


def test_a_policy_is_pushed_pulled_and_used(
    registry: str, key: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = f"{registry}/security/policy"
    pushed, _ = said(capfd, "policy", "push", "--plain-http", "--sign", key, "policy.toml", f"{name}:1")
    assert pushed.startswith(f"{name}@sha256:")
    out, err = said(capfd, "policy", "pull", "--plain-http", "--policy-key", f"{key}.pub", f"{name}:1")
    assert (out, err.startswith(f"lading: {pushed.strip()}, signed by SHA256:")) == (POLICY, True)
    said(capfd, "policy", "pull", "--plain-http", "--to", "pulled.toml", pushed.strip())
    assert Path("pulled.toml").read_text() == POLICY
    build_demo(tmp_path / "image")
    scan = ["scan", "--starter", "--platform", "linux/amd64", "--plain-http", f"oci:{tmp_path}/image:demo"]
    out, _ = said(capfd, *scan, "--policy", f"oci:{name}:1", "--policy-key", f"{key}.pub", status=1)
    assert "exploited: failed by 3 vulnerabilities.\n" in out


def test_signatures_that_do_not_hold(
    registry: str, key: Path, tmp_path: Path, site: Site, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = f"{registry}/signed"
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    trusted = own_home / ".config" / "lading" / "policy.keys"
    trusted.parent.mkdir(parents=True)
    trusted.write_bytes(key.with_suffix(".pub").read_bytes())
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", key, "policy.toml"], check=True)
    Path("changed.toml").write_text("# another\n" + POLICY)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "lading-policy", "-f", key, "changed.toml"], check=True)
    for arguments, why in (
        ([], "it is not signed"),
        (["--sign", other], "it is signed by a key that is not trusted (SHA256:"),
        (["--signature", "policy.toml.sig"], "its signature was made for another purpose"),
        (["--signature", "changed.toml.sig"], "its signature is wrong"),
    ):
        said(capfd, "policy", "push", "--plain-http", *arguments, "policy.toml", f"{name}:1")
        _, err = said(capfd, "policy", "pull", "--plain-http", f"{name}:1", status=2)
        assert f": refused: {why}" in err
        assert err.endswith(f"the trusted keys are in {trusted}\n")


def test_a_signature_of_cosign(registry: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    private = generate_private_key(SECP256R1())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "cosign.pub").write_bytes(public)

    def sign(data: bytes) -> str:
        return base64.b64encode(private.sign(data, ECDSA(SHA256()))).decode()

    def attested(document: bytes) -> str:
        statement = {"subject": [{"name": "policy", "digest": {"sha256": hashlib.sha256(document).hexdigest()}}]}
        payload = json.dumps(statement).encode()
        signature = {"sig": sign(signed_bytes(payload, IN_TOTO))}
        encoded = base64.b64encode(payload).decode()
        return json.dumps({"payloadType": IN_TOTO, "payload": encoded, "signatures": [signature]})

    name = f"{registry}/cosign:1"
    pull = ["policy", "pull", "--plain-http", "--policy-key", tmp_path / "cosign.pub", name]
    for made in (
        sign(POLICY.encode()),
        json.dumps({"base64Signature": sign(POLICY.encode())}),
        attested(POLICY.encode()),
    ):
        (tmp_path / "sig").write_text(made)
        said(capfd, "policy", "push", "--plain-http", "--signature", tmp_path / "sig", "policy.toml", name)
        _, err = said(capfd, *pull)
        assert ", signed by SHA256:" in err
    (tmp_path / "sig").write_text(attested(b"another"))
    said(capfd, "policy", "push", "--plain-http", "--signature", tmp_path / "sig", "policy.toml", name)
    _, err = said(capfd, *pull, status=2)
    assert ": refused: its signature is an envelope of another document; the trusted keys are in " in err


def test_what_is_no_policy(registry: str, site: Site, key: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("bad.toml").write_text("[[rule]]\nname = 'x'\nfail = 'finding.x'\n")
    _, err = said(capfd, "policy", "push", "--plain-http", "bad.toml", f"{registry}/bad:1", status=2)
    assert err == "lading: bad.toml:1: rule x: finding.x: no such field\n"
    _, err = said(capfd, "policy", "pull", "--plain-http", f"{registry}/nothing:1", status=2)
    assert err.startswith(f"lading: {registry}/nothing:1: ")
    push = ["policy", "push", "--plain-http", "policy.toml", f"{registry}/a:1", "--sign", key, "--signature", key]
    _, err = said(capfd, *push, status=2)
    assert err == "lading: --sign and --signature exclude each other: a policy has one signature\n"


def test_a_project_cannot_say_what_is_fetched(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    site.write("project", policy_file=["oci:registry.example/policy:1"])
    _, err = said(capfd, "scan", "sbom:nothing", status=2)
    assert err.startswith(f"lading: {site.project}:1: policy_file: a project cannot say what is fetched; ")
