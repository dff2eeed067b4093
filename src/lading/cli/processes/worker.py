"""Where a command reads and matches: in a process of its own, which has given up what it does not need.

The front door, which this process stays, has the rights of its user. It fetches advisories when the worker asks for
them and writes the outputs; it takes nothing from the worker but those. What a hostile image could make of a fault in
the worker is to read what the worker may read, and to falsify the result.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from lading.cli.accounts import bind, prepare
from lading.cli.environment import Fetching, environment_of, may_ask, open_environment, provider_of, registries_of
from lading.cli.log import group, say
from lading.cli.output import Output, Signing, write_encoded
from lading.cli.processes.asking import Answering, Asked, AskingRegistries
from lading.cli.processes.child import Child, Failed, failed_by
from lading.cli.processes.helper import helpers_here
from lading.cli.processes.landlock import Rights, restrict
from lading.cli.processes.pipe import Pipe, connected
from lading.cli.processes.rights import matching_rights, reading_rights
from lading.cli.processes.seccomp import deny
from lading.cli.processes.temporary import Temporary
from lading.cli.progress import progress_on_terminal
from lading.cli.tunnels import with_tunnels
from lading.database.provider import Advisories, DatabaseProvider, with_failures
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model.advisory import ShardName
from lading.model.ports import NoProgress, Progress


class Done(Struct, frozen=True):
    """What a command came to: its exit status and what is to be written to each of its outputs, in pieces that can be
    asked for once."""

    status: int
    outputs: tuple[Iterable[bytes | bytearray], ...]


class _Ended(Struct, frozen=True, tag=True):
    """The worker is done: its exit status, and the number of outputs, whose pieces follow."""

    status: int
    outputs: int


class _Wanted(Struct, frozen=True, tag=True):
    """The worker asks for shards."""

    shards: tuple[ShardName, ...]


class _Fetched(Struct, frozen=True):
    """The answer to _Wanted: a line for each shard that could not be fetched."""

    failures: tuple[str, ...]


Work = Callable[[Environment], Done]
_Said = _Ended | _Wanted | Failed | Asked


def files_to_read(settings: Settings) -> tuple[Path, ...]:
    """The files besides the target that a scan reads before it asks for advisories."""
    named = [*settings.check_file, *settings.yara_rules, *settings.known_bad]
    if settings.secret_rules:
        from lading.engine.check_inputs import read_secret_rules

        named += [name for name, _ in read_secret_rules(settings.secret_rules, settings)]
    return (*filter(None, (settings.dockerfile,)), *map(Path, named))


def run_work(
    work: Work,
    target: str,
    settings: Settings,
    outputs: Sequence[Output],
    read: Sequence[Path] = (),
    signing: Signing | None = None,
) -> int:
    """Does a command's work on a target, writes what it gives and returns its exit status. `read` are other files that
    the work reads before it asks for advisories. Raises LadingError."""
    done = do_work(work, target, settings, read)
    write_encoded(outputs, done.outputs, signing)
    return done.status


def do_work(
    work: Work, target: str, settings: Settings, read: Sequence[Path] = (), further: Sequence[str] = ()
) -> Done:
    """As `run_work`, and what it came to is not written; `further` are other targets in the same place, which the work
    asks for as well. Raises LadingError."""
    bound = bind(settings, target, *further)
    with group(f"lading: {target}"), with_tunnels(bound, target, settings.base) as settings:
        if not settings.sandbox:
            return _here(work, settings)
        with start_work(work, target, settings, read, further) as worker:
            while (done := worker.answer()) is None:
                pass
            return done


def start_work(
    work: Work,
    target: str,
    settings: Settings,
    read: Sequence[Path] = (),
    further: Sequence[str] = (),
    *,
    shown: bool = True,
) -> "Worker":
    """A worker that does a command's work on a target; its progress is not `shown` where several work at once. Raises
    LadingError."""
    prepared = prepare(settings, target, *further, settings.base)
    rights = reading_rights(target, prepared)
    rights = structs.replace(rights, read=(*rights.read, *map(str, read)))
    return Worker(work, rights, settings, prepared, shown=shown)


def _here(work: Work, settings: Settings) -> Done:
    with open_environment(settings) as environment:
        return work(structs.replace(environment, helpers=helpers_here(), registries=registries_of(settings)))


class Worker:
    """A worker, as the front door sees it. To be closed, which ends it."""

    def __init__(self, work: Work, rights: Rights, settings: Settings, prepared: Settings, *, shown: bool) -> None:
        self._settings = settings
        self._answering = Answering(settings)
        self._temporary = Temporary()
        self._pipe, theirs = connected()
        self._is_done = False

        def begin() -> None:
            self._pipe.close()
            if not shown:
                theirs.close_others()
            _work(work, prepared, self._temporary, rights, theirs, shown=shown)

        self._child = Child(begin)
        theirs.close()
        self._temporary.sweep()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def has_word(self) -> bool:
        """Whether `answer` would not wait."""
        return self._pipe.waiting() > 0 or self._child.has_ended()

    def answer(self) -> Done | None:
        """Waits for the worker's word and answers it; gives what the work came to once it is done. Raises LadingError,
        and WorkerError for a defect in the worker."""
        data = self._pipe.receive()
        if data is not None:
            said = msgspec.msgpack.decode(data, type=_Said)
            self._is_done = not isinstance(said, _Wanted | Asked)
            match said:
                case Asked():
                    self._answering.answer(said, self._pipe)
                    return None
                case _Wanted(shards):
                    self._fetch(shards)
                    return None
                case Failed():
                    said.raise_it()
                case _Ended(status, count):
                    outputs = tuple(islice(iter(self._pipe.receive_pieces, None), count))
                    return Done(status, outputs) if len(outputs) == count else self.answer()
        raise self._child.fate()

    def close(self) -> None:
        """Ends the worker, if it has not ended, and removes its temporary files."""
        self._pipe.close()
        self._child.end(ask=not self._is_done)
        self._temporary.remove()

    def _fetch(self, shards: Sequence[ShardName]) -> None:
        provider = provider_of(self._settings)
        assert isinstance(provider, Fetching)
        with progress_on_terminal() as progress:
            failures = provider.fetch(shards, progress)
        self._pipe.send(_Fetched(tuple(failures)))


# In the worker.


def _work(work: Work, settings: Settings, temporary: Temporary, rights: Rights, pipe: Pipe, *, shown: bool) -> None:
    try:
        temporary.use()
        missing = _confine(structs.replace(rights, write=(*rights.write, temporary.path)))
        for line in missing or ("reading and matching are confined by Landlock and by a filter of system calls",):
            say("detail", f"sandbox: {line}")
        with contextlib.ExitStack() as bars:
            progress = bars.enter_context(progress_on_terminal()) if shown else NoProgress()
            environment = environment_of(settings, progress)
            asked = _Sealing(environment.database, pipe, settings, bars.close)
            helpers = helpers_here() if shown else None
            registries = AskingRegistries(pipe) if may_ask(settings) else None
            done = work(structs.replace(environment, database=asked, helpers=helpers, registries=registries))
            pipe.send(_Ended(done.status, len(done.outputs)))
            for pieces in done.outputs:
                pipe.send_pieces(pieces)
    except BaseException as error:
        said = failed_by(error)
        with contextlib.suppress(BaseException):
            pipe.send(said)


class _Sealing(Struct, frozen=True):
    """The advisories, had with the help of the front door; afterwards there are rights to nothing else."""

    inner: DatabaseProvider
    pipe: Pipe
    settings: Settings
    hide: Callable[[], None]

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        """As the port DatabaseProvider says."""
        if isinstance(self.inner, Fetching):
            self.hide()
            self.pipe.send(_Wanted(tuple(shards)))
            fetched = msgspec.msgpack.decode(self.pipe.receive() or b"", type=_Fetched)
            found = with_failures(self.inner.places, fetched.failures, progress)
        else:
            found = self.inner.provide(shards, progress)
            self.hide()
        _confine(matching_rights(self.settings))
        return found


def _confine(rights: Rights) -> tuple[str, ...]:
    """Gives up all other rights, for good. Gives a sentence for each part that is not to be had here."""
    return (*restrict(rights), *deny(rights.sockets))
