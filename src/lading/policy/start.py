"""A policy to start from."""

from typing import Final

_RULES, _REST = "[[rule]]", "# What does not matter here"
_WITHOUT: Final = "# They need an extra that is not installed: pip install 'lading[rules]'. Then take each # away.\n\n"


def start(*, rules: bool = True) -> str:
    """The text of a policy file with rules that most teams want, and comments; with the rules commented out where
    `rules` says that they cannot be used, so that it holds all the same."""
    from pkgutil import get_data

    text = (get_data(__package__, "data/start.toml") or b"").decode()
    if rules:
        return text
    first, last = text.index(_RULES), text.index(_REST)
    commented = "".join(f"# {line}" if line.strip() else line for line in text[first:last].splitlines(keepends=True))
    return f"{text[:first]}{_WITHOUT}{commented}{text[last:]}"
