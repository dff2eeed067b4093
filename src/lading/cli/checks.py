"""`lading checks`."""

from pathlib import Path

import click

from lading.cli.tables import print_table
from lading.formats.encoders.text.text import wrap
from lading.model.checks import FAMILIES, Family

_WIDTH = 100


@click.group()
def checks() -> None:
    """List checks, show what one is, and try your own.

    lading scan --checks FAMILY looks for them in an image.
    """


@checks.command("list")
@click.argument("family", required=False, type=click.Choice(FAMILIES))
def list_(family: Family | None) -> None:
    """List the checks, of one FAMILY or of all."""
    from lading.checks.registry import texts_of

    texts = texts_of((family,) if family else FAMILIES)
    rows = [(one.id, one.severity, one.title, ", ".join(one.controls)) for one in texts]
    print_table(("check", "severity", "what it finds", "controls"), rows)


@checks.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def test(file: Path) -> int:
    """Try the checks in FILE (docs/own-checks.md), or rules for secrets, on the examples that they have.

    \b
    Exit status: 0 each finds its examples and leaves alone what it should,
    1 one does not, 2 the file cannot be read.
    """
    from lading.engine.checking import try_own_checks

    results = try_own_checks(file)
    print_table(("check", "", ""), [(one.id, one.what, one.wrong or "ok") for one in results])
    wrong = sum(bool(one.wrong) for one in results)
    click.echo(f"{len(results) - wrong:,} of {len(results):,} as they should be")
    return 1 if wrong else 0


@checks.command()
@click.argument("id")
def show(id: str) -> None:
    """Show what the check ID looks for, why, and what to do."""
    from lading.checks.registry import text_of

    one = text_of(id)
    where = f" ({one.file})" if one.file else ""
    click.echo(f"{one.id}  {one.severity}  {one.title}\n")
    for text in (one.why, one.fix):
        click.echo("\n".join(wrap(text, _WIDTH)) + "\n")
    for title, example in ((f"Found{where}:", one.example), ("Left alone:", one.good)):
        if example:
            click.echo(title)
            click.echo("\n".join(f"    {line}" for line in example.splitlines()) + "\n")
    click.echo(f"Controls: {', '.join(one.controls) or 'none'}")
    for address in one.references:
        click.echo(address)
