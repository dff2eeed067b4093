"""The port through which statements of whatever kind take findings out of the count."""

from datetime import date
from typing import Protocol

from msgspec import Struct

from lading.model.diagnostic import Diagnostic
from lading.model.report import Report


class Suppressed(Struct, frozen=True):
    """A report in which some findings have suppressions more, and what has to be told about the statements: those that
    expired, or mean nothing here. The facts are the same."""

    report: Report
    diagnostics: tuple[Diagnostic, ...] = ()


class Suppressor(Protocol):
    """Statements of one kind: ignores, VEX, a baseline."""

    def suppress(self, report: Report, today: date) -> Suppressed:
        """The report with the suppressions of these statements as they hold on a day (UTC)."""
