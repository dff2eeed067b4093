"""Maven versions: numbers and qualifiers with `.`, `-` or nothing between them, and ranges such as `[1.0,2.0)`.

Source: the class ComparableVersion of Maven and its "Version Order Specification", VersionRange; verified with Maven
3.8.7. Maven takes any text for a version; here one with a character that no file name of an artifact may hold, or
beyond ASCII, is none.

A version is a list of items, the last of which may be a list itself: a dash, and a change between digits and letters,
open one. Items are compared pair by pair, and what one side lacks counts as 0 and as the empty qualifier. As a
qualifier is less than a list and a list less than any number, whatever they hold, Maven's comparison goes round in
circles for a few: 1.x.1 < 1-rc < 1 < 1.x.1. In the keys the outermost of such comparisons, the one with nothing,
stands, and so they are in order.
"""

import re
from typing import Final

from lading.versions.bounds import Alternatives
from lading.versions.brackets import bracketed
from lading.versions.caching import cached

Key = tuple[int | str, ...]

_VERSION: Final = re.compile(r"[^\x00-\x20\x7f-\U0010ffff\\/:\"<>|?*\[\](){},]+")
_TOKEN: Final = re.compile(r"[0-9]+|[^0-9.\-]+|[.\-]")
_ALIASES: Final = {"ga": "", "final": "", "release": "", "cr": "rc"}
_BEFORE_DIGITS: Final = {"a": "alpha", "b": "beta", "m": "milestone"}
_QUALIFIERS: Final = {"alpha": "0", "beta": "1", "milestone": "2", "rc": "3", "snapshot": "4", "": "5", "sp": "6"}
_UNKNOWN: Final = "7"
_ZERO: Final = "0"
_EMPTY: Final = "q" + _QUALIFIERS[""]
_NOTHING: Final = (_ZERO, _EMPTY)

# What may stand at one place of a version, in ascending order. Where a qualifier, a list or a zero stands in two
# places, it is less than nothing in the former and more than nothing in the latter, by what comes behind it.
_PRE, _EMPTY_BELOW, _LIST_BELOW, _ZERO_BELOW, _END, _EMPTY_ABOVE, _POST, _LIST_ABOVE, _ZERO_ABOVE, _NUMBER = range(10)


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    text = text.strip()
    return _key(_lists(text.lower())) if _VERSION.fullmatch(text) else None


def alternatives(text: str) -> Alternatives | None:
    """Ranges with commas between them, one of which has to hold: `[1.0,2.0)`, `(,1.0]`, `[1.0]`."""
    return bracketed(text)


def _lists(text: str) -> list[list[str]]:
    """The items of a version: of the outermost list first, then of the one that ends it, and so on. A number is its
    significant digits, or `0`; a qualifier is `q` and a text that sorts as it does."""
    lists: list[list[str]] = [[]]
    tokens = _TOKEN.findall(text)
    separated = True
    for position, part in enumerate(tokens):
        if part in (".", "-"):
            if separated:
                lists[-1].append(_ZERO)
            if part == "-":
                lists.append([])
            separated = True
            continue
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        if part[0].isdigit():
            if not separated:
                lists.append([])
            lists[-1].append(part.lstrip("0") or _ZERO)
        else:
            before_digits = following[:1].isdigit()
            if not separated or (lists[-1] and (before_digits or not following)):
                lists.append([])
            lists[-1].append(_qualifier(part, before_digits))
        separated = False
    return lists


def _qualifier(word: str, before_digits: bool) -> str:
    """A text that sorts as the qualifier does."""
    if before_digits:
        word = _BEFORE_DIGITS.get(word, word)
    word = _ALIASES.get(word, word)
    return "q" + _QUALIFIERS.get(word, _UNKNOWN + word)


def _key(lists: list[list[str]]) -> Key:
    """Built from the last item to the first, as a rank depends on what comes behind."""
    backwards: list[int | str] = [_END]
    above: bool | None = None  # whether what comes behind is more than nothing; None as long as nothing does
    for items in reversed(lists):
        if above is not None:
            backwards.append(_LIST_ABOVE if above else _LIST_BELOW)
        ending = True
        for item in reversed(items):
            if item not in _NOTHING:
                ending = False
                above = _add(backwards, item)
            elif not ending:
                below_above = (_ZERO_BELOW, _ZERO_ABOVE) if item == _ZERO else (_EMPTY_BELOW, _EMPTY_ABOVE)
                backwards.append(below_above[bool(above)])
    return tuple(reversed(backwards))


def _add(backwards: list[int | str], item: str) -> bool:
    """Put an item before what is there; whether it is more than nothing."""
    if item[0] != "q":
        backwards += (item, len(item), _NUMBER)
        return True
    above = item > _EMPTY
    backwards += (item, _POST if above else _PRE)
    return above
