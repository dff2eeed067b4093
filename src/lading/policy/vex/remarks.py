"""What has to be told of VEX documents and their statements, besides what stands at findings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.vex import HeldVex, VexResult

_MOST: Final = 10
_LONGEST: Final = 300


def remarks_on(documents: Sequence[HeldVex], results: Sequence[VexResult], most: int) -> tuple[Diagnostic, ...]:
    """Diagnostics on statements that matched nothing or decide nothing, the first ones of each kind in full; `most`
    results are kept in the report."""
    remarks = [one for held in documents for one in held.document.diagnostics]
    remarks += [
        diagnostic("vex-revoked", f"{held.document.revoked}: its statements are shown and not applied", held.where)
        for held in documents
        if held.document.revoked and held.trust != "found"
    ]
    trusted = [one for one in results if one.trust != "found"]
    # A document that speaks of many versions has something to say of this one already.
    speaking = {_subject(one) for one in trusted if one.outcome in ("applied", "overridden", "unfit")}
    unmatched = [one for one in trusted if one.outcome == "unmatched" and one.nearest and _subject(one) not in speaking]
    remarks += _listed("vex-unmatched", [(_unmatched(one), one.where) for one in unmatched])
    unfit = [one for one in trusted if one.outcome == "unfit"]
    remarks += _listed("vex-unfit", [(_unfit(one), one.where) for one in unfit])
    missed = [one for one in trusted if one.outcome == "no_finding" and one.status == "affected"]
    remarks += _listed("vex-affected-unknown", [(_missed(one), one.where) for one in missed])
    remarks += _shown(documents, results)
    if len(results) > most:
        message = f"of {len(results):,} statements the first {most:,} are listed in the report; all were applied"
        remarks.append(diagnostic("vex-not-listed", message))
    return tuple(remarks)


def _subject(one: VexResult) -> tuple[str, str]:
    return one.where.rpartition(": ")[0], one.vulnerability


def _listed(code: str, told: Sequence[tuple[str, str]]) -> Iterator[Diagnostic]:
    for message, where in told[:_MOST]:
        yield diagnostic(code, message, where)
    if len(told) > _MOST:
        yield diagnostic(code, f"{len(told) - _MOST:,} more statements, which the JSON report lists")


def _unmatched(one: VexResult) -> str:
    return f"{_claim(one)} matches nothing in the image; nearest is {one.nearest}"


def _unfit(one: VexResult) -> str:
    return f"{_claim(one)} is not applied: {one.note}"


def _missed(one: VexResult) -> str:
    return f"{_claim(one)}, and no advisory says so: it is not among the findings"


def _claim(one: VexResult) -> str:
    products = ", ".join(one.products[:2]) + (f" and {len(one.products) - 2} more" if len(one.products) > 2 else "")
    return f"{one.vulnerability} {one.status.replace('_', ' ')} in {products[:_LONGEST]}"


def _shown(documents: Sequence[HeldVex], results: Sequence[VexResult]) -> Iterator[Diagnostic]:
    """Of each document that is not trusted, how many findings it speaks of."""
    count = Counter[str]()
    for one in results:
        if one.trust == "found" and one.outcome == "shown":
            count[one.where.rpartition(": ")[0]] += len(one.findings)
    for held in documents:
        if found := count.pop(held.where, 0):
            speaks = "1 finding" if found == 1 else f"{found:,} findings"
            yield diagnostic("vex-not-trusted", f"speaks of {speaks}; shown and not applied: {held.why}", held.where)
