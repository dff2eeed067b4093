"""Java runtimes: `11.0.5+10`, and what was written before Java 9: `1.8.0_292-b10`, `8u292`.

Source: JEP 223 (https://openjdk.org/jeps/223) and JEP 322. `1.8.0_292`, `8u292` and `8.0.292` are the same update. A
pre-release (`-ea`) comes before its release; builds (`+10`, `-b10`) and a distribution's own words do not count.
"""

import re
from typing import Final

from lading.versions.caching import cached
from lading.versions.semantic import Numbers, Release, identifiers_key, numbers_key

_VERSION: Final = re.compile(
    r"""
    (?:(?:jdk|jre|java)-?)?v?
    (?: 1\.(?P<old>[0-9]+(?:\.[0-9]+)*)(?:_(?P<update>[0-9]+))?
      | (?P<short>[0-9]+)u(?P<shortupdate>[0-9]+)
      | (?P<numbers>[0-9]+(?:\.[0-9]+)*)
    )
    (?P<rest>(?:(?:[-+_][0-9]|[-+_.][A-Za-z])[0-9A-Za-z.+~_-]*)?)
    """,
    re.VERBOSE,
)
_PRE: Final = re.compile(r"-(?!b[0-9]|LTS|ga|fcs|release|final)([A-Za-z][A-Za-z0-9]*)", re.IGNORECASE)


@cached
def parse(text: str) -> tuple[Numbers, Release] | None:
    """The sort key of a version, None when `text` is not one."""
    match = _VERSION.fullmatch(text.strip(" "))
    if match is None:
        return None
    if match["short"]:
        numbers = f"{match['short']}.0.{match['shortupdate']}"
    elif match["old"]:
        numbers = _modern(match["old"], match["update"])
    else:
        numbers = match["numbers"]
    pre = _PRE.match(match["rest"])
    return numbers_key(numbers), (0, identifiers_key(pre[1].lower())) if pre else (1,)


def _modern(numbers: str, update: str | None) -> str:
    """What follows the `1.`, with the update as the third number."""
    if update is None:
        return numbers
    feature, _, interim = numbers.partition(".")
    return f"{feature}.{interim or '0'}.{update}"
