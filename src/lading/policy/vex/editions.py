"""Editions of one document: the newest speaks."""

from collections.abc import Iterator, Sequence

from lading.model.vex import HeldVex
from lading.versions.schemes import compare


def with_editions(documents: Sequence[HeldVex]) -> Iterator[tuple[HeldVex, str]]:
    """Each document, with the reason why it does not speak any more, empty where it does. Editions that are not trusted
    take nothing from those that are; two of one version and time both speak."""
    newest: dict[tuple[object, ...], HeldVex] = {}
    for held in documents:
        if held.document.id:
            key = _key(held)
            known = newest.get(key)
            if known is None or _is_newer(held, known):
                newest[key] = held
    for held in documents:
        best = newest.get(_key(held))
        superseded = best is not None and _is_newer(best, held)
        yield held, f"{best.where} is a newer edition of it" if best is not None and superseded else ""


def _key(held: HeldVex) -> tuple[object, ...]:
    document = held.document
    return held.trust != "found", document.format, document.id, document.author


def _is_newer(one: HeldVex, other: HeldVex) -> bool:
    order = compare("generic", one.document.version, other.document.version)
    if order:
        return order > 0
    return one.document.time.removesuffix("Z") > other.document.time.removesuffix("Z")
