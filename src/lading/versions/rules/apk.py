"""apk versions: `number{.number}{letter}{_suffix{number}}{~hash}{-rN}`.

Source: apk-tools, src/version.c of the 2.x series ("Alpine version" comment and the token order), and doc/apk-package
for the commit hash of later ones; verified with `apk version -t`.

A version is a chain of tokens. Two versions are compared token by token; where the kinds differ, the one whose next
token is of an earlier kind is the newer, except that a pre-release suffix is older than anything.
"""

import re

from lading.versions.caching import cached
from lading.versions.numbers import Number, number

Key = tuple[int | Number | str, ...]

# Ranks of what follows a token, ascending: the newer version has the greater one.
_PRE_SUFFIX, _END, _REVISION, _HASH, _SUFFIX_NUMBER, _SUFFIX, _LETTER, _DIGITS, _DOT = range(-8, 1)
_PRE = {"alpha": -4, "beta": -3, "pre": -2, "rc": -1}
_POST = {"cvs": 0, "svn": 1, "git": 2, "hg": 3, "p": 4}
_SUFFIXES = _PRE | _POST | {"": 0}  # apk takes an underscore that ends a version for the least of the post-suffixes
_HEAD = re.compile(r"[0-9]*")
_TOKEN = re.compile(
    r"""
    (?P<dot>\.)(?P<zeros>0*)(?P<fraction>[0-9]*)
    | (?P<letter>[a-z])(?P<digits>[0-9]*)
    | _(?P<suffix>alpha|beta|pre|rc|cvs|svn|git|hg|p|\Z)(?P<suffixnumber>[0-9]*)
    | ~(?P<hash>[0-9a-f]*)
    | -r(?P<revision>[0-9]*)
    """,
    re.VERBOSE,
)


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    if not text:
        return None
    head = _HEAD.match(text)
    assert head is not None
    key: list[int | Number | str] = [number(head[0])]
    position, stage = head.end(), _DIGITS
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        step = _token(match, stage)
        if step is None:
            return None
        tokens, stage = step
        key += tokens
        position = match.end()
    return (*key, _END)


def _token(match: "re.Match[str]", stage: int) -> tuple[tuple[int | Number | str, ...], int] | None:
    """The part of the key for one token and the stage it leads to, None when it may not stand after `stage`.
    Numbers may be followed by more numbers; from a suffix on there is no way back to them."""
    if match["dot"]:
        if stage < _DIGITS:
            return None
        last = match.end() == len(match.string)
        return (_DOT, *_after_dot(match["zeros"], match["fraction"], last)), _DIGITS
    if match["letter"]:
        if stage < _DIGITS:
            return None
        if not match["digits"]:
            return (_LETTER, match["letter"]), _LETTER
        return (_LETTER, match["letter"], _DIGITS, number(match["digits"])), _DIGITS
    if match["suffix"] is not None:
        if stage < _SUFFIX_NUMBER:
            return None
        order = _SUFFIXES[match["suffix"]]
        rank = _PRE_SUFFIX if order < 0 else _SUFFIX
        if not match["suffixnumber"]:
            return (rank, order), _SUFFIX
        return (rank, order, _SUFFIX_NUMBER, number(match["suffixnumber"])), _SUFFIX_NUMBER
    if match["hash"] is not None:
        return ((_HASH, match["hash"]), _HASH) if stage > _HASH else None
    return (_REVISION, number(match["revision"])), _REVISION


def _after_dot(zeros: str, digits: str, last: bool) -> tuple[int | Number, ...]:
    """A fraction with leading zeros is smaller than one without, and the more zeros the smaller.

    To apk the zeros are a token, and what follows them is another number even when it has no digits. Only zeros that
    end the version (`last`) are all there is: so `1.0` comes before `1.0_rc1`, but `1.0-r0` after `1.0_rc1-r0`.
    """
    if not zeros:
        return (number(digits),)
    behind = (_DIGITS, number(digits)) if digits or not last else ()
    return ((-len(zeros), ""), *behind)
