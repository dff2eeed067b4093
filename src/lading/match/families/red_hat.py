"""Which Red Hat products an image takes its packages from, and what that means for fixes.

Source: https://www.redhat.com/en/blog/how-accurately-match-oval-security-data-installed-rpms (content sets and CPEs);
https://access.redhat.com/support/policy/updates/errata (update streams: EUS, E4S, AUS, TUS, ELS); NIST IR 7695 (CPE).
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from lading.model.advisory import ShardName
from lading.model.build_records import BuildRecord, ContentSets, ImageLabels
from lading.model.package import Distribution, Package
from lading.model.ports import AdvisoryStore
from lading.versions.schemes import compare

REPOSITORIES = ShardName("redhat-repositories")

Lookup = Callable[[Collection[str]], Mapping[str, tuple[str, ...]]]
"""The products (CPEs) of those repositories, by name, that are known."""

Stream = tuple[int, int]
"""A minor release that is kept up by itself: (9, 2) is RHEL 9.2 EUS."""

_LONGEST_NAME = 200
_RELEASE = re.compile(r"rhel-(\d+)")
_MINOR = re.compile(r"(\d{1,9})_DOT_(\d{1,9})", re.ASCII)
_STREAM_PRODUCT = re.compile(
    r"cpe:/[ao]:redhat:(?:rhel_(?:aus|e4s|eus|eus_long_life|tus)|enterprise_linux_eus):(\d{1,9})\.(\d{1,9})",
    re.ASCII,
)
_VERSION = re.compile(r":\d+\.\d+")
_MAIN_PRODUCT = re.compile(r"cpe:/[ao]:redhat:enterprise_linux:\d+(?:\.\d+|::\w+)")
_RELEASE_TAG = re.compile(r"(?:\.|[+_])(?:el|fc)(\d{1,9})", re.ASCII)
_DIST_TAG = re.compile(r"\.el(\d{1,9})_(\d{1,9})|\.module[+_]el(\d{1,9})\.(\d{1,9})")


def product_cpes(
    build_records: Collection[BuildRecord], distribution: Distribution | None, lookup: Lookup
) -> frozenset[str]:
    """The products that the packages of an image may come from.

    They are those of its content sets, as its build left them, and of its own label; without content sets that are
    known, RHEL of the image's major release with everything in its main repositories. Whoever takes packages from an
    update stream is also a user of the release: what stays unfixed there is said of the release alone.
    """
    content_sets = (one for one in build_records if isinstance(one, ContentSets))
    names = {name for one in content_sets for name in one.names if len(name) <= _LONGEST_NAME}
    found = set(_of_repositories(names, lookup))
    majors = {match[1] for cpe in found if (match := _STREAM_PRODUCT.match(cpe))}
    release = _RELEASE.fullmatch(distribution.release if distribution is not None else "")
    if not found and release is not None:
        majors.add(release[1])
        found.add(f"cpe:/a:redhat:rhel_extras:{release[1]}")
    found |= {one.cpe for one in build_records if isinstance(one, ImageLabels) and one.cpe}
    return frozenset(found | {f"cpe:/o:redhat:enterprise_linux:{major}" for major in majors})


def image_package(build_records: Iterable[BuildRecord]) -> Package | None:
    """A container image of Red Hat's as the package that its advisories speak of: by its name and version-release, and
    as its source by name and release alone, for builds that are told apart by the time in it. None for other images."""
    for one in build_records:
        if isinstance(one, ImageLabels) and "Red Hat" in one.vendor and one.name and one.version and one.release:
            version = f"{one.version}-{one.release}"
            return Package(
                one.name,
                version,
                "oci",
                source=f"{one.name}@{one.release}",
                source_version=one.release,
                purl=f"pkg:oci/{one.name.rpartition('/')[2]}?tag={version}",
            )
    return None


def lookup_in(store: AdvisoryStore) -> Lookup:
    """The lookup by the shard `redhat-repositories`; finds nothing when that is not held."""

    def look(names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        if not names or store.provenance(REPOSITORIES) is None:
            return {}
        rows = store.advisories(REPOSITORIES, names)
        return {name: row.condition.cpes for name, (row, *_) in rows.items() if row.condition is not None}

    return look


def cpe_matches(condition: Collection[str], image: Collection[str]) -> bool:
    """Whether one of the products of a condition may be one of the image's.

    A field that is left out stands for any, and a version for those that begin with it: Satellite 6 is also 6.14, and
    RHEL 9 of an image of which no more is known may be its BaseOS. Operating system and application (`o`, `a`) are
    parts of one product. RHEL 9.2 EUS is another product than RHEL 9.
    """
    fields = [_fields(cpe) for cpe in image]
    return any(_overlap(_fields(wanted), own) for wanted in condition for own in fields)


def update_stream(cpes: Collection[str]) -> Stream | None:
    """The minor release that the image stays on, None when it follows the main stream (or another one too)."""
    if any(_MAIN_PRODUCT.match(cpe) for cpe in cpes):
        return None
    streams = [(int(match[1]), int(match[2])) for cpe in cpes if (match := _STREAM_PRODUCT.match(cpe))]
    return max(streams, default=None)


def is_reachable(fixed: str, stream: Stream | None) -> bool:
    """Whether an image on a stream will ever be offered a version: RHEL 9.2 EUS gets `.el9` and up to `.el9_2`."""
    minor = dist_minor(fixed)
    return stream is None or minor is None or minor[0] != stream[0] or minor[1] <= stream[1]


def of_same_line(installed: str, fixes: Collection[str]) -> Collection[str]:
    """Of several fixed builds those for the installed one's major release, and of modules where it is of one; all
    where there is none."""
    own = _line(installed)
    return {fixed for fixed in fixes if _line(fixed) == own} or fixes


def _line(version: str) -> tuple[bool, str]:
    found = _RELEASE_TAG.search(version)
    return ".module" in version, found[1] if found is not None else ""


def is_fixed_in_own_stream(installed: str, fixes: Iterable[str]) -> bool:
    """Whether an installed version is past the fix for its own minor release: 1-2.el9_2.1 has what 1-2.el9_2 fixed,
    whatever the later 1-5.el9_4 is for."""
    own = dist_minor(installed)
    if own is None:
        return False
    return any(dist_minor(fixed) == own and (compare("rpm", installed, fixed) or 0) >= 0 for fixed in fixes if fixed)


@lru_cache(maxsize=8192)
def dist_minor(version: str) -> Stream | None:
    """The minor release an rpm was built for: (9, 2) of `.el9_2` and (8, 6) of `.module+el8.6.0+…` (AlmaLinux writes
    `.module_el8.6.0+…`); None when its release does not say."""
    match = _DIST_TAG.search(version)
    return (int(match[1] or match[3]), int(match[2] or match[4])) if match else None


def _of_repositories(names: Collection[str], lookup: Lookup) -> set[str]:
    """Of a repository that is not known by its full name (`…__8`, `…__x86_64`) the name before the suffixes counts. If
    that takes away a minor release (`…__9_DOT_6`), it is put into the products of the shorter name."""
    wanted = {name: tuple(_shortened(name)) for name in names}
    known = lookup({one for every in wanted.values() for one in every})
    found = set()
    for name, every in wanted.items():
        taken = next((one for one in every if one in known), "")
        minor = _MINOR.search(name[len(taken) :])
        for cpe in known.get(taken, ()):
            if minor is None:
                found.add(cpe)
            elif _STREAM_PRODUCT.match(cpe):
                found.add(_VERSION.sub(f":{minor[1]}.{minor[2]}", cpe, count=1))
    return found


def _shortened(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition("__")[0]


def _fields(cpe: str) -> tuple[str, ...]:
    """Vendor, product, version, update and edition."""
    return tuple(cpe.lower().removeprefix("cpe:/").split(":")[1:6])


def _overlap(wanted: tuple[str, ...], own: tuple[str, ...]) -> bool:
    if len(wanted) < 2 or wanted[:2] != own[:2]:
        return False
    return all(
        not left or not right or left == right or (place == 0 and _is_prefix(left, right))
        for place, (left, right) in enumerate(zip(wanted[2:], own[2:], strict=False))
    )


def _is_prefix(left: str, right: str) -> bool:
    short, long = sorted((left, right), key=len)
    return long.startswith(f"{short}.")
