"""What a result does not rest on stands in every format that people or gates read: no clean word without it."""

import json
from collections.abc import Mapping
from datetime import date

import pytest

from lading.formats.encoders.gitlab import encode_gitlab
from lading.formats.encoders.junit import encode_junit
from lading.formats.encoders.prometheus import encode_prometheus
from lading.formats.encoders.sarif import encode_sarif
from lading.formats.encoders.text.exposure import encode_exposure_table
from lading.formats.encoders.text.fleet import encode_fleet_table
from lading.formats.encoders.text.rematch import encode_rematch_table
from lading.formats.encoders.text.report_markdown import encode_report_markdown
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.exposure import Exposure
from lading.model.fleet import FleetSummary
from lading.model.image import Image
from lading.model.package import Package, UnmanagedFile
from lading.model.rematch import Rematch
from lading.model.report import Coverage, DataSource, Report, Target
from lading.policy.gate import evaluate
from lading.policy.policy import Policy
from lading.policy.summary import summary_of

TODAY = date(2026, 8, 20)
VIEW = View(width=100, tool="lading 1.0")
OLD = "last compared with upstream on 2026-08-01, 19 days ago"
PACKAGES = tuple(Package(name, "1", "deb") for name in "abc")
PROGRAM = UnmanagedFile("opt/x", 1, "ELF executable", 5)
GATE = Policy("high")


def evaluated(
    *, matched: int = 3, confirmed: str = "2026-08-20", policy: Policy = GATE, programs: int = 0
) -> Evaluated:
    source = DataSource("a-1", "a", "sha256:1", confirmed)
    coverage = (Coverage("deb a 1", 3, matched, "matched", (source,)),)
    files = (PROGRAM,) * programs
    target = Target(Image("a", "oci"), packages=PACKAGES, coverage=coverage, unmanaged=files)
    return evaluate(Report("lading", (target,)), policy, today=TODAY)


@pytest.mark.parametrize("policy", [GATE, Policy()], ids=["gate", "no gate"])
def test_old_data_is_told_everywhere(policy: Policy) -> None:
    result = evaluated(confirmed="2026-08-01", policy=policy)
    markdown = encode_report_markdown(result, VIEW).decode()
    assert f"Matched by old data:\n\n- {OLD} (a-1)\n" in markdown
    level = "error" if policy.is_gate else "skipped"
    junit = b"".join(encode_junit(result, VIEW)).decode()
    assert f'<testcase name="{OLD} a-1" classname="coverage" time="0"><{level} ' in junit
    assert '<testcase name="scan"' not in junit
    (run,) = json.loads(b"".join(encode_sarif(result, VIEW)))["runs"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [(one["level"], one["message"]["text"]) for one in notes] == [("warning", f"{OLD} (a-1)")]
    messages = json.loads(b"".join(encode_gitlab(result, VIEW)))["scan"]["messages"]
    assert messages == [{"level": "warn", "value": f"{OLD} a-1"}]
    assert 'lading_data_stale{image="a",platform=""} 1\n' in encode_prometheus(result, VIEW).decode()


def test_what_is_fresh_and_whole_is_told_as_such() -> None:
    result = evaluated()
    assert "old data" not in encode_report_markdown(result, VIEW).decode()
    assert '<testcase name="scan" classname="coverage" time="0"/>' in b"".join(encode_junit(result, VIEW)).decode()
    assert 'lading_data_stale{image="a",platform=""} 0\n' in encode_prometheus(result, VIEW).decode()


def test_tests_do_not_pass_where_nothing_is_known_of_a_part() -> None:
    junit = b"".join(encode_junit(evaluated(matched=1, policy=Policy(), programs=2), VIEW)).decode()
    said = "not matched: packages: 2, programs and archives: 2"
    assert 'tests="1" failures="0" errors="0" skipped="1"' in junit
    assert f'<testcase name="{said}" classname="coverage" time="0"><skipped message="{said}"/></testcase>' in junit


def test_what_only_counts_under_a_gate_is_told_there() -> None:
    result = evaluated(matched=0)
    (gap,) = (one for one in result.decision.gaps if one.code == "packages-unmatched")
    assert f"- {gap.message}".replace("(", "\\(").split("\\(")[0] in encode_report_markdown(result, VIEW).decode()
    assert f'type="{gap.code}"' in b"".join(encode_junit(result, VIEW)).decode()


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({}, ""),
        ({"matched": 1}, "2 packages not matched"),
        ({"programs": 2}, "2 of no package"),
        ({"confirmed": "2026-08-01"}, "stale data"),
        ({"matched": 2, "confirmed": "2026-08-01"}, "1 package not matched, stale data"),
    ],
)
def test_the_line_of_an_image_among_many_tells_what_is_unknown(changes: Mapping[str, object], mark: str) -> None:
    result = evaluated(policy=Policy(), **changes)  # type: ignore[arg-type]
    table = encode_fleet_table(FleetSummary("lading", (summary_of(result),)), VIEW).decode()
    assert table.splitlines()[1].split(None, 3)[3:] == ([mark] if mark else [])


def test_images_that_were_not_wholly_matched_may_have_what_none_is_known_to_have() -> None:
    for unmatched, said in ((1, "1 image was not wholly matched"), (2, "2 images were not wholly matched")):
        asked = Exposure("CVE-1-1", "vulnerability", 5, unmatched=unmatched)
        lines = encode_exposure_table(asked, VIEW).decode().splitlines()
        assert lines == [
            "CVE-1-1: in none of 5 images",
            f"{said}, and may have it all the same",
            "of programs and archives of no package it is not known",
        ]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (0, ["Nothing is new."]),
        (
            2,
            [
                "Nothing is new in the others.",
                "2 results stay as they were, for data is not downloaded that packages were matched against: npm",
            ],
        ),
        (
            5,
            [
                "Nothing was matched.",
                "5 results stay as they were, for data is not downloaded that packages were matched against: npm",
            ],
        ),
    ],
)
def test_nothing_is_new_only_in_what_was_matched_again(held: int, said: list[str]) -> None:
    rematch = Rematch("lading", "", 5, 0, 0, 0, held=held, missing=("npm",) if held else ())
    assert encode_rematch_table(rematch, VIEW).decode().splitlines()[1:] == said
