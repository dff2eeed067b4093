"""The table in `docs/settings.md`, made from the declaration of the settings. `python -m tests.support.settings_page`
writes it into the page."""

import re
from pathlib import Path

from lading.engine.setting_sources import option_of
from lading.engine.setting_values import to_text
from lading.engine.settings import SETTINGS, Setting

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
_HEADER = ("setting", "option", "variable", "values", "default", "in a project's file", "what it does")
_VALUES = {
    "switch": "true, false",
    "text": "a text",
    "path": "a file",
    "list": "a list of texts",
    "sources": "a list of paths",
    "number": "a whole number, 0 to 125",
    "words": "true, false, or a list",
    "days": "a number of days",
    "seconds": "a number of seconds",
    "rate": "a number of bytes, as `5MB`",
    "limits": "a table of numbers",
    "secret": "a text, or `@FILE`",
}
_TABLE = re.compile(r"(?<=<!-- settings -->\n).*(?=<!-- end of settings -->)", re.DOTALL)


def settings_table() -> str:
    """Every setting, as a table in Markdown."""
    rows = [_HEADER, ("---",) * len(_HEADER), *map(_row, SETTINGS.values())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def current_page() -> str:
    """The page, with the table as it should be."""
    page = PAGE.read_text()
    assert _TABLE.search(page), f"{PAGE} has lost the comments around the table"
    return _TABLE.sub(lambda _: settings_table(), page)


def _row(setting: Setting) -> tuple[str, ...]:
    about = setting.about
    options = [*about.flags, option_of(setting, value=False)] if setting.kind in ("switch", "words") else about.flags
    values = ", ".join(setting.choices) or _VALUES[setting.kind]
    return (
        f"`{setting.name}`",
        " ".join(f"`{option}`" for option in options),
        f"`{setting.variable}`",
        values,
        f"`{default}`" if (default := to_text(setting.default)) else "",
        "yes" if about.trust == "anywhere" else "no",
        about.help,
    )


if __name__ == "__main__":
    PAGE.write_text(current_page())
