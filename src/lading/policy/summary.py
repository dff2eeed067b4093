"""One image among many: what its evaluated report comes to in numbers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from lading.model.decision import Evaluated
from lading.model.fleet import ImageSummary, SeverityCounts
from lading.model.rows import rows_of, suppressed_rows_of
from lading.model.runtime import ChangedFile, ChangedPackage, Drift


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
        in_use=sum(row.in_use is True for row in seen),
        unmatched=target.extent.packages - target.extent.matched,
        programs=target.extent.programs,
        stale=evaluated.is_stale,
        drift=tuple(drift_lines(target.container.drift)) if target.container and target.container.drift else (),
    )


_FEW: Final = 10
_TOLD: Final = ("program", "library", "script", "module", "link", "database", "configuration")
"""Kinds of changed files that are named, the most telling first."""


def drift_lines(drift: Drift) -> Iterator[str]:
    """What differs from the image, in words: packages, then files that none of the changed packages lists."""
    changed = {one.name for one in drift.packages}
    if drift.packages:
        yield f"packages: {_some([_package_text(one) for one in drift.packages])}"
    files = [one for one in drift.files if one.package not in changed and one.kind != "file"]
    for kind in _TOLD:
        of_kind = [one for one in files if one.kind == kind]
        if of_kind:
            yield f"{_PLURALS[kind]}: {_some([_file_text(one) for one in of_kind])}"
    removed = [one for one in drift.files if one.change == "removed" and one.package not in changed]
    if removed:
        yield f"removed: {_some([one.path for one in removed])}"
    others = len(drift.files) + drift.more - len(files) - len(removed)
    if others:
        yield f"{others:,} other {'file' if others == 1 else 'files'}"


_PLURALS: Final = {
    "program": "programs",
    "library": "libraries",
    "script": "scripts",
    "module": "modules",
    "link": "links",
    "database": "package databases",
    "configuration": "configuration",
}


def _package_text(one: ChangedPackage) -> str:
    still = f", the old one runs still ({', '.join(map(str, one.still))})" if one.still else ""
    if one.before and one.after:
        return f"{one.name} {one.before} → {one.after}{still}"
    return f"{one.name} {one.after} added" if one.after else f"{one.name} {one.before} removed{still}"


def _file_text(one: ChangedFile) -> str:
    owner = f" of {one.package}" if one.package else ""
    return f"{one.path}{owner} {one.change}{' and running' if one.running else ''}"


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _FEW:,} more" if len(texts) > _FEW else ""
    return f"{', '.join(texts[:_FEW])}{more}"
