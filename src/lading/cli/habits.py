"""What users of Trivy and Grype are used to write: taken where it means the same here, else answered in one line with
what Lading has for it. The words stand in data/habits.json; docs/from-trivy-and-grype.md shows them.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import click
import msgspec
from msgspec import Struct

from lading.formats.encoders.registry import FORMATS
from lading.model.errors import UsageError
from lading.model.spelling import closest
from lading.policy.fail_on import FAIL_ON

_FORMAT: Final = ("-f", "--format")
_OUTPUT: Final = ("-o", "--output")
_FILE: Final = "--file"
_IMAGES_OF: Final = "--images-of"
_OF_SETTINGS: Final = frozenset({"path", "show"})
_EVERYTHING: Final = ("all", "cluster")
"""What Trivy calls a whole cluster."""
_HEAD: Final = 1024 * 1024
_SBOM_MARKS: Final = (b'"bomFormat"', b'"SPDXID"', b'"spdxVersion"', b"spdx.org/", b"/schema/inventory-")


class _Command(Struct, frozen=True, forbid_unknown_fields=True):
    """A command of other scanners, or a word behind it: `becomes` is ours that does the same, `prefix` what its target
    then begins with; `answer` is told where there is none."""

    words: tuple[str, ...]
    becomes: str = ""
    prefix: str = ""
    answer: str = ""


class _Option(Struct, frozen=True, forbid_unknown_fields=True):
    """An option of other scanners. `takes` names its value, empty for a switch. It `becomes` these words ({} is the
    value) where the value is among those that it `accepts` (none: every value); else `answer` is told. Where the value
    is a list, `items` has what each of it is here, empty for what is always done, which must be among them where there
    is such. The value of a `secret` is never shown."""

    flags: tuple[str, ...]
    takes: str = ""
    accepts: tuple[str, ...] = ()
    items: dict[str, str] = {}
    becomes: tuple[str, ...] | None = None
    answer: str = ""
    secret: bool = False


class _Habits(Struct, frozen=True, forbid_unknown_fields=True):
    """`second` are words behind commands of ours, by the command."""

    commands: tuple[_Command, ...]
    second: dict[str, tuple[_Command, ...]]
    options: tuple[_Option, ...]


class _Word(Struct, frozen=True):
    """An option (`name`) with its value, or a word that is none; `words` are how it was written."""

    name: str
    value: str | None
    words: tuple[str, ...]


@cache
def habits() -> _Habits:
    """The table."""
    from pkgutil import get_data

    return msgspec.json.decode(get_data(__package__, "data/habits.json") or b"", type=_Habits)


def with_command(arguments: Sequence[str], known: Sequence[str]) -> list[str]:
    """Arguments that begin with one of our commands, as far as the first word tells which is meant. Raises UsageError
    with the answer for a command that has no like here."""
    first, rest = arguments[0], list(arguments[1:])
    if answer := _second_answer(first, rest):
        raise UsageError(answer)
    if first in known:
        return list(arguments)
    for habit in habits().commands:
        if first in habit.words:
            if not habit.becomes:
                raise UsageError(f"{first}: {habit.answer}")
            return [habit.becomes, *_prefixed(rest, habit.prefix)]
    if first.startswith("-"):
        raise UsageError(f"{first}: a command comes first: lading scan {' '.join(arguments)[:200]}")
    if ":" in first or "/" in first or Path(first).exists():
        return ["scan", *arguments]
    if not closest(first, known) and not rest:
        raise UsageError(f"No such command {first[:100]!r}; to scan an image of this name: lading scan {first[:100]}")
    return list(arguments)


def with_options(command: click.Command, arguments: Sequence[str]) -> list[str]:
    """The arguments of a command with the options of other scanners as ours. Raises UsageError with the answer for one
    that has no like here."""
    own = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
    parsed = _parsed(command, arguments)
    words = _with_outputs([_of_files(word, own) if word.name in own else _translated(word) for word in parsed])
    return [text for word in words for text in _with_target(command, word)]


def _second_answer(first: str, rest: Sequence[str]) -> str:
    """What is told of a word behind one of our commands that means something else there."""
    if first == "config" and _OF_SETTINGS.isdisjoint(rest) and any(Path(word).exists() for word in rest):
        return "config: shows settings; what is wrong with an image's configuration: lading scan IMAGE --checks config"
    for word in rest:
        for one in habits().second.get(first, ()):
            if word.partition("=")[0] in one.words:
                return f"{first} {word.partition('=')[0]}: {one.answer}"
        if not word.startswith("-") and first != "registry":
            break
    return ""


def _prefixed(arguments: list[str], prefix: str) -> list[str]:
    """Arguments in which the first directory has a prefix: other scanners' commands say what their target is."""
    for number, word in enumerate(arguments if prefix else ()):
        if not word.startswith("-") and Path(word).is_dir():
            return [*arguments[:number], prefix + word, *arguments[number + 1 :]]
    return arguments


