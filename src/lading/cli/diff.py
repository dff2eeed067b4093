"""`lading diff`."""

import click

from lading.cli.accounts import bind
from lading.cli.options import ATTACHED, CHECKS, DATABASE, IMAGE, VEX, with_settings
from lading.cli.output import encode_outputs, formats_text, outputs_of
from lading.cli.processes.worker import Done, files_to_read, run_work
from lading.cli.results import result_bytes, scanner_of
from lading.engine.environment import Environment
from lading.engine.results import parse_result, read_kept
from lading.engine.settings import Settings
from lading.formats.encoders.registry import Subject
from lading.formats.view import View
from lading.model.changes import EvaluatedChanges

POLICY = ("policy_file", "ignore_file")
"""What takes findings out of the count."""


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--exit-on",
    metavar="new[:SEVERITY][:CAUSE]",
    multiple=True,
    help="Exit with 1 when a vulnerability, or what checks find, is new: new:high counts high and critical ones, "
    "new:high:image those of them that the image made, not the data, tool or policy. Repeatable.",
)
@with_settings(
    "output", "all", *CHECKS, *POLICY, "report_key", "severity_source", "allow_incomplete", *VEX, *ATTACHED, *DATABASE,
    *IMAGE,
    formats=formats_text("changes"),
)  # fmt: skip
def diff(old: str, new: str, exit_on: tuple[str, ...], settings: Settings) -> int:
    """Show what was introduced, fixed and changed from OLD to NEW, each with its cause.

    Each of them is a report (lading scan -o json), or an image as `lading scan` takes it, which is scanned now. What
    checks found (--checks) is compared as far as both were checked for it.

    \b
    Exit status: 0 done, 1 a rule (--exit-on) failed, 2 usage or operational
    error, 3 with a rule: NEW has gaps in its coverage that OLD has not.
    """
    from lading.policy.coverage import EVERY
    from lading.policy.diff import diff as compare
    from lading.policy.exit_on import decide_on, parse_exit_on

    rules = parse_exit_on(exit_on)
    outputs = outputs_of(settings, "changes")
    settings = bind(settings, old, new)
    before = result_bytes(old, settings)
    kept = read_kept(new, settings)
    scanner = scanner_of(settings)

    def work(environment: Environment) -> Done:
        after = scanner(new, environment) if kept is None else parse_result(kept, new)
        changes = compare(parse_result(before, old), after)
        decision = decide_on(changes, rules, allow_incomplete=EVERY in settings.allow_incomplete)
        values: dict[Subject, object] = {"changes": EvaluatedChanges(changes, decision)}
        return Done(decision.exit_status, encode_outputs(outputs, values, View(show_all=settings.all)))

    return run_work(work, new, settings, outputs, files_to_read(settings))
