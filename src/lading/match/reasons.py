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
_MOST_VERSIONS = 3


def reason(advisory: Advisory, subject: Subject, court: Court, around: Surroundings) -> tuple[Outcome, str]:
    """What an advisory comes to for a subject, and the comparison that was made."""
    judgement = judge(advisory, subject, court, around)
    if judgement is None:
        return "other-build", mismatch(advisory, subject, around) or _not_meant(advisory)
    if judgement.reason:
        return judgement.verdict, judgement.reason
    if advisory.state == "not-affected":
        what = f"{subject.version} is free of it" if advisory.versions else "no version is affected"
        return "not-affected", f"upstream says that {what}"
    parts = [_range(court.scheme, subject.version, span) for span in advisory.ranges]
    if advisory.versions:
        listed = "is" if subject.version in advisory.versions else "is not"
        parts.append(f"{subject.version} {listed} among the {len(advisory.versions):,} versions listed")
    said = _STATES.get(advisory.state, "")
    return judgement.verdict, "; ".join([*parts, *([said] if said else [])]) or "every version"


def _not_meant(advisory: Advisory) -> str:
    if advisory.state == "not-affected":
        return f"it is about {', '.join(advisory.versions[:_MOST_VERSIONS])}{_more(len(advisory.versions))} alone"
    return "it is about builds of another version line"


def _more(count: int) -> str:
    return f" and {count - _MOST_VERSIONS:,} more" if count > _MOST_VERSIONS else ""


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
