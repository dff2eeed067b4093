"""Lading as its users run it: a program with arguments, an exit status and output."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """What a run of the program gave."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Lading:
    """Runs `command` with arguments."""

    command: Sequence[str]

    def __call__(
        self,
        *arguments: str | Path,
        variables: Mapping[str, str] | None = None,
        status: int | None = 0,
        timeout: float = 120,
    ) -> Outcome:
        """One run; `status` is the exit status that is expected, None for any. `variables` go into its environment."""
        done = subprocess.run(
            [*self.command, *map(str, arguments)],
            env={**environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        assert status is None or outcome.status == status, outcome
        return outcome
