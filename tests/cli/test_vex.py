"""`lading vex`: documents made of ignores and of other documents, read back by OpenVEX's own library and schema."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lading.cli.main import main
from tests.policy.vex.test_cases import CASES
from tests.policy.vex.world import DIGEST, write_database, write_inventory
from tests.support.go import build_go_module

_READER = Path(__file__).parents[1] / "formats" / "encoders" / "read_openvex"
POLICY = """
[[ignore]]
vulnerability = "CVE-2024-0001"
package = "curl"
reason = "no proxy is used"
owner = "Shop Security"
status = "not_affected"

[[ignore]]
vulnerability = ["CVE-2024-0005", "GHSA-aaaa-bbbb-cccc"]
purl = "pkg:npm/lodash"
reason = "not called"
owner = "Shop Security"
justification = "vulnerable_code_not_in_execute_path"

[[ignore]]
vulnerability = "CVE-2024-0006"
purl = "pkg:maven/org.apache.logging.log4j/log4j-core"
reason = "until it is replaced"
expires = 2020-01-01

[[ignore]]
package = "pyyaml"
reason = "replaced in spring"
expires = 2999-01-31

[[ignore]]
vulnerability = "CVE-2024-0009"
purl = "pkg:npm/qs"
"""


@pytest.fixture(scope="module")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("go") / "read-openvex"
    build_go_module(_READER, program)
    return program


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "ignores.toml"
    path.write_text(POLICY)
    return path


def read_by_go(program: Path, document: Path) -> list[dict[str, Any]]:
    done = subprocess.run([program, document], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def statements(document: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(document.read_bytes())["statements"]
    return found


def scanned(directory: Path, *arguments: str) -> Path:
    """The report of a scan of the shop."""
    report, inventory = directory / "report.json", write_inventory("shop", directory / "inventory.json")
    database = directory / "db"
    if not database.exists():
        write_database(database)
    assert main(["scan", f"sbom:{inventory}", "--db", str(database), *arguments, "-o", f"json={report}"]) in (0, 3)
    return report


def test_what_a_policy_ignores_in_a_report(
    tmp_path: Path, policy: Path, go_reader: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "shop.openvex.json"
    assert main(["vex", "create", "--policy", str(policy), str(scanned(tmp_path)), "-o", f"openvex={made}"]) == 0
    capsys.readouterr()
    shop = f"pkg:oci/shop@{DIGEST}?arch=amd64&repository_url=registry.example/team/shop&tag=1.4"
    curl, libcurl = (
        f"pkg:deb/debian/{name}@7.88.1-10+deb12u1?arch=amd64&distro=debian-12" for name in ("curl", "libcurl4")
    )
    by_go = [
        (one["Vulnerability"], one["Status"], one["Products"], one["Parts"]) for one in read_by_go(go_reader, made)
    ]
    assert by_go == [
        ("CVE-2024-0005", "not_affected", [shop], ["pkg:npm/lodash@4.17.20"]),
        ("CVE-2024-0007", "affected", [shop], ["pkg:pypi/pyyaml@5.3"]),
        ("CVE-2024-0009", "affected", [shop], ["pkg:npm/qs@6.5.2"]),
        ("CVE-2024-0001", "not_affected", [shop], [curl, libcurl]),
    ]
    texts = ("justification", "impact_statement", "action_statement")
    assert [tuple(one.get(name, "") for name in texts) for one in statements(made)] == [
        ("vulnerable_code_not_in_execute_path", "not called", ""),
        ("", "", "accepted until 2999-01-31: replaced in spring"),
        ("", "", "accepted"),
        ("", "no proxy is used", ""),
    ]
    # What was made suppresses what is stated not to be affected.
    report = json.loads(scanned(tmp_path, "--vex", str(made)).read_bytes())
    suppressed = {one["id"] for one in report["targets"][0]["findings"] if one.get("suppressions")}
    assert suppressed == {"CVE-2024-0005", "CVE-2024-0001"}


def test_what_a_policy_says_without_a_report(
    tmp_path: Path, policy: Path, go_reader: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "made.json"
    assert (
        main(["vex", "create", "--policy", str(policy), "-o", f"openvex={made}", "--author", "Me", "--id", "urn:x:1"])
        == 0
    )
    assert [one.partition(": ")[2] for one in capsys.readouterr().err.replace("lading: ", "").splitlines()] == [
        "CVE-2024-0001 in curl: tells packages by other than their package URLs; name a report of a scan, in which "
        "they are found",
        "CVE-2024-0006 in pkg:maven/org.apache.logging.log4j/log4j-core: it expired on 2020-01-01",
        "everything in pyyaml: names no single vulnerability",
    ]
    document = json.loads(made.read_bytes())
    assert (document["author"], document["@id"], document["version"]) == ("Me", "urn:x:1", 1)
    found = [(one["Vulnerability"], one["Products"], one["Parts"]) for one in read_by_go(go_reader, made)]
    assert found == [
        ("CVE-2024-0005", ["pkg:npm/lodash"], None),
        ("GHSA-aaaa-bbbb-cccc", ["pkg:npm/lodash"], None),
        ("CVE-2024-0009", ["pkg:npm/qs"], None),
    ]
    notes = ["stated by Shop Security", "stated by Shop Security", None]
    assert [one.get("status_notes") for one in document["statements"]] == notes


def test_about_a_product(tmp_path: Path, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "made.json"
    arguments = ["--policy", str(policy), "--product", "pkg:oci/shop", "--justification", "component_not_present"]
    assert main(["vex", "create", *arguments, "-o", f"openvex={made}"]) == 0
    capsys.readouterr()
    found = [
        (one["vulnerability"]["name"], one["products"][0]["@id"], one["justification"]) for one in statements(made)
    ]
    assert found == [
        ("CVE-2024-0005", "pkg:oci/shop", "vulnerable_code_not_in_execute_path"),
        ("GHSA-aaaa-bbbb-cccc", "pkg:oci/shop", "vulnerable_code_not_in_execute_path"),
        ("CVE-2024-0009", "pkg:oci/shop", "component_not_present"),
    ]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("", ("affected", "", "", "accepted", "")),
        ('reason = "later"', ("affected", "", "", "accepted: later", "")),
        ('reason = "later"\nstatus = "affected"', ("affected", "", "", "accepted: later", "")),
        ('status = "fixed"\nreason = "patched here"', ("fixed", "", "", "", "patched here")),
        ('status = "under_investigation"', ("under_investigation", "", "", "", "")),
        ('justification = "component_not_present"', ("not_affected", "component_not_present", "", "", "")),
        ('status = "not_affected"\nreason = "a"', ("not_affected", "", "a", "", "")),
        ('status = "not_affected"', None),
    ],
)
def test_a_statement_says_what_its_ignore_does(
    tmp_path: Path, stated: str, expected: tuple[str, ...] | None, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, made = tmp_path / "ignores.toml", tmp_path / "made.json"
    policy.write_text(f'[[ignore]]\nvulnerability = "CVE-2024-0009"\npurl = "pkg:npm/qs"\n{stated}\n')
    status = main(["vex", "create", "--policy", str(policy), "-o", f"openvex={made}"])
    if expected is None:
        assert status == 2
        why = "CVE-2024-0009 in pkg:npm/qs: gives no reason, which a statement needs that something is not affected"
        assert why in capsys.readouterr().err
        return
    names = ("status", "justification", "impact_statement", "action_statement", "status_notes")
    assert [tuple(one.get(name, "") for name in names) for one in statements(made)] == [expected]
    schema = json.loads((shared / "schemas" / "openvex-0.2.0.schema.json").read_bytes())
    jsonschema.validate(json.loads(made.read_bytes()), schema)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing is ignored: name a policy with --policy, or reports in which something is"),
        (["{report}"], "no statement is left to be written; the lines above tell why"),
    ],
)
def test_nothing_to_write(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = scanned(tmp_path)
    capsys.readouterr()
    assert main(["vex", "create", *(one.format(report=report) for one in arguments)]) == 2
    assert capsys.readouterr().err == f"lading: {message}\n"


def test_documents_of_every_format_in_one(
    tmp_path: Path, go_reader: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every document of the cases that can be, read back by OpenVEX's library, and valid by its schema."""
    schema = json.loads((shared / "schemas" / "openvex-0.2.0.schema.json").read_bytes())
    count = 0
    for number, case in enumerate(CASES):
        files = []
        for place, document in enumerate(case.documents):
            files.append(tmp_path / f"{number}-{place}.json")
            files[-1].write_text(json.dumps(document.content))
        made = tmp_path / f"{number}.openvex.json"
        status = main(["vex", "merge", *map(str, files), "-o", f"openvex={made}"])
        said = capsys.readouterr().err
        if status:
            assert said.endswith("no statement is left to be written; the lines above tell why\n")
            continue
        jsonschema.validate(json.loads(made.read_bytes()), schema)
        assert len(read_by_go(go_reader, made)) == len(statements(made))
        count += 1
    assert count > 80


def test_merging_keeps_each_statement_once_and_the_oldest_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(name: str, time: str, version: int = 1) -> str:
        products = [{"@id": f"pkg:npm/{name}"}]
        statement = {"vulnerability": {"name": "CVE-1-1"}, "products": products, "status": "under_investigation"}
        document = {"@id": name, "author": "A", "timestamp": time, "version": version, "statements": [statement]}
        path = tmp_path / f"{name}{version}.json"
        path.write_text(json.dumps(document))
        return str(path)

    new, old = write("b", "2024-02-01T00:00:00Z"), write("a", "2024-01-01T00:00:00Z")
    newer = write("b", "2024-03-01T00:00:00Z", 2)
    made = tmp_path / "made.json"
    assert main(["vex", "merge", new, old, old, newer, "-o", f"openvex={made}"]) == 0
    assert capsys.readouterr().err == f"lading: {new}: left out: {newer} is a newer edition of it\n"
    found = [(one["products"][0]["@id"], one["timestamp"]) for one in statements(made)]
    assert found == [("pkg:npm/a", "2024-01-01T00:00:00Z"), ("pkg:npm/b", "2024-03-01T00:00:00Z")]
