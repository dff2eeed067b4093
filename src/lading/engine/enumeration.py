"""Which images there are in a registry or an engine, and which of them are wanted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cmp_to_key
from typing import Final

from msgspec import Struct

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.targets import open_options
from lading.model.errors import UsageError
from lading.versions.constraints import ranges_of, satisfies
from lading.versions.schemes import compare

_SCHEME: Final = "semver"
_GLOB: Final = frozenset("*?[")
_NOT: Final = "!"
_UNKNOWN: Final = datetime.min.replace(tzinfo=UTC)


class Choice(Struct, frozen=True):
    """Which tags of a repository are wanted: those that one of the `tags` (globs) matches, where there are any without
    a "!" in front, and none that has one; that are semantic versions within `versions`; of those whose image was made
    within `max_age` days; the `newest` so many of each repository, by version where some are versions, else by the time
    they were made. What is empty or 0 asks for nothing."""

    tags: tuple[str, ...] = ()
    versions: str = ""
    newest: int = 0
    max_age: int = 0

    def check(self) -> None:
        """Raises UsageError for a range of versions that cannot be read."""
        if self.versions and ranges_of(_SCHEME, self.versions) is None:
            raise UsageError(
                f'--tag-version {self.versions[:100]!r}: no range of versions; write ">=1.2, <2" or the like'
            )


class RegistryPlace(Struct, frozen=True):
    """A part of a registry: its `host`, and a `pattern` of repositories, "*" for all of them."""

    host: str
    pattern: str

    @property
    def is_one(self) -> bool:
        """Whether it names one repository, so that nothing has to be listed."""
        return not _GLOB & set(self.pattern)


def parse_place(text: str) -> RegistryPlace:
    """`HOST[:PORT][/REPOSITORY]`, in which the repository may have the wildcards of shells. Raises UsageError."""
    from lading.image.reference import is_short, parse_registry_reference
    from lading.model.errors import ImageError

    place = text.removeprefix("https://").removeprefix("http://").rstrip("/")
    host, _, pattern = place.partition("/")
    try:
        named = parse_registry_reference(f"{host}/any")
        if is_short(f"{host}/any") and host != "docker.io":
            raise ImageError("not a host")
        if pattern and not _GLOB & set(pattern):
            named = parse_registry_reference(f"{host}/{pattern}")
            if named.digest or ":" in pattern:
                raise ImageError("a tag")
            pattern = named.repository
    except ImageError as error:
        shown = place.rpartition("@")[2][:200]
        raise UsageError(f"--registry {shown!r}: expected HOST[:PORT], or HOST/REPOSITORY where * may stand") from error
    return RegistryPlace(named.host, pattern or "*")


def list_repositories(place: RegistryPlace, options: ScanOptions, environment: Environment) -> tuple[str, ...]:
    """The repositories of a place, sorted, as HOST/REPOSITORY. Raises LadingError."""
    from lading.image import listing

    if place.is_one:
        return (f"{place.host}/{place.pattern}",)
    found = listing.list_repositories(place.host, open_options(options, environment, ""))
    return tuple(f"{place.host}/{name}" for name in sorted(found) if fnmatchcase(name, place.pattern))


def list_tagged(
    repositories: Iterable[str], choice: Choice, options: ScanOptions, environment: Environment
) -> tuple[str, ...]:
    """References to the images of repositories that are wanted, by repository and tag. Raises LadingError."""
    from lading.image import listing

    opening = open_options(options, environment, "")
    found: list[str] = []
    for one in repositories:
        host, _, repository = one.partition("/")
        tags = chosen_tags(listing.list_tags(host, repository, opening), choice)
        found += _by_age([f"{one}:{tag}" for tag in tags], choice, options, environment)
    return tuple(found)


def list_engine(engine: str, options: ScanOptions, environment: Environment) -> tuple[str, ...]:
    """References to all images that an engine has, sorted. Raises LadingError."""
    from lading.image import listing

    return tuple(sorted(listing.list_engine_images(engine, open_options(options, environment, ""))))


def chosen_tags(tags: Sequence[str], choice: Choice) -> list[str]:
    """The tags that are wanted by their names, those that are versions ascending, the others sorted before them. Where
    some are versions, the newest are chosen."""
    wanted = [one for one in choice.tags if not one.startswith(_NOT)] or ["*"]
    unwanted = [one.removeprefix(_NOT) for one in choice.tags if one.startswith(_NOT)]
    named = [
        tag
        for tag in tags
        if any(fnmatchcase(tag, one) for one in wanted) and not any(fnmatchcase(tag, one) for one in unwanted)
    ]
    versions = [tag for tag in named if _is_version(tag, choice.versions)]
    versions.sort(key=cmp_to_key(_compare))
    if choice.versions or (choice.newest and versions):
        return versions[-choice.newest :] if choice.newest else versions
    known = set(versions)
    return [*sorted(tag for tag in named if tag not in known), *versions]


def _compare(one: str, other: str) -> int:
    return compare(_SCHEME, one, other) or 0


def _is_version(tag: str, versions: str) -> bool:
    return satisfies(_SCHEME, tag, versions) is True


def _by_age(names: Sequence[str], choice: Choice, options: ScanOptions, environment: Environment) -> Iterator[str]:
    """Those that are young enough, where that is asked; and of tags that are no versions the newest."""
    too_many = bool(choice.newest) and len(names) > choice.newest
    if not (choice.max_age or too_many):
        yield from names
        return
    made = {name: _created(name, options, environment) for name in names}
    oldest = environment.clock() - timedelta(days=choice.max_age) if choice.max_age else _UNKNOWN
    young = [name for name in names if made[name] >= oldest]
    young.sort(key=lambda name: made[name])
    kept = set(young[-choice.newest :] if choice.newest else young)
    yield from (name for name in names if name in kept)


def _created(name: str, options: ScanOptions, environment: Environment) -> datetime:
    """When an image was made (UTC), as its configuration states it; long ago where it does not."""
    from lading.image.open import open_image

    opened = open_image(name, open_options(options, environment, ""))
    opened.close()
    try:
        made = datetime.fromisoformat(opened.image.created)
    except ValueError:
        return _UNKNOWN
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
