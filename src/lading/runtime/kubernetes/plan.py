"""From what containers need to what is scanned: each image once for each platform, by whichever name it can be had."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from lading.runtime.kubernetes.images import digest_of, with_digest
from lading.runtime.kubernetes.workloads import Want

_MOST_ATTEMPTS: Final = 12


class Identity(Struct, frozen=True):
    """What a registry has by a name for one platform: the digests of the image, of the index that it was chosen from
    and of its configuration. With an `error` nothing; `absent` where it has the image, but not for this platform."""

    digest: str = ""
    index: str = ""
    config: str = ""
    error: str = ""
    absent: bool = False


Place = tuple[str, str]
"""A reference and a platform."""


class Attempt(Struct, frozen=True):
    """One way to have an image: by a name, with the pull secrets of one namespace that needs it by this name."""

    cluster: str
    namespace: str
    reference: str
    secrets: tuple[str, ...] = ()
    account: str = ""


class ImageTask(Struct, frozen=True):
    """An image that is to be scanned, and the ways in which it may be had, in their order."""

    reference: str
    platform: str
    attempts: tuple[Attempt, ...]

    @property
    def name(self) -> str:
        """What tells it from others."""
        return f"{self.reference} ({self.platform})" if self.platform else self.reference


class Plan(Struct, frozen=True):
    """What is scanned. `places` leads from the references and platforms of containers to the number of a task,
    `pinned` to their references by digest; `troubles` says why some lead to none. What is `absent` need not be
    scanned: the image is not made for that platform, but for another one that the pod may run on."""

    tasks: tuple[ImageTask, ...]
    places: Mapping[Place, int]
    pinned: Mapping[Place, str]
    troubles: Mapping[Place, str]
    absent: frozenset[Place]


class LookUp(Struct, frozen=True):
    """A name of which is to be found out which image it means, on each of some platforms."""

    reference: str
    platforms: tuple[str, ...]
    attempts: tuple[Attempt, ...]


def look_ups_of(wants: Iterable[Want]) -> tuple[LookUp, ...]:
    """The names that need to be looked up, as they have no digest."""
    found: dict[str, list[Want]] = {}
    for want in wants:
        if not digest_of(want.reference):
            found.setdefault(want.reference, []).append(want)
    return tuple(
        LookUp(reference, tuple(dict.fromkeys(one.platform for one in ones)), _attempts(ones))
        for reference, ones in sorted(found.items())
    )


def plan_of(wants: Iterable[Want], identities: Mapping[Place, Identity]) -> Plan:
    """What is to be scanned for all of these, given what names were found to mean."""
    everything = tuple(wants)
    known = {(digest_of(one.reference), one.platform) for one in everything if digest_of(one.reference)}
    groups: dict[Place, list[Want]] = {}
    pinned: dict[Place, str] = {}
    troubles: dict[Place, str] = {}
    absent: set[Place] = set()
    digests: dict[Place, str] = {}
    for want in everything:
        place = want.reference, want.platform
        digest = digest_of(want.reference)
        if not digest:
            found = identities.get(place, Identity(error="was not looked up"))
            if found.absent:
                absent.add(place)
                continue
            if found.error or (want.config and found.config != want.config):
                troubles[place] = found.error or _other_image(want)
                continue
            running = (one for one in (found.index, found.digest) if (one, want.platform) in known)
            digest = next(running, found.index or found.digest)
        digests[place] = digest
        pinned[place] = want.reference if digest_of(want.reference) else with_digest(want.reference, digest)
        groups.setdefault((digest, want.platform), []).append(want)
    tasks, numbers = [], {}
    for number, (key, ones) in enumerate(sorted(groups.items(), key=lambda one: _first(one[1], pinned, one[0]))):
        tasks.append(ImageTask(_first(ones, pinned, key)[0], key[1], _attempts(ones, pinned)))
        numbers[key] = number
    places = {place: numbers[digest, place[1]] for place, digest in digests.items()}
    return Plan(tuple(tasks), places, pinned, troubles, frozenset(absent))


def _first(wants: Iterable[Want], pinned: Mapping[Place, str], key: Place) -> tuple[str, str]:
    """The name that an image is shown by: of several the first in the order of letters."""
    return min(pinned[one.reference, one.platform] for one in wants), key[1]


def _attempts(wants: Iterable[Want], pinned: Mapping[Place, str] | None = None) -> tuple[Attempt, ...]:
    """The ways of all, by the names of pods before those that nodes have besides."""
    ones = tuple(wants)
    stated = [
        Attempt(
            one.cluster,
            one.namespace,
            pinned[one.reference, one.platform] if pinned is not None else one.reference,
            one.secrets,
            one.account,
        )
        for one in ones
    ]
    others = [Attempt(one.cluster, one.namespace, one.also, one.secrets, one.account) for one in ones if one.also]
    return tuple(dict.fromkeys((*stated, *others)))[:_MOST_ATTEMPTS]


def _other_image(want: Want) -> str:
    return (
        f"its node runs the image of the configuration {want.config[:19]}, which no registry is known to have: by this "
        "name it has another one now"
    )
