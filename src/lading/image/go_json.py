"""JSON as container engines read it, which is as Go's package `encoding/json` decodes it into their structures.

Go finds a field by its name without regard to case, and of two names that find the same field the later one stands. So
a document may show a careful reader one thing and an engine another. Here such a document is refused, and any other
gives what Go gives: null leaves a field as it is, what is not UTF-8 becomes U+FFFD byte by byte, and a value of another
type than the field's is an error.
"""

import json
import re
from calendar import monthrange
from typing import Annotated, Final, TypeVar

import msgspec

from lading.model.errors import ImageError

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""Go's `int` and `int64`."""

_MAPS: Final = frozenset({"annotations", "exposedports", "labels", "layersources", "volumes"})
"""Fields that are maps in the engines' structures: their names are data, so case tells them apart."""
_TIME: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-](\d\d):(\d\d))", re.ASCII)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_Value = TypeVar("_Value")


def decode(data: bytes, kind: type[_Value], where: str) -> _Value:
    """A document as a value of `kind`, whose fields bear their JSON names as `fold` leaves them. Raises ImageError."""
    text = _SURROGATES.sub("\ufffd", data.decode("utf-8", "surrogateescape"))
    try:
        raw = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_refuse)
        return msgspec.convert(_settle(raw, exact=False), kind)
    except RecursionError:
        raise ImageError(f"{where}: cannot be read (it nests too deeply)") from None
    except _AmbiguousError as error:
        raise ImageError(f"{where}: {error}; refused, as engines differ in what they see") from None
    except json.JSONDecodeError as error:
        raise ImageError(f"{where}: cannot be read (malformed JSON at character {error.pos:,})") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise ImageError(f"{where}: cannot be read ({error})") from error


def fold(name: str) -> str:
    """A name without its case: two are the same to Go where this is equal (Unicode's simple case folding)."""
    if name.isascii():
        return name.lower()
    return "".join(map(_fold_one, name))


def is_time(text: str) -> bool:
    """Whether Go decodes a text as a time: RFC 3339, where an hour may have one digit and a comma stand for the point.

    Source: Go's package `time`, UnmarshalJSON and Parse.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return False
    year, month, day, hour, minute, second, *offset = (int(number or 0) for number in found.groups())
    return (
        1 <= month <= 12
        and 1 <= day <= monthrange(year, month)[1]
        and (hour < 24 and minute < 60 and second < 60)
        and (offset[0] <= 24 and offset[1] <= 60)
    )


class _Pairs(list[tuple[str, object]]):
    """An object, its names as they stand."""


class _AmbiguousError(Exception):
    """Two names of one object that are one to an engine."""


def _settle(value: object, *, exact: bool) -> object:
    """A value with objects in place of pairs; `exact` says that case tells the names of this one apart."""
    if isinstance(value, _Pairs):
        return _settle_object(value, exact=exact)
    if isinstance(value, list):
        return [_settle(item, exact=False) for item in value]
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else value


def _settle_object(pairs: _Pairs, *, exact: bool) -> dict[str, object]:
    settled: dict[str, object] = {}
    spelled: dict[str, str] = {}
    for written, value in pairs:
        name = _SURROGATES.sub("\ufffd", written)
        key = name if exact else fold(name)
        if key in spelled:
            raise _AmbiguousError(_both(spelled[key], name))
        spelled[key] = name
        if exact:
            settled[key] = _settle(value, exact=False)
        elif value is not None:
            settled[key] = _settle(value, exact=key in _MAPS)
    return settled


def _both(first: str, second: str) -> str:
    if first == second:
        return f"has the name {first[:60]!a} twice"
    return f"has the names {first[:60]!a} and {second[:60]!a}, which are one name to an engine"


def _fold_one(character: str) -> str:
    folded = character.casefold()
    if len(folded) == 1:
        return folded
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
