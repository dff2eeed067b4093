"""What is known of flaws whatever package has them: exploitation, its likelihood, ratings, weaknesses."""

from collections.abc import Iterable

from msgspec import structs

from lading.engine.coverage import shard_date
from lading.engine.plan import EPSS, KEV
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Coverage, Finding
from lading.model.ports import AdvisoryStore


def enrich(findings: Iterable[Finding], store: AdvisoryStore) -> list[Finding]:
    """The findings with what the shards of facts know of them. Raises AdvisoryError."""
    every = list(findings)
    names = sorted({name for finding in every for name in (finding.id, *finding.aliases)})
    exploited = store.known_exploited(names)
    likely = store.facts(EPSS, names)
    found = []
    for finding in every:
        own = (finding.id, *finding.aliases)
        known = next((exploited[name] for name in own if name in exploited), None)
        chance = max((likely[name] for name in own if name in likely), key=lambda one: one.epss, default=None)
        found.append(
            structs.replace(
                finding,
                known_exploited=known,
                epss=chance.epss if chance else 0.0,
                percentile=chance.percentile if chance else 0.0,
            )
        )
    return found


def facts_coverage(store: AdvisoryStore) -> tuple[list[Coverage], list[Diagnostic]]:
    """The rows of the shards of facts, and what is missing without them."""
    provenance = store.provenance(KEV)
    if provenance is None:
        return [Coverage("known exploited", 0, "no-data", note="kev is not here")], [_NO_KEV]
    return [Coverage("known exploited", 0, "matched", KEV, shard_date(provenance), provenance.digest)], []


_NO_KEV = Diagnostic(
    "warning",
    "advisories-missing",
    "which flaws are known to be exploited is not shown: the catalogue kev is not here; run: lading db update kev",
    "known exploited",
)
