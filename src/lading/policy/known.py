"""Which findings and gaps of one result are those of another: by fingerprint, whatever name a vulnerability goes by."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding

BASELINE: Final = "baseline"
"""The source of the suppressions of what was there before."""

Row = tuple[Finding, ...]
"""The open findings of one vulnerability in the packages of one source package, at whatever versions."""


class FindingIndex:
    """The open findings of a result, to be found again by those of another one."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        rows: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
        for one in findings:
            if one.is_open:
                rows[*one.subject, one.id].append(one)
        self.rows: tuple[Row, ...] = tuple(map(tuple, rows.values()))
        self._by_name: dict[tuple[str, ...], Row] = {}
        for row in self.rows:
            for one in row:
                for name in (one.id, *one.aliases):
                    self._by_name.setdefault((*one.subject, name), row)

    def find(self, finding: Finding) -> Row:
        """The row of the same vulnerability in the same package; empty for none. A vulnerability that has got another
        name since is the same one."""
        for name in (finding.id, *finding.aliases):
            if found := self._by_name.get((*finding.subject, name)):
                return found
        return ()


def counts(finding: Finding) -> bool:
    """Whether a finding is open and nothing but a baseline takes it out of the count."""
    return finding.is_open and all(one.source == BASELINE for one in finding.suppressions)


class GapIndex:
    """What a result did not look at or match, to be found again in another one."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self._held: dict[tuple[str, str, str], list[int]] = {
            (one.code, one.where, _words(one)): _numbers(one) for one in diagnostics if one.level == "incomplete"
        }

    def has(self, gap: Diagnostic) -> bool:
        """Whether a gap was there before, and was not smaller: of the same kind, at the same place, about as much."""
        held = self._held.get((gap.code, gap.where, _words(gap)))
        return held is not None and all(new <= old for new, old in zip(_numbers(gap), held, strict=True))


_NUMBER: Final = re.compile(r"(?<![\w.])\d[\d,]*(?![\w.])")
_ALL: Final = re.compile(r" of \d[\d,]* (?=packages?\b)")
"""How many there are in all is no matter of what is missing of them."""
_MANY: Final = re.compile(r"\b(?:packages|programs|archives|files|were|have)\b")
_ONE: Final = {"were": "was", "have": "has"}


def _words(gap: Diagnostic) -> str:
    """The message without what it counts, of one as of many."""
    text = _NUMBER.sub("#", _ALL.sub(" of # ", gap.message))
    return _MANY.sub(lambda word: _ONE.get(word[0], word[0][:-1]), text)


def _numbers(gap: Diagnostic) -> list[int]:
    return [int(number.replace(",", "")) for number in _NUMBER.findall(_ALL.sub(" ", gap.message))]
