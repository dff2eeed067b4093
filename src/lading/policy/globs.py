"""Patterns in policies, in which `*` stands for anything. No pattern takes more than the product of two lengths."""

from collections.abc import Callable, Iterable, Sequence


def any_fits(patterns: Iterable[str], text: str) -> bool:
    """Whether one of the patterns is meant for a name: `*` stands for any characters."""
    return any(fits(pattern, text) for pattern in patterns)


def any_fits_path(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns is meant for a path: `*` stands for characters of one name, `**` for any names; a
    pattern that ends in a slash for everything below. A slash in front does not count."""
    names = path.strip("/").split("/")
    return any(_fits_path(pattern, names) for pattern in patterns)


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern is meant for a text."""
    if "*" not in pattern:
        return pattern == text
    return _match(pattern, text, "*", str.__eq__)


def _fits_path(pattern: str, names: Sequence[str]) -> bool:
    wanted = pattern.lstrip("/").split("/")
    if wanted[-1] == "":
        wanted[-1] = "**"
    return _match(wanted, names, "**", fits)


def _match(pattern: Sequence[str], items: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    """Whether `pattern`, where a `star` stands for any number of items, is that of all items. Where it fails, the last
    star takes one item more: those before it need not be tried again."""
    place = item = 0
    last_star, resume = -1, 0
    while item < len(items):
        if place < len(pattern) and pattern[place] == star:
            last_star, resume = place, item
            place += 1
        elif place < len(pattern) and same(pattern[place], items[item]):
            place += 1
            item += 1
        elif last_star >= 0:
            resume += 1
            place, item = last_star + 1, resume
        else:
            return False
    return all(one == star for one in pattern[place:])
