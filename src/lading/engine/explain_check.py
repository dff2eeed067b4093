"""What one check finds in an image, and why."""

import re
from typing import TYPE_CHECKING, Final

from msgspec import structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.targets import list_target
from lading.model.checks import CheckText
from lading.model.explanation import Explanation
from lading.model.report import Report, Target

if TYPE_CHECKING:
    from lading.policy.policy import Policy

_CHECK: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""What IDs of checks look like; those of vulnerabilities are mostly in capitals."""


def check_of(id: str) -> CheckText | None:
    """The check of this ID; None where there is none."""
    if not _CHECK.fullmatch(id):
        return None
    from lading.checks.registry import texts_of

    return next((one for one in texts_of() if one.id == id), None)


def explain_check(
    target: str, check: CheckText, place: str, options: ScanOptions, environment: Environment, policy: "Policy | None"
) -> Explanation:
    """What a check finds in a target at places that have `place` in their names (all when it is empty), and what a
    policy ignores of it. Raises LadingError as `scan`."""
    from lading.engine.checking import masked, run_checks
    from lading.formats.issue_lines import with_issue_lines
    from lading.formats.issue_texts import issue_place

    listed = list_target(target, structs.replace(options, checks=(check.family,)), environment)
    image = masked(listed.image, listed.examined.families, listed.examined.inputs)
    issues = with_issue_lines(run_checks(listed).issues, listed.examined.stated)
    issues = tuple(one for one in issues if one.id == check.id and place in issue_place(one))
    stated = Target(image, listed.inventory.distribution, listed.inventory.packages, issues=issues)
    report = Report("", (stated,))
    if policy is not None:
        from lading.policy.gate import evaluate

        report = evaluate(report, policy, environment.clock().date()).report
    (found,) = report.targets
    return Explanation(
        image,
        listed.inventory.distribution,
        check.id,
        packages=len(listed.inventory.packages),
        wanted=place,
        unmatched=tuple(one.message for one in listed.diagnostics if one.level == "incomplete"),
        check=check,
        issues=found.issues,
    )
