"""Semantic versions, with the `^`, `~` and `*` of Cargo's requirements.

Source: https://semver.org/spec/v2.0.0.html; https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html.
A version without an operator is that version alone: so advisories mean it.
"""

from lading.versions.bounds import Alternatives, Bound, parse_conjunction
from lading.versions.caching import cached
from lading.versions.semantic import VERSION, Numbers, Release, release_key
from lading.versions.semantic_ranges import caret, compared, parse_partial, tilde

_OPERATORS = {"^": caret, "~": tilde}


@cached
def parse(text: str) -> tuple[Numbers, Release] | None:
    """The sort key of a version, None when `text` is not one. Build metadata does not count."""
    match = VERSION.fullmatch(text.strip(" "))
    return None if match is None else release_key(match)


def alternatives(text: str) -> Alternatives | None:
    """Requirements with commas between them, one of which has an operator of Cargo's own."""
    if not any(mark in text for mark in "^~*"):
        return None
    bounds: list[Bound] = []
    for part in text.split(","):
        requirement = part.strip()
        operator = _OPERATORS.get(requirement[:1])
        version = parse_partial(requirement[1:].strip() if operator else requirement)
        if version is None:
            read = parse_conjunction(requirement)
        else:
            read = operator(version) if operator else compared("=", version)
        if read is None:
            return None
        bounds += read
    return (tuple(bounds),)
