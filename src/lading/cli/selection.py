"""Options that say which vulnerabilities a report shows to people. They change nothing of its result."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final, get_args

import click
from msgspec import structs

from lading.cli.log import say
from lading.cli.output import Output
from lading.engine.settings import Settings
from lading.formats.encoders.registry import FORMATS
from lading.formats.view import Selection, View
from lading.model.advisory import SeverityLabel
from lading.model.errors import UsageError
from lading.model.spelling import meant

_LABELS: Final[tuple[SeverityLabel, ...]] = get_args(SeverityLabel)
_FOR: Final = ", ".join(one.id for one in FORMATS if one.for_people)


def with_selection(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command that has the settings `all` and `group_by`; hands over `view`, what they make of
    them."""

    @functools.wraps(function)
    def command(
        *,
        settings: Settings,
        severities: tuple[str, ...],
        names: tuple[str, ...],
        layers: tuple[int, ...],
        fixable: bool,
        summary: bool,
        **parameters: Any,
    ) -> Any:
        only = Selection(_labels(severities), names, layers, fixable)
        view = View(show_all=settings.all, group_by=settings.group_by, summary=summary, only=only)
        return function(settings=settings, view=view, **parameters)

    for option in reversed(_OPTIONS):
        option(command)
    return command


def with_benchmark(view: View, settings: Settings) -> View:
    """The view by the rules of the benchmark that is asked for."""
    return view if settings.compliance == "none" else structs.replace(view, compliance=settings.compliance)


def tell_unselected(outputs: Sequence[Output], view: View) -> None:
    """Tells standard error which outputs have everything, whatever is selected."""
    whole = [one.format.id for one in outputs if not one.format.for_people]
    if not whole:
        return
    words = " ".join(filter(None, (view.only.words, "--summary" if view.summary else "")))
    if words:
        say("warning", f"{words}: is for {_FOR}; everything is in {', '.join(whole)}")


def _labels(texts: Sequence[str]) -> tuple[SeverityLabel, ...]:
    """The severities of `--severity`, the highest first. Raises UsageError for a word that is none."""
    words = {word.strip().lower() for text in texts for word in text.split(",")}
    words = {"unknown" if word == "unrated" else word for word in words}
    for word in sorted(words):
        if word not in _LABELS:
            known = ", ".join(reversed(_LABELS))
            raise UsageError(f"--severity {word[:40]!r}: no severity{meant(word, _LABELS)}; there are: {known}")
    return tuple(label for label in reversed(_LABELS) if label in words)


_OPTIONS: Final = (
    click.option(
        "--severity",
        "severities",
        multiple=True,
        metavar="LIST",
        help=f"Show only vulnerabilities of these severities: {', '.join(reversed(_LABELS))}. What is not shown is "
        "counted, and rules count it (--fail-on).",
    ),
    click.option("--package", "names", multiple=True, metavar="TEXT", help="Show only packages whose name has this."),
    click.option("--layer", "layers", multiple=True, type=int, metavar="NUMBER", help="Show only this layer's."),
    click.option("--fixable", is_flag=True, help="Show only what a newer version fixes."),
    click.option("--summary", is_flag=True, help="Count vulnerabilities instead of listing them."),
)
