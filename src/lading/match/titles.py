"""The title of a vulnerability in a package: the best that a source of that package has."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from lading.match.matching import Match
from lading.model.advisory import AdvisoryText, ShardName, text_about
from lading.model.ports import AdvisoryStore


class TextSource(Struct, frozen=True, array_like=True):
    """Where a text stands: the shard, the advisory, the package as the shard calls it, and upstream's notice."""

    shard: str
    advisory: str
    package: str
    notice: str


def source_of(match: Match) -> TextSource:
    """Where the text of a match's advisory stands."""
    return TextSource(match.shard.name, match.advisory.id, match.advisory.package, match.advisory.note)


class Texts:
    """The texts of advisories that decided (`matches`). Those of other sources are read where they are asked for."""

    def __init__(self, matches: Iterable[Match], store: AdvisoryStore) -> None:
        self._store = store
        wanted: dict[str, set[str]] = defaultdict(set)
        for one in matches:
            wanted[one.shard.name].add(one.advisory.id)
        self._held = {
            shard: dict(store.texts(ShardName(shard), sorted(ids)).items()) for shard, ids in sorted(wanted.items())
        }

    def of(self, match: Match, others: Sequence[TextSource]) -> tuple[str, str]:
        """Summary and address. Where the advisory that decides has no title, that of another on the same vulnerability
        in the same package; the first has the best."""
        own = self._text(source_of(match))
        if own is not None and own.summary and not own.excerpt:
            return own.summary, own.url
        found = [text for one in others if (text := self._text(one)) is not None and text.summary]
        best = next((text for text in found if not text.excerpt), None)
        summary = best or (own if own is not None and own.summary else next(iter(found), None))
        address = own if own is not None and own.url else summary
        return summary.summary if summary is not None else "", address.url if address is not None else ""

    def _text(self, source: TextSource) -> AdvisoryText | None:
        held = self._held.setdefault(source.shard, {})
        if source.advisory not in held:
            read = self._store.texts(ShardName(source.shard), [source.advisory])
            held[source.advisory] = read.get(source.advisory, ())
        return text_about(source.package, source.notice, held[source.advisory])
