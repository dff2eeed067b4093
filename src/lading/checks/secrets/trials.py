"""Rules for secrets of the user's own, tried on the examples that they have."""

from collections.abc import Iterator

from lading.checks.secrets.fingerprints import Fingerprints
from lading.checks.secrets.own import OwnRule
from lading.checks.secrets.own_scanner import OwnScanner
from lading.checks.secrets.rule_files import parse_rules
from lading.model.checks import TrialResult


def try_rules(data: bytes, where: str) -> list[TrialResult]:
    """The rules of a file, tried on their examples, whatever is allowed. Raises UsageError for what is none."""
    stated = parse_rules([(where, data)])
    scanner = OwnScanner(stated)
    return [result for rule in stated.rules for result in _tried(rule, scanner)]


def _tried(rule: OwnRule, scanner: OwnScanner) -> Iterator[TrialResult]:
    table = rule.table
    if not table.finds and not table.leaves:
        yield TrialResult(table.id, "no examples", "give it finds and leaves")
    for wanted, texts in ((True, table.finds), (False, table.leaves)):
        for number, text in enumerate(texts, 1):
            found = scanner.scan("example", text.encode(), _free, Fingerprints()).hits
            count = sum(one.rule == table.id for one in found)
            what = f"{'finds' if wanted else 'leaves'} {number}"
            yield TrialResult(table.id, what, "" if bool(count) is wanted else f"{count} found")


def _free(steps: int) -> None:
    """Examples are small."""
