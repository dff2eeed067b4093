"""Records of GitLab's database that tell of the same vulnerability in the same package."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from lading.model.advisory import Advisory

Advisories = dict[tuple[str, str, str], Advisory]
"""By type, package and name."""


class Duplicate(Struct, frozen=True):
    """A record that was taken back because of another, named `meant`."""

    type: str
    meant: str
    advisory: Advisory


def cve_first(name: str) -> tuple[bool, str]:
    """Sort key of the names of a vulnerability."""
    return not name.startswith("CVE-"), name


def add(advisories: Advisories, type: str, advisory: Advisory) -> None:
    """Adds a record to those on the same vulnerability of the same package."""
    key = (type, advisory.package, advisory.id)
    held = advisories.get(key)
    advisories[key] = _together(held, advisory) if held is not None else advisory


def merge_duplicates(advisories: Advisories, duplicates: Iterable[Duplicate]) -> None:
    """Gives the names of duplicates to the records that they name. Where there is no such record here, a lasting one
    may be another source's, by that name."""
    named: Advisories = {}
    for (type, package, id), advisory in advisories.items():
        if advisory.state != "withdrawn":
            named |= dict.fromkeys(((type, package, name) for name in (id, *advisory.aliases)), advisory)
    for type, meant, advisory in map(structs.astuple, duplicates):
        held = named.get((type, advisory.package, meant))
        if held is None:
            add(advisories, type, _with_names(advisory, {meant}))
        else:
            key = (type, held.package, held.id)
            advisories[key] = _with_names(advisories[key], {advisory.id, *advisory.aliases})


def merge_alike(advisories: Advisories, links: Mapping[tuple[str, str], Iterable[tuple[str, frozenset[str]]]]) -> None:
    """Merges records that have no name but GitLab's own ("GMS-") into one of the same package and ranges that speaks of
    the same issue, change or report. `links` are those of the records, by type and package."""
    for (type, package), rows in links.items():
        held = [(advisories[type, package, id], addresses) for id, addresses in rows]
        for advisory, addresses in held:
            if _is_own(advisory):
                alike = (
                    other
                    for other, others in held
                    if (_is_own(other), other.id) < (True, advisory.id)
                    and other.ranges == advisory.ranges
                    and not addresses.isdisjoint(others)
                )
                target = next(alike, None)
                key = (type, package, target.id if target is not None else "")
                if key in advisories:
                    advisories[key] = _with_names(advisories[key], {advisory.id, *advisory.aliases})
                    advisories.pop((type, package, advisory.id), None)


def _is_own(advisory: Advisory) -> bool:
    return all(name.startswith("GMS-") for name in (advisory.id, *advisory.aliases))


def _with_names(advisory: Advisory, names: Iterable[str]) -> Advisory:
    aliases = {*advisory.aliases, *names} - {advisory.id}
    return structs.replace(advisory, aliases=tuple(sorted(aliases, key=cve_first)))


def _together(one: Advisory, other: Advisory) -> Advisory:
    """Two records on one vulnerability of one package: whatever either says is affected."""

    def both(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*left, *right)))

    ranges = tuple(dict.fromkeys((*one.ranges, *other.ranges)))
    return structs.replace(
        one,
        state="affected" if ranges else one.state,
        ranges=ranges,
        aliases=tuple(sorted({*one.aliases, *other.aliases}, key=cve_first)),
        severities=tuple(dict.fromkeys((*one.severities, *other.severities))),
        kind=one.kind if one.kind != "vulnerability" else other.kind,
        cwes=both(one.cwes, other.cwes),
    )