def _parsed(command: click.Command, arguments: Sequence[str]) -> Iterator[_Word]:
    own = {
        flag: isinstance(one, click.Option) and not one.is_flag and not one.count
        for one in command.params
        for flag in (*one.opts, *one.secondary_opts)
    }
    foreign = {flag: bool(one.takes) for one in habits().options for flag in one.flags}
    takes = foreign | dict.fromkeys((*_FORMAT, _FILE), True) | own
    left = iter(arguments)
    for word in left:
        if word == "--":
            yield _Word("", None, (word, *left))
            return
        if not word.startswith("-") or word == "-":
            yield _Word("", None, (word,))
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("--") and word not in takes and takes.get(word[:2]):
            name, equals, value = word[:2], "=", word[2:]
        if equals:
            yield _Word(name, value, (word,))
        elif takes.get(name) and (following := next(left, None)) is not None:
            yield _Word(name, following, (word, following))
        else:
            yield _Word(name, None, (word,))


def _of_files(word: _Word, own: Collection[str]) -> _Word:
    """A word as it is, but --from with the name of a file or directory: the images are those that it names."""
    path = Path(word.value or "")
    if word.name != "--from" or _IMAGES_OF not in own or not word.value or not (path.is_file() or path.is_dir()):
        return word
    from lading.image.sources.registry import PLACES

    return word if set(word.value.split(",")) <= set(PLACES) else _Word("", None, (_IMAGES_OF, word.value))


def _translated(word: _Word) -> _Word:
    for one in habits().options:
        if word.name not in one.flags or (one.takes and word.value is None):
            continue
        value = word.value or ""
        if one.accepts:
            value = value.lower().replace("alllayers", "all-layers")  # Grype's word
        fits = not one.accepts or value in one.accepts
        becomes = one.becomes
        if one.items:
            listed = [one.items.get(item) for item in value.lower().split(",")]
            fits = None not in listed and ("" in listed or "" not in one.items.values())
            value = ",".join(filter(None, listed))
            becomes = becomes if value else ()
        if becomes is None or not fits:
            shown = "" if one.secret or not one.takes else f" {(word.value or '')[:100]}"
            raise UsageError(f"{word.name}{shown}: {one.answer}")
        return _Word("", None, tuple(text.replace("{}", value) for text in becomes))
    if word.name == "-f" and word.value is not None and word.value.lower() in FAIL_ON:
        return _Word("", None, ("--fail-on", word.value))
    return word


def _with_outputs(words: Sequence[_Word]) -> Sequence[_Word]:
    """Words in which `-f FORMAT` and `-f FORMAT -o FILE` (Trivy) and `-o FORMAT --file FILE` (Grype) are `-o FORMAT`
    and `-o FORMAT=FILE`. With `-f`, what `-o` names is a file; without, it is a format, as in Grype."""
    formats = [word.value for word in words if word.name in _FORMAT and word.value is not None]
    files = [word.value for word in words if word.name == _FILE and word.value is not None]
    outputs = [word.value for word in words if word.name in _OUTPUT and word.value is not None]
    if not formats and not files:
        return words
    others = [word for word in words if word.name not in (*_FORMAT, *_OUTPUT, _FILE)]
    if formats:
        files += outputs
    else:
        formats = outputs
    if len(formats) != 1 or len(files) > 1 or "=" in formats[0]:
        raise UsageError("which format goes to which file? write -o FORMAT=FILE for each")
    known = {name for one in FORMATS for name in (one.id, *one.aliases)}
    if outputs and files == outputs and outputs[0].lower() in known:
        wanted, other = formats[0], outputs[0]
        raise UsageError(
            f"-f {wanted} -o {other}: is {other} a file or a format? write -o {wanted}={other} or -o {other}"
        )
    return [*others, _Word("-o", None, ("-o", "=".join((*formats, *files))))]


def _with_target(command: click.Command, word: _Word) -> tuple[str, ...]:
    """A word as it is given on: an SBOM is `sbom:FILE`, since no image is JSON. `lading sbom` writes one, where others'
    command of this name reads one. Of a cluster it is the context."""
    if command.name == "k8s" and len(word.words) == 1 and not word.words[0].startswith("-"):
        return () if word.words[0] in _EVERYTHING else ("--context", word.words[0])
    if command.name == "convert" or word.name or len(word.words) != 1 or not _is_sbom(Path(word.words[0])):
        return word.words
    if command.name == "sbom":
        file = word.words[0]
        raise UsageError(
            f"{file}: is an SBOM, no image: lading scan sbom:{file} finds the vulnerabilities of an SBOM, "
            f"lading sbom sbom:{file} writes it in another format"
        )
    return (f"sbom:{word.words[0]}",)


def _is_sbom(path: Path) -> bool:
    """Whether it is JSON and says early on that it is an SBOM or an inventory of ours: lock files are JSON too."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    is_json = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    return is_json and any(mark in head for mark in _SBOM_MARKS)
