"""What the program says of its own doings, on standard error: lines for people, JSON for programs, or in the words of
the build service that runs it.

Source: GitHub, "Workflow commands for GitHub Actions"; GitLab, "Job logs" (collapsible sections); Azure Pipelines,
"Logging commands".
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Literal, get_args

from msgspec import Struct

from lading.cli.closed_output import flush_errors
from lading.engine.settings import LogForm, Settings

Level = Literal["error", "warning", "info", "detail"]
_ANNOTATIONS: Final[Mapping[Level, str]] = {"error": "error", "warning": "warning"}
_ENDS: Final[Mapping[int, tuple[Level, str]]] = {
    1: ("error", "a rule failed: the result names it, and how to accept that"),
    3: ("warning", "not everything could be read or matched: the result says what"),
}
_SERVICES: Final = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION", "GITLAB_CI")
"""What build services set that take commands out of what programs write."""
_COMMAND: Final = re.compile(rb"^(\s*:):|#(?=#(?:vso|teamcity)?\[)", re.MULTILINE)


class _Log(Struct, frozen=True):
    form: Literal["text", "json", "github", "gitlab"] = "text"
    quiet: bool = False
    verbose: bool = False


def log_as(settings: Settings) -> None:
    """Says from now on what these settings want to be said."""
    global _log
    _log = _Log(_form(settings.log), settings.quiet, settings.verbose)


def is_quiet() -> bool:
    """Whether nothing but errors is said."""
    return _log.quiet


def is_verbose() -> bool:
    """Whether every step is said."""
    return _log.verbose


def say(level: Level, text: str, *, title: str = "lading") -> None:
    """One line. Details are for who wants every step, and errors alone for who wants quiet."""
    if (level == "detail" and not _log.verbose) or (level != "error" and _log.quiet):
        return
    from lading.formats.encoders.text.text import sentence

    _write(_line(level, sentence(text), title))


def say_end(status: int) -> None:
    """Marks the step of a build service with what the exit status means, where it can be marked."""
    if _log.form == "github" and status in _ENDS:
        level, text = _ENDS[status]
        say(level, text)


def took(what: str, began: float) -> float:
    """Says how long a step took that began at that time (time.monotonic), and gives the time now."""
    now = monotonic()
    say("detail", f"{what}: done in {now - began:.2f} s")
    return now


@contextmanager
def group(title: str) -> Iterator[None]:
    """What is said in the block stands below a title that build services can fold. Only details are worth one."""
    if not _log.verbose or _log.form not in ("github", "gitlab"):
        yield
        return
    from lading.formats.encoders.text.text import sentence

    title = sentence(title)
    name = re.sub(r"\W+", "_", title, flags=re.ASCII)[:60]
    if _log.form == "github":
        begin, end = f"::group::{_escaped(title)}", "::endgroup::"
    else:
        begin = f"\x1b[0Ksection_start:{_seconds()}:{name}[collapsed=true]\r\x1b[0K{title}"
        end = "\x1b[0Ksection_end:{}:" + f"{name}\r\x1b[0K"
    _write(begin)
    try:
        yield
    finally:
        _write(end.replace("{}", str(_seconds())))


def without_commands(pieces: Iterable[bytes | bytearray], variables: Mapping[str, str]) -> Iterable[bytes | bytearray]:
    """What is written to standard output, without what the build service that is running this would take for a command:
    names in an image, and texts of advisories, are others' words. No text of theirs is in two pieces."""
    if not any(variables.get(name) for name in _SERVICES):
        yield from pieces
        return
    is_json: bool | None = None
    for piece in pieces:
        if is_json is None:
            is_json = piece.lstrip()[:1] in (b"{", b"[")
        if not _COMMAND.search(piece):
            yield piece
        elif is_json:  # which has another way to write the same
            yield _COMMAND.sub(lambda found: rb"\u0023" if found[0] == b"#" else found[0], piece)
        else:
            yield _COMMAND.sub(lambda found: b"# " if found[0] == b"#" else found[1] + b" :", piece)


def _line(level: Level, text: str, title: str) -> str:
    if _log.form == "json":
        return _json(level, text)
    if _log.form == "github" and level in _ANNOTATIONS:
        return f"::{_ANNOTATIONS[level]} title={_escaped(title, of_property=True)}::{_escaped(text)}"
    return b"".join(without_commands([f"lading: {text}".encode(errors="backslashreplace")], os.environ)).decode()


def _json(level: Level, text: str) -> str:
    import msgspec

    time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    shown = text.encode(errors="backslashreplace").decode()
    return msgspec.json.encode({"time": time, "level": level, "message": shown}).decode()


def _write(line: str) -> None:
    """A line on standard error. That it cannot be written changes nothing of what the command does."""
    with suppress(OSError):
        print(line, file=sys.stderr)
    flush_errors()


def _escaped(text: str, *, of_property: bool = False) -> str:
    """As the runner of GitHub Actions takes it apart."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if of_property else text


def _seconds() -> int:
    return int(datetime.now(UTC).timestamp())


def _form(wanted: LogForm) -> Literal["text", "json", "github", "gitlab"]:
    if wanted != "auto":
        return wanted
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if os.environ.get("GITLAB_CI") == "true" else "text"


_log = _Log(_form(next((one for one in get_args(LogForm) if one == os.environ.get("LADING_LOG")), "auto")))
"""Until settings are read, what the environment says."""
