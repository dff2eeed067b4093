"""One row per flaw: judgements of the same flaw under several names, put together."""

from collections.abc import Iterable

from lading.match.verdicts import Judgement
from lading.model.advisory import Advisory


def group_by_flaw(judgements: Iterable[Judgement]) -> list[list[Judgement]]:
    """Judgements of one package whose advisories share an id or alias, directly or through one another.

    Groups come in the order of their first member, members in the order given.
    """
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := parents.get(name, name)) != name:
            parents[name] = parents.get(parent, parent)
            name = parent
        return name

    members = list(judgements)
    for judgement in members:
        for alias in judgement.advisory.aliases:
            parents[root(alias)] = root(judgement.advisory.id)
    groups: dict[str, list[Judgement]] = {}
    for judgement in members:
        name = judgement.advisory.id
        groups.setdefault(root(name) if name in parents else name, []).append(judgement)
    return list(groups.values())


def names_of(advisories: Iterable[Advisory]) -> tuple[str, ...]:
    """Every name of a flaw, the one to show first: CVE ids before others, an advisory's own id before an alias."""
    own: set[str] = set()
    others: set[str] = set()
    for advisory in advisories:
        own.add(advisory.id)
        others.update(advisory.aliases)
    return tuple(sorted(own | others, key=lambda name: (not name.startswith("CVE-"), name not in own, name)))
