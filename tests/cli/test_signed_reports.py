"""Reports that are signed when they are written, and refused where they are not and have to be."""

import json
import subprocess
from pathlib import Path

import pytest

import lading
from lading.cli.main import main

pytestmark = pytest.mark.debian("openssh-client")

BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [{"type": "library", "name": "lodash", "version": "4.17.20", "purl": "pkg:npm/lodash@4.17.20"}],
}
QUIET = ("--starter",)


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("bom.json").write_text(json.dumps(BOM))
    for name in ("key", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], check=True)
    return tmp_path / "key"


def scan(*arguments: str) -> int:
    return main(["scan", "sbom:bom.json", *QUIET, *arguments])


def test_a_signed_report_is_taken_and_any_other_refused(key: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, by in (("good", "key"), ("strange", "other"), ("changed", "key")):
        scan("-o", f"json={name}.json", "--sign", by)
    scan("-o", "json=bare.json")
    with Path("changed.json").open("a") as file:
        file.write("\n")
    verify = "ssh-keygen -Y check-novalidate -n lading-report -s good.json.sig < good.json"
    subprocess.run(verify, shell=True, check=True, capture_output=True)
    Path("policy.toml").write_text("")
    capfd.readouterr()
    uses = (
        ["policy", "test", "policy.toml", "REPORT"],
        ["convert", "REPORT", "-o", "json"],
        ["diff", "REPORT", "good.json"],
        ["diff", "good.json", "REPORT"],
        ["vex", "create", "--policy", "policy.toml", "REPORT"],
        ["scan", "sbom:bom.json", *QUIET, "--baseline", "REPORT"],
    )
    refused = {
        "strange": "it is signed by a key that is not trusted (SHA256:",
        "changed": "its signature is wrong; the trusted keys are in key.pub",
        "bare": "it is not signed; the trusted keys are in key.pub",
    }
    for words in uses:
        for name, why in refused.items():
            status = main([one.replace("REPORT", f"{name}.json") for one in words] + ["--report-key", "key.pub"])
            error = capfd.readouterr().err
            assert (status, error.startswith(f"lading: {name}.json: refused: {why}")) == (2, True), error
        main([one.replace("REPORT", "good.json") for one in words] + ["--report-key", "key.pub"])
        assert "refused" not in capfd.readouterr().err


def test_the_users_own_file_of_keys(key: Path, own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trusted = own_home / ".config" / "lading" / "report.keys"
    trusted.parent.mkdir(parents=True)
    trusted.write_bytes(Path("key.pub").read_bytes())
    scan("-o", "json=bare.json")
    capfd.readouterr()
    assert main(["convert", "bare.json"]) == 2
    assert capfd.readouterr().err == (
        f"lading: bare.json: refused: it is not signed; the trusted keys are in {trusted}\n"
    )
    scan("-o", "json=good.json", "--sign", "key")
    assert main(["convert", "good.json", "-o", "json=other.json", "--sign", "key", "--allow-incomplete"]) == 0
    assert main(["convert", "other.json", "--allow-incomplete"]) == 0


def test_through_the_library(key: Path) -> None:
    scan("-o", "json=good.json", "--sign", "key")
    scan("-o", "json=bare.json")
    trust = lading.Trust(report=lading.read_trusted_keys(Path("key.pub")))
    environment = lading.Environment(database=lading.StarterDatabase(), trust=trust)
    report = lading.read_report(Path("good.json"), environment)
    assert report == lading.read_report(Path("bare.json"))
    with pytest.raises(lading.UsageError, match=r"^bare\.json: refused: it is not signed; the trusted keys are in "):
        lading.read_report(Path("bare.json"), environment)


def test_what_cannot_be_signed(key: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert scan("--sign", "key") == 2
    assert capfd.readouterr().err == ("lading: --sign: a signature lies beside a file: write one with -o FORMAT=FILE\n")
    assert scan("--sign", "key.pub", "-o", "json=report.json") == 2
    assert capfd.readouterr().err == (
        "lading: key.pub: is not a private key of OpenSSH (ssh-keygen -t ed25519 makes one)\n"
    )
    assert not Path("report.json").exists()
    assert scan("--sign", "key", "-o", "json=/dev/null") == 2
    assert capfd.readouterr().err == "lading: --sign: /dev/null is no file that a signature could lie beside\n"


def test_a_vex_document_is_signed_for_those_who_trust_the_key(key: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("ignores.toml").write_text(
        '[[ignore]]\nvulnerability = "CVE-2021-23337"\npurl = "pkg:npm/lodash"\nreason = "templates are our own"\n'
    )
    create = ["vex", "create", "--policy", "ignores.toml", "-o", "openvex=shop.openvex.json", "--sign", "key"]
    assert main(create) == 0
    verify = "ssh-keygen -Y check-novalidate -n lading-vex -s shop.openvex.json.sig < shop.openvex.json"
    subprocess.run(verify, shell=True, check=True, capture_output=True)
