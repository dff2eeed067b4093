"""Which line of a Dockerfile made which layer of an image.

An image's history has the instruction of each layer as its builder writes it (BuildKit, Docker's older builder,
Buildah); a Dockerfile has them as its author did. Those that are the same, in the same order, belong together; between
two such the others do as far as they are as many of the same kinds, as one whose variables were given from outside is.
What lies below the first is what FROM brought.
"""

import posixpath
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct, structs

from lading.formats.decoders.dockerfile import Instruction, Stage
from lading.formats.instructions import bare_instruction
from lading.model.image import Image, Layer

_LAYERS: Final = frozenset({"ADD", "COPY", "RUN", "WORKDIR"})
"""What changes files. WORKDIR does where the directory is not there yet, or the builder is BuildKit."""
_MOST_STAGES: Final = 50
_LONGEST: Final = 1 << 16
_HASHED: Final = re.compile(r"(?:--chown=\S*)?(?:file|dir|multi):[0-9a-f]+ in (.*)")
_COUNT: Final = re.compile(r"\|[1-9][0-9]{0,2}")
_EXEC: Final = re.compile(r"\[(.*)\]")


class _Made(Struct, frozen=True):
    """An instruction that makes a layer: the text of RUN, the sources and the destination of COPY and ADD, the
    directory of WORKDIR. Builders write places as they are `written` or from the root on."""

    name: str
    sources: str
    place: str
    written: str = ""
    line: int = 0
    last_line: int = 0


def with_lines(image: Image, stages: Sequence[Stage], name: str) -> Image:
    """The image with the lines of its layers in a Dockerfile of this name; of several stages it is the one whose
    instructions fit best, the last of equals. Layers that no line accounts for have none."""
    known = image.base.layers if image.base is not None and image.base.evidence != "history" else 0
    above = [_of_layer(layer) for layer in image.layers[known:]]
    best: tuple[int, list[int], list[_Made], Stage] | None = None
    for number in range(len(stages) - 1, max(len(stages) - 1 - _MOST_STAGES, -1), -1):
        root, made = _flattened(stages, number)
        paired = _pair(above, made)
        count = sum(1 for one in paired if one >= 0)
        if best is None or count > best[0]:
            best = (count, paired, made, root)
        if count == len(above):
            break
    if best is None:
        return image
    count, paired, made, root = best
    if above and not count:
        return image
    below = _below(paired)
    layers = [
        _with_line(layer, _maker(layer, [-1] * known + paired, known + below, made, root, image))
        for layer in image.layers
    ]
    return structs.replace(image, dockerfile=name, layers=tuple(layers))


def _maker(
    layer: Layer, paired: list[int], below: int, made: list[_Made], root: Stage, image: Image
) -> _Made | Instruction | None:
    """What made a layer: an instruction, or FROM, which brought the base and all below what the others can have
    made."""
    number = paired[layer.index - 1]
    if number >= 0:
        return made[number]
    is_base = layer.index <= below or image.is_base(layer.index)
    return root.origin if is_base and root.base != "scratch" else None


def _below(paired: list[int]) -> int:
    """How many layers are below all that the instructions in front of the first known one can have made."""
    first = next((at for at, one in enumerate(paired) if one >= 0), None)
    return 0 if first is None else max(first - paired[first], 0)


def _with_line(layer: Layer, maker: _Made | Instruction | None) -> Layer:
    if maker is None:
        return layer
    return structs.replace(layer, line=maker.line, last_line=maker.last_line)


def _flattened(stages: Sequence[Stage], number: int) -> tuple[Stage, list[_Made]]:
    """The lowest stage that one builds on, and what makes layers in it and all between."""
    chain = [stages[number]]
    while (parent := chain[-1].parent) is not None:
        chain.append(stages[parent])
    made: list[_Made] = []
    directory = "/"
    for stage in reversed(chain):
        for one in stage.instructions:
            if one.name == "WORKDIR":
                directory = posixpath.join(directory, one.text.strip("\"'"))
            if one.name in _LAYERS:
                made.append(_of_instruction(one, directory))
    return chain[-1], made


def _of_instruction(one: Instruction, directory: str) -> _Made:
    if one.name == "RUN":
        return _Made("RUN", _run_text(one.text), "", "", one.line, one.last_line)
    if one.name == "WORKDIR":
        return _Made("WORKDIR", "", posixpath.normpath(directory), _place(one.text, "/"), one.line, one.last_line)
    words = _list(one.text.partition("\n")[0])
    sources = " ".join(word.removeprefix("<<").removeprefix("-").strip("\"'") for word in words[:-1])
    place = words[-1] if words else ""
    return _Made(one.name, sources, _place(place, directory), _place(place, "/"), one.line, one.last_line)


