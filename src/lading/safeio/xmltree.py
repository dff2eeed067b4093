"""XML that somebody else wrote, as a small tree.

Source: XML 1.0. Documents with a document type are refused: entities are the way to blow a document up, and no file
that is read here needs one.
"""

from msgspec import Struct, field

from lading.model.errors import SafeIOError

_MOST_LEVELS = 64
_MOST_ELEMENTS = 200_000


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


def read_xml(data: bytes) -> Element:
    """The root of a document. Raises SafeIOError for one that is broken, has a document type or is nested too
    deeply or too large."""
    from xml.parsers import expat

    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SafeIOError(str(error)) from error
    return builder.root.children[0]


class _Builder:
    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._count = 0

    def refuse(self, *_: object) -> None:
        raise SafeIOError("a document type is not allowed")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > _MOST_LEVELS or self._count > _MOST_ELEMENTS:
            raise SafeIOError("nested too deeply or too large")
        element = Element(name.rpartition(":")[2], attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        element = self._open[-1]
        if not element.children:
            element.text += text
