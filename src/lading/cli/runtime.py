"""`lading runtime`."""

import os
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec import Struct

from lading.cli.log import say
from lading.cli.options import CHECKS, DATABASE, IMAGE, KEEPING, VEX, sign_files_option, with_settings
from lading.cli.output import formats_text
from lading.cli.processes.worker import Done, do_work, files_to_read
from lading.cli.scan import GATE, run_items
from lading.cli.selection import with_selection
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.errors import EngineError, LadingError, UsageError

if TYPE_CHECKING:
    from lading.cli.many import Item
    from lading.model.runtime import Container
    from lading.runtime.containers import Listed, Place
    from lading.runtime.engine_api import EngineContainer
    from lading.runtime.scan import Running
    from lading.store.result import Result


@click.command()
@click.argument("containers", nargs=-1, metavar="[CONTAINER…]")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="ENGINE",
    help="Look only at the containers of this engine: docker, podman, cri-o or containerd. Repeatable.",
)
@sign_files_option
@with_settings(
    "output",
    "all",
    "group_by",
    "template",
    *CHECKS,
    *GATE,
    *VEX,
    *DATABASE,
    *IMAGE,
    *KEEPING,
    formats=formats_text("fleet", "report"),
)
@with_selection
def runtime(
    containers: tuple[str, ...], engines: tuple[str, ...], sign: Path | None, settings: Settings, view: View
) -> int:
    """Show the known vulnerabilities of the images of the containers that run on this host, and how each is confined.

    CONTAINER is the name of one, in which * may stand, or the beginning of its ID; without one all are taken. Nothing
    is started in a container, and nothing of it is changed.

    \b
    Exit status: 0 done, and no rule failed, 1 a rule (--fail-on, or a policy's)
    failed, 2 usage or operational error, 3 coverage is incomplete.
    """
    found = _found(engines, settings)
    running = [one for one in found.running if _is_meant(one.container, containers)]
    hidden = () if containers or engines else found.hidden
    if not running and not hidden:
        asked = f" that is called {', '.join(containers)}" if containers else ""
        raise UsageError(f"no container runs here{asked} (asked: {', '.join(found.places)})")
    return run_items(
        partial(_items, running, hidden),
        settings,
        view,
        sign,
        asked=("runtime", *engines, *containers),
        noun="container",
    )


class _Found(Struct, frozen=True):
    """The containers that run, where they are listed, and a sentence on each that runs and is listed nowhere."""

    running: "tuple[Running, ...]"
    places: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]


def _found(engines: tuple[str, ...], settings: Settings) -> _Found:
    """What runs. Raises UsageError where there is no engine."""
    from lading.runtime.containers import places_of
    from lading.runtime.scan import Running
    from lading.runtime.sight import hidden_containers, look

    listed = [one for place in places_of(engines) if (one := _listed(place, settings))]
    hidden = hidden_containers({one.container.id for place in listed for one in place.containers})
    if not listed and (engines or not hidden):
        named = f" ({', '.join(engines)})" if engines else ""
        raise UsageError(f"no container engine{named} is here whose containers may be seen")
    first: dict[str, EngineContainer] = {}
    for every in listed:
        first = {one.container.id: one for one in every.containers} | first
    sights = look([one.container for one in first.values()])
    running = tuple(
        Running(one, sights[id], of_user=os.geteuid() != 0)
        for id, one in first.items()
        if not one.is_infra and (one.is_sure or sights[id].processes)
    )
    return _Found(running, tuple(one.place for one in listed), hidden)


def _listed(place: "Place", settings: Settings) -> "Listed | None":
    """The containers that a place lists, None where there is no such place, or it cannot be read: that is said."""
    from lading.runtime.containers import Listed, files_of, list_containers

    def work(environment: Environment) -> Done:
        return Done(0, ((msgspec.msgpack.encode(list_containers(place, settings, environment)),),))

    try:
        done = do_work(work, f"{place}:all", settings, files_of(place, settings.network.engines))
    except LadingError as error:
        say("warning", f"the containers of {place} cannot be seen: {error}")
        return None
    listed = msgspec.msgpack.decode(b"".join(done.outputs[0]), type=Listed)
    return listed if listed.is_there else None


def _is_meant(container: "Container", names: Sequence[str]) -> bool:
    return not names or any(
        fnmatchcase(container.name, name) or (len(name) > 3 and container.id.startswith(name)) for name in names
    )


def _items(
    running: "Sequence[Running]",
    hidden: Sequence[tuple[str, str]],
    settings: Settings,
    equip: Callable[[Environment], Environment],
) -> "Sequence[Item]":
    from lading.cli.many import Item

    def refuse(why: str, environment: Environment) -> "tuple[Result, ...]":
        raise EngineError(why)

    def scan(one: "Running", environment: Environment) -> "tuple[Result, ...]":
        from lading.runtime.scan import scan_container
        from lading.store.scanning import recorded

        return recorded(lambda recording: scan_container(one, settings, recording), settings, equip(environment))

    return [
        Item(
            f"container:{one.container.label}",
            one.image,
            partial(scan, one),
            (*files_to_read(settings), *map(Path, one.directories)),
        )
        for one in running
    ] + [Item(f"container:{id[:12]}", "docker:none", partial(refuse, why)) for id, why in hidden]
