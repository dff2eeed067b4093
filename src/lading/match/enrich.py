"""The shards of records: what is known of vulnerabilities whatever package has them."""

from collections.abc import Iterable, Sequence
from typing import Final

from lading.match.coverage import data_source, provenances
from lading.match.rating import rate
from lading.model.advisory import CVE, EPSS, KEV, KEV_EUVD, KEV_VULNCHECK, NVD, ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.finding import Finding
from lading.model.ports import AdvisoryStore
from lading.model.report import Coverage


def rated(findings: Sequence[Finding], store: AdvisoryStore, order: Sequence[str]) -> list[Finding]:
    """The findings; those that are open with what the shards of records know of them. Raises AdvisoryError."""
    names = sorted({name for finding in findings if finding.is_open for name in (finding.id, *finding.aliases)})
    known = store.records(names)
    return [rate(finding, known, order) if finding.is_open else finding for finding in findings]


def records_coverage(store: AdvisoryStore) -> tuple[list[Coverage], list[Diagnostic]]:
    """The rows of the shards of records, and what is missing without them."""
    rows, missing = [], []
    for shard, kind, what in _RECORDS:
        found = provenances([shard], store)
        if found:
            sources = tuple(data_source(one, lesser=shard not in (KEV, EPSS)) for one in found)
            rows.append(Coverage(kind, 0, 0, "matched", sources))
        elif what:
            rows.append(Coverage(kind, 0, 0, "no-data", note=f"{shard} is not downloaded"))
            message = f"{what} is not shown: {shard} is not downloaded; run: lading db update {shard}"
            missing.append(diagnostic("facts-missing", message, kind))
    return rows, missing


_RECORDS: Final[Iterable[tuple[ShardName, str, str]]] = (
    (KEV, "CISA KEV", "which vulnerabilities are known to be exploited"),
    (EPSS, "EPSS", ""),
    (NVD, "NVD severities", ""),
    (CVE, "SSVC", ""),
    (KEV_EUVD, "EUVD exploited", ""),
    (KEV_VULNCHECK, "VulnCheck KEV", ""),
)
