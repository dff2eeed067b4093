"""XML that somebody else wrote, as a small tree or as a stream of small trees.

Source: XML 1.0. Documents with a document type are refused: entities are the way to blow a document up, and hardly a
file that is read here needs one. Where one does, it may name its type, but not define anything.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from lading.model.errors import SafeIOError
from lading.model.ports import ByteStream

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

_MOST_LEVELS = 64
_MOST_ELEMENTS = 200_000
_MOST_TEXT = 16 * 1024 * 1024
_PIECE = 256 * 1024


class Element(Struct):
    """An element by its name without prefix; `text` is what stands before its first child."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def child(self, name: str) -> "Element":
        """The first child of that name, an empty element when there is none."""
        return next((one for one in self.children if one.name == name), Element(name))

    def all(self, name: str) -> list["Element"]:
        """The children of that name."""
        return [one for one in self.children if one.name == name]

    def value(self, name: str) -> str:
        """The text of the first child of that name."""
        return self.child(name).text.strip()


def read_xml(data: bytes, *, typed: bool = False, elements: int = _MOST_ELEMENTS) -> Element:
    """The root of a document of at most `elements`. Raises SafeIOError for one that is broken, has a document type or
    is nested too deeply or too large. A `typed` one may name a document type, which is not fetched; it must not define
    one."""
    from xml.parsers import expat

    builder = _Builder(elements)
    parser = _parser(builder)
    if typed:
        parser.StartDoctypeDeclHandler = builder.refuse_definitions
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SafeIOError(str(error)) from error
    return builder.root.children[0]


def iter_elements(stream: ByteStream, names: Collection[str], last: str = "") -> Iterator[Element]:
    """The elements of those names with all that is in them, in the document's order and each let go of once the next
    is asked for; one that stands inside another is only in that. What comes after the end of the first element called
    `last` is not read. Raises SafeIOError as `read_xml` does, the limits holding for each element."""
    from xml.parsers import expat

    builder = _Picker(names, last)
    parser = _parser(builder)
    try:
        while not builder.ended:
            piece = stream.read(_PIECE)
            parser.Parse(piece, not piece)
            yield from builder.taken()
            if not piece:
                return
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SafeIOError(str(error)) from error


class _Builder:
    def __init__(self, most: int = _MOST_ELEMENTS) -> None:
        self._most = most
        self.root = Element("")
        self._open = [self.root]
        self._elements = 0
        self._text = 0

    def refuse(self, *_: object) -> None:
        raise SafeIOError("a document type is not allowed")

    def refuse_definitions(self, name: str, system: str | None, public: str | None, defines: int) -> None:
        if defines:
            raise SafeIOError("a document type with definitions is not allowed")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) > _MOST_LEVELS or self._elements > self._most:
            raise SafeIOError("nested too deeply or too large")
        element = Element(name.rpartition(":")[2], attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        element = self._open[-1]
        if not element.children:
            self._text += len(text)
            if self._text > _MOST_TEXT:
                raise SafeIOError("too much text")
            element.text += text


class _Picker(_Builder):
    """Builds the elements of some names only."""

    def __init__(self, names: Collection[str], last: str) -> None:
        super().__init__()
        self._names = names
        self._last = last
        self._level = 0
        self.ended = False

    def taken(self) -> list[Element]:
        """The elements that are complete by now. Handed out once."""
        inside = len(self._open) > 1
        complete = self.root.children[: -1 if inside else None]
        del self.root.children[: len(complete)]
        return complete

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > 1:
            super().start(name, attributes)
            return
        self._level += 1
        if self._level > _MOST_LEVELS:
            raise SafeIOError("nested too deeply or too large")
        if not self.ended and name.rpartition(":")[2] in self._names:
            self._elements = self._text = 0
            super().start(name, attributes)

    def end(self, name: str) -> None:
        if len(self._open) > 1:
            self._open.pop()
            self._level -= len(self._open) == 1
            return
        self._level -= 1
        self.ended = self.ended or name.rpartition(":")[2] == self._last

    def characters(self, text: str) -> None:
        if len(self._open) > 1:
            super().characters(text)


def _parser(builder: _Builder) -> "XMLParserType":
    from xml.parsers import expat

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _PIECE
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    return parser
