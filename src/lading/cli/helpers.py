"""Credential helpers: the programs that keep credentials for Docker's tools.

Source: docker/docker-credential-helpers, README ("Development"): `docker-credential-NAME get|store|erase`, the server
on standard input, JSON or a line of words on standard output.
"""

import re
import time
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from lading.cli.programs import find_program, run_program
from lading.model.errors import NetError
from lading.net.address import printable

DEADLINE: Final = 30.0
"""Seconds that a helper may take."""
_KEPT: Final = 300.0
_SHOWN: Final = 200
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NONE: Final = re.compile(r"credentials not found|no credentials|specified item could not be found", re.IGNORECASE)


class HelperPrograms(Struct, frozen=True):
    """Runs helpers, each for at most so many seconds. As the protocol lading.net.credentials.CredentialHelpers says."""

    deadline: float = DEADLINE

    def get(self, helper: str, server: str) -> tuple[str, str] | None:
        """The name and secret that a helper keeps for a server, None when it has none. Raises NetError."""
        status, output = self._run(helper, "get", server.encode())
        if status:
            if _NONE.search(output.decode(errors="replace")):
                return None
            raise NetError(f"it failed{_said(output)}")
        try:
            answer = msgspec.json.decode(output, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NetError("it answered what cannot be read") from error
        return (answer.username, answer.secret) if answer.username or answer.secret else None

    def store(self, helper: str, server: str, username: str, secret: str) -> None:
        """Has a helper keep an account. Raises NetError."""
        self._change(helper, "store", msgspec.json.encode(_Answer(username, secret, server)))

    def erase(self, helper: str, server: str) -> None:
        """Has a helper forget an account. Raises NetError."""
        self._change(helper, "erase", server.encode())

    def _change(self, helper: str, action: str, data: bytes) -> None:
        status, output = self._run(helper, action, data)
        if status:
            raise NetError(f"docker-credential-{helper}: it failed{_said(output)}")

    def _run(self, helper: str, action: str, data: bytes) -> tuple[int, bytes]:
        """The exit status and what it wrote to standard output, which is all that counts."""
        program = _find(helper)
        return run_program([program, action], data, self.deadline)


class _Answer(Struct, rename="pascal"):
    username: str = ""
    secret: str = ""
    server_url: str = msgspec.field(default="", name="ServerURL")


class KeptAnswers:
    """Helpers whose answers are kept for some minutes: a run over many images asks for the same account again and
    again."""

    def __init__(self, inner: HelperPrograms, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, tuple[str, str] | None]] = {}

    def get(self, helper: str, server: str) -> tuple[str, str] | None:
        """As the protocol lading.net.credentials.CredentialHelpers says."""
        now = self._clock()
        known = self._kept.get((helper, server))
        if known is None or now - known[0] > _KEPT:
            known = self._kept[helper, server] = now, self._inner.get(helper, server)
        return known[1]


def _find(helper: str) -> str:
    """The program, in the directories of PATH that are no part of where the command happens to run. Raises NetError."""
    if not _NAME.fullmatch(helper):
        raise NetError("that is no name of a helper")
    program = find_program(f"docker-credential-{helper}")
    if program is None:
        raise NetError("it is not installed (not in PATH)")
    return program


def _said(output: bytes) -> str:
    """A helper's own words; not what looks like its answer, which may hold a secret."""
    words = " ".join(output.decode(errors="replace").split())
    return f": {printable(words, _SHOWN)}" if words and "{" not in words else ""
