"""Grype's JSON, read as a report of Grype's."""

import json
import subprocess
from pathlib import Path

from lading.formats.decoders.reports.any import parse_foreign_report
from lading.formats.decoders.reports.grype import parse_grype
from lading.formats.encoders.grype import encode_grype
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.image import Image
from lading.model.report import Report, Target
from tests.formats.encoders.special import HOSTILE, IMAGE, SPECIAL
from tests.support.go import build_go_module

_VIEW = View(tool="lading 1.0")


def test_grype_is_read_as_a_report_of_grypes() -> None:
    written = b"".join(encode_grype(SPECIAL, _VIEW))
    read = parse_grype(written, "report.json")
    assert parse_foreign_report(written, "report.json") == read
    assert read.target == IMAGE.name
    assert read.config_digest == IMAGE.config_digest
    assert read.diff_ids == tuple(one.diff_id for one in IMAGE.layers)
    assert {(one.id, one.package.name, one.package.version, one.fixed_version, one.left_out) for one in read.rows} == {
        ("CVE-2023-38545", "curl", "7.88.1-10", "7.88.1-10+deb12u4", ""),
        ("CVE-2023-38545", "libcurl4", "7.88.1-10", "7.88.1-10+deb12u4", ""),
        ("CVE-2005-2541", "tar", "1.34-1", "", ""),
        ("CVE-2023-45853", "zlib1g", "1:1.2.13-1", "", ""),
        ("CVE-2021-23337", "lodash", "4.17.20", "4.17.21", ""),
        ("MAL-2026-1", HOSTILE.replace("\udcff", "\\udcff"), "1", "", ""),
        (
            "CVE-2020-8203",
            "lodash",
            "4.17.20",
            "",
            "ignored by a rule (CVE-2020-8203 ignore lading.toml:3: not reachable (until 2027-01-31))",
        ),
        (
            "CVE-2021-44228",
            "org.apache.logging.log4j:log4j-core",
            "2.14.1",
            "2.15.0",
            "ignored by a rule (CVE-2021-44228 not_affected vulnerable_code_not_present "
            "vex shop.openvex.json#1: JNDI is not there)",
        ),
    }  # fmt: skip
    paths = {one.package.name: one.paths for one in read.rows}
    assert paths["lodash"] == ("srv/app/node_modules/lodash/package.json", "srv/app/old/lodash/package.json")


def test_grypes_own_types_read_it(tmp_path: Path) -> None:
    """And know every field."""
    program, document = tmp_path / "read-grype", tmp_path / "grype.json"
    build_go_module(Path(__file__).parent / "read_grype", program)
    document.write_bytes(b"".join(encode_grype(SPECIAL, _VIEW)))
    done = subprocess.run([program, document], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [
        (row["ID"], row["Package"], row["Type"], row["Fixed"], row["State"], row["Severity"], row["Score"])
        for row in json.loads(done.stdout)
    ] == [
        ("CVE-2023-38545", "curl", "deb", ["7.88.1-10+deb12u4"], "fixed", "Critical", 9.8),
        ("CVE-2023-38545", "libcurl4", "deb", ["7.88.1-10+deb12u4"], "fixed", "Critical", 9.8),
        ("CVE-2005-2541", "tar", "deb", [], "wont-fix", "Negligible", 0),
        ("CVE-2023-45853", "zlib1g", "deb", [], "unknown", "Unknown", 0),
        ("CVE-2021-23337", "lodash", "npm", ["4.17.21"], "fixed", "High", 7.2),
        ("MAL-2026-1", HOSTILE.replace("\udcff", "\\udcff"), "python", [], "unknown", "Unknown", 0),
        ("CVE-2020-8203", "lodash", "npm", [], "not-fixed", "Medium", 0),
        ("CVE-2021-44228", "log4j-core", "java-archive", ["2.15.0"], "fixed", "Critical", 10),
    ]


def test_how_a_binary_of_another_source_was_matched() -> None:
    matches = json.loads(b"".join(encode_grype(SPECIAL, _VIEW)))["matches"]
    (detail,) = matches[1]["matchDetails"]
    assert (detail["type"], detail["searchedBy"]["package"]) == (
        "exact-indirect-match",
        {"name": "curl", "version": "7.88.1-10"},
    )
    assert matches[1]["artifact"]["upstreams"] == [{"name": "curl"}]
    assert detail["found"]["versionConstraint"] == "< 7.88.1-10+deb12u4 (deb)"


def test_what_is_no_image() -> None:
    empty = json.loads(b"".join(encode_grype(Evaluated(Report("", ()), Decision()), _VIEW)))
    assert (empty["matches"], empty["source"]) == ([], None)
    tree = Evaluated(Report("", (Target(Image("srv/root", "rootfs")),)), Decision())
    assert json.loads(b"".join(encode_grype(tree, _VIEW)))["source"] == {"type": "directory", "target": "srv/root"}
