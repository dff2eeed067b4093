"""Dockerfiles: which instruction stands on which lines, stage by stage.

Source: https://docs.docker.com/reference/dockerfile/ (parser directives, line continuation, here-documents, the
variables of FROM). Nothing is run or fetched, and what a build is given from outside is not known: variables have
their defaults.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from lading.model.errors import FormatError

LARGEST: Final = 1 << 20
"""Bytes of a file that are read."""
MOST_INSTRUCTIONS: Final = 5_000
_LONGEST_DIRECTIVE: Final = 200
_LONGEST_NAME: Final = 40
_LONGEST_VALUE: Final = 1_000
_LONGEST_TEXT: Final = 4_000
_DIRECTIVE: Final = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_HEREDOC: Final = re.compile(r"\d*<<(-?)([^<]+)")
_WITH_HEREDOCS: Final = frozenset({"ADD", "COPY", "RUN"})
_FLAG: Final = re.compile(r"--[a-z][a-z-]*(?:=\S*)?\s*")
_FROM: Final = re.compile(r"^--from=[\"']?([^\"',]+)|^--mount=(?:.*,)?from=([^\"',]+)")
_VARIABLE: Final = re.compile(r"\\\$|\$(?:\{(\w+)(?::?([-+?])((?:[^{}]|\$\{[^{}]*\})*))?\}|(\w+))")
_ASSIGNMENT: Final = re.compile(r"""(\w+)=((?:"[^"]*"|'[^']*'|[^\s"'])*)""")


class Instruction(Struct, frozen=True):
    """`name` in capitals; `text` what follows it and its flags, as one line, with the content of its here-documents
    below; `line` and `last_line` count from 1. `flags` are those, as they are written."""

    name: str
    text: str
    line: int
    last_line: int
    flags: tuple[str, ...] = ()


class Stage(Struct, frozen=True):
    """One stage. `origin` is its FROM, `base` what that names with the variables put in, `name` what follows AS.
    `parent` is the number of the stage that it builds on, None for an image. `instructions` are without FROM, with the
    variables of the stage put in but in RUN, where a shell does that."""

    origin: Instruction
    base: str
    name: str
    parent: int | None
    instructions: tuple[Instruction, ...]


def parse_dockerfile(
    data: bytes, where: str, arguments: Mapping[str, str] | None = None, platform: Mapping[str, str] | None = None
) -> tuple[Stage, ...]:
    """The stages, at least one; `where` is the file's name, `arguments` are what a build is given for its ARGs,
    `platform` what it knows of itself without one. Raises FormatError."""
    if len(data) > LARGEST:
        raise FormatError(f"{where}: larger than {LARGEST:,} bytes, which no Dockerfile is")
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace").splitlines()
    stages: list[Stage] = []
    given = dict(platform or {})
    inner: dict[str, str] = {}
    for count, one in enumerate(_instructions(lines, where), 1):
        if count > MOST_INSTRUCTIONS:
            raise FormatError(f"{where}: more than {MOST_INSTRUCTIONS:,} instructions")
        if one.name == "FROM":
            stages.append(_stage(one, given, stages))
            inner = _inherited(stages, given)
        elif not stages:
            if one.name != "ARG":
                what = one.name[:_LONGEST_NAME] if one.name.isprintable() else "what is no text"
                raise FormatError(f"{where}: line {one.line}: {what} stands before FROM: not a Dockerfile")
            given |= _assigned(one.text, given)
            given |= {name: value for name, value in (arguments or {}).items() if name in _declared(one.text)}
        else:
            stages[-1] = _with(stages[-1], one, inner, given)
    if not stages:
        raise FormatError(f"{where}: has no FROM instruction: not a Dockerfile")
    return tuple(stages)


def copied_images(stages: Sequence[Stage]) -> Iterator[tuple[str, Instruction]]:
    """The images that stages copy from or mount (`COPY --from=`, `RUN --mount=from=`), each with the instruction."""
    names = {one.name for one in stages if one.name}
    for one in (one for stage in stages for one in stage.instructions):
        for flag in one.flags:
            for source in ("".join(found) for found in _FROM.findall(flag)):
                if source.lower() not in names and not source.isdecimal():
                    yield source, one


def _instructions(lines: list[str], where: str) -> Iterator[Instruction]:
    escape, at = _directives(lines)
    continued = re.compile(rf"(?:^|[^{escape}]){escape}[ \t]*$")
    while at < len(lines):
        start = at
        text, at = _logical(lines, at, escape, continued)
        if not text:
            continue
        name, _, rest = text.partition(" ")
        name = name.upper()
        bodies: list[str] = []
        if name in _WITH_HEREDOCS:
            for tabs, mark in _heredocs(rest):
                body, at = _body(lines, at, mark, bool(tabs), f"{where}: line {start + 1}")
                bodies.append(body)
        flags, words = _flags(rest.strip())
        yield Instruction(name, "\n".join([words, *bodies]), start + 1, at, flags)


def _directives(lines: list[str]) -> tuple[str, int]:
    """The escape character, for a pattern, and the first line after the directives, which stand at the very top."""
    escape = "\\"
    for number, line in enumerate(lines):
        found = _DIRECTIVE.fullmatch(line.strip()) if len(line) < _LONGEST_DIRECTIVE else None
        if found is None:
            return re.escape(escape), number
        if found[1].lower() == "escape" and found[2] in ("\\", "`"):
            escape = found[2]
    return re.escape(escape), len(lines)


def _logical(lines: list[str], at: int, escape: str, continued: re.Pattern[str]) -> tuple[str, int]:
    """A line with those that continue it, and the number of the next one. Comments and empty lines within are none."""
    parts: list[str] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip() or line.lstrip().startswith("#"):
            if not parts:
                return "", at
            continue
        if continued.search(line) is None:
            parts.append(line)
            break
        parts.append(re.sub(rf"{escape}[ \t]*$", "", line))
    return " ".join("".join(parts).split()), at


def _heredocs(text: str) -> Iterator[tuple[str, str]]:
    """Those that an instruction opens: whether leading tabs are taken off, and the word that ends each. They are words
    of their own, outside of quotation marks."""
    for word in _words(text):
        found = _HEREDOC.fullmatch(word)
        if found is not None:
            mark = found[2].strip("\"'")
            if mark:
                yield found[1], mark


def _words(text: str) -> Iterator[str]:
    """The words of a line as a shell splits it, with their quotation marks."""
    word, quote = "", ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char.isspace():
            if word:
                yield word
            word = ""
            continue
        word += char
    if word and not quote:
        yield word


def _body(lines: list[str], at: int, mark: str, tabs: bool, where: str) -> tuple[str, int]:
    start = at
    while at < len(lines):
        line = lines[at].lstrip("\t") if tabs else lines[at]
        at += 1
        if line.rstrip("\r") == mark:
            return "\n".join(one.lstrip("\t") if tabs else one for one in lines[start : at - 1]), at
    named = f" {mark[:_LONGEST_NAME]}" if mark.isprintable() else ""
    raise FormatError(f"{where}: the here-document{named} does not end")


def _flags(text: str) -> tuple[tuple[str, ...], str]:
    """The flags of an instruction, and what follows them."""
    flags = []
    while (found := _FLAG.match(text)) is not None and found.end():
        flags.append(found[0].strip())
        text = text[found.end() :]
    return tuple(flags), text


def _stage(origin: Instruction, given: Mapping[str, str], stages: list[Stage]) -> Stage:
    words = origin.text.split()
    base = expand(words[0], given).strip("\"'") if words else ""
    name = words[2].lower() if len(words) > 2 and words[1].upper() == "AS" else ""
    names = {one.name: number for number, one in enumerate(stages) if one.name}
    return Stage(origin, base, name, names.get(base.lower()), ())


def _inherited(stages: list[Stage], given: Mapping[str, str]) -> dict[str, str]:
    """The variables that a new stage begins with: those that the stage below it sets."""
    parent = stages[-1].parent
    known: dict[str, str] = {}
    for one in () if parent is None else stages[parent].instructions:
        if one.name == "ENV":
            known |= _assigned(one.text, known)
    return known


def _with(stage: Stage, one: Instruction, known: dict[str, str], given: Mapping[str, str]) -> Stage:
    if one.name in ("ARG", "ENV"):
        for name, value in _assigned(one.text, known).items():
            if one.name == "ENV" or name not in known:
                known[name] = value
        if one.name == "ARG" and "=" not in one.text and one.text in given:
            known.setdefault(one.text, given[one.text])
    elif one.name != "RUN":
        first, mark, rest = one.text.partition("\n")
        one = Instruction(one.name, expand(first, known) + mark + rest, one.line, one.last_line, one.flags)
    return Stage(stage.origin, stage.base, stage.name, stage.parent, (*stage.instructions, one))


def _declared(text: str) -> set[str]:
    return {word.partition("=")[0] for word in text.split()}


def _assigned(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables that an ARG or ENV sets. The old form of ENV has no `=`."""
    pairs = _ASSIGNMENT.findall(text)
    if not pairs and " " in text:
        pairs = [tuple(text.split(" ", 1))]
    return {name: expand(value.replace('"', "").replace("'", ""), known) for name, value in pairs}


def expand(text: str, known: Mapping[str, str]) -> str:
    """A text with the variables put in that are known; others stay as they are written."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[4]
        if not name:
            return found[0]
        if found[2] == "+":
            return expand(found[3], known) if known.get(name) else ""
        if name in known and (known[name] or not found[2]):
            return known[name][:_LONGEST_VALUE]
        return expand(found[3], known) if found[2] == "-" else found[0]

    return _VARIABLE.sub(value, text[:_LONGEST_TEXT])[:_LONGEST_TEXT]
