"""Rules that are looked for only in files of certain names, which are few."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from lading.checks.secrets.rule import Rule

_ANYWHERE: Final = "**/"
_Entry = tuple[int, re.Pattern[str]]


class PlacedRules:
    """The rules that have paths, by their numbers."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._names: defaultdict[str, list[_Entry]] = defaultdict(list)
        self._endings: defaultdict[str, list[_Entry]] = defaultdict(list)
        for number, rule in enumerate(rules):
            for path in rule.paths:
                name = path.rpartition("/")[2]
                known = self._names if "*" not in name else self._endings
                known[name.rpartition("*")[2].rpartition(".")[2] if "*" in name else name].append(
                    (number, _expression(path))
                )

    def at(self, path: str) -> Sequence[int]:
        """The numbers of the rules for a path, ordered."""
        name = path[path.rfind("/") + 1 :]
        ending = name[name.rfind(".") + 1 :]
        if name not in self._names and ending not in self._endings:
            return ()
        entries = (*self._names.get(name, ()), *self._endings.get(ending, ()))
        return sorted({number for number, pattern in entries if pattern.search(path)})


def _expression(path: str) -> re.Pattern[str]:
    """A path of a rule as a regular expression: `**/` for any directories, `*` within a name."""
    start = r"(?:^|[/!])" if path.startswith(_ANYWHERE) else "^"
    return re.compile(start + re.escape(path.removeprefix(_ANYWHERE)).replace(r"\*", "[^/]*") + "$")
