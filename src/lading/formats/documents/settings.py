"""Settings and where they are from, as JSON. Published as JSON Schema in `docs/schema/`."""

from typing import Literal

from msgspec import Struct

SETTINGS_SCHEMA = "https://lading.dev/schema/settings-1.json"


class SettingDocument(Struct, frozen=True, omit_defaults=True):
    """One setting. `source` says what set the value, `place` where: `PATH:LINE`, the variable or the option. `locked`
    tells that the organisation lets nobody override it."""

    name: str
    value: bool | float | str | tuple[str, ...] | dict[str, int] | None
    source: Literal["default", "user", "project", "organisation", "variable", "flag"]
    place: str = ""
    locked: bool = False


class SettingsDocument(Struct, frozen=True):
    """Settings, in the order of the documentation."""

    schema: str
    tool: str
    settings: tuple[SettingDocument, ...]
