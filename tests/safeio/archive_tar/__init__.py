"""What Go's archive/tar reads from an archive: asked of Go itself, or as it has been written down.

`python -m tests.safeio.archive_tar` writes answers.json again, where Go is there. Look at the difference first.
"""

import hashlib
import json
import struct
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("main.go")
ANSWERS = Path(__file__).with_name("answers.json")
LARGEST = 1 << 26
"""Contents of files above this many bytes are not read."""


@dataclass(frozen=True)
class GoEntry:
    """An entry as archive/tar gives it: the bytes of its names, `flag` the type, and the content's CRC-32 (-1 of a file
    above `LARGEST`)."""

    name: bytes
    flag: bytes
    linkname: bytes
    size: int
    crc: int


@dataclass(frozen=True)
class Answer:
    """The entries up to the end or the error, whose text is empty at a proper end."""

    entries: tuple[GoEntry, ...]
    error: str


def ask(program: Path, archives: Iterable[bytes]) -> list[Answer]:
    """The answers of the built program."""
    questions = b"".join(struct.pack(">I", len(archive)) + archive for archive in archives)
    output = subprocess.run([program], input=questions, capture_output=True, check=True).stdout
    return [_answer(json.loads(line)) for line in output.splitlines()]


def known(group: str, cases: Mapping[str, bytes]) -> list[Answer]:
    """The answers that are written down for a group of the table, in its order. The archives must be those that Go was
    asked about."""
    written = json.loads(ANSWERS.read_text())
    held = written["groups"][group]
    assert held["archives"] == digest(cases), "the table has changed: run python -m tests.safeio.archive_tar"
    return [_answer(written["answers"][index]) for index in held["cases"]]


def write(program: Path, groups: Mapping[str, Mapping[str, bytes]]) -> None:
    """Writes down what the program answers."""
    answers: dict[str, int] = {}
    lines = []
    for group, cases in groups.items():
        found = [json.dumps(_plain(answer), separators=(",", ":")) for answer in ask(program, cases.values())]
        numbers = [answers.setdefault(text, len(answers)) for text in found]
        lines.append(f'"{group}":{{"archives":"{digest(cases)}","cases":{json.dumps(numbers, separators=(",", ":"))}}}')
    text = '{"answers":[\n' + ",\n".join(answers) + '\n],"groups":{\n' + ",\n".join(lines) + "\n}}\n"
    ANSWERS.write_text(text)


def digest(cases: Mapping[str, bytes]) -> str:
    """A digest of a group's names and archives."""
    found = hashlib.sha256()
    for name, data in cases.items():
        found.update(name.encode() + hashlib.sha256(data).digest())
    return found.hexdigest()[:16]


def _answer(plain: dict[str, Any] | list[Any]) -> Answer:
    entries, error = (plain["entries"], plain["error"]) if isinstance(plain, dict) else plain
    return Answer(
        tuple(
            GoEntry(name.encode("latin-1"), flag.encode("latin-1"), link.encode("latin-1"), size, crc)
            for name, flag, link, size, crc in entries
        ),
        error,
    )


def _plain(answer: Answer) -> list[Any]:
    entries = [
        [one.name.decode("latin-1"), one.flag.decode("latin-1"), one.linkname.decode("latin-1"), one.size, one.crc]
        for one in answer.entries
    ]
    return [entries, answer.error.removeprefix("archive/tar: ")]
