"""In what the checks of two results differ, and what made it."""

from collections.abc import Container, Iterable
from typing import Final, get_args

from lading.model.changes import FieldChange, IssueChange, RowChangeKind
from lading.model.checks import Family, Issue
from lading.model.report import Target
from lading.policy.causes import Cause, Side
from lading.policy.known import BASELINE

_KINDS: Final[tuple[RowChangeKind, ...]] = get_args(RowChangeKind)


def issue_changes(old: Side, new: Side) -> tuple[tuple[IssueChange, ...], int]:
    """The issues in which two images differ, by kind of change and in the order of the reports; and how many are the
    same. Issues go by their fingerprints. What only one of them was checked for says nothing, and is left out."""
    families = {*old.target.checks} & {*new.target.checks}
    before, after = (_by_fingerprint(side.target.issues, families) for side in (old, new))
    changes: list[IssueChange] = []
    same = 0
    for name, issue in after.items():
        was = before.get(name)
        if was is not None and _counts(was) and _counts(issue):
            changes += _changed(was, issue, old, new)
            same += was.severity == issue.severity
        elif _counts(issue):
            changes.append(IssueChange("introduced", *_why(was, old, new, gone=False), issue))
    for name, issue in before.items():
        is_now = after.get(name)
        if _counts(issue) and (is_now is None or not _counts(is_now)):
            changes.append(IssueChange("fixed", *_why(is_now, old, new, gone=True), issue))
    return tuple(sorted(changes, key=lambda one: _KINDS.index(one.kind))), same


def _by_fingerprint(issues: Iterable[Issue], families: Container[Family]) -> dict[str, Issue]:
    """Of several that are alike the one that counts."""
    found: dict[str, Issue] = {}
    for issue in issues:
        known = found.get(issue.fingerprint)
        if issue.family in families and (known is None or (_counts(issue) and not _counts(known))):
            found[issue.fingerprint] = issue
    return found


def _counts(issue: Issue) -> bool:
    """Whether it counts; what a baseline takes out was there before, and counts for a comparison."""
    return not issue.hidden_reason and all(one.source == BASELINE for one in issue.suppressions)


def _why(other: Issue | None, old: Side, new: Side, *, gone: bool) -> Cause:
    """Why only one of the results has an issue: `other` is how the other one has it without counting it."""
    by = [one for one in other.suppressions if one.source != BASELINE] if other is not None else []
    if by:
        where = f"{by[0].source} {by[0].where}".rstrip()
        return Cause("policy", f"{where} takes it out" if gone else f"{where} took it out, and holds no more")
    if other is not None:
        return Cause("image", f"{'is' if gone else 'was'} {other.hidden_reason}, which is hidden by default")
    if _is_same(old.target, new.target):
        made_by = f"{old.tool} and {new.tool}" if old.tool != new.tool else "other rules"
        return Cause("tool", f"the image is the same, and {made_by} find other things in it")
    return Cause("image", "the new image has it no more" if gone else "the old image did not have it")


def _is_same(old: Target, new: Target) -> bool:
    layers = [tuple(layer.diff_id for layer in target.image.layers) for target in (old, new)]
    digests = [target.image.config_digest for target in (old, new)]
    return layers[0] == layers[1] and digests[0] == digests[1] and bool(digests[0] or layers[0])


def _changed(was: Issue, issue: Issue, old: Side, new: Side) -> Iterable[IssueChange]:
    if was.severity != issue.severity:
        cause: Cause = Cause("tool", f"{new.tool} rates it otherwise than {old.tool}")
        yield IssueChange("changed", *cause, issue, (FieldChange("severity", was.severity, issue.severity),))
