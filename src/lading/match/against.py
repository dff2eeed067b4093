"""Our findings beside another scanner's report: which rows only one of the two has, and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import structs

from lading.match.identity import folded
from lading.match.inventory import MatchOptions
from lading.match.unlisted import ReportSide, shards_of, why_not_theirs
from lading.match.unreported import OurSide, why_hidden, why_not_ours
from lading.model.comparison import Comparison
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.foreign import ForeignReport, ForeignRow
from lading.model.image import Image
from lading.model.package import Inventory
from lading.model.ports import AdvisoryStore


def compare_with(
    report: ForeignReport,
    name: str,
    image: Image,
    inventory: Inventory,
    findings: Sequence[Finding],
    store: AdvisoryStore,
    options: MatchOptions,
    diagnostics: Iterable[Diagnostic] = (),
) -> Comparison:
    """What the findings in an image and a report called `name` do not share. `findings` are those of the scan, with
    what is hidden and what a policy takes out, `diagnostics` what it could not see. Raises AdvisoryError when a shard
    is corrupt."""
    rows = _folded(report.rows)
    asked = {name for row in rows for name in row.names}
    ours = OurSide(image, inventory, findings, store, options, diagnostics=diagnostics, asked=asked)
    counted = [row for row in rows if not row.left_out]
    met: dict[_Key, Finding] = {}
    differences = []
    for row in counted:
        found = ours.findings_of(row)
        met |= {_key(one): one for one in found}
        if not found:
            differences.append(why_not_ours(row, ours))
        elif (hidden := why_hidden(row, found)) is not None:
            differences.append(hidden)
    same = len(counted) - len(differences)
    our_rows = _rows(one for one in findings if one.is_open and not one.suppressions)
    unmet = [members for members in our_rows if not any(_key(one) in met for one in members)]
    theirs = ReportSide(report, rows, _sources(met.values(), ours) if unmet else {})
    differences += [why_not_theirs(members, theirs, ours) for members in unmet]
    return Comparison(
        image=image,
        distribution=inventory.distribution,
        report=name,
        scanner=report.tool,
        entries=len(report.rows),
        report_rows=len(counted),
        our_rows=len(our_rows),
        same=same,
        differences=tuple(sorted(differences, key=lambda one: (one.side != "report", one))),
        report_target=report.target,
        report_created=report.created,
        same_image=_is_same_image(report, image),
        skipped=report.skipped,
        packages=len(inventory.packages),
    )


_Key = tuple[str, str, str]


def _key(finding: Finding) -> _Key:
    return finding.package.id, finding.kind, finding.id


def _folded(rows: Iterable[ForeignRow]) -> list[ForeignRow]:
    """The rows, those that differ in the place alone as one."""
    merged: dict[tuple[object, ...], ForeignRow] = {}
    for row in rows:
        key = folded(row.package), row.id, row.left_out
        known = merged.get(key)
        if known is not None:
            row = structs.replace(
                known,
                paths=tuple(dict.fromkeys((*known.paths, *row.paths))),
                aliases=tuple(dict.fromkeys((*known.aliases, *row.aliases))),
                fixed_version=known.fixed_version or row.fixed_version,
            )
        merged[key] = row
    return list(merged.values())


def _rows(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings of one vulnerability in one package at one version."""
    rows: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for one in findings:
        package = one.package
        rows[package.type, package.name, package.version, one.kind, one.id].append(one)
    return list(rows.values())


def _sources(findings: Iterable[Finding], ours: OurSide) -> dict[str, set[frozenset[str]]]:
    """By package type, the shards that speak for each of the findings."""
    sources: dict[str, set[frozenset[str]]] = defaultdict(set)
    for one in findings:
        sources[one.package.type].add(shards_of(one, ours))
    return sources


def _is_same_image(report: ForeignReport, image: Image) -> bool | None:
    if report.config_digest and image.config_digest:
        return report.config_digest == image.config_digest
    ours = [layer.diff_id for layer in image.layers if layer.diff_id]
    return list(report.diff_ids) == ours if report.diff_ids and ours else None
