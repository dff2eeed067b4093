"""What is attached to an image, for people."""

from collections import defaultdict
from collections.abc import Iterator

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import counted, flow, printable
from lading.model.attached import Attached, AttachedKind, AttachedToImage

_NAMES: dict[AttachedKind, str] = {
    "sbom": "SBOM",
    "vex": "VEX document",
    "provenance": "provenance",
    "vulnerabilities": "report of vulnerabilities",
    "other": "other thing",
}


def add_attached(canvas: Canvas, attached: AttachedToImage | None) -> None:
    """Who has signed an image, and what is stated of it."""
    if attached is None:
        return
    for line in flow(attached_parts(attached), " · ", canvas.width):
        canvas.add((printable(line), "dim"))


def attached_parts(attached: AttachedToImage) -> list[str]:
    """The same in parts of a line."""
    return [_signed(attached), *_stated(attached)]


def _signed(attached: AttachedToImage) -> str:
    if attached.signers:
        return f"signed by {', '.join(attached.signers)}"
    whys = sorted({one.why for one in attached.items if one.kind == "signature" and not one.refused})
    if whys:
        return f"no trusted signature ({'; '.join(whys)})"
    return "not signed" if attached.whole else "not known whether it is signed"


def _stated(attached: AttachedToImage) -> Iterator[str]:
    by_kind: defaultdict[AttachedKind, list[Attached]] = defaultdict(list)
    for one in attached.items:
        if one.kind != "signature" and not one.refused:
            by_kind[one.kind].append(one)
    for kind, items in by_kind.items():
        trusted = sum(bool(one.signer) for one in items)
        count = "" if trusted == len(items) else f"{trusted} "
        yield f"{_count(kind, len(items))} attached, {f'{count}by a trusted key' if trusted else 'not trusted'}"


def _count(kind: AttachedKind, count: int) -> str:
    return _NAMES[kind] if count == 1 else counted(count, _NAMES[kind])
