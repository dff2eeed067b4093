"""Dart packages: semantic versions whose build metadata takes part in the order.

Source: https://pub.dev/documentation/pub_semver. Julia's `VersionNumber` orders alike.
"""

from lading.versions.bounds import Alternatives, Bound, parse_conjunction
from lading.versions.caching import cached
from lading.versions.semantic import VERSION, Identifiers, Numbers, Release, identifiers_key, release_key
from lading.versions.semantic_ranges import caret, parse_partial


@cached
def parse(text: str) -> tuple[Numbers, Release, Identifiers] | None:
    """The sort key of a version, None when `text` is not one."""
    match = VERSION.fullmatch(text.strip(" "))
    if match is None:
        return None
    build = match["build"]
    return *release_key(match), identifiers_key(build) if build else ()


def alternatives(text: str) -> Alternatives | None:
    """`any`, `^1.2.3`, or comparisons with spaces between them."""
    if text == "any":
        return ((),)
    bounds: list[Bound] = []
    for part in text.split():
        version = parse_partial(part[1:]) if part.startswith("^") else None
        read = parse_conjunction(part) if version is None else caret(version)
        if read is None:
            return None
        bounds += read
    return (tuple(bounds),)
