"""Results to compare with, as what they are kept as: of hostile content, that is for workers to read."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lading.cli.output import TOOL
from lading.cli.processes.worker import Done, do_work, files_to_read
from lading.engine.before import before_deciding
from lading.engine.environment import Environment
from lading.engine.results import parse_result, read_kept
from lading.engine.scan import scan
from lading.engine.settings import Settings
from lading.model.report import Report

if TYPE_CHECKING:
    from lading.policy.baseline import Baseline


Scanner = Callable[[str, Environment], Report]
"""Scans a target in an environment; what the settings' policy and statements take out is marked."""


def scanner_of(settings: Settings) -> Scanner:
    """The scanner of a command. Raises LadingError for a policy or statements that cannot be read."""
    from lading.policy.gate import evaluate

    policy, equip = before_deciding(settings)

    def scanner(name: str, environment: Environment) -> Report:
        report = scan(name, settings, equip(environment))
        return evaluate(report, policy, environment.clock().date()).report

    return scanner


def result_bytes(name: str, settings: Settings) -> bytes:
    """The result that a name stands for as JSON: the report it is the path of, or what a scan gives. Raises
    LadingError."""
    kept = read_kept(name, settings)
    if kept is not None:
        return kept
    scanner = scanner_of(settings)

    def work(environment: Environment) -> Done:
        from lading.formats.documents.report import encode_report
        from lading.formats.view import View
        from lading.model.decision import Decision, Evaluated

        report = scanner(name, environment)
        return Done(0, (encode_report(Evaluated(report, Decision()), View(tool=TOOL)),))

    return b"".join(do_work(work, name, settings, files_to_read(settings)).outputs[0])


def baseline_of(data: bytes, name: str) -> "Baseline | None":
    """The baseline of this name, from what `result_bytes` gave; None where none is asked for. Raises FormatError."""
    if not name:
        return None
    from lading.policy.baseline import Baseline

    return Baseline(parse_result(data, name), name)
