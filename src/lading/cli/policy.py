"""`lading policy`."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import click

from lading.cli.accounts import bind
from lading.cli.log import say
from lading.cli.options import FETCHING, REGISTRY, VEX, sign_option, with_settings
from lading.cli.tables import print_table
from lading.engine.before import stated_in
from lading.engine.settings import Settings
from lading.model.decision import PASSED, Decision
from lading.model.errors import UsageError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NAME = "lading.toml"


@click.group()
def policy() -> None:
    """Write, convert and try policies: ignores, accepted gaps and rules.

    A policy stands in lading.toml, or in a file that lading scan --policy names.
    """


@policy.command()
@click.argument("file", default=_NAME, type=click.Path(dir_okay=False, path_type=Path))
def init(file: Path) -> None:
    """Write a policy to start from into FILE (lading.toml by default; - shows it)."""
    from importlib.util import find_spec

    from lading.formats.cel import MISSING
    from lading.policy.start import start

    can = find_spec("cel_expr_python") is not None
    text = start(rules=can)
    if str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file}: is there already; lading policy init - shows what would be written") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from error
    click.echo(f"wrote {file}" if can else f"wrote {file}; its rules are commented out: they {MISSING}")


@policy.command("import")
@click.argument("file", type=_FILE)
def import_(file: Path) -> None:
    """Convert another scanner's ignores in FILE: .trivyignore, .trivyignore.yaml, .grype.yaml or osv-scanner.toml.

    The entries go to standard output, to be put into lading.toml; what cannot be said in a policy is left out, and told
    on standard error.
    """
    from lading.engine.policies import read_foreign
    from lading.policy.writing import write_ignores

    written, notes = read_foreign(file, "flag")
    for note in notes:
        say("warning", f"{file}: {note}")
    sys.stdout.write(write_ignores(written.document.ignore))


@policy.command()
def fields() -> None:
    """List what rules can ask of a finding and of an image."""
    from lading.policy.fields import iter_names

    print_table(("field", "type", ""), [(name, field.kind, field.help) for name, field in iter_names()])


@policy.command()
@click.argument("file", type=_FILE)
@click.argument("reports", nargs=-1, required=True, metavar="REPORT…", type=_FILE)
@click.option("--day", metavar="DATE", help="Take this day for ages and last days; default: today.")
@with_settings(
    "fail_on", "fail_on_unmanaged", "ignore_unfixed", "ignore_base", "only_base", "in_use", "exit_code", "report_key",
    *VEX, *FETCHING,
)  # fmt: skip
def test(file: Path, reports: tuple[Path, ...], day: str | None, settings: Settings) -> int:
    """Try the policy in FILE on results that were kept (lading scan -o json=REPORT).

    Documents of --vex are applied to them, beside those that the scan applied: of all statements the newest counts.

    \b
    Exit status: as lading scan has it for the worst of the reports.
    """
    from lading.engine.policies import policy_in
    from lading.engine.results import parse_result, read_result
    from lading.policy.gate import evaluate

    today, held = _day(day), policy_in(file, settings)
    stated = stated_in(settings)
    decisions = [
        (path, evaluate(parse_result(read_result(path, settings), str(path)), held, today, stated).decision)
        for path in reports
    ]
    rows = [(str(path), _word(decision), _failing(decision)) for path, decision in decisions]
    print_table(("report", "", "failed rules" if any(row[2] for row in rows) else ""), rows)
    failed = [decision for _, decision in decisions if decision.failed]
    count = sum(decision.exit_status == PASSED for _, decision in decisions)
    click.echo(f"{count:,} of {len(decisions):,} pass")
    for note in _notes([decision for _, decision in decisions]):
        say("warning", note)
    statuses: list[int] = [decision.exit_status for decision in failed or [one for _, one in decisions]]
    return max(statuses)


@policy.command()
@click.argument("file", type=_FILE)
@click.argument("reference", metavar="REF")
@sign_option
@click.option(
    "--signature", type=_FILE, metavar="FILE", help="A signature made elsewhere: cosign sign-blob --key, ssh-keygen."
)
@with_settings(*REGISTRY)
def push(file: Path, reference: str, sign: Path | None, signature: Path | None, settings: Settings) -> None:
    """Put the policy in FILE into a registry, for scans to take by --policy oci:REF.

    \b
    lading policy push --sign ~/.ssh/policy policy.toml registry.example/security/policy:1
    lading scan --policy oci:registry.example/security/policy:1 --policy-key policy.pub IMAGE
    """
    from lading.engine.policies import policy_in
    from lading.engine.policy_artifacts import push_policy

    if sign is not None and signature is not None:
        raise UsageError("--sign and --signature exclude each other: a policy has one signature")
    policy_in(file, settings)  # what cannot be used is not pushed
    made = signature.read_bytes() if signature is not None else None
    click.echo(push_policy(file.read_bytes(), reference, bind(settings, reference), sign, made))


@policy.command()
@click.argument("reference", metavar="REF")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it into this file.")
@with_settings("policy_key", *REGISTRY)
def pull(reference: str, to: Path | None, settings: Settings) -> None:
    """Show a policy of a registry, or write it into a file."""
    from lading.engine.policy_artifacts import pull_policy
    from lading.safeio.atomic import write_atomic

    pulled = pull_policy(reference, bind(settings, reference))
    signed = f", signed by {pulled.signer}" if pulled.signer else ""
    say("info", f"{pulled.name}{signed}")
    if to is None:
        sys.stdout.buffer.write(pulled.data)
    else:
        write_atomic(to, pulled.data)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--day {text[:80]!r}: is not a date (2026-01-31)") from error


def _word(decision: Decision) -> str:
    if decision.failed:
        return "fails"
    return "passes" if decision.exit_status == PASSED else "incomplete"


def _notes(decisions: Sequence[Decision]) -> Iterator[str]:
    """What people should know of the policy by any of the reports; what means nothing in one may mean something in
    another."""
    from lading.formats.encoders.text.text import printable, sentence

    codes = ["ignore-expired", "ignore-expiring", "ignore-refused", "policy-overridden"]
    codes += ["ignore-unused"] if len(decisions) == 1 else []
    found = {(one.where, one.message) for held in decisions for one in held.diagnostics if one.code in codes}
    for where, message in sorted(found)[:_MOST_NOTES]:
        yield sentence(f"{printable(where)}: {printable(message)}" if where else printable(message))
    if len(found) > _MOST_NOTES:
        yield f"and {len(found) - _MOST_NOTES:,} more remarks on the policy"


_MOST_NOTES: Final = 20


def _failing(decision: Decision) -> str:
    parts: Sequence[str] = [
        f"{rule.rule} ({len(rule.failing) + rule.unmanaged + len(rule.images) or 'cannot be answered'})"
        for rule in decision.rules
        if rule.failed
    ]
    return ", ".join(parts)
