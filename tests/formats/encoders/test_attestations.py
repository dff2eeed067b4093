"""What is to be attested: statements read by in-toto's own types, and the predicate that cosign takes."""

import json
import subprocess
from pathlib import Path

import pytest
from msgspec import structs

from lading.formats.decoders.report import parse_report
from lading.formats.encoders.attestations import encode_cosign_vuln, encode_in_toto
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.report import Report, Target
from tests.formats.encoders.special import IMAGE, SPECIAL
from tests.support.go import build_go_module

_VIEW = View(tool="lading 1.0")


@pytest.fixture(scope="module")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("go") / "read-in-toto"
    build_go_module(Path(__file__).parent / "read_in_toto", program)
    return program


def test_in_totos_own_types_read_a_statement(go_reader: Path, tmp_path: Path) -> None:
    document = tmp_path / "statement.json"
    document.write_bytes(b"".join(encode_in_toto(SPECIAL, _VIEW)))
    done = subprocess.run([go_reader, document], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [(one["ID"], one["Severity"]) for one in json.loads(done.stdout)] == [
        ("CVE-2023-38545", ["nvd=critical", "cvss:3.1=9.8", "cvss:2.0=6.8"]),
        ("CVE-2005-2541", ["debian=negligible"]),
        ("CVE-2023-45853", ["unknown=unknown"]),
        ("CVE-2021-23337", ["osv=high", "cvss:3.1=7.2"]),
        ("MAL-2026-1", ["unknown=unknown"]),
    ]


def test_a_statement_is_about_a_digest() -> None:
    (subject,) = json.loads(b"".join(encode_in_toto(SPECIAL, _VIEW)))["subject"]
    assert subject == {"name": "docker.io/library/shop", "digest": {"sha256": "9b1c" * 16}}
    (target,) = SPECIAL.report.targets
    archive = Evaluated(Report("", (structs.replace(target, image=structs.replace(IMAGE, digest="")),)), Decision())
    (subject,) = json.loads(b"".join(encode_in_toto(archive, _VIEW)))["subject"]
    assert subject["digest"] == {"sha256": "77aa" * 16}
    with pytest.raises(FormatError) as caught:
        encode_in_toto(Evaluated(Report("", (Target(Image("srv/root", "rootfs")),)), Decision()), _VIEW)
    assert str(caught.value) == "srv/root: has no digest, and a statement of in-toto is about what has one"


def test_cosigns_own_code_makes_a_statement_of_the_predicate(tmp_path: Path) -> None:
    program, document = tmp_path / "read-cosign-vuln", tmp_path / "vuln.json"
    build_go_module(Path(__file__).parent / "read_cosign_vuln", program)
    document.write_bytes(b"".join(encode_cosign_vuln(SPECIAL, _VIEW)))
    done = subprocess.run([program, document], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    statement = json.loads(done.stdout)
    assert statement["predicateType"] == "https://cosign.sigstore.dev/attestation/vuln/v1"
    written = json.loads(document.read_bytes())
    assert statement["predicate"] == written


def test_the_predicate_for_cosign_holds_the_report() -> None:
    """Its fields are those of CosignVulnPredicate in pkg/cosign/attestation of https://github.com/sigstore/cosign."""
    read = json.loads(b"".join(encode_cosign_vuln(SPECIAL, _VIEW)))
    assert {name: list(value) for name, value in read.items()} == {
        "invocation": ["parameters", "uri", "event_id", "builder.id"],
        "scanner": ["uri", "version", "db", "result"],
        "metadata": ["scanStartedOn", "scanFinishedOn"],
    }
    assert (read["scanner"]["uri"], read["scanner"]["db"]) == (
        "pkg:pypi/lading@1.0",
        {"uri": "", "version": "sha256:" + "db" * 32},
    )
    assert read["metadata"]["scanStartedOn"] == "2026-01-31T00:00:00Z"
    report = parse_report(json.dumps(read["scanner"]["result"]).encode(), "result")
    assert [one.id for one in report.findings] == [one.id for one in SPECIAL.report.findings]
