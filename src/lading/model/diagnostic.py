"""What a scan could not see or could not match, as data in the result."""

from typing import Literal

from msgspec import Struct

Level = Literal["info", "warning", "incomplete"]


class Diagnostic(Struct, frozen=True, order=True, omit_defaults=True):
    """One remark about the scan itself.

    `level` is "incomplete" when something was not looked at or not matched, so that an empty result would not mean
    clean (the scan then exits with 3); "warning" when the user should know; "info" otherwise.
    `code` is a stable kebab-case word to filter on, `message` one sentence for people, `where` the place it is about
    (a layer, a path, an ecosystem), empty when it is about the whole scan.
    """

    level: Level
    code: str
    message: str
    where: str = ""
