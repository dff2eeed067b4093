"""The decisions in `cases/`, each by the engine's functions and by the command line."""

import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct, structs

from lading.cli.main import main
from lading.database.provider import StarterDatabase
from lading.engine.before import stated_in
from lading.engine.configure import configure
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.policies import policy_of
from lading.engine.scan import scan
from lading.engine.settings import SETTINGS
from lading.engine.settings_files import SettingsFiles
from lading.formats.documents.report import report_json
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.errors import LadingError
from lading.model.finding import Suppression
from lading.model.report import Report
from lading.policy.baseline import Baseline
from lading.policy.diff import diff
from lading.policy.exit_on import decide_on, parse_exit_on
from lading.policy.gate import evaluate
from tests.support.demo import build_demo_and_base
from tests.support.settings import Site

CASES = Path(__file__).parent / "cases"


class Earlier(Struct, frozen=True, forbid_unknown_fields=True):
    """An earlier result on the image, `baseline.json`: in what it differs from the one that is now."""

    without: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    image: str = ""

    def of(self, report: Report) -> Report:
        """The earlier result."""
        (target,) = report.targets
        ignore = (Suppression("ignore", "lading.toml:1"),)
        findings = tuple(
            structs.replace(one, suppressions=ignore) if one.id in self.ignored else one
            for one in target.findings
            if one.id not in self.without
        )
        image = structs.replace(target.image, name=self.image or target.image.name)
        return structs.replace(report, targets=(structs.replace(target, findings=findings, image=image),))


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """One decision; cases/README.md tells of the fields."""

    name: str
    exit: int
    options: tuple[str, ...] = ()
    files: dict[str, str] = {}
    organisation: str = ""
    failed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    waiting: int = 0
    error: str = ""
    baseline: Earlier | None = None
    exit_on: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    case: tuple[Case, ...]


def all_cases(*, comparing: bool = False) -> list[Any]:
    """Those of scans, or of comparisons with an earlier result."""
    return [
        pytest.param(case, id=f"{path.stem}: {case.name}")
        for path in sorted(CASES.glob("*.toml"))
        for case in msgspec.toml.decode(path.read_bytes(), type=_File).case
        if bool(case.exit_on) is comparing
    ]


