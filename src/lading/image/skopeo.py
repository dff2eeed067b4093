"""How a directory that `skopeo copy … dir:PATH` wrote is told: containers-transports(5), "dir:path", and the package
`directory` of containers/image, whose file `version` names the form."""

from pathlib import Path
from typing import Final

_MARK: Final = b"Directory Transport Version: 1."


def is_skopeo_directory(path: str) -> bool:
    """Whether an image lies at a path in this form. Raises OSError when that cannot be read."""
    version = Path(path, "version")
    if not version.is_file():
        return False
    with version.open("rb") as file:
        return file.read(len(_MARK)) == _MARK
