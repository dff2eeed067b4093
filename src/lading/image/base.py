"""Which layers of an image came with the image it was built on.

What a layer is follows from its diff ID; names are but words. So a known base counts where its diff IDs are the lowest
ones of the image, whatever names it, and the history, in which builds leave no mark of their own, only where no base
is known.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from lading.image.bases import KnownBase, read_bases
from lading.image.config import BASE_DIGEST, BASE_NAME
from lading.image.manifest import printable
from lading.image.reference import full_name
from lading.model.diagnostic import Diagnostic
from lading.model.errors import ImageError
from lading.model.image import Base, Clues, Image, Step
from lading.model.ports import OpenedImage

_END = re.compile(r"(?:.*#\(nop\)\s+)?(CMD|ENTRYPOINT)\b")
_BUILDKIT = "buildkit."
_NAMES = f"{BASE_NAME} names"


def base_of(opened: OpenedImage, index: Path | None) -> tuple[Base | None, tuple[Diagnostic, ...]]:
    """The base of an image by the index of known bases in a directory, and what of that could not be read."""
    known, unreadable = read_bases(index) if index is not None else ((), ())
    return find_base(opened.image, opened.clues, known), unreadable


def named_base(image: Image, named: Image) -> Base:
    """The base that the user names. Raises ImageError when the image was not built on it."""
    own, others = _diff_ids(image), _diff_ids(named)
    count = len(others)
    refusal = f"{image.name}: was not built on --base {named.name}"
    if image.source == "rootfs" or named.source == "rootfs":
        raise ImageError(f"{refusal}: a root filesystem has no layers that would show it")
    if not count or count > len(own):
        raise ImageError(f"{refusal}: the base has {count} layers, the image {len(own)}")
    for number, (mine, other) in enumerate(zip(own, others, strict=False), 1):
        if mine != other:
            raise ImageError(
                f"{refusal}: its layer {number} is {mine[:19]}, that of the base {other[:19]}; "
                "if the base was renewed since, name it by the digest it had"
            )
    return Base(count, named.name, "named", f"--base names it; {_lowest(count)}")


def find_base(image: Image, clues: Clues, known: Iterable[KnownBase]) -> Base | None:
    """The base that something tells of: the known one with the most layers, or else what the image says by itself."""
    own = _diff_ids(image)
    below = [
        one for one in known if one.diff_ids == own[: len(one.diff_ids)] and one.config_digest != image.config_digest
    ]
    stated = "" if clues.base_name == "scratch" else printable(clues.base_name)
    if below:
        return _known(max(below, key=lambda one: len(one.diff_ids)), clues, stated)
    count, sign = _count_by_history(clues.history)
    if count:
        lead = f"{_NAMES} it; its layers are known by the history only" if stated else "by its history only"
        return Base(count, stated, "history", f"{lead}: {sign}")
    if stated:
        return Base(0, stated, "annotation", f"{_NAMES} it; which layers came with it is not known")
    return None


def _known(base: KnownBase, clues: Clues, stated: str) -> Base:
    """A base in the index, which the annotations may name too."""
    count = len(base.diff_ids)
    detail = f"{_lowest(count)} (lading base add, {base.added})"
    if base.digest and base.digest == clues.base_digest:
        return Base(count, base.name, "annotation", f"{BASE_DIGEST} is its digest; {detail}")
    if stated and full_name(stated) == full_name(base.name):
        return Base(count, base.name, "annotation", f"{_NAMES} it; {detail}")
    if stated:
        detail += f"; {_NAMES} {stated}, which is not known here"
    return Base(count, base.name, "index", detail)


def _count_by_history(history: Sequence[Step]) -> tuple[int, str]:
    """How many layers lie below what looks like the end of another build, and why it looks so; 0 when nothing does.

    Nearly every image ends its build with CMD, so layers above a CMD are of a later build. A change of builder is
    another sign. ENTRYPOINT alone is a weak one, as some write it before they copy the application.
    """
    changed = _count_below_change(history)
    ended, end = _last_end(history, "CMD")
    if changed > ended:
        builders = ("BuildKit", "another builder")
        below, above = builders if _by_buildkit(_making(history)[changed - 1]) else builders[::-1]
        return changed, f"{below} made {_them(changed)}, {above} the layer above"
    if not ended:
        ended, end = _last_end(history, "ENTRYPOINT")
    return ended, f"{end} ends the build of {_them(ended)}, and more layers follow"


def _count_below_change(history: Sequence[Step]) -> int:
    """The layers below the last that was made by another builder than the one beneath it."""
    changes = (_by_buildkit(lower) != _by_buildkit(upper) for lower, upper in pairwise(_making(history)))
    return max((number for number, changed in enumerate(changes, 1) if changed), default=0)


def _last_end(history: Sequence[Step], word: str) -> tuple[int, str]:
    """The last instruction of this word that has layers above it, and how many are below."""
    total, count = len(_making(history)), 0
    found = 0, ""
    for step in history:
        if step.has_layer:
            count += 1
            continue
        match = _END.match(step.created_by[:_LONGEST])
        if match is not None and match[1] == word and count < total:
            found = count, printable(step.created_by[match.start(1) : match.start(1) + _LONGEST].strip())
    return found


_LONGEST = 80


def _making(history: Sequence[Step]) -> list[Step]:
    return [step for step in history if step.has_layer]


def _by_buildkit(step: Step) -> bool:
    return step.comment.startswith(_BUILDKIT)


def _diff_ids(image: Image) -> tuple[str, ...]:
    return tuple(layer.diff_id for layer in image.layers)


def _lowest(count: int) -> str:
    return "its diff ID is the image's lowest" if count == 1 else f"its {count} diff IDs are the image's lowest"


def _them(count: int) -> str:
    return "layer 1" if count == 1 else f"layers 1 to {count}"
