"""`lading convert`."""

from pathlib import Path

import click

from lading.cli.options import FETCHING, VEX, sign_files_option, with_settings
from lading.cli.output import encode_outputs, formats_text, outputs_of, signing_of, with_template
from lading.cli.processes.worker import Done, run_work
from lading.cli.selection import tell_unselected, with_benchmark, with_selection
from lading.engine.before import stated_in
from lading.engine.environment import Environment
from lading.engine.results import parse_result, read_kept
from lading.engine.settings import Settings
from lading.formats.encoders.registry import Subject
from lading.formats.view import View
from lading.model.errors import FormatError

_GATE = (
    "fail_on", "fail_on_unmanaged", "ignore_unfixed", "ignore_base", "only_base", "in_use", "policy_file", "policy_key",
    "report_key", "ignore_file", "exit_code", "allow_incomplete", "max_db_age", *VEX, *FETCHING,
)  # fmt: skip
"""What is asked of a result, however it came about."""


@click.command()
@click.argument("report")
@sign_files_option
@with_settings(
    "output", "all", "group_by", "template", "compliance", "dockerfile", *_GATE, formats=formats_text("report")
)
@with_selection
def convert(report: str, sign: Path | None, settings: Settings, view: View) -> int:
    """Write a kept report (lading scan -o json=REPORT) in other formats, without another scan.

    What the scan suppressed stays suppressed; the gate and the policy are those of this call. Documents of --vex are
    applied beside those that the scan applied: of all statements the newest counts.

    \b
    Exit status: 0 done, and no rule failed, 1 a rule (--fail-on, or a policy's)
    failed, 2 usage or operational error, 3 coverage is incomplete.
    """
    from lading.engine.policies import policy_of
    from lading.policy.gate import evaluate

    outputs = outputs_of(settings, "report")
    signing = signing_of(sign, "report", outputs)
    tell_unselected(outputs, view)
    view = with_benchmark(with_template(view, settings, outputs), settings)
    policy, stated = policy_of(settings), stated_in(settings)
    kept = read_kept(report, settings)
    if kept is None:
        raise FormatError(f"{report}: not a report of Lading's (lading scan -o json)")

    def work(environment: Environment) -> Done:
        result = parse_result(kept, report)
        if settings.dockerfile:
            from lading.engine.dockerfile import report_with_dockerfile

            result = report_with_dockerfile(result, settings.dockerfile)
        evaluated = evaluate(result, policy, environment.clock().date(), stated)
        values: dict[Subject, object] = {"report": evaluated}
        return Done(evaluated.decision.exit_status, encode_outputs(outputs, values, view))

    read = [settings.dockerfile] if settings.dockerfile else []
    return run_work(work, report, settings, outputs, read, signing=signing)
