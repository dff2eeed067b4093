"""What was compared, in words: for the report that explains why a vulnerability is reported or not."""

from lading.match.conditions import ImageContext, mismatch
from lading.match.keys import MatchKey
from lading.match.matching import ShardContext, match_advisory
from lading.model.advisory import Advisory, Range
from lading.model.explanation import Outcome
from lading.versions.ranges import contains
from lading.versions.schemes import compare

_SIGNS = {-1: "<", 0: "=", 1: ">", None: "?"}
_STATES = {
    "minor": "affected; no advisory will be issued, it is minor",
    "deferred": "affected; to be fixed later",
    "wont_fix": "affected; it will not be fixed",
    "end_of_life": "affected; out of support",
    "under_investigation": "not decided yet",
}
_MOST_VERSIONS = 3


def reason(advisory: Advisory, key: MatchKey, shard: ShardContext, context: ImageContext) -> tuple[Outcome, str]:
    """What an advisory comes to for a key, and the comparison that was made."""
    match = match_advisory(advisory, key, shard, context)
    if match is None:
        return "other-build", mismatch(advisory, key, context) or _not_meant(advisory)
    if match.reason:
        return match.status, match.reason
    if advisory.state == "withdrawn":
        return "not_affected", "upstream has withdrawn the record"
    if advisory.state == "not_affected":
        what = f"{key.version} is free of it" if advisory.versions else "no version is affected"
        return "not_affected", f"upstream says that {what}"
    said = _STATES.get(advisory.state, "")
    compared = _compared(advisory, key.version, shard.scheme)
    return match.status, "; ".join(filter(None, (compared, said))) or "every version"


def _compared(advisory: Advisory, version: str, scheme: str) -> str:
    """The comparisons with every range; of several, those that hold the version stand first and are told from the
    others."""
    parts = [(_range(scheme, version, span), contains(scheme, version, [span])) for span in advisory.ranges]
    if advisory.versions:
        is_listed = version in advisory.versions
        many = len(advisory.versions)
        among = "the one version" if many == 1 else f"among the {many:,} versions"
        parts.append((f"{version} {'is' if is_listed else 'is not'} {among} listed", is_listed))
    inside = "; ".join(text for text, holds in parts if holds)
    others = "; ".join(text for text, holds in parts if not holds)
    if inside and others:
        return f"{inside}: that decides; the others do not hold: {others}"
    return inside or others


def _not_meant(advisory: Advisory) -> str:
    if advisory.state == "not_affected":
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
        (span.before, "affected before"),
    ]
    parts = [f"{version} {_SIGNS[compare(scheme, version, bound)]} {bound} ({word})" for bound, word in bounds if bound]
    return " and ".join(parts) or "every version is affected, no fix is known"
