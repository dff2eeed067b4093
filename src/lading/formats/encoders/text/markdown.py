"""Texts as Markdown of the kind that forges show (https://github.github.com/gfm/)."""

import re
from typing import Final

from lading.formats.encoders.text.text import sentence

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|#~&!@])")


def escaped(text: str) -> str:
    """A text as one line in which nothing is markup, a mention or a link."""
    return _SPECIAL.sub(r"\\\1", sentence(text)).replace("://", ":&#47;&#47;")
