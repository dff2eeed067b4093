"""`lading versions`."""

import sys
from collections.abc import Iterable, Iterator

import click

from lading.model.errors import UsageError
from lading.versions.schemes import SCHEMES, compare

_SIGNS = {-1: "<", 0: "=", 1: ">", None: "?"}


@click.group()
def versions() -> None:
    """Compare versions by a distribution's rules."""


@versions.command("compare", context_settings={"ignore_unknown_options": True})
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
    if scheme not in SCHEMES:
        raise UsageError(f"{scheme}: no such version scheme; there are: {', '.join(sorted(SCHEMES))}")
    if left is None:
        sys.stdout.writelines(_answers(scheme, sys.stdin.buffer))
    elif right is None:
        raise UsageError("one version alone cannot be compared; give two, or pairs on standard input")
    else:
        click.echo(_SIGNS[compare(scheme, left, right)])


def _answers(scheme: str, lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        fields = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace").split("\t")
        order = compare(scheme, fields[0], fields[1]) if len(fields) == 2 else None
        yield f"{_SIGNS[order]}\n"
