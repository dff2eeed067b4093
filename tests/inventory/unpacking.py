"""Layers to what an engine makes of them, as the pipeline does it."""

from collections.abc import Mapping, Sequence

from lading.engine.layers import Ask
from lading.engine.reading import asked
from lading.inventory.catalogers.cataloger import Cataloger
from lading.inventory.catalogers.registry import CATALOGERS
from lading.inventory.facts import LayerFacts
from lading.inventory.layer import read_layer
from lading.inventory.router import Router
from lading.inventory.seen import Squashed
from lading.inventory.squash import Engine, squash
from lading.safeio.limits import Limits
from lading.safeio.tar import StreamInput
from tests.tars import BytesStream, Entry, make_tar

_LIMITS = Limits()


def facts_of(tar: bytes, readers: Sequence[Cataloger], ask: Ask) -> LayerFacts:
    router = Router(readers).with_detours(ask.detours)
    return read_layer(StreamInput(BytesStream(tar), "layer"), router, _LIMITS, "layer", lambda: None, ask.below)


def unpacked(
    tars: Sequence[bytes], engine: Engine = "in place", readers: Sequence[Cataloger] = CATALOGERS
) -> tuple[Squashed, Mapping[int, LayerFacts]]:
    """Squashes layers, reading those again that it asks for, and gives their facts."""
    asks: dict[int, Ask] = {}
    facts = {index: facts_of(tar, readers, Ask()) for index, tar in enumerate(tars, 1)}
    for _ in range(20):
        squashed = squash(facts, Router(readers), engine)
        again = asked(asks, squashed)
        if not again:
            return squashed, facts
        asks |= again
        facts |= {index: facts_of(tars[index - 1], readers, ask) for index, ask in again.items()}
    raise AssertionError("asks without end")


def squash_all(layers: Sequence[Sequence[Entry]], engine: Engine = "in place") -> Squashed:
    """Squashes layers of entries for every cataloger."""
    return unpacked([make_tar(entries) for entries in layers], engine)[0]
