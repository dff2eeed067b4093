"""What a database knows of a vulnerability or a package, as text."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from lading.formats.encoders.text.canvas import STYLES, Canvas, severity_text
from lading.formats.encoders.text.text import counted, listed, printable, sentence, shorten, wrap
from lading.formats.view import View
from lading.model.advisory import Advisory, Range, State
from lading.model.search import KnownVulnerability, Mention, SearchResult
from lading.model.spelling import doubt

_MOST_RANGES = 3
_INDENT = 14
_PACKAGES = 40
_WIDE = 100
"""From so many cells on there is room for all columns of what is said of a vulnerability."""
_VERSIONS = 60
_STATES: dict[State, str] = {
    "affected": "",
    "minor": "minor",
    "deferred": "fix deferred",
    "wont_fix": "will not be fixed",
    "end_of_life": "out of support",
    "under_investigation": "not decided",
    "not_affected": "not affected",
    "unbounded": "no range is known",
    "withdrawn": "withdrawn",
}
_SAYS_OF_ALL = ("not_affected", "withdrawn")


def encode_search_table(result: SearchResult, view: View) -> bytes:
    """The facts of the vulnerability and a line for each statement on it; or the vulnerabilities of the package by
    shard, those that do not affect it counted unless all are to be shown."""
    canvas = Canvas(view.width, colour=view.colour)
    if not result.mentions and not result.vulnerabilities:
        what = "vulnerability" if result.kind == "vulnerability" else "package"
        asked = counted(result.shards, "shard")
        canvas.add(f"{shorten(printable(result.query), _VERSIONS)}: nothing is known of this {what} in {asked}.")
        if "CVE" in result.query.upper() and (hint := doubt(result.query)):
            canvas.add((hint, "yellow"))
    elif result.kind == "vulnerability":
        _add_vulnerabilities(canvas, result)
        _add_statements(canvas, result.mentions)
    else:
        _add_package(canvas, result, view.show_all)
    return canvas.render()


def _add_vulnerabilities(canvas: Canvas, result: SearchResult) -> None:
    known = {vulnerability.id: vulnerability for vulnerability in result.vulnerabilities}
    main = known.get(result.query) or (result.vulnerabilities[0] if len(result.vulnerabilities) == 1 else None)
    canvas.add((printable(result.query), "bold"))
    names = sorted({name for one in result.mentions for name in (one.advisory.id, *one.advisory.aliases)})
    others = [printable(name) for name in names if name != result.query]
    _row(canvas, "also", listed(others, canvas.width - _INDENT) if others else "")
    summaries = [main.record.summary] if main is not None and main.record is not None else []
    summaries += [one.text.summary for one in result.mentions]
    _row(canvas, "", sentence(shorten(next(filter(None, summaries), ""), 600)))
    if main is not None:
        _add_facts(canvas, main)


def _add_facts(canvas: Canvas, vulnerability: KnownVulnerability) -> None:
    for place, severity in enumerate(vulnerability.record.severities if vulnerability.record else ()):
        said = f" {printable(severity.text)}" if severity.text != severity.label else ""
        _row(canvas, "" if place else "severity", severity_text(severity) + said, STYLES[severity.label])
    if vulnerability.record:
        _row(canvas, "weaknesses", ", ".join(map(printable, vulnerability.record.cwes)))
        _row(canvas, "published", vulnerability.record.published[:10])
    if vulnerability.epss:
        share = f"{vulnerability.epss.epss:.1%} within 30 days"
        _row(
            canvas,
            "EPSS",
            f"{share}, above {vulnerability.epss.percentile:.0%} of all vulnerabilities",
        )
    if vulnerability.exploited:
        due = f", to be fixed by {vulnerability.exploited.due}" if vulnerability.exploited.due else ""
        ransomware = ", by ransomware too" if vulnerability.exploited.ransomware else ""
        _row(canvas, "CISA KEV", f"exploited, listed on {vulnerability.exploited.added}{due}{ransomware}", "bold red")


def _add_statements(canvas: Canvas, mentions: Sequence[Mention]) -> None:
    """One line for all packages of which a shard says the same."""
    groups: dict[tuple[str, ...], list[Mention]] = {}
    for one in sorted(mentions, key=lambda one: (one.shard, one.advisory.package)):
        key = (one.shard, one.advisory.id, one.advisory.note, versions_text(one.advisory), one.severity.label)
        groups.setdefault(key, []).append(one)
    rows = [
        (
            shard,
            listed([printable(name) for name in dict.fromkeys(one.advisory.package for one in held)], _PACKAGES),
            printable(versions),
            held[0].severity.label if held[0].severity.label != "unknown" else "",
            printable(note or (id if id != mentions[0].advisory.id else "")),
        )
        for (shard, id, note, versions, _), held in groups.items()
    ]
    if rows and canvas.width < _WIDE:
        _add_stacked(canvas, rows)
    elif rows:
        canvas.add()
        _add_table(canvas, ("shard", "package", "affected", "severity", "advisory"), rows)


def _add_stacked(canvas: Canvas, rows: Sequence[tuple[str, str, str, str, str]]) -> None:
    """Where there is no room for all columns: whose statement it is on a line, and the packages below."""

    def statement(row: tuple[str, str, str, str, str]) -> tuple[str, str, str]:
        return row[0], row[3], row[4]

    for (shard, severity, advisory), held in groupby(sorted(rows, key=statement), key=statement):
        canvas.add()
        named = [(shard, "bold"), (severity, STYLES.get(severity, "")), (advisory, "dim")]  # type: ignore[call-overload]
        canvas.flow([one for one in named if one[0]], "  ")
        packages = [(row[1], row[2]) for row in held]
        canvas.table(packages, [("", "")] * len(packages))


def _add_package(canvas: Canvas, result: SearchResult, show_all: bool) -> None:
    exploited = {vulnerability.id for vulnerability in result.vulnerabilities if vulnerability.exploited}
    for (shard, package), held in groupby(
        sorted(result.mentions, key=lambda one: (one.shard, one.advisory.package)),
        key=lambda one: (one.shard, one.advisory.package),
    ):
        mentions = list(held)
        shown = [one for one in mentions if show_all or one.advisory.state not in _SAYS_OF_ALL]
        canvas.heading(
            f"{printable(package)} ({shard})", counted(len({one.advisory.id for one in mentions}), "vulnerability")
        )
        rows = [
            (
                printable(one.advisory.id),
                one.severity.label if one.severity.label != "unknown" else "",
                printable(versions_text(one.advisory)),
                "KEV" if {one.advisory.id, *one.advisory.aliases} & exploited else "",
                printable(one.advisory.note or next(iter(one.advisory.aliases), "")),
                sentence(shorten(one.text.summary, _PACKAGES)),
            )
            for one in shown
        ]
        if rows:
            _add_table(canvas, ("id", "severity", "affected", "", "advisory", ""), rows)
        if len(shown) < len(mentions):
            canvas.add(
                (f"{counted(len(mentions) - len(shown), 'more vulnerability')} without effect on it (--all)", "dim")
            )


def versions_text(advisory: Advisory) -> str:
    """Which versions are affected, in words."""
    state = _STATES[advisory.state]
    spans = [_range_text(one) for one in advisory.ranges]
    if len(spans) > _MOST_RANGES:
        spans = [*spans[:_MOST_RANGES], f"{len(spans) - _MOST_RANGES} more ranges"]
    if advisory.versions and not spans:
        spans = [listed(advisory.versions, _PACKAGES)]
    if advisory.state in _SAYS_OF_ALL:
        return state
    text = shorten("; ".join(spans) or "all versions", _VERSIONS)
    module = f"module {advisory.condition.module}" if advisory.condition and advisory.condition.module else ""
    note = ", ".join(filter(None, (module, state)))
    return f"{text} ({note})" if note else text


def _range_text(span: Range) -> str:
    low = f"from {span.introduced} " if span.introduced else f"after {span.after} " if span.after else ""
    if span.fixed:
        return f"{low}before {span.fixed}"
    if span.last_affected:
        return f"{low}up to {span.last_affected}"
    if span.before:
        return f"{low}before {span.before}, no fix"
    return f"{low}on".strip() if low else "all versions"


def _add_table(canvas: Canvas, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = list(rows)
    titles = [title if any(row[column] for row in table) else "" for column, title in enumerate(header)]
    styles = [[STYLES.get(value, "") for value in row] for row in table]  # type: ignore[call-overload]
    canvas.table([titles, *table], [["dim"] * len(titles), *styles])


def _row(canvas: Canvas, title: str, text: str, style: str = "") -> None:
    """A title and its text, wrapped; nothing without a text."""
    for place, line in enumerate(wrap(text, canvas.width - _INDENT)):
        canvas.add((("" if place else title).ljust(_INDENT), "dim"), (line, style))
