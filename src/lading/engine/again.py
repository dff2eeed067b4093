"""Matching an inventory again from what it gave before, where that is enough."""

from collections.abc import Iterable, Mapping

from lading.match.inventory import Matched, MatchOptions, match_inventory
from lading.match.touched import Before, Changes, match_touched
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.package import Inventory
from lading.model.ports import AdvisoryStore
from lading.model.report import Target


class KeptMatcher:
    """Stands in for `match_inventory` on an inventory that was matched before, which gave `target`. Since then rows of
    the advisories have changed, of those that were asked for only these: by shard the names that `advisories` are
    looked up by, by shard the IDs of `texts`, and the vulnerabilities of `records`. `touched` are the IDs of the
    packages that were matched anew, None while or where all were."""

    def __init__(
        self,
        target: Target,
        advisories: Mapping[str, frozenset[str]],
        texts: Mapping[str, frozenset[str]],
        records: frozenset[str],
    ) -> None:
        self._before = Before(target.findings, target.coverage, Changes(advisories, texts, records))
        self.touched: frozenset[str] | None = None

    def __call__(
        self,
        image: Image,
        inventory: Inventory,
        diagnostics: Iterable[Diagnostic],
        store: AdvisoryStore,
        options: MatchOptions,
    ) -> Matched:
        every = tuple(diagnostics)
        found = match_touched(image, inventory, every, store, options, self._before)
        if found is None:
            return match_inventory(image, inventory, every, store, options)
        self.touched = found.packages
        return found.matched
