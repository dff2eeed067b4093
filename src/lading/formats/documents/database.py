"""What a database knows, and in what two differ, as JSON. Published as JSON Schema in `docs/schema/`."""

from typing import Literal

from msgspec import Struct

from lading.formats.view import View
from lading.model.advisory import Advisory, Kind, KnownExploited, Severity, State
from lading.model.search import DatabaseDifference, KnownVulnerability, Mention, SearchResult, ShardDifference
from lading.safeio.json_text import encode_document

SEARCH_SCHEMA = "https://lading.dev/schema/search-1.json"
DIFFERENCE_SCHEMA = "https://lading.dev/schema/difference-1.json"


class RatingDocument(Struct, frozen=True):
    """A severity and who says so. `score` is 0 where the source gives a word alone; `text` is the word or vector."""

    label: str
    source: str
    score: float
    text: str


class SpanDocument(Struct, frozen=True):
    """Versions from `introduced` or after `after`, up to before `fixed` or `before`, or to `last_affected`; what ends
    with `before` is not known to be fixed there."""

    introduced: str
    after: str
    fixed: str
    last_affected: str
    before: str


class ImportDocument(Struct, frozen=True):
    """A Go package with a vulnerability, and the functions that have it (none: all of them) on these platforms (none:
    all)."""

    path: str
    symbols: tuple[str, ...]
    goos: tuple[str, ...]
    goarch: tuple[str, ...]


class ConditionDocument(Struct, frozen=True):
    """Which builds of a package are meant: every field that is not empty must hold."""

    arches: tuple[str, ...] = ()
    module: str = ""
    cpes: tuple[str, ...] = ()
    imports: tuple[ImportDocument, ...] = ()
    target: str = ""
    edition: str = ""
    slots: tuple[str, ...] = ()
    released: bool = False


class MentionDocument(Struct, frozen=True):
    """One advisory of a shard. `versions` are those listed one by one, `fixed_version` is the first fixed one of the
    last range, `condition` what must hold besides."""

    shard: str
    type: str
    package: str
    id: str
    aliases: tuple[str, ...]
    note: str
    kind: Kind
    state: State
    ranges: tuple[SpanDocument, ...]
    versions: tuple[str, ...]
    fixed_version: str
    fix_date: str
    severity: RatingDocument
    severities: tuple[RatingDocument, ...]
    cwes: tuple[str, ...]
    condition: ConditionDocument | None
    remark: str
    summary: str
    url: str
    published: str
    modified: str


class VulnerabilityDocument(Struct, frozen=True):
    """What is known of a vulnerability whatever package has it. `epss` and `percentile` are 0 to 1, and 0 where not
    known."""

    id: str
    known_exploited: KnownExploited | None
    epss: float
    percentile: float
    scored: str
    severities: tuple[RatingDocument, ...]
    cwes: tuple[str, ...]
    published: str
    status: str
    summary: str


class SearchDocument(Struct, frozen=True):
    """Everything a database knows of a vulnerability or a package. `database` is the digest of the set of shards
    asked."""

    schema: str
    tool: str
    query: str
    kind: Literal["vulnerability", "package"]
    database: str
    shards: int
    vulnerabilities: tuple[VulnerabilityDocument, ...]
    mentions: tuple[MentionDocument, ...]


class DifferenceDocument(Struct, frozen=True):
    """In what two databases differ, each named by the digest of its set of shards."""

    schema: str
    tool: str
    old: str
    old_date: str
    new: str
    new_date: str
    same: int
    shards: tuple[ShardDifference, ...]


def encode_search(result: SearchResult, view: View) -> bytes:
    """What a search found, as JSON (UTF-8, indented, ending in a newline)."""
    document = SearchDocument(
        schema=SEARCH_SCHEMA,
        tool=view.tool,
        query=result.query,
        kind=result.kind,
        database=result.database,
        shards=result.shards,
        vulnerabilities=tuple(map(_vulnerability, result.vulnerabilities)),
        mentions=tuple(map(_mention, result.mentions)),
    )
    return encode_document(document)


def encode_difference(difference: DatabaseDifference, view: View) -> bytes:
    """In what two databases differ, as JSON (UTF-8, indented, ending in a newline)."""
    document = DifferenceDocument(
        schema=DIFFERENCE_SCHEMA,
        tool=view.tool,
        old=difference.old,
        old_date=difference.old_date,
        new=difference.new,
        new_date=difference.new_date,
        same=difference.same,
        shards=difference.shards,
    )
    return encode_document(document)


def _mention(mention: Mention) -> MentionDocument:
    one, text = mention.advisory, mention.text
    return MentionDocument(
        shard=mention.shard,
        type=mention.type,
        package=one.package,
        id=one.id,
        aliases=one.aliases,
        note=one.note,
        kind=one.kind,
        state=one.state,
        ranges=tuple(
            SpanDocument(span.introduced, span.after, span.fixed, span.last_affected, span.before)
            for span in one.ranges
        ),
        versions=one.versions,
        fixed_version=next((span.fixed for span in reversed(one.ranges) if span.fixed), ""),
        fix_date=one.fix_date,
        severity=_rating(mention.severity),
        severities=tuple(map(_rating, one.severities)),
        cwes=one.cwes,
        condition=_condition(one),
        remark=one.remark,
        summary=text.summary,
        url=text.url,
        published=text.published,
        modified=text.modified,
    )


def _condition(one: Advisory) -> ConditionDocument | None:
    condition = one.condition
    if condition is None:
        return None
    return ConditionDocument(
        arches=condition.arches,
        module=condition.module,
        cpes=condition.cpes,
        released=condition.released,
        imports=tuple(ImportDocument(each.path, each.symbols, each.goos, each.goarch) for each in condition.imports),
        target=condition.target,
        edition=condition.edition,
        slots=condition.slots,
    )


def _vulnerability(vulnerability: KnownVulnerability) -> VulnerabilityDocument:
    return VulnerabilityDocument(
        id=vulnerability.id,
        known_exploited=vulnerability.exploited,
        epss=vulnerability.epss.epss if vulnerability.epss else 0.0,
        percentile=vulnerability.epss.percentile if vulnerability.epss else 0.0,
        scored=vulnerability.epss.scored if vulnerability.epss else "",
        severities=tuple(map(_rating, vulnerability.record.severities)) if vulnerability.record else (),
        cwes=vulnerability.record.cwes if vulnerability.record else (),
        published=vulnerability.record.published if vulnerability.record else "",
        status=vulnerability.record.status if vulnerability.record else "",
        summary=vulnerability.record.summary if vulnerability.record else "",
    )


def _rating(severity: Severity) -> RatingDocument:
    return RatingDocument(severity.label, severity.source, severity.score, severity.text)
