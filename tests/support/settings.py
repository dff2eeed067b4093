"""A place with settings files of everybody who can have one."""

import json
from pathlib import Path

from msgspec import Struct

from lading.engine.options import ScanOptions


class Site(Struct, frozen=True):
    """The files of the user, of the project and of the organisation."""

    user: Path
    project: Path
    organisation: Path

    def write(self, level: str, **values: object) -> Path:
        """Writes a file, one key a line; gives its path. Values are those that JSON and TOML write alike."""
        return self.write_text(level, "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))

    def write_text(self, level: str, text: str) -> Path:
        """As `write`, as it is written."""
        path: Path = getattr(self, level)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


def options_of(options: ScanOptions) -> ScanOptions:
    """What of a command's settings are options of the API."""
    return ScanOptions(**{name: getattr(options, name) for name in ScanOptions.__struct_fields__})
