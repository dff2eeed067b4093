"""Reports of our own, read back."""

import json

import pytest
from msgspec import structs

from lading.formats.decoders.report import is_report, parse_report
from lading.formats.documents.report import report_json
from lading.formats.encoders.registry import find_format, formats_of
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.errors import FormatError
from lading.model.finding import Finding, Suppression
from lading.model.image import Base
from lading.model.package import UnmanagedFile
from lading.model.report import Report
from tests.formats.encoders.special import SPECIAL
from tests.samples import IMAGE, deb, inventory, report_on, shop, shop_store

DECISION = Decision()
VIEW = View(
    tool="lading 1",
    variables={"GITHUB_SHA": "a" * 40, "GITHUB_REF": "refs/heads/main", "AWS_REGION": "x-1", "AWS_ACCOUNT_ID": "1"},
    template="{% for row in rows %}{{ row.id }} {{ row.advice }}\n{% endfor %}",
)


def written(report: Report) -> bytes:
    return bytes(report_json(Evaluated(report, DECISION), View(tool="lading 1")))


def rich() -> Report:
    """A report with something in every corner: a base, two targets, suppressions, unmanaged files."""
    image = structs.replace(IMAGE, base=Base(1, "debian:12", "index", "its layers are known"))
    (target,) = report_on(image, shop(), (), shop_store()).targets
    first = structs.replace(
        target.findings[0],
        suppressions=(Suppression("ignore", "lading.toml:3", "not reachable", "ops", "2027-01-31"),),
        epss=0.25,
        percentile=0.97,
        cwes=("CWE-79",),
        notices=("DSA-1-1",),
        note="needs a restart",
    )
    target = structs.replace(
        target,
        findings=(first, *target.findings[1:]),
        unmanaged=(UnmanagedFile("opt/tool", 2, "ELF executable"),),
    )
    other = report_on(IMAGE, inventory(deb("tar", "1"), distribution=None), (), shop_store()).targets[0]
    return Report("lading 1", (target, other), "sha256:" + "0" * 64, starter=True)


def as_written(report: Report) -> Report:
    """What of a report is written: no risk of what is not affected."""
    targets = tuple(
        structs.replace(target, findings=tuple(map(finding_as_written, target.findings))) for target in report.targets
    )
    return structs.replace(report, targets=targets)


def finding_as_written(finding: Finding) -> Finding:
    return structs.replace(finding, risk=finding.risk if finding.is_open else 0.0)


@pytest.mark.parametrize("report", [rich(), report_on(IMAGE, shop(), (), shop_store())])
def test_a_report_is_read_as_it_was_and_written_again_as_it_was(report: Report) -> None:
    data = written(report)
    read = parse_report(data, "report.json")
    assert read == as_written(report)
    assert written(read) == data
    assert written(parse_report(b"\xef\xbb\xbf" + data, "report.json")) == data
    assert [one.occurrence for one in read.findings] == [one.occurrence for one in report.findings]
    assert [one.fingerprint for one in read.findings] == [one.fingerprint for one in report.findings]


@pytest.mark.parametrize("name", [one.id for one in formats_of(("report",))])
def test_every_format_of_a_report_that_was_kept_is_that_of_the_scan(name: str) -> None:
    kept = structs.replace(SPECIAL, report=parse_report(written(SPECIAL.report), "report.json"))
    format = find_format(name, ("report",))
    assert format is not None
    assert b"".join(format.pieces(kept, VIEW)) == b"".join(format.pieces(SPECIAL, VIEW))


def test_reports_are_told_by_their_schema() -> None:
    data = written(rich())
    assert is_report(data)
    assert is_report(b'{"schema": "https://lading.dev/schema/report-1.json"}')
    assert not any(map(is_report, (b"", b"{}", b"[" * 100_000, b'{"schema": 1}', b"\xff", b'{"bomFormat": "x"}')))


def test_fields_that_are_not_known_are_passed_over() -> None:
    document = json.loads(written(rich()))
    document["later"] = {"a": 1}
    document["targets"][0]["findings"][0]["later"] = 1
    assert parse_report(json.dumps(document).encode(), "r.json") == parse_report(written(rich()), "r.json")


def refusal(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        parse_report(data, "r.json")
    return str(caught.value)


def test_what_is_no_report_is_refused_in_one_line() -> None:
    document = json.loads(written(rich()))
    assert refusal(b"{}").startswith("r.json: not a report of Lading's (lading scan -o json): ")
    assert refusal(b"[" * 100_000).startswith("r.json: not a report of Lading's (lading scan -o json): ")
    assert refusal(written(rich())[:-9]).startswith("r.json: not a report of Lading's (lading scan -o json): ")
    older = {**document, "schema": "https://lading.dev/schema/report-1.json"}
    assert refusal(json.dumps(older).encode()) == (
        "r.json: is a report of another version of Lading ('https://lading.dev/schema/report-1.json'); this one reads "
        "https://lading.dev/schema/report-2.json"
    )
    broken = {**document, "targets": 1}
    assert refusal(json.dumps(broken).encode()) == (
        "r.json: cannot be read as Lading's report: Expected `array`, got `int` - at `$.targets`"
    )
    document["targets"][0]["findings"][0]["package"] = "none"
    assert refusal(json.dumps(document).encode()) == (
        "r.json: a finding names the package 'none', which it does not have"
    )
