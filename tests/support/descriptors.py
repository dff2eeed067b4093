"""What a test has open: by place, since the rest of the process opens and closes files meanwhile."""

from contextlib import suppress
from pathlib import Path


def open_below(directory: Path) -> list[str]:
    """Targets of this process's descriptors that lead into a directory, the directory itself included; sorted."""
    targets = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile, as that of the listing itself is
            targets.append(entry.readlink())
    return sorted(str(target) for target in targets if target.is_relative_to(directory))
