"""What Ubuntu's documents say of vulnerabilities, brought together by vulnerability.

Every source is told vulnerability by vulnerability, but each in archives of its own order. Statements therefore go to
disk in parts by the vulnerability's name, and are taken from there part by part: memory holds one part, however large
the archives are.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Literal

import msgspec
from msgspec import Struct

from lading.model.advisory import Severity, State

_PARTS = 64
_IN_MEMORY = 256 * 1024
_LENGTH = 4


class Claim(Struct, frozen=True, array_like=True, omit_defaults=True):
    """What is said of one source package of one pocket. `fixed` is the first version with the fix; `repaired` one that
    has it, though perhaps not the first. `priority` is Ubuntu's word where the package has one of its own."""

    shard: str
    package: str
    state: State = "affected"
    fixed: str = ""
    repaired: str = ""
    service: str = ""
    remark: str = ""
    priority: str = ""


class Statement(Struct, frozen=True, array_like=True, omit_defaults=True):
    """What one document says of one vulnerability.

    A "record" is about the vulnerability, and so is a "vex", with other words; a "notice" announces a fix. `notices`
    are those a record names. `notice` and `day` are a notice's own name and the day it came out (ISO 8601).
    """

    vulnerability: str
    kind: Literal["record", "vex", "notice"]
    claims: tuple[Claim, ...] = ()
    severities: tuple[Severity, ...] = ()
    summary: str = ""
    url: str = ""
    published: str = ""
    modified: str = ""
    notices: tuple[str, ...] = ()
    notice: str = ""
    day: str = ""


class Statements:
    """Statements in any number. Use as a context manager: what was put on disk is removed at its end."""

    def __init__(self) -> None:
        with ExitStack() as stack:
            self._parts = [stack.enter_context(SpooledTemporaryFile(_IN_MEMORY)) for _ in range(_PARTS)]
            self._open = stack.pop_all()
        self._encode = msgspec.msgpack.Encoder().encode

    def __enter__(self) -> "Statements":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, statement: Statement) -> None:
        """Keeps a statement."""
        data = self._encode(statement)
        (number,) = hashlib.blake2b(statement.vulnerability.encode("utf-8", "replace"), digest_size=1).digest()
        part = self._parts[number % _PARTS]
        part.write(len(data).to_bytes(_LENGTH, "big") + data)

    def by_vulnerability(self) -> Iterator[list[Statement]]:
        """All statements on one vulnerability, vulnerability after vulnerability."""
        decode = msgspec.msgpack.Decoder(Statement).decode
        for part in self._parts:
            part.seek(0)
            vulnerabilities: defaultdict[str, list[Statement]] = defaultdict(list)
            while length := part.read(_LENGTH):
                statement = decode(part.read(int.from_bytes(length, "big")))
                vulnerabilities[statement.vulnerability].append(statement)
            yield from vulnerabilities.values()
