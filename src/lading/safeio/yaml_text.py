"""YAML texts that strangers wrote."""

from typing import Any, TypeAlias

from lading.model.errors import FormatError

YamlValue: TypeAlias = "str | list[YamlValue] | dict[str, YamlValue]"
"""What a document holds: every scalar as it is written, so that the version 1.10 stays "1.10"; "" for none at all."""

_DEEPEST = 64


def parse_yaml(data: bytes) -> YamlValue:
    """The first document of a text. Tags say nothing; a null is "~", "null" or "". Raises FormatError for what is no
    YAML, nests beyond 64 levels or refers to itself.

    The parser's events are put together here: its own constructor takes the C stack for nested nodes, and builds by
    tags and aliases what an author wants.
    """
    from yaml import YAMLError

    try:
        found = _build(data)
        return found[0] if found else ""
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise FormatError(f"not YAML that can be read: {' '.join(str(error).split())[:300]}") from error


def parse_documents(data: bytes) -> list[YamlValue]:
    """Every document of a text, as `parse_yaml` gives the first. What an alias stands for is in the result as the very
    same object, once and again: who walks it minds what was seen. Raises FormatError."""
    from yaml import YAMLError

    try:
        return _build(data, whole=True)
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise FormatError(f"not YAML that can be read: {' '.join(str(error).split())[:300]}") from error


def _build(data: bytes, *, whole: bool = False) -> list[YamlValue]:
    """The documents; the first one alone, and without aliases, unless the `whole` text is wanted."""
    from yaml import events

    next_event = _parser(data).get_event
    above: list[tuple[Any, str | None, str | None]] = []
    anchors: dict[str, YamlValue] = {}
    root: list[YamlValue] = []
    here: Any = root
    key: str | None = None
    anchor: str | None = None
    while True:
        event = next_event()
        kind = type(event)
        value: YamlValue
        if kind is events.ScalarEvent:
            value, anchor = event.value, event.anchor
        elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
            above.append((here, key, event.anchor))
            if len(above) > _DEEPEST:
                raise ValueError("nested too deep")
            here, key = {} if kind is events.MappingStartEvent else [], None
            continue
        elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
            value = here
            here, key, anchor = above.pop()
        elif kind is events.AliasEvent:
            if not whole or event.anchor not in anchors:
                raise ValueError("it refers to what is not there yet" if whole else "it uses aliases")
            value, anchor = anchors[event.anchor], None
        elif kind is events.StreamEndEvent or (kind is events.DocumentEndEvent and not whole):
            return root
        else:
            continue
        if anchor:
            anchors[anchor] = value
        if type(here) is list:
            here.append(value)
        elif key is None:
            key = value if isinstance(value, str) else ""
        else:
            here[key] = value
            key = None


def _parser(data: bytes) -> Any:
    """Where the library was built without libyaml, its own parser does the same, only far slower."""
    import yaml

    if yaml.__with_libyaml__:
        from yaml.cyaml import CParser

        return CParser(data)
    return yaml.BaseLoader(data)
