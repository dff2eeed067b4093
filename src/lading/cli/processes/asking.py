"""Questions of a worker to registries of packages, which the front door asks for it."""

from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from lading.cli.environment import registries_of
from lading.cli.processes.pipe import Pipe
from lading.cli.progress import progress_on_terminal
from lading.model.errors import LadingError, NetError
from lading.model.published import Need, Published, Runtime

if TYPE_CHECKING:
    from lading.engine.settings import Settings
    from lading.model.published import PackageRegistries


_MOST: Final = 20_000
"""Questions of one worker."""


class Asked(Struct, frozen=True, tag=True):
    """The worker asks for the versions of a package, or for what one `version` needs."""

    kind: str
    name: str
    runtime: Runtime
    version: str = ""
    extras: tuple[str, ...] = ()


class _Told(Struct, frozen=True):
    """The answer, or the text of an error."""

    published: Published | None = None
    needs: tuple[Need, ...] | None = None
    error: str = ""


class AskingRegistries:
    """The port PackageRegistries of a worker."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._answer = cache(self._ask)

    def published(self, kind: str, name: str, runtime: Runtime) -> Published | None:
        """As the port says. Raises NetError."""
        return self._answer(Asked(kind, name, runtime)).published

    def needs(
        self, kind: str, name: str, version: str, runtime: Runtime, extras: tuple[str, ...] = ()
    ) -> tuple[Need, ...] | None:
        """As the port says. Raises NetError."""
        return self._answer(Asked(kind, name, runtime, version, extras)).needs

    def _ask(self, question: Asked) -> _Told:
        self._pipe.send(question)
        told = msgspec.msgpack.decode(self._pipe.receive() or b"", type=_Told)
        if told.error:
            raise NetError(told.error)
        return told


class Answering:
    """Answers the questions of one worker, at most so many as a plan may have."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._registries: PackageRegistries | None = None
        self._left = _MOST

    def answer(self, question: Asked, pipe: Pipe) -> None:
        """Asks the registry and tells the worker."""
        with progress_on_terminal() as progress:
            progress.start(question.name, f"what there is of {question.name} ({question.kind})")
            told = self._told(question)
            progress.finish(question.name)
        pipe.send(told)

    def _told(self, question: Asked) -> _Told:
        self._registries = self._registries or registries_of(self._settings)
        self._left -= 1
        if self._registries is None or self._left < 0:
            return _Told(error="registries of packages are asked no more")
        kind, name, version, runtime = question.kind, question.name, question.version, question.runtime
        try:
            if version:
                return _Told(needs=self._registries.needs(kind, name, version, runtime, question.extras))
            return _Told(published=self._registries.published(kind, name, runtime))
        except LadingError as error:
            return _Told(error=str(error))