class Seen(Struct, frozen=True):
    """What came of a case."""

    exit: int
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    suppressed: tuple[str, ...]
    told: tuple[str, ...]
    accepted: tuple[str, ...]
    waiting: int


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The image and its base."""
    return build_demo_and_base(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def report(demo: tuple[str, str]) -> Report:
    image, base = demo
    options = ScanOptions(platform="linux/amd64", base=base)
    return scan(image, options, Environment(database=StarterDatabase()))


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture
def arranged(site: Site, monkeypatch: pytest.MonkeyPatch, today: date, report: Report) -> Any:
    """Writes the files of a case."""

    def arrange(case: Case) -> None:
        for name, text in case.files.items():
            site.project.with_name(name).write_text(dated(text, today))
        if case.baseline is not None:
            kept = Evaluated(case.baseline.of(report), Decision())
            site.project.with_name("baseline.json").write_bytes(report_json(kept, View()))
        if case.organisation:
            text = case.organisation.replace("{project}", str(site.project.parent))
            site.organisation.write_text(dated(text, today))
            monkeypatch.setenv("LADING_ORG_CONFIG", str(site.organisation))

    return arrange


def dated(text: str, today: date) -> str:
    return re.sub(r"\{today([+-]\d+)\}", lambda found: str(today + timedelta(days=int(found[1]))), text)


def expected(case: Case, every: tuple[str, ...]) -> Seen:
    suppressed = tuple(sorted(case.suppressed))
    if "*" in suppressed:
        suppressed = tuple(one for one in every if f"-{one}" not in suppressed)
    told = tuple(sorted(case.told))
    return Seen(case.exit, case.failed, case.warned, suppressed, told, case.accepted, case.waiting)


def of_policy(codes: list[str]) -> tuple[str, ...]:
    return tuple(sorted(code for code in codes if code.startswith(("baseline-", "ignore-", "policy-"))))


def silent(findings: list[tuple[str, bool]]) -> tuple[str, ...]:
    """The vulnerabilities of which nothing counts: name, and whether it is suppressed, of what may be true."""
    counting = {id for id, suppressed in findings if not suppressed}
    return tuple(sorted({id for id, suppressed in findings if suppressed} - counting))


def given(options: tuple[str, ...]) -> dict[str, Any]:
    """The values of options by the names of their settings."""
    by_flag = {flag: setting for setting in SETTINGS.values() for flag in setting.about.flags}
    values: dict[str, Any] = {}
    left = list(options)
    while left:
        setting = by_flag[left.pop(0)]
        value: Any = True if setting.kind == "switch" else left.pop(0)
        values[setting.name] = (*values.get(setting.name, ()), value) if setting.about.repeated else value
    return values


@pytest.mark.parametrize("case", all_cases())
def test_by_the_engine(case: Case, report: Report, arranged: Any, site: Site, today: date) -> None:
    arranged(case)
    organisation = site.organisation if case.organisation else None
    try:
        settings = configure(given(case.options), SettingsFiles(organisation=organisation), os.environ)
        baseline = Baseline(case.baseline.of(report), "baseline.json") if case.baseline is not None else None
        evaluated = evaluate(report, policy_of(settings), today, stated_in(settings), baseline)
    except LadingError as error:
        assert case.exit == 2
        assert str(error).startswith(case.error.replace("{project}", str(site.project)))
        return
    decision = evaluated.decision
    every = tuple(sorted({one.id for one in report.findings if one.is_open}))
    assert Seen(
        decision.exit_status,
        tuple(rule.rule for rule in decision.rules if rule.failed),
        tuple(rule.rule for rule in decision.rules if rule.applies and rule.action == "warn"),
        silent([(one.id, bool(one.suppressions)) for one in evaluated.report.findings if one.is_open]),
        of_policy([one.code for one in decision.diagnostics]),
        tuple(one.gap.code for one in decision.accepted),
        sum(rule.waiting for rule in decision.rules),
    ) == expected(case, every)


@pytest.mark.parametrize("case", all_cases())
def test_by_the_command_line(
    case: Case, demo: tuple[str, str], arranged: Any, site: Site, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    arranged(case)
    image, base = demo
    options = ["--starter", "--platform", "linux/amd64", "--base", base, "-o", "json", *case.options]
    status = main(["scan", *options, image])
    out, err = capfdbinary.readouterr()
    assert status == case.exit
    if case.exit == 2:
        assert err.decode().startswith(f"lading: {case.error}".replace("{project}", str(site.project)))
        return
    document = json.loads(out)
    decision = document["decision"]
    findings = [
        (one["id"], "suppressions" in one)
        for target in document["targets"]
        for one in target["findings"]
        if one["status"] in ("affected", "under_investigation")
    ]
    rules = decision["rules"]
    applying = [one for one in rules if one.keys() & {"failing", "unmanaged", "images", "problems"}]
    assert Seen(
        decision["exit_status"],
        tuple(one["rule"] for one in applying if one.get("action") != "warn"),
        tuple(one["rule"] for one in applying if one.get("action") == "warn"),
        silent(findings),
        of_policy([one["code"] for one in decision["diagnostics"]]),
        tuple(one["gap"]["code"] for one in decision["accepted"]),
        sum(one.get("waiting", 0) for one in rules),
    ) == expected(case, tuple(sorted({id for id, _ in findings})))


@pytest.mark.parametrize("case", all_cases(comparing=True))
def test_a_comparison_by_the_engine(case: Case, report: Report) -> None:
    assert case.baseline is not None
    try:
        decision = decide_on(diff(case.baseline.of(report), report), parse_exit_on(case.exit_on))
    except LadingError as error:
        assert (case.exit, str(error).startswith(case.error)) == (2, True)
        return
    failed = tuple(rule.rule for rule in decision.rules if rule.failed)
    assert (decision.exit_status, failed) == (case.exit, case.failed)


@pytest.mark.parametrize("case", all_cases(comparing=True))
def test_a_comparison_by_the_command_line(
    case: Case, demo: tuple[str, str], arranged: Any, site: Site, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    arranged(case)
    rules = [word for rule in case.exit_on for word in ("--exit-on", rule)]
    image, _ = demo
    status = main(["diff", "--starter", "--platform", "linux/amd64", "-o", "json", *rules, "baseline.json", image])
    out, err = capfdbinary.readouterr()
    assert status == case.exit
    if case.exit == 2:
        assert err.decode().startswith(f"lading: {case.error}")
        return
    rules_of = json.loads(out)["decision"]["rules"]
    assert tuple(one["rule"] for one in rules_of if one.get("failing")) == case.failed
