"""The range operators of ecosystems with semantic versions: `^`, `~`, `x` and the hyphen.

Source: https://github.com/npm/node-semver#ranges. Pre-releases are admitted as any other version is: what is installed
is matched, not chosen. So the first version that a partial one stands for is its first pre-release (`1.x` begins with
`1.0.0-0`), and an upper bound made up by an operator leaves the pre-releases of that bound out.
"""

import re
from typing import Final

from msgspec import Struct

from lading.versions.bounds import Bound, Conjunction

_NUMBER: Final = r"(?:[xX*]|[0-9]{1,20})"  # no conversion of these is slow
_PARTIAL: Final = re.compile(
    rf"[=vV]?[vV]?(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER})(?:\.(?P<patch>{_NUMBER})"
    r"(?P<pre>-[0-9A-Za-z.-]+)?(?P<build>\+[0-9A-Za-z.-]+)?)?)?"
)


class Partial(Struct, frozen=True):
    """A version that may leave numbers open. `numbers` are those before the first open one."""

    numbers: tuple[int, ...]
    pre: str = ""

    def first(self) -> str:
        """The least version it stands for."""
        return _text(self.numbers) + (self.pre if len(self.numbers) == 3 else "-0")

    def next(self, position: int) -> str:
        """The least version after all that share the numbers up to `position`."""
        return _text((*self.numbers[:position], self.numbers[position] + 1)) + "-0"


def parse_partial(text: str) -> Partial | None:
    """`1`, `1.x`, `1.2.*`, `v1.2.3-rc.1`, or `*`."""
    match = _PARTIAL.fullmatch(text)
    if match is None:
        return None
    numbers: list[int] = []
    for part in (match["major"], match["minor"], match["patch"]):
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    return Partial(tuple(numbers), match["pre"] or "")


def caret(version: Partial) -> Conjunction:
    """Up to the next version that differs in its first number that is not zero."""
    numbers = version.numbers
    if not numbers:
        return ()
    position = next((place for place, value in enumerate(numbers) if value), len(numbers) - 1)
    return Bound(">=", version.first()), Bound("<", version.next(position))


def tilde(version: Partial) -> Conjunction:
    """Up to the next minor version, or major version if there is no other number."""
    if not version.numbers:
        return ()
    return Bound(">=", version.first()), Bound("<", version.next(min(1, len(version.numbers) - 1)))


def compared(operator: str, version: Partial) -> Conjunction | None:
    """`=`, `<`, `<=`, `>` or `>=` and a version, open numbers standing for all of them. None: no version at all."""
    last = len(version.numbers) - 1
    if last == 2:
        return (_bound(operator, version.first()),)
    if last < 0:
        return None if operator in ("<", ">") else ()
    match operator:
        case ">":
            return (Bound(">=", version.next(last)),)
        case "<=":
            return (Bound("<", version.next(last)),)
        case "<" | ">=":
            return (_bound(operator, version.first()),)
        case _:
            return Bound(">=", version.first()), Bound("<", version.next(last))


def hyphen(low: Partial, high: Partial) -> Conjunction:
    """From the first version of `low`, its pre-releases included, to the last of `high`."""
    lower = (Bound(">=", _text(low.numbers) + (low.pre or "-0")),) if low.numbers else ()
    return (*lower, *(compared("<=", high) or ()))


def _bound(operator: str, version: str) -> Bound:
    match operator:
        case "<" | "<=" | ">" | ">=":
            return Bound(operator, version)
        case _:
            return Bound("=", version)


def _text(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, (*numbers, 0, 0)[:3]))
