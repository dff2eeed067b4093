"""Why a vulnerability is reported or not, for people."""

from itertools import groupby

from lading.formats.encoders.text.canvas import STYLES, Canvas, severity_text
from lading.formats.encoders.text.explained_check import add_check
from lading.formats.encoders.text.header import add_header
from lading.formats.encoders.text.layers import layer_name
from lading.formats.encoders.text.text import counted, listed, printable, sentence, short_digest, shorten, wrap
from lading.formats.encoders.text.vex import add_results, add_words
from lading.formats.instructions import instruction
from lading.formats.view import View
from lading.model.advisory import Provenance
from lading.model.explanation import Explanation, Outcome, Reasoning, UnmatchedReason
from lading.model.finding import Finding, FixState, Suppression
from lading.model.image import Image
from lading.model.package import Package
from lading.model.spelling import doubt

_OUTCOMES: dict[Outcome, str] = {
    "affected": "affected",
    "under_investigation": "under investigation",
    "not_affected": "not affected",
    "overridden": "overridden by a higher-priority source",
    "excluded": "known to be wrong",
    "other-build": "about other builds",
    "owned": "matched with the package that owns it",
}
_UNFIXED: dict[FixState, str] = {
    "fixed": "no fix is known",
    "not_fixed": "no fix is known",
    "wont_fix": "it will not be fixed",
    "deferred": "the fix is deferred",
    "minor": "no advisory will be issued, it is minor",
    "end_of_life": "out of support",
    "unknown": "not known",
}
_MOST_PLACES = 3
_MOST_ALIKE = 20


def encode_explanation_text(explanation: Explanation, view: View) -> bytes:
    """The explanation as text ending in a newline."""
    canvas = Canvas(view.width, colour=view.colour)
    add_header(canvas, explanation.image, explanation.distribution, explanation.packages)
    if explanation.check is not None:
        add_check(canvas, explanation, explanation.check, _row)
        return canvas.render()
    for finding in explanation.findings:
        _add_finding(canvas, explanation, finding)
    reported = {finding.package.purl for finding in explanation.findings}
    rest = [one for one in explanation.reasons if one.package.purl not in reported]
    for outcome, reasons in groupby(rest, lambda one: one.outcome):
        _add_unreported(canvas, explanation, outcome, list(reasons))
    add_results(canvas, explanation.vex, _row)
    _add_unmatched(canvas, explanation)
    return canvas.render()


def _add_finding(canvas: Canvas, explanation: Explanation, finding: Finding) -> None:
    package = finding.package
    names = [name for name in (*finding.aliases, *finding.notices) if name != finding.id]
    status = finding.status.replace("_", " ")
    canvas.heading(f"{finding.id} in {printable(package.name)} {printable(package.version)}", status)
    if finding.summary:
        _row(canvas, "vulnerability", sentence(finding.summary))
    _row(canvas, "other names", ", ".join(map(printable, names)))
    _add_package(canvas, explanation.image, package)
    for one in explanation.reasons:
        if one.package.purl == package.purl:
            _add_reason(canvas, explanation, one)
    fixed = finding.fixed_version and f"{finding.fixed_version}{f' of {finding.fix_date}' if finding.fix_date else ''}"
    _row(canvas, "fixed in", printable(fixed) or _UNFIXED[finding.fix_state])
    _row(canvas, "note", printable(finding.note or finding.reason))
    if finding.hidden_reason:
        _row(canvas, "hidden", f"by default, as {finding.hidden_reason.replace('_', ' ')}; --all shows it")
    for held in finding.suppressions:
        if held.source == "ignore":
            _row(canvas, "ignored", _ignored(held))
    add_words(canvas, finding, _row)
    _add_severities(canvas, finding)
    _row(canvas, "weaknesses", ", ".join(map(printable, finding.cwes)))
    _row(canvas, "CISA KEV", _exploited(finding))
    _row(canvas, "EPSS", _epss(finding))
    _row(canvas, "SSVC", _ssvc(finding))
    _row(canvas, "risk", f"{finding.risk:.0f} of 100")


def _ignored(one: Suppression) -> str:
    until = f"until {one.expires}" if one.expires else ""
    about = ", ".join(filter(None, (printable(one.author), until)))
    reason = printable(one.reason) or "no reason is given"
    return f"by {printable(one.where)}: {reason}{f' ({about})' if about else ''}"


def _add_severities(canvas: Canvas, finding: Finding) -> None:
    """The one that counts, then what others say; of one that is none only what was said in its place."""
    others = [one for one in finding.severities if one != finding.severity]
    said = [one for one in (finding.severity, *others) if one.label != "unknown" or one.text]
    for place, one in enumerate(said or [finding.severity]):
        words = printable(one.text) if one.text != one.label else ""
        if one.label == "unknown" and one.source and words:
            words = f"({printable(one.source)}: {words})"
        _row(canvas, "" if place else "severity", f"{severity_text(one)} {words}".rstrip(), STYLES[one.label])


