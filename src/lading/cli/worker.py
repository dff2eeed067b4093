"""Where a command reads and matches: in a process of its own, which has given up what it does not need.

The front door, which this process stays, has the rights of its user. It fetches advisories when the worker asks for
them and writes the outputs; it takes nothing from the worker but those. What a hostile image could make of a fault in
the worker is to read what the worker may read, and to falsify the result.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NoReturn

import msgspec
from msgspec import Struct, structs

from lading.cli.accounts import bind, prepare
from lading.cli.environment import Fetching, environment_of, open_environment, provider_of
from lading.cli.landlock import Rights, restrict
from lading.cli.log import group, say
from lading.cli.output import Output, Signing, write_encoded
from lading.cli.pipe import Pipe, connected
from lading.cli.progress import progress_on_terminal
from lading.cli.rights import matching_rights, reading_rights
from lading.cli.seccomp import deny
from lading.cli.system_calls import SystemCalls
from lading.cli.temporary import Temporary
from lading.cli.tunnels import with_tunnels
from lading.database.provider import Advisories, DatabaseProvider, with_failures
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model import errors
from lading.model.advisory import ShardName
from lading.model.ports import NoProgress, Progress

_KILLED: Final = (signal.SIGKILL, signal.SIGXCPU)
_DEATH_SIGNAL: Final = 1  # prctl(2)
_GRACE, _PAUSE = 1.0, 0.01
"""Seconds that a worker has to end when it is asked to, and between looks whether it has."""


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


class _Failed(Struct, frozen=True, tag=True):
    """The worker ended with an error, by its class and text."""

    error: str
    text: str


class _Fetched(Struct, frozen=True):
    """The answer to _Wanted: a line for each shard that could not be fetched."""

    failures: tuple[str, ...]


Work = Callable[[Environment], Done]
_Said = _Ended | _Wanted | _Failed
_ERRORS: Final[Mapping[str, type[errors.LadingError]]] = {
    one.__name__: one
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, errors.LadingError) and one is not errors.LimitError
}


class WorkerError(Exception):
    """A defect in the worker; the text is its traceback."""


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
        return work(environment)


class Worker:
    """A worker, as the front door sees it. To be closed, which ends it."""

    def __init__(self, work: Work, rights: Rights, settings: Settings, prepared: Settings, *, shown: bool) -> None:
        self._settings = settings
        self._temporary = Temporary()
        self._pipe, theirs = connected()
        self._status: int | None = None
        self._is_done = False
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if not self._child:
            try:
                self._pipe.close()
                if not shown:
                    theirs.close_others()
                _work(work, prepared, self._temporary, rights, theirs, shown=shown)
            finally:
                os._exit(1)  # whatever a signal raised, this process does not go on as the front door
        theirs.close()
        self._temporary.sweep()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def has_word(self) -> bool:
        """Whether `answer` would not wait."""
        if self._status is None and not self._pipe.waiting():
            self._look()
        return self._status is not None or self._pipe.waiting() > 0

    def answer(self) -> Done | None:
        """Waits for the worker's word and answers it; gives what the work came to once it is done. Raises LadingError,
        and WorkerError for a defect in the worker."""
        data = self._pipe.receive()
        if data is not None:
            said = msgspec.msgpack.decode(data, type=_Said)
            self._is_done = not isinstance(said, _Wanted)
            match said:
                case _Wanted(shards):
                    self._fetch(shards)
                    return None
                case _Failed(error, text) if error in _ERRORS:
                    raise _ERRORS[error](text)
                case _Failed(error, _) if error == KeyboardInterrupt.__name__:
                    raise KeyboardInterrupt
                case _Failed(_, text):
                    raise WorkerError(text)
                case _Ended(status, count):
                    outputs = tuple(islice(iter(self._pipe.receive_pieces, None), count))
                    return Done(status, outputs) if len(outputs) == count else self.answer()
        raise errors.EngineError(_fate(self._wait()))

    def close(self) -> None:
        """Ends the worker, if it has not ended, and removes its temporary files."""
        self._pipe.close()
        if self._status is None and not self._is_done:
            self._ask_to_end()
        if self._status is None:
            os.kill(self._child, signal.SIGKILL)
            self._wait()
        self._temporary.remove()

    def _ask_to_end(self) -> None:
        """Gives the worker the time to remove what it has made for itself alone, such as its claims on layers."""
        os.kill(self._child, signal.SIGTERM)
        end = time.monotonic() + _GRACE
        while self._status is None and time.monotonic() < end:
            time.sleep(_PAUSE)
            self._look()

    def _look(self) -> None:
        number, status = os.waitpid(self._child, os.WNOHANG)
        self._status = os.waitstatus_to_exitcode(status) if number else None

    def _wait(self) -> int:
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        return self._status

    def _fetch(self, shards: Sequence[ShardName]) -> None:
        provider = provider_of(self._settings)
        assert isinstance(provider, Fetching)
        with progress_on_terminal() as progress:
            failures = provider.fetch(shards, progress)
        self._pipe.send(_Fetched(tuple(failures)))


def _fate(status: int) -> str:
    if -status in _KILLED:
        return (
            "the process that reads the image was killed, as the kernel does when memory is short; nothing was decided"
        )
    name = signal.Signals(-status).name if status < 0 else f"status {status}"
    return f"the process that reads the image crashed ({name}); please report it, with the image if you may share it"


# In the worker.


def _work(work: Work, settings: Settings, temporary: Temporary, rights: Rights, pipe: Pipe, *, shown: bool) -> NoReturn:
    said: _Failed | None = None
    try:
        _die_with_parent()
        temporary.use()
        missing = _confine(structs.replace(rights, write=(*rights.write, temporary.path)))
        for line in missing or ("reading and matching are confined by Landlock and by a filter of system calls",):
            say("detail", f"sandbox: {line}")
        with contextlib.ExitStack() as bars:
            progress = bars.enter_context(progress_on_terminal()) if shown else NoProgress()
            environment = environment_of(settings, progress)
            asked = _Sealing(environment.database, pipe, settings, bars.close)
            done = work(structs.replace(environment, database=asked))
            pipe.send(_Ended(done.status, len(done.outputs)))
            for pieces in done.outputs:
                pipe.send_pieces(pieces)
    except errors.LadingError as error:
        name = next(one.__name__ for one in type(error).__mro__ if one.__name__ in _ERRORS)
        said = _Failed(name, str(error))
    except KeyboardInterrupt:
        said = _Failed(KeyboardInterrupt.__name__, "")
    except MemoryError:
        said = _Failed("EngineError", "memory is too short to go on; nothing was decided")
    except BaseException:
        import traceback

        said = _Failed("", traceback.format_exc())
    if said is not None:
        with contextlib.suppress(BaseException):
            pipe.send(said)
    with contextlib.suppress(BaseException):
        sys.stderr.flush()
    os._exit(0)


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


def _die_with_parent() -> None:
    """Ends this process when the front door is gone."""
    with contextlib.suppress(OSError):
        SystemCalls().prctl(_DEATH_SIGNAL, signal.SIGKILL)
