"""Lading as its users run it: a program with arguments, an exit status and output."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path

from tests.support.warm import Run, is_fit


@dataclass(frozen=True)
class Outcome:
    """What a run of the program gave."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Lading:
    """Runs `command` with arguments; where a server of runs (tests.support.warm) has an `address`, by way of it."""

    command: Sequence[str]
    address: str = ""

    def __call__(
        self,
        *arguments: str | Path,
        variables: Mapping[str, str] | None = None,
        status: int | None = 0,
        timeout: float = 120,
    ) -> Outcome:
        """One run; `status` is the exit status that is expected, None for any. `variables` go into its environment."""
        own = variables or {}
        given = list(map(str, arguments))
        run = self._run_warm if self.address and is_fit(own) else self._run
        outcome = run(given, {**environ, **own}, timeout)
        assert status is None or outcome.status == status, outcome
        return outcome

    def _run(self, arguments: list[str], variables: Mapping[str, str], timeout: float) -> Outcome:
        done = subprocess.run(
            [*self.command, *arguments],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def _run_warm(self, arguments: list[str], variables: Mapping[str, str], timeout: float) -> Outcome:
        with (
            Path(os.devnull).open() as nothing,
            tempfile.TemporaryFile("w+") as out,
            tempfile.TemporaryFile("w+") as err,
        ):
            run = Run(self.address, arguments, variables, (nothing.fileno(), out.fileno(), err.fileno()))
            try:
                status = run.wait(timeout)
            except TimeoutError:
                os.kill(run.pid, signal.SIGKILL)
                raise
            out.seek(0)
            err.seek(0)
            return Outcome(status, out.read(), err.read())
