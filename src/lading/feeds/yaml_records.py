"""Records that upstreams write in YAML: one mapping each, its fields read as text."""

from collections.abc import Mapping

from lading.model.errors import FormatError
from lading.safeio.yaml_text import YamlValue, parse_yaml

YamlRecord = Mapping[str, YamlValue]

_NULL = frozenset({"", "~", "null", "Null", "NULL"})


def parse_record(data: bytes | None) -> YamlRecord:
    """One record; None stands for one that is damaged. Raises FormatError."""
    if data is None:
        raise FormatError("damaged")
    record = parse_yaml(data)
    if not isinstance(record, dict):
        raise FormatError("not a mapping")
    return record


def text_field(record: YamlRecord, name: str) -> str:
    """A field's text on one line; empty when it is absent, null or no text."""
    value = record.get(name, "")
    return "" if not isinstance(value, str) or value in _NULL else " ".join(value.split())


def list_field(record: YamlRecord, name: str) -> tuple[str, ...]:
    """The texts of a list, one text alone being a list of one; other members are left out."""
    value = record.get(name, "")
    members = value if isinstance(value, list) else [value]
    return tuple(one.strip() for one in members if isinstance(one, str) and one not in _NULL)


def mapping_field(record: YamlRecord, name: str) -> YamlRecord:
    """A mapping, empty when it is absent or none."""
    value = record.get(name, "")
    return value if isinstance(value, dict) else {}


def day_of(text: str) -> str:
    """The day (ISO 8601) that a text begins with, empty when it does not. What lies in the far future is a
    placeholder."""
    day = text[:10]
    well_formed = len(day) == 10 and day[4] == day[7] == "-" and (day[:4] + day[5:7] + day[8:]).isdecimal()
    return day if well_formed and "1900" < day < "2100" else ""


MOST_SUMMARY = 200
"""Characters of a title."""
