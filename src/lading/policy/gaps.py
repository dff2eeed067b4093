"""Gaps of the coverage that a policy knows and accepts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from lading.model.decision import AcceptedGap
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.finding import Suppression
from lading.model.image import Image
from lading.model.report import Report
from lading.policy.baseline import Baseline
from lading.policy.document import texts
from lading.policy.globs import any_fits
from lading.policy.ignores import SOON
from lading.policy.policy import Accept
from lading.policy.selectors import is_image

SOURCE = "accept"


class Gaps(Struct, frozen=True):
    """What was not looked at or not matched: what of it nobody accepts, and who accepts the rest. `remarks` are about
    entries that expired or mean nothing here."""

    left: tuple[Diagnostic, ...]
    accepted: tuple[AcceptedGap, ...]
    remarks: tuple[Diagnostic, ...]


def gaps_of(
    report: Report,
    accepts: Sequence[Accept],
    today: date,
    further: Iterable[Diagnostic] = (),
    baseline: Baseline | None = None,
) -> Gaps:
    """The gaps of a report and the `further` ones of a decision on it, held against the entries of a policy that accept
    some, and against those of a baseline."""
    left: list[Diagnostic] = []
    accepted: list[AcceptedGap] = []
    used: set[int] = set()
    images = [target.image for target in report.targets]
    found = [(gap, [target.image]) for target in report.targets for gap in target.diagnostics]
    for gap, places in (*found, *((gap, images) for gap in further)):
        if gap.level != "incomplete":
            continue
        meant = [number for number, one in enumerate(accepts) if any(_means(one, gap, image) for image in places)]
        used.update(meant)
        holding = [accepts[number] for number in meant if not _problem(accepts[number], today)]
        if holding:
            accepted.append(AcceptedGap(gap, _suppression(holding[0])))
        elif baseline is not None and baseline.has_gap(gap):
            accepted.append(AcceptedGap(gap, baseline.suppression))
        else:
            left.append(gap)
    return Gaps(tuple(left), tuple(accepted), tuple(_remarks(report, accepts, used, today)))


def _means(accept: Accept, gap: Diagnostic, image: Image) -> bool:
    table = accept.table
    if table.code != gap.code or not is_image(table.image, image):
        return False
    return not table.where or any_fits(texts(table.where), gap.where)


def _problem(accept: Accept, today: date) -> str:
    if accept.refused:
        return accept.refused
    expires = accept.table.expires
    return f"it expired on {expires}" if expires is not None and expires < today else ""


def _suppression(accept: Accept) -> Suppression:
    table = accept.table
    return Suppression(
        SOURCE, accept.where, table.reason, table.owner, table.expires.isoformat() if table.expires else ""
    )


def _remarks(report: Report, accepts: Sequence[Accept], used: set[int], today: date) -> Iterator[Diagnostic]:
    for number, one in enumerate(accepts):
        expires = one.table.expires
        problem = _problem(one, today)
        if not any(is_image(one.table.image, target.image) for target in report.targets):
            continue
        if number not in used:
            yield diagnostic("ignore-unused", f"1 accepted gap is not there: {one.label}", one.where)
        elif problem:
            code = "ignore-refused" if one.refused else "ignore-expired"
            yield diagnostic(code, f"the gap {one.label} is not accepted: {problem}", one.where)
        elif expires is not None and expires - today <= SOON:
            message = f"that the gap {one.label} is accepted ends on {expires}: it then counts again"
            yield diagnostic("ignore-expiring", message, one.where)
