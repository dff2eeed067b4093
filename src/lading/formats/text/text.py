"""Strings from an image, made fit for a terminal."""

import re
import textwrap
from collections.abc import Iterable, Sequence


def printable(text: str) -> str:
    """One line in which control, bidirectional and other invisible characters are written out (`\\x1b`, `\\u202e`),
    so that a name in an image cannot move the cursor, change colours or reorder what is read."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def shorten(text: str, width: int) -> str:
    """`text` cut to `width` characters, the last of them an ellipsis when something is missing."""
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def sentence(text: str) -> str:
    """A text of several lines as one, fit for a terminal."""
    return printable(" ".join(text.split()))


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` characters; a longer word (a path, a digest) stays whole."""
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)


def flow(parts: Iterable[str], separator: str, width: int) -> list[str]:
    """The parts joined by `separator`, in as many lines as they need; no part is broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(separator) + len(part) <= width:
            lines[-1] += separator + part
        else:
            lines.append(part)
    return lines


def listed(names: Sequence[str], width: int) -> str:
    """`a, b, c`; as many names as fit into `width`, at least one, and how many more there are."""
    for shown in range(len(names), 1, -1):
        rest = f" and {len(names) - shown} more" if shown < len(names) else ""
        text = ", ".join(names[:shown]) + rest
        if len(text) <= width:
            return text
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def counted(count: int, noun: str) -> str:
    """`3 packages`, `1 package`; a noun in -y is not known here."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def short_digest(digest: str) -> str:
    """A digest as far as people compare it: the algorithm and twelve digits."""
    algorithm, colon, value = digest.partition(":")
    return f"{algorithm}{colon}{value[:12]}"


def instruction(created_by: str) -> str:
    """The instruction that made a layer as its author wrote it, from the history of an image configuration.

    Takes away what builders put around it (the shell of RUN, `#(nop)`, `# buildkit`, build arguments), and of an
    installation what every installation has, so that the names of the packages come into sight.
    """
    text = sentence(created_by[:_LONGEST])
    if (nop := _NOP.match(text)) is not None:
        text = text[nop.end() :]
    elif (shell := _SHELL.match(text)) is not None:
        text = "RUN " + text[shell.end() :]
    text = _BUILDKIT.sub("", text).removeprefix("# ")
    if text.startswith("RUN "):
        text = _EVERYWHERE.sub("", _PREPARATION.sub("RUN ", text))
    return _HEX.sub(lambda match: match[0][:12], text).strip()


_LONGEST = 4000
_NOP = re.compile(r"/bin/sh -c #\(nop\)\s+")
_SHELL = re.compile(r"(?:RUN )?(?:\|\d+ .*?)?(?:/usr)?/bin/\w*sh(?: -[a-z]+(?: pipefail)?)*? -[a-z]*c ")
_BUILDKIT = re.compile(r"\s*# buildkit$")
_PREPARATION = re.compile(
    r"^RUN (?:set -\w+(?: pipefail)?\s*(?:;|&&)\s*|(?:apt|apt-get|apk) (?:-\S+ )*update(?: -\S+)*\s*(?:;|&&)\s*)+"
)
_EVERYWHERE = re.compile(
    r" (?:-y|-qy|-yq|-qq|--yes|--no-install-recommends|--no-cache)(?= )|\s*(?:&&|;) rm -rf /var/lib/apt/lists/\*"
)
_HEX = re.compile(r"\b[0-9a-f]{40,64}\b")
