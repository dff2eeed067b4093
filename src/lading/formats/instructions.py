"""Instructions of image builds, from the history of an image configuration."""

import re


def instruction(created_by: str) -> str:
    """The instruction that made a layer as its author wrote it, from the history of an image configuration.

    Takes away what builders put around it (the shell of RUN, `#(nop)`, `# buildkit`, build arguments), and of an
    installation what every installation has, so that the names of the packages come into sight.
    """
    text = bare_instruction(created_by[:_LONGEST])
    if text.startswith("RUN "):
        text = _EVERYWHERE.sub("", _PREPARATION.sub("RUN ", text))
    return _HEX.sub(lambda match: match[0][:12], text).strip()


def bare_instruction(created_by: str) -> str:
    """The instruction without what builders put around it, and with all that its author wrote."""
    text = " ".join(created_by.split())
    if (nop := _NOP.match(text)) is not None:
        text = text[nop.end() :]
    elif (shell := _SHELL.match(text)) is not None:
        text = "RUN " + text[shell.end() :]
    return _BUILDKIT.sub("", text).removeprefix("# ")


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