def _add_package(canvas: Canvas, image: Image, package: Package) -> None:
    _row(canvas, "package", printable(package.purl))
    if package.source and (package.source, package.source_version) != (package.name, package.version):
        _row(canvas, "built from", printable(f"{package.source} {package.source_version}"))
    for location in package.locations[:_MOST_PLACES]:
        _row(canvas, "seen in", f"/{printable(location.path)}, layer {layer_name(image, location.layer)}")
    if len(package.locations) > _MOST_PLACES:
        _row(canvas, "", f"and {counted(len(package.locations) - _MOST_PLACES, 'more place')}")
    layer = image.layer(package.layer)
    made_by = printable(instruction(layer.created_by)) if layer is not None else ""
    _row(canvas, "introduced by", shorten(made_by, canvas.width - _INDENT))
    _row(canvas, "claimed by" if package.ownership == "claimed" else "owned by", printable(package.owner))


def _add_reason(canvas: Canvas, explanation: Explanation, one: Reasoning) -> None:
    note = f" ({one.advisory.note})" if one.advisory.note else ""
    held = explanation.shards.get(one.shard)
    _row(canvas, "advisory", printable(f"{one.advisory.id}{note}, {_shard(one.shard, held)}: {_OUTCOMES[one.outcome]}"))
    _row(canvas, "", printable(one.url))
    _row(canvas, "compared", printable(one.compared))


def _shard(name: str, held: Provenance | None) -> str:
    if held is None:
        return f"shard {name}"
    dated = f"of {held.upstream_date[:10]}" if held.upstream_date else f"as compared on {held.built[:10]}"
    return f"shard {name} {dated}, {short_digest(held.digest)}"


def _exploited(finding: Finding) -> str:
    known = finding.known_exploited
    if known is None:
        return ""
    due = f", to be fixed by {known.due}" if known.due else ""
    ransomware = ", by ransomware too" if known.ransomware else ""
    by = f" by {', '.join(map(printable, known.catalogues))}" if known.catalogues else ""
    return f"exploited, listed on {known.added}{by}{due}{ransomware}"


def _ssvc(finding: Finding) -> str:
    known = finding.ssvc
    if known is None:
        return ""
    points = (
        ("exploitation", known.exploitation), ("automatable", known.automatable),
        ("technical impact", known.technical_impact),
    )  # fmt: skip
    said = ", ".join(f"{name} {printable(value)}" for name, value in points if value)
    return f"{known.decision} ({said})" if known.decision else said


def _epss(finding: Finding) -> str:
    if finding.epss is None:
        return ""
    rank = f", above {finding.percentile:.0%} of all vulnerabilities" if finding.percentile is not None else ""
    return f"{finding.epss:.1%} within 30 days{rank}"


def _add_unreported(canvas: Canvas, explanation: Explanation, outcome: Outcome, reasons: list[Reasoning]) -> None:
    """Packages in which the vulnerability is not reported, and why."""
    canvas.heading(f"{explanation.id} is not reported here", _OUTCOMES[outcome])
    for one in reasons[:_MOST_ALIKE]:
        _add_package(canvas, explanation.image, one.package)
        _add_reason(canvas, explanation, one)
        canvas.add()
    if len(reasons) > _MOST_ALIKE:
        canvas.add(f"and {counted(len(reasons) - _MOST_ALIKE, 'more package')} alike (-o json lists them)")


def _add_unmatched(canvas: Canvas, explanation: Explanation) -> None:
    if not explanation.unmatched_reason:
        return
    wanted = f" in {shorten(printable(explanation.wanted), _LONGEST_NAME)}" if explanation.wanted else ""
    canvas.heading(f"{shorten(printable(explanation.id), _LONGEST_NAME)} is not reported{wanted}")
    if explanation.unmatched_reason == "no-such-package":
        canvas.add("no package of this name, source or package URL is installed")
    if explanation.unmatched_reason == "other-data" and explanation.asked:
        asked = listed(list(explanation.asked), canvas.width)
        for line in wrap(f"no data that this image is matched against names it ({asked})", canvas.width):
            canvas.add(line)
    alike: dict[tuple[str, ...], list[str]] = {}
    for shard, packages in explanation.elsewhere.items():
        alike.setdefault(packages, []).append(shard)
    for packages, shards in alike.items():
        tail = _tail(explanation.unmatched_reason, len(packages), len(shards))
        text = f"{', '.join(shards)}: it is in {listed(list(map(printable, packages)), canvas.width)}{tail}"
        for line in wrap(text, canvas.width):
            canvas.add(line)
    if not explanation.elsewhere:
        canvas.add("none of the advisories that match this image mention it")
    for one in explanation.unmatched:
        for line in wrap(f"not matched: {printable(one)}", canvas.width):
            canvas.add((line, "yellow"))
    if not explanation.elsewhere and (hint := doubt(explanation.id)):
        canvas.add(hint)


def _tail(reason: UnmatchedReason, packages: int, shards: int) -> str:
    """Why the advisories of some shards on some packages do not count."""
    if reason == "not-installed":
        return ", which is not installed" if packages == 1 else ", and none of them is installed"
    return f"; this image is not matched against {'it' if shards == 1 else 'them'}" if reason == "other-data" else ""


_LONGEST_NAME = 80
_INDENT = 15


def _row(canvas: Canvas, title: str, text: str, style: str = "") -> None:
    """A title and its text, wrapped; nothing without a text."""
    for place, line in enumerate(wrap(text, canvas.width - _INDENT)):
        canvas.add((("" if place else title).ljust(_INDENT), "dim"), (line, style))
