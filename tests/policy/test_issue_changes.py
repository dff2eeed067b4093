"""In what the checks of two results differ."""

import json

from msgspec import structs

from lading.formats.documents.changes import encode_changes
from lading.formats.encoders.text.changes import encode_changes_table
from lading.formats.encoders.text.changes_markdown import encode_changes_markdown
from lading.formats.view import View
from lading.model.changes import EvaluatedChanges, ResultChanges
from lading.model.checks import Family, Issue
from lading.model.finding import Suppression
from lading.model.report import Report, Target
from lading.policy.diff import diff
from lading.policy.exit_on import decide_on, parse_exit_on
from tests.samples import IMAGE

ROOT = Issue("user-root", "misconfiguration", "Runs as root", "medium", place="configuration")
OPEN = Issue("cron-open", "misconfiguration", "A job is open to all", "high", path="etc/cron.d/x", layer=2)
KEY = Issue("aws-key", "secret", "AWS key", "critical", path="srv/.env", line=2, evidence="AKIA****", subject="1")
GPL = Issue("GPL-3.0-only", "license", "Restricted license", "high", place="package", instruction="pkg:npm/a@1")
IN_FILE = Issue("GPL-3.0-only", "license", "Restricted license", "high", path="srv/a.c")
IGNORED = (Suppression("ignore", "lading.toml:3", "reviewed"),)


def report(
    *issues: Issue, tag: str = "1", checks: tuple[Family, ...] = ("config", "secrets"), tool: str = ""
) -> Report:
    image = structs.replace(IMAGE, config_digest="sha256:" + tag * 64)
    return Report(tool or "lading 1", (Target(image, checks=checks, issues=issues),))


def told(old: Report, new: Report) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.issue.id, one.cause, one.why) for one in diff(old, new).issues]


def test_what_came_and_went_with_the_image() -> None:
    moved = structs.replace(KEY, line=40, layer=3)
    changes = diff(report(ROOT, KEY), report(OPEN, moved, tag="2"))
    assert told(report(ROOT, KEY), report(OPEN, moved, tag="2")) == [
        ("introduced", "cron-open", "image", "the old image did not have it"),
        ("fixed", "user-root", "image", "the new image has it no more"),
    ]
    assert changes.same_issues == 1


def test_the_same_image_and_another_version_of_the_program() -> None:
    assert told(report(ROOT), report(ROOT, OPEN, tool="lading 2")) == [
        ("introduced", "cron-open", "tool", "the image is the same, and lading 1 and lading 2 find other things in it")
    ]
    worse = structs.replace(ROOT, severity="high")
    assert told(report(ROOT), report(worse, tool="lading 2")) == [
        ("changed", "user-root", "tool", "lading 2 rates it otherwise than lading 1")
    ]


def test_ignores_and_what_is_hidden() -> None:
    ignored, hidden = structs.replace(OPEN, suppressions=IGNORED), structs.replace(OPEN, hidden_reason="shipped")
    by_baseline = structs.replace(OPEN, suppressions=(Suppression("baseline", "old.json"),))
    assert told(report(ignored), report(OPEN)) == [
        ("introduced", "cron-open", "policy", "ignore lading.toml:3 took it out, and holds no more")
    ]
    assert told(report(OPEN), report(ignored)) == [
        ("fixed", "cron-open", "policy", "ignore lading.toml:3 takes it out")
    ]
    assert told(report(hidden), report(OPEN)) == [
        ("introduced", "cron-open", "image", "was shipped, which is hidden by default")
    ]
    assert told(report(by_baseline), report(OPEN)) == []


def test_what_only_one_was_checked_for_says_nothing() -> None:
    assert told(report(ROOT, checks=("config",)), report(ROOT, KEY)) == []
    assert told(report(ROOT, KEY), report(checks=())) == []
    of_packages, of_files = report(checks=("licenses",)), report(GPL, IN_FILE, checks=("licenses", "license-files"))
    assert [one.issue for one in diff(of_packages, of_files).issues] == [GPL]


def changes() -> ResultChanges:
    return diff(report(ROOT, KEY), report(OPEN, KEY, tag="2"))


def test_a_rule_on_what_is_new() -> None:
    def failed(rule: str) -> bool:
        return decide_on(changes(), parse_exit_on([rule])).failed

    assert [failed(one) for one in ("new", "new:high", "new:high:image", "new:critical", "new:data")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_every_format_shows_them() -> None:
    value = EvaluatedChanges(changes(), decide_on(changes(), parse_exit_on(["new"])))
    table = encode_changes_table(value, View(120)).decode()
    assert "── Checks · 1 introduced, 1 fixed, 1 the same ─" in table
    assert "introduced  high  cron-open  /etc/cron.d/x  A job is open to all\n" in table
    assert "    image: the old image did not have it\n" in table
    assert "--exit-on new: failed by 1 issue.\n" in table
    markdown = encode_changes_markdown(value, View()).decode()
    assert "- `--exit-on new`: failed by 1 issue\n" in markdown
    assert (
        "| Fixed | user-root | medium | image configuration | Runs as root | image: the new image has it no more |"
        in (markdown)
    )
    read = json.loads(encode_changes(value, View()))
    assert [(one["kind"], one["issue"]["id"]) for one in read["issues"]] == [
        ("introduced", "cron-open"), ("fixed", "user-root"),
    ]  # fmt: skip
    assert read["same_issues"] == 1
