"""`lading versions`."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import click

from lading.model.errors import UsageError
from lading.versions.constraints import satisfies
from lading.versions.schemes import SCHEMES, compare

Answer = TypeVar("Answer", int, bool)

_SIGNS = {-1: "<", 0: "=", 1: ">", None: "?"}
_WORDS = {True: "true", False: "false", None: "?"}


@click.group()
def versions() -> None:
    """Match versions by the rules of a distribution or ecosystem."""


@versions.command(
    "compare", short_help="Print how two versions sort: <, = or >.", context_settings={"ignore_unknown_options": True}
)
@click.argument("scheme")
@click.argument("left", required=False)
@click.argument("right", required=False)
def compare_versions(scheme: str, left: str | None, right: str | None) -> None:
    """Print how LEFT sorts against RIGHT: <, = or >, or ? when that cannot be told.

    Without versions, reads tab-separated pairs from standard input and prints one answer a line.

    \b
    lading versions compare deb 1.0~rc1 1.0
    lading versions compare apk < pairs.tsv
    """
    _check(scheme)
    if left is None:
        sys.stdout.writelines(_SIGNS[answer] + "\n" for answer in _answers(compare, scheme, sys.stdin.buffer))
    elif right is None:
        raise UsageError("one version alone cannot be compared; give two, or pairs on standard input")
    else:
        click.echo(_SIGNS[compare(scheme, left, right)])


@versions.command(
    "satisfies",
    short_help="Print whether a version satisfies a constraint.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("scheme")
@click.argument("version", required=False)
@click.argument("constraint", required=False)
def satisfies_constraint(scheme: str, version: str | None, constraint: str | None) -> None:
    """Print whether VERSION satisfies CONSTRAINT: true or false, or ? when that cannot be told.

    In a constraint, a comma means and, || means or; or it is one of the scheme's own dialect. Without a version, reads
    tab-separated pairs from standard input and prints one answer a line.

    \b
    lading versions satisfies deb 1.2-1 ">= 1.0, < 1.2 || >= 2"
    lading versions satisfies npm < pairs.tsv
    """
    _check(scheme)
    if version is None:
        sys.stdout.writelines(_WORDS[answer] + "\n" for answer in _answers(satisfies, scheme, sys.stdin.buffer))
    elif constraint is None:
        raise UsageError("a version needs a constraint to satisfy; give both, or pairs on standard input")
    else:
        click.echo(_WORDS[satisfies(scheme, version, constraint)])


def _check(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise UsageError(f"{scheme}: no such version scheme; there are: {', '.join(sorted(SCHEMES))}")


def _answers(
    ask: Callable[[str, str, str], Answer | None], scheme: str, lines: Iterable[bytes]
) -> Iterator[Answer | None]:
    for line in lines:
        fields = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace").split("\t")
        yield ask(scheme, fields[0], fields[1]) if len(fields) == 2 else None