def _of_layer(layer: Layer) -> _Made:
    bare = bare_instruction(layer.created_by[:_LONGEST])
    name, _, text = bare.partition(" ")
    if name == "RUN":
        return _Made("RUN", _run_text(_without_arguments(text)), "")
    if name == "WORKDIR":
        return _Made("WORKDIR", "", posixpath.normpath(text.strip() or "/"))
    if name in ("ADD", "COPY"):
        hashed = _HASHED.fullmatch(text.strip())
        if hashed is not None:
            return _Made(name, "", _place(hashed[1].strip(), "/"))
        words = [one for one in _list(text) if not one.startswith("--")]
        sources = " ".join(word.removeprefix("<<") for word in words[:-1])
        return _Made(name, sources, _place(words[-1] if words else "", "/"))
    # Docker's older builder writes a command that no shell runs as it is.
    return _Made("RUN" if bare else "", _run_text(_without_arguments(bare)), "")


def _without_arguments(text: str) -> str:
    """A command without the build arguments in front of it: `|2 A=1 B=2 make`."""
    mark, _, rest = text.partition(" ")
    count = int(mark[1:]) if _COUNT.fullmatch(mark) else 0
    return " ".join(rest.split(" ")[count:]) if count else text


def _run_text(text: str) -> str:
    """A command as one line. A here-document that is all of it is its content, as the builder hands that to the
    shell."""
    first, mark, body = text.partition("\n")
    if mark and re.fullmatch(r"<<-?\S+", first.strip()):
        text = body
    listed = _EXEC.fullmatch(text.strip())
    return " ".join(_list(text)) if listed else " ".join(text.split())


def _list(text: str) -> list[str]:
    """The words of an instruction, which may be written as a list of JSON."""
    listed = _EXEC.fullmatch(text.strip())
    return re.findall(r'"((?:[^"\\]|\\.)*)"', listed[1]) if listed else text.split()


def _place(text: str, directory: str) -> str:
    return posixpath.normpath(posixpath.join("/", directory, text.strip("\"'")))


def _pair(layers: list[_Made], made: list[_Made]) -> list[int]:
    """For each layer the number of the instruction that made it, -1 for none."""
    paired = [-1] * len(layers)
    for layer, instruction in _common(layers, made):
        paired[layer] = instruction
    bounds = [(-1, -1), *((at, one) for at, one in enumerate(paired) if one >= 0), (len(layers), len(made))]
    for (low, first), (high, last) in pairwise(bounds):
        gap, between = range(low + 1, high), range(first + 1, last)
        # Below the first that is sure lies the base too: only what is next to it can be its fellows.
        gap = gap[max(len(gap) - len(between), 0) :] if low < 0 and high < len(layers) else gap
        if gap and [layers[at].name for at in gap] == [made[at].name for at in between] and len(bounds) > 2:
            for layer, instruction in zip(gap, between, strict=True):
                paired[layer] = instruction
    return paired


def _common(layers: list[_Made], made: list[_Made]) -> list[tuple[int, int]]:
    """The longest sequence of pairs that are the same, in the order of both; of equals the one nearest the end."""
    rows, columns = len(layers), len(made)
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]
    for row in range(1, rows + 1):
        above, own, layer = longest[row - 1], longest[row], layers[row - 1]
        for column in range(1, columns + 1):
            if _is_same(layer, made[column - 1]):
                own[column] = above[column - 1] + 1
            else:
                own[column] = max(above[column], own[column - 1])
    pairs: list[tuple[int, int]] = []
    row, column = rows, columns
    while row and column:
        if longest[row][column] == longest[row - 1][column]:
            row -= 1
        elif longest[row][column] == longest[row][column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            pairs.append((row, column))
    return pairs[::-1]


def _is_same(layer: _Made, made: _Made) -> bool:
    """Whether a layer's history says what an instruction does. Where a builder names no sources, the place tells; where
    variables are left, what is written between them."""
    if layer.name != made.name or not layer.name:
        return False
    if layer.name == "RUN":
        return layer.sources == made.sources
    is_there = _fits(layer.place, made.place) or _fits(layer.place, made.written)
    return is_there and (not layer.sources or _fits(layer.sources, made.sources))


def _fits(text: str, pattern: str) -> bool:
    """Whether one of two texts is the other with something in the places of its variables."""
    if "$" in text and "$" not in pattern:
        text, pattern = pattern, text
    if "$" not in pattern:
        return text == pattern
    at, pieces = 0, re.split(r"\$\{[^}]*\}|\$\w+", pattern)
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True
