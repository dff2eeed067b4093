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
    """The texts of advisories that decided, each given with where the texts of others on the same vulnerability stand:
    those are read where the first has no title."""

    def __init__(self, matches: Iterable[tuple[Match, Sequence[TextSource]]], store: AdvisoryStore) -> None:
        self._store = store
        self._held: dict[str, dict[str, tuple[AdvisoryText, ...]]] = defaultdict(dict)
        every = [(source_of(match), others) for match, others in matches]
        self._read(own for own, _ in every)
        self._read(one for own, others in every if not self._has_title(own) for one in others)

    def of(self, match: Match, others: Sequence[TextSource]) -> tuple[str, str]:
        """Summary and address. Where the advisory that decides has no title, that of another on the same vulnerability
        in the same package; the first has the best."""
        source = source_of(match)
        own = self._text(source)
        if own is not None and self._has_title(source):
            return own.summary, own.url
        found = [text for one in others if (text := self._text(one)) is not None and text.summary]
        best = next((text for text in found if not text.excerpt), None)
        summary = best or (own if own is not None and own.summary else next(iter(found), None))
        address = own if own is not None and own.url else summary
        return summary.summary if summary is not None else "", address.url if address is not None else ""

    def _has_title(self, source: TextSource) -> bool:
        text = self._text(source)
        return text is not None and bool(text.summary) and not text.excerpt

    def _text(self, source: TextSource) -> AdvisoryText | None:
        return text_about(source.package, source.notice, self._held[source.shard].get(source.advisory, ()))

    def _read(self, sources: Iterable[TextSource]) -> None:
        wanted: dict[str, set[str]] = defaultdict(set)
        for one in sources:
            wanted[one.shard].add(one.advisory)
        for shard, ids in sorted(wanted.items()):
            self._held[shard] |= self._store.texts(ShardName(shard), sorted(ids - self._held[shard].keys()))
