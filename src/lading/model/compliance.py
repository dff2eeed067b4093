"""Benchmarks as far as an image can follow them: data/compliance.json, and what a result says of each of their rules.

The numbers are those of the CIS Docker Benchmark 1.6.0 (https://www.cisecurity.org/benchmark/docker) and of NIST
SP 800-190 (https://csrc.nist.gov/pubs/sp/800/190/final); the words are ours.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct

from lading.model.checks import Family, Issue
from lading.model.report import Target
from lading.model.rows import rows_of

ComplianceStatus = Literal["passed", "failed", "not checked"]


class Control(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of a benchmark. `by` says what tells: checks, the vulnerabilities that have a fix, or nothing in an
    image; `needs` names the family of checks without which that is not told."""

    id: str
    title: str
    by: Literal["checks", "vulnerabilities", "nobody"]
    needs: Family | None = None


class Benchmark(Struct, frozen=True, forbid_unknown_fields=True):
    """A benchmark, by the word that `--compliance` takes."""

    name: str
    title: str
    controls: tuple[Control, ...]


class ControlResult(Struct, frozen=True):
    """What a result says of one rule: the `issues` that break it, or how many `vulnerabilities` do."""

    control: Control
    status: ComplianceStatus
    issues: tuple[Issue, ...] = ()
    vulnerabilities: int = 0


@cache
def benchmarks() -> Mapping[str, Benchmark]:
    """The benchmarks by their names."""
    from pkgutil import get_data

    data = get_data(__package__, "data/compliance.json") or b""
    return {one.name: one for one in msgspec.json.decode(data, type=tuple[Benchmark, ...])}


def compliance_of(target: Target, benchmark: Benchmark) -> tuple[ControlResult, ...]:
    """What a result says of the rules of a benchmark, in their order. What is hidden or suppressed breaks none."""
    return tuple(_result(target, control) for control in benchmark.controls)


def _result(target: Target, control: Control) -> ControlResult:
    lacking = not target.checks or (control.needs is not None and control.needs not in target.checks)
    if control.by == "nobody" or (control.by == "checks" and lacking):
        return ControlResult(control, "not checked")
    issues = tuple(one for one in target.issues if one.counts and control.id in one.controls)
    fixable = 0
    if control.by == "vulnerabilities":
        if not target.extent.matched:
            return ControlResult(control, "not checked", issues)
        fixable = sum(row.section == "fixable" for row in rows_of(target.findings))
    return ControlResult(control, "failed" if issues or fixable else "passed", issues, fixable)
