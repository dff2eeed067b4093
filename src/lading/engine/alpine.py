"""What the NVD knows of Alpine's packages and Alpine's own database does not."""

from lading.engine.curated import alpine_products, vendors
from lading.engine.plan import NVD, Panel
from lading.match.alpine import apk_names, unfixed
from lading.match.packages import Further
from lading.match.verdicts import Judgement
from lading.model.package import Package
from lading.model.ports import AdvisoryStore


def further_of(panel: Panel, store: AdvisoryStore) -> Further:
    """The judgements that the NVD adds to those of a panel's shards: of Alpine's packages only, and only where the
    shard "nvd" is held. Raises AdvisoryError."""
    if not panel.shards or not panel.shards[0].startswith("alpine-") or store.provenance(NVD) is None:
        return lambda _, __: []
    names = {package.purl: apk_names(package, alpine_products(), vendors()) for package in panel.packages}
    advisories = store.advisories(NVD, sorted({name.key for found in names.values() for name in found}))

    def further(package: Package, judgements: list[Judgement]) -> list[Judgement]:
        spoken = {name for one in judgements for name in (one.advisory.id, *one.advisory.aliases)}
        return [
            Judgement(one, one.state if one.state == "undetermined" else "affected", shard=NVD, rank=1)
            for one in unfixed(package, names[package.purl], advisories, spoken)
        ]

    return further
