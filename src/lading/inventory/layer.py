"""The layer pass: one walk over one layer, from its bytes to facts.

Nothing is unpacked. Files a reader wants are read into memory and parsed at once; of everything else only the path is
kept, compressed, because a file may hide what a lower layer holds. Whiteouts follow the OCI image specification,
layer.md: "Representing Changes".
"""

from collections.abc import Callable, Iterable, Mapping

from lading.inventory.builder import WHITEOUT, FactsBuilder, Unlooked
from lading.inventory.facts import LayerFacts
from lading.inventory.router import Router
from lading.model.diagnostics import diagnostic
from lading.model.errors import InventoryError, LimitError
from lading.safeio.limits import Limits, Work, unbounded
from lading.safeio.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, Entry, TarInput, iter_tar

_CHECK_MASK = 0x3FF
_MOST_SHOWN = 200
_STATING = (FILE, DIRECTORY, HARDLINK)


def read_layer(
    tar_input: TarInput,
    router: Router,
    limits: Limits,
    where: str,
    check: Callable[[], None],
    below: Mapping[str, str] | None = None,
    work: Work | None = None,
    unlooked: Unlooked | None = None,
) -> LayerFacts:
    """The facts of one layer's tar. `check` is called every thousand entries and may raise to cancel. `below` are links
    of lower layers that it is unpacked over. `work` bounds what reading may cost. `unlooked` is as
    FactsBuilder takes it.

    Raises SafeIOError when the tar is damaged; a limit that is met leaves facts with `complete` off.
    """
    builder = FactsBuilder(router, limits, below, work, unlooked)
    try:
        _walk(iter_tar(tar_input, where, limits, unbounded if work is None else work.spend), builder, check)
    except LimitError as error:
        builder.stopped(error)
    return builder.build()


def _walk(entries: Iterable[Entry], builder: FactsBuilder, check: Callable[[], None]) -> None:
    builder.begin()
    count = 0
    states = builder.wants_modes
    for count, entry in enumerate(entries, 1):
        path, kind = entry.path, entry.kind
        if not count & _CHECK_MASK:
            check()
            builder.entries = count
            builder.flush(_CHECK_MASK + 1)
        if entry.escapes:
            message = "a path that climbs out of the image's root; it was kept inside, as container engines do"
            builder.remark(diagnostic("escaping-path", message, path))
        if entry.overlay:
            message = (
                f"has the attribute {entry.overlay}: Docker and Podman show other files for it, containerd does not"
            )
            builder.remark(diagnostic("overlay-attribute", message, path))
        try:
            if WHITEOUT in path and path.rpartition("/")[2].startswith(WHITEOUT):
                builder.whiteout(path)
            elif kind is FILE:
                builder.file(path, entry)
            elif kind is DIRECTORY:
                builder.directory(path)
            elif kind is SYMLINK:
                builder.symlink(path, entry.linkname)
            elif kind is HARDLINK:
                builder.hardlink(path, entry.linkname)
            else:
                builder.special(path)
            if states and kind in _STATING and not path.rpartition("/")[2].startswith(WHITEOUT):
                builder.stated(path, entry)
        except InventoryError as error:
            builder.remark(diagnostic("refused-entry", str(error), path[:_MOST_SHOWN]))
    builder.entries = count
    builder.end(count & _CHECK_MASK)
