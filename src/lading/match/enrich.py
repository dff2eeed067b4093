"""The shards of facts: what is known of vulnerabilities whatever package has them."""

from collections.abc import Iterable, Sequence

from lading.match.coverage import shard_date
from lading.match.groups import EPSS, KEV, NVD
from lading.match.rating import Knowledge, rate
from lading.model.advisory import ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Coverage, Finding
from lading.model.ports import AdvisoryStore


def rated(findings: Sequence[Finding], store: AdvisoryStore, order: Sequence[str]) -> list[Finding]:
    """The findings with what the shards of facts know of them. Raises AdvisoryError."""
    names = sorted({name for finding in findings for name in (finding.id, *finding.aliases)})
    known = Knowledge(
        exploited=store.known_exploited(names), epss=store.facts(EPSS, names), nvd=store.facts(NVD, names)
    )
    return [rate(finding, known, order) for finding in findings]


def facts_coverage(store: AdvisoryStore) -> tuple[list[Coverage], list[Diagnostic]]:
    """The rows of the shards of facts, and what is missing without them."""
    rows, missing = [], []
    for shard, kind, what in _FACTS:
        provenance = store.provenance(shard)
        if provenance is not None:
            rows.append(Coverage(kind, 0, "matched", shard, shard_date(provenance), provenance.digest))
        elif what:
            rows.append(Coverage(kind, 0, "no-data", note=f"{shard} is not here"))
            message = f"{what} is not shown: {shard} is not here; run: lading db update {shard}"
            missing.append(Diagnostic("warning", "facts-missing", message, kind))
    return rows, missing


_FACTS: Iterable[tuple[ShardName, str, str]] = (
    (KEV, "known exploited", "which vulnerabilities are known to be exploited"),
    (EPSS, "likelihood", ""),
    (NVD, "ratings", ""),
)
