"""One image among many: what its evaluated report comes to in numbers."""

from collections import Counter

from lading.model.decision import Evaluated
from lading.model.fleet import ImageSummary, SeverityCounts
from lading.model.rows import rows_of, suppressed_rows_of


def summary_of(evaluated: Evaluated) -> ImageSummary:
    """The summary of the one image of a report."""
    (target,) = evaluated.report.targets
    rows = rows_of(target.findings)
    seen = [row for row in rows if not row.hidden_reason]
    counts = Counter[str](row.finding.severity.label for row in seen)
    image, distribution = target.image, target.distribution
    return ImageSummary(
        name=image.name,
        digest=image.digest or image.config_digest,
        platform=str(image.platform or ""),
        distribution=distribution.pretty or distribution.id if distribution else "",
        base=image.base.name if image.base else "",
        packages=len(target.packages),
        counts=SeverityCounts(**counts),
        fixable=sum(row.section == "fixable" for row in seen),
        exploited=sum(any(one.known_exploited for one in row.findings) for row in seen),
        hidden=len(rows) - len(seen),
        suppressed=len(suppressed_rows_of(target.findings)),
        issues=sum(issue.counts for issue in target.issues),
        risk=max((row.finding.risk for row in seen), default=0.0),
        incomplete=evaluated.decision.incomplete,
        exit_status=evaluated.decision.exit_status,
        container=target.container.label if target.container else "",
        concerns=target.container.concerns if target.container else (),
    )
