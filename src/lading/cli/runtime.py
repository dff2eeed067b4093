"""`lading runtime`."""

import os
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from lading.cli.log import say
from lading.cli.options import DATABASE, IMAGE, KEEPING, VEX, sign_files_option, with_settings
from lading.cli.output import formats_text
from lading.cli.scan import GATE, run_items
from lading.cli.selection import with_selection
from lading.cli.worker import Done, do_work, files_to_read
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.formats.view import View
from lading.model.errors import LadingError, UsageError

if TYPE_CHECKING:
    from lading.cli.many import Item
    from lading.model.runtime import EngineName
    from lading.runtime.containers import Listed
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
    help="Look at the containers of docker or podman alone; default: of all that are here. Repeatable.",
)
@sign_files_option
@with_settings(
    "output",
    "all",
    "group_by",
    "template",
    "checks",
    "check_file",
    "yara_rules",
    "known_bad",
    "fingerprint_key",
    *GATE,
    "in_use",
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
    from lading.runtime.containers import parse_engines

    listed = [one for engine in parse_engines(engines) if (one := _listed(engine, settings, named=bool(engines)))]
    if not listed:
        raise UsageError("no container engine runs here that may be asked (docker, podman)")
    running = [one for found in listed for one in found.containers if _is_meant(one, containers)]
    if not running:
        asked = f" that is called {', '.join(containers)}" if containers else ""
        raise UsageError(f"no container runs here{asked} (asked: {', '.join(one.engine for one in listed)})")
    return run_items(
        partial(_items, _looked_at(running)), settings, view, sign, asked=("runtime", *containers), noun="container"
    )


def _listed(engine: "EngineName", settings: Settings, *, named: bool) -> "Listed | None":
    """The containers of an engine, None where it does not run or, unless it is named, cannot be asked: that is said."""
    from lading.runtime.containers import Listed, list_containers

    def work(environment: Environment) -> Done:
        return Done(0, ((msgspec.msgpack.encode(list_containers(engine, settings, environment)),),))

    try:
        done = do_work(work, f"{engine}:all", settings)
    except LadingError as error:
        if named:
            raise
        say("warning", f"the containers of {engine} cannot be seen: {error}")
        return None
    listed = msgspec.msgpack.decode(b"".join(done.outputs[0]), type=Listed)
    if named and not listed.is_there:
        raise UsageError(f"--engine {engine}: it is not running here: there is none of its sockets")
    return listed if listed.is_there else None


def _is_meant(one: "EngineContainer", names: Sequence[str]) -> bool:
    container = one.container
    return not names or any(
        fnmatchcase(container.name, name) or (len(name) > 3 and container.id.startswith(name)) for name in names
    )


def _looked_at(listed: "Sequence[EngineContainer]") -> "Sequence[Running]":
    """The containers with what there is to see of their processes, which workers could not see any more."""
    from lading.runtime.scan import Running
    from lading.runtime.sight import look

    sights = look([one.container for one in listed])
    return [Running(one, sights[one.container.id], of_user=os.geteuid() != 0) for one in listed]


def _items(
    running: "Sequence[Running]", settings: Settings, equip: Callable[[Environment], Environment]
) -> "Sequence[Item]":
    from lading.cli.many import Item

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
    ]
