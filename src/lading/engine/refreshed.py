"""What a kept result says of its data, once the data is newer and says the same of it."""

from collections.abc import Sequence

from msgspec import structs

from lading.match.coverage import data_source
from lading.model.advisory import ShardName
from lading.model.ports import AdvisoryStore
from lading.model.report import Coverage, DataSource


def refreshed_coverage(coverage: Sequence[Coverage], store: AdvisoryStore) -> tuple[Coverage, ...]:
    """The coverage of a result as matching it anew would give it, where no row that it rests on has changed. Raises
    AdvisoryError."""

    def current(source: DataSource) -> DataSource:
        found = store.provenance(ShardName(source.shard))
        return source if found is None else data_source(found, lesser=source.lesser)

    return tuple(structs.replace(one, sources=tuple(map(current, one.sources))) for one in coverage)
