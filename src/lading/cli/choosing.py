"""Images that are not named one by one: those of a registry or an engine."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, Final

import click
import msgspec
from msgspec import Struct

from lading.cli.processes.worker import Done, do_work
from lading.engine.enumeration import (
    Choice,
    RegistryPlace,
    list_engine,
    list_repositories,
    list_tagged,
    parse_place,
)
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model.errors import UsageError

_ENGINES: Final = ("docker", "podman")


class Places(Struct, frozen=True):
    """Where to look for images: parts of registries, of which some are chosen, and engines."""

    registries: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    choice: Choice = Choice()

    def __bool__(self) -> bool:
        return bool(self.registries or self.engines)


def with_places(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command; hands over `places`."""

    @wraps(function)
    def command(
        *,
        registries: tuple[str, ...],
        engines: tuple[str, ...],
        tags: tuple[str, ...],
        tag_version: str,
        newest: int,
        max_age: int,
        **parameters: Any,
    ) -> Any:
        choice = Choice(tags, tag_version, newest, max_age)
        if choice != Choice():
            if not registries:
                raise UsageError(
                    "--tag, --tag-version, --newest and --max-age choose among the images of --registry HOST"
                )
            choice.check()
        return function(places=Places(registries, engines, choice), **parameters)

    for option in reversed(_OPTIONS):
        option(command)
    return command


def images_in(places: Places, settings: Settings) -> tuple[str, ...]:
    """References to the images that are wanted. Registries and engines are asked in workers. Raises LadingError."""
    found: list[str] = []
    for text in places.registries:
        found += _of_registry(parse_place(text), places.choice, settings)
    for engine in places.engines:
        found += _ask(partial(_of_engine, engine, settings), f"{engine}:all", settings)
    if not found:
        where = ", ".join((*places.registries, *places.engines))
        raise UsageError(f"{where}: has no image that is wanted")
    return tuple(found)


def near_bases(image: str, settings: Settings) -> tuple[str, ...]:
    """References to the tags that are near the one that an image is built on, in the base's own repository (see
    lading.policy.fixes.tags). The image is read to know its base, and the registry asked for its tags. Raises
    LadingError."""
    from lading.image.reference import parse_registry_reference
    from lading.policy.fixes.tags import near_tags

    name = next(iter(_ask(partial(_base_of, image, settings), image, settings)))
    if not name:
        raise UsageError(f"--base-tags: the base of {image} is not known by its name: name it with --base")
    base = parse_registry_reference(name.removeprefix("registry:"))
    if not base.tag:
        raise UsageError(f"--base-tags: {name} names no tag to go by: name the base by its tag with --base")
    repository = f"{base.host}/{base.repository}"
    found = _of_registry(RegistryPlace(base.host, base.repository), Choice(), settings)
    tags = (one.removeprefix(f"{repository}:") for one in found)
    return tuple(f"registry:{repository}:{tag}" for tag in near_tags(base.tag, tags))


def _base_of(image: str, settings: Settings, environment: Environment) -> Sequence[str]:
    from lading.engine.targets import list_target

    base = list_target(image, settings, environment).image.base
    return ((base.name if base is not None else "") or settings.base,)


def _of_engine(engine: str, settings: Settings, environment: Environment) -> Sequence[str]:
    return list_engine(engine, settings, environment)


def _of_registry(place: RegistryPlace, choice: Choice, settings: Settings) -> Sequence[str]:
    from lading.image.listing import ANY

    any_of_it = f"registry:{place.host}/{place.pattern if place.is_one else ANY}"
    repositories = _ask(lambda environment: list_repositories(place, settings, environment), any_of_it, settings)
    further = [f"registry:{one}" for one in repositories]
    return _ask(
        lambda environment: list_tagged(repositories, choice, settings, environment), any_of_it, settings, further
    )


def _ask(
    ask: Callable[[Environment], Sequence[str]], target: str, settings: Settings, further: Sequence[str] = ()
) -> tuple[str, ...]:
    def work(environment: Environment) -> Done:
        return Done(0, ((msgspec.msgpack.encode(ask(environment)),),))

    done = do_work(work, target, settings, further=further)
    return msgspec.msgpack.decode(b"".join(done.outputs[0]), type=tuple[str, ...])


_OPTIONS: Final = (
    click.option(
        "--registry",
        "registries",
        multiple=True,
        metavar="HOST[/REPOSITORY]",
        help="Scan the images of this registry: of all its repositories, of those that a pattern names (HOST/team/*), "
        "or of one. Repeatable.",
    ),
    click.option(
        "--engine",
        "engines",
        multiple=True,
        type=click.Choice(_ENGINES),
        help="Scan all images that this engine has. Repeatable.",
    ),
    click.option(
        "--tag",
        "tags",
        multiple=True,
        metavar="GLOB",
        help="Of --registry only tags that match, such as 'v*'; with ! in front, those that do not. Repeatable.",
    ),
    click.option(
        "--tag-version",
        metavar="RANGE",
        default="",
        help="Of --registry only tags that are semantic versions in this range, such as '>=1.2, <2'.",
    ),
    click.option(
        "--newest",
        type=click.IntRange(0),
        metavar="N",
        default=0,
        help="Of each repository of --registry only the N newest images: by version, or where no tag is one by date.",
    ),
    click.option(
        "--max-age",
        type=click.IntRange(0),
        metavar="DAYS",
        default=0,
        help="Of --registry only images that were made within so many days.",
    ),
)
