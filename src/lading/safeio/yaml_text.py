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
        return _build(data)
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise FormatError(f"not YAML that can be read: {' '.join(str(error).split())[:300]}") from error


def _build(data: bytes) -> YamlValue:
    from yaml import events

    next_event = _parser(data).get_event
    above: list[tuple[Any, str | None]] = []
    root: list[YamlValue] = []
    here: Any = root
    key: str | None = None
    while True:
        event = next_event()
        kind = type(event)
        value: YamlValue
        if kind is events.ScalarEvent:
            value = event.value
        elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
            above.append((here, key))
            if len(above) > _DEEPEST:
                raise ValueError("nested too deep")
            here, key = {} if kind is events.MappingStartEvent else [], None
            continue
        elif kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
            value = here
            here, key = above.pop()
        elif kind is events.AliasEvent:
            raise ValueError("it uses aliases")
        elif kind is events.DocumentEndEvent or kind is events.StreamEndEvent:
            return root[0] if root else ""
        else:
            continue
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
