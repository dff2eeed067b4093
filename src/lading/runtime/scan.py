"""A container: its image and what it changed of that, what its processes use, and what is known of all this."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import match, without_files
from lading.engine.targets import list_target
from lading.image.opened import Above
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.image import Image
from lading.model.package import Package
from lading.model.report import InventoryResult, Report
from lading.model.runtime import Container, Drift
from lading.runtime.concerns import concerns_of
from lading.runtime.drift import drift_of
from lading.runtime.engine_api import EngineContainer
from lading.runtime.sight import Sight, capabilities_of, process_of
from lading.runtime.upper import Written, read_written
from lading.runtime.usage import with_usage
from lading.safeio.verify import digest_of


class Running(Struct, frozen=True):
    """A container as its engine has it, and what there is to see of its processes. `of_user` tells that a user who is
    not root runs it."""

    listed: EngineContainer
    sight: Sight = Sight()
    of_user: bool = False

    @property
    def container(self) -> Container:
        """What the engine says of it."""
        return self.listed.container

    @property
    def image(self) -> str:
        """The reference by which the engine has the image: what was started, whatever is called so by now."""
        return self.listed.reference

    @property
    def directories(self) -> tuple[str, ...]:
        """Where its files lie."""
        return (self.listed.upper, *self.listed.lowers) if self.listed.upper else ()


def scan_container(
    running: Running, options: ScanOptions, environment: Environment
) -> tuple[tuple[InventoryResult, ...], Report]:
    """What is in a container, its image and what it changed of that, matched against the advisories of the environment,
    as `lading.scan` gives it for an image. Raises LadingError as that does."""
    options = structs.replace(options, in_use=False)  # by what runs, not by what the image starts
    image = list_target(running.image, options, environment)
    written, unread = _written(running)
    now = image
    if written is not None and written.files:
        above = Above(running.listed.upper, is_kernels=not running.of_user)
        now = _in_container(list_target(running.image, options, environment, above), image)
    drift = None
    if written is not None:
        drift = drift_of(written, image.inventory.packages, now.inventory.packages, running.sight)
    mounts = tuple(one.path for one in running.container.mounts)
    packages = with_usage(now.inventory.packages, running.sight, mounts)
    container = described(running, drift)
    said = (*unread, *_unseen(running), *_going_on(drift), *_moved(running, image.image))
    listed = structs.replace(
        now,
        image=structs.replace(now.image, name=container.image),
        inventory=structs.replace(now.inventory, packages=packages),
        diagnostics=tuple(sorted({*now.diagnostics, *said})),
    )
    report = match(listed, options, environment)
    (target,) = report.targets
    kept = structs.replace(listed.image, name=f"{container.label} ({container.image})")  # beside the image's own result
    listed = structs.replace(listed, image=kept, inventory=without_files(listed.inventory))
    return (listed,), structs.replace(report, targets=(structs.replace(target, container=container),))


def described(running: Running, drift: Drift | None) -> Container:
    """The container with what the kernel says of its processes, where that may be known, in place of its engine's
    word."""
    container, seen = running.container, running.sight.processes
    first = next((one for one in seen if one.pid == container.pid), None)
    processes = tuple(map(process_of, seen))
    container = structs.replace(container, processes=processes, drift=drift)
    if first is not None:
        container = structs.replace(
            container,
            user=container.user or str(first.status.user),
            capabilities=capabilities_of(first.status.capabilities),
            seccomp="unconfined" if first.status.seccomp == 0 else container.seccomp,
            no_new_privileges=first.status.no_new_privileges,
        )
    return structs.replace(container, concerns=concerns_of(container))


def _written(running: Running) -> tuple[Written | None, tuple[Diagnostic, ...]]:
    """What the container wrote, None where that cannot be seen, and what has to be said of that."""
    listed = running.listed

    def tell(text: str) -> Diagnostic:
        return diagnostic("drift-not-seen", text, running.container.label)

    if not listed.upper:
        return None, (tell("what the container changed of its image is not known: its engine does not tell where"),)
    try:
        written = read_written(listed.upper, listed.lowers, of_user=running.of_user)
    except OSError as error:
        return None, (tell(f"what the container changed of its image may not be seen: {error.strerror}"),)
    if not written.unread:
        return written, ()
    count = f"{len(written.unread):,} of the directories that it wrote to"
    return written, (tell(f"what the container changed was not all seen: {count}, {written.unread[0]} the first"),)


def _in_container(now: InventoryResult, image: InventoryResult) -> InventoryResult:
    """The inventory of a container, in which what it brought itself is of no layer of the image."""
    number = len(now.image.layers)
    packages = tuple(_placed(one, number) for one in now.inventory.packages)
    unmanaged = tuple(structs.replace(one, layer=0) if one.layer == number else one for one in now.inventory.unmanaged)
    inventory = structs.replace(now.inventory, packages=packages, unmanaged=unmanaged)
    return structs.replace(now, image=image.image, inventory=inventory)


def _placed(package: Package, written: int) -> Package:
    locations = tuple(
        structs.replace(one, layer=0, place="container") if one.layer == written else one for one in package.locations
    )
    layer = 0 if package.layer == written else package.layer
    return structs.replace(package, layer=layer, locations=locations)


def _unseen(running: Running) -> Iterator[Diagnostic]:
    for text in running.sight.unseen:
        yield diagnostic("processes-not-seen", f"{text}; what is in use is not all known", running.container.label)


def _moved(running: Running, image: Image) -> Iterator[Diagnostic]:
    """That the image's name stands for another by now, where the engine goes by names."""
    chain = ""
    for layer in image.layers:
        chain = digest_of(f"{chain} {layer.diff_id}".encode()) if chain else layer.diff_id
    if running.listed.chain not in ("", chain):
        text = f"{running.container.image} names another image by now than the one that this container was started from"
        yield diagnostic("container-image-moved", text, running.container.label)


def _going_on(drift: Drift | None) -> Iterator[Diagnostic]:
    """Packages of the image that processes go on with, though the container has others now: what is known of the
    newer says nothing of those."""
    changed: Sequence[str] = [
        f"{one.name} {one.before} (process {', '.join(map(str, one.still))})"
        for one in (drift.packages if drift is not None else ())
        if one.still
    ]
    for text in changed:
        yield diagnostic("old-code-runs", f"processes go on with files that were replaced or removed: {text}")
