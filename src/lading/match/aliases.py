"""One row per vulnerability: matches of the same vulnerability under several names, put together."""

from collections.abc import Iterable

from lading.match.matching import Match
from lading.model.advisory import Advisory


def group_by_vulnerability(matches: Iterable[Match]) -> list[list[Match]]:
    """Matches of one package whose advisories share an id or alias, directly or through one another.

    Groups come in the order of their first member, members in the order given.
    """
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := parents.get(name, name)) != name:
            parents[name] = parents.get(parent, parent)
            name = parent
        return name

    members = list(matches)
    for match in members:
        for alias in match.advisory.aliases:
            parents[root(alias)] = root(match.advisory.id)
    groups: dict[str, list[Match]] = {}
    for match in members:
        name = match.advisory.id
        groups.setdefault(root(name) if name in parents else name, []).append(match)
    return list(groups.values())


def names_of(advisories: Iterable[Advisory]) -> tuple[str, ...]:
    """Every name of a vulnerability, the one to show first: CVE ids before others, an advisory's own id before an
    alias."""
    advisories = list(advisories)
    if len(advisories) == 1 and not advisories[0].aliases:
        return (advisories[0].id,)
    own: set[str] = set()
    others: set[str] = set()
    for advisory in advisories:
        own.add(advisory.id)
        others.update(advisory.aliases)
    return tuple(sorted(own | others, key=lambda name: (not name.startswith("CVE-"), name not in own, name)))
