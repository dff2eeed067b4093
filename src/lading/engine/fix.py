"""What to do about a target: its scan, the plan, and the scan of what the plan leads to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import TOOL, Case, match_case, prepare
from lading.engine.targets import list_target
from lading.model.finding import Finding
from lading.model.fixes import FixPlan
from lading.model.package import Package
from lading.model.report import InventoryResult, Report, Target

if TYPE_CHECKING:
    from lading.policy.policy import Policy


def plan(
    target: str,
    options: ScanOptions | None = None,
    environment: Environment | None = None,
    policy: "Policy | None" = None,
    candidates: Sequence[Report] = (),
) -> FixPlan:
    """The least upgrades that clear what can be cleared of a target (as `scan` takes it), and what stays. Findings that
    the policy suppresses are left alone. The versions are those that advisories name; where the environment has
    registries of packages, these are asked which there are and what upgrades bring along. What is left is not computed
    but matched again with the new versions. `candidates` are reports on other bases. Raises LadingError as `scan`, and
    UsageError for candidates where the base is not known."""
    from lading.policy.age import DEFAULT_DAYS, ages_of, as_remark
    from lading.policy.fixes.bases import moves_to
    from lading.policy.fixes.plan import plan_fixes, planned_rows

    options, environment = options or ScanOptions(), environment or Environment.default()
    listed = list_target(target, options, environment)
    case = prepare(listed, options, environment)

    today = environment.clock().date()

    def held_to(report: Report) -> Target:
        from lading.policy.gate import evaluate

        if policy is not None:
            report = evaluate(report, policy, today).report
        return report.targets[0]

    matched = match_case(listed, case)
    now = held_to(matched)
    steps, stays, changed = plan_fixes(now, _Matching(listed, case, now), environment.registries)
    kept = (changed.get(one.id, (one,)) for one in case.inventory.packages)
    packages = tuple({one.id: one for some in (*kept, changed.get("", ())) for one in some}.values())
    later = held_to(match_case(listed, _with_packages(case, packages)))
    bases = moves_to(now, candidates) if candidates else ()
    before, after = len(planned_rows(now)), len(planned_rows(later))
    ages = ages_of(matched, today, policy.max_db_age if policy is not None else DEFAULT_DAYS)
    said = (*now.diagnostics, *map(as_remark, ages.stale), *ages.remarks)
    count, extent = len(now.packages), now.extent
    return FixPlan(TOOL, now.image, now.distribution, before, after, steps, stays, bases, said, count, extent.matched)


def _with_packages(case: Case, packages: tuple[Package, ...]) -> Case:
    return structs.replace(case, inventory=structs.replace(case.inventory, packages=packages))


class _Matching:
    """What would be open in packages that are not there: they are matched beside those that are."""

    def __init__(self, listed: InventoryResult, case: Case, now: Target) -> None:
        self._listed = listed
        self._case = case
        self._suppressed = {
            (one.package.type, one.package.name, one.id) for one in now.findings if one.suppressions and one.is_open
        }

    def __call__(self, packages: Sequence[Package]) -> Mapping[str, Mapping[str, str]]:
        """As the port says."""
        report = match_case(self._listed, _with_packages(self._case, (*self._case.inventory.packages, *packages)))
        asked = {one.id for one in packages}
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for finding in self._affected(report):
            if finding.package.id in asked:
                found[finding.package.id][finding.id] = finding.fixed_version
        return found

    def _affected(self, report: Report) -> Iterable[Finding]:
        for finding in report.targets[0].findings:
            key = finding.package.type, finding.package.name, finding.id
            if finding.status == "affected" and key not in self._suppressed:
                yield finding
