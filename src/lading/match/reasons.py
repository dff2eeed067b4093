"""What was compared, in words: for the report that explains a verdict or a silence."""

from lading.match.conditions import Surroundings, mismatch
from lading.match.subjects import Subject
from lading.match.verdicts import Court, judge
from lading.model.advisory import Advisory, Range
from lading.model.explanation import Outcome
from lading.versions.schemes import compare

_SIGNS = {-1: "<", 0: "=", 1: ">", None: "?"}
_STATES = {
    "minor": "affected; no advisory will be issued, it is minor",
    "postponed": "affected; to be fixed later",
    "wont-fix": "affected; it will not be fixed",
    "end-of-life": "affected; out of support",
    "undetermined": "not decided yet",
}


def reason(advisory: Advisory, subject: Subject, court: Court, around: Surroundings) -> tuple[Outcome, str]:
    """What an advisory comes to for a subject, and the comparison that was made."""
    judgement = judge(advisory, subject, court, around)
    if judgement is None:
        other = mismatch(advisory, subject, around) or "it is about builds of another version line"
        return "other-build", other
    if judgement.reason:
        return judgement.verdict, judgement.reason
    if advisory.state == "not-affected":
        return "not-affected", "upstream says that no version is affected"
    parts = [_range(court.scheme, subject.version, span) for span in advisory.ranges]
    if advisory.versions:
        listed = "is" if subject.version in advisory.versions else "is not"
        parts.append(f"{subject.version} {listed} among the {len(advisory.versions):,} versions listed")
    said = _STATES.get(advisory.state, "")
    return judgement.verdict, "; ".join([*parts, *([said] if said else [])]) or "every version"


def _range(scheme: str, version: str, span: Range) -> str:
    """ "1.2 >= 1.0 and 1.2 < 1.4 (deb)" with the signs that hold."""
    if span.fixed == "0":
        return "upstream says that no version is affected"
    bounds = [
        (span.introduced, "introduced in"),
        (span.after, "affected after"),
        (span.fixed, "fixed in"),
        (span.last_affected, "last affected"),
    ]
    parts = [f"{version} {_SIGNS[compare(scheme, version, bound)]} {bound} ({word})" for bound, word in bounds if bound]
    return " and ".join(parts) or "every version is affected, no fix is known"
