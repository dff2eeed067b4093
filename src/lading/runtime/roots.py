"""Where paths lead in the files that a process sees, with links followed as it would.

All stays within its root. Each name is looked up in the descriptor of the directory above, and links are read and
followed here, so that none leads to a file of the host. What is mounted over the root is not entered: a file system
that the container itself serves could keep whoever asks waiting.
"""

import os
from collections.abc import Collection
from typing import Final

_DIRECTORY: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ROOT: Final = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_MOST_LINKS: Final = 40
"""As many as the kernel follows (path_resolution(7))."""
_MOST_KNOWN: Final = 100_000


class Root:
    """The root directory of a process, by the descriptor of its directory in /proc; `mounts` are the paths at which
    others are mounted. To be closed. Raises OSError where that may not be seen."""

    def __init__(self, process: int, mounts: Collection[str] = ()) -> None:
        self._top = os.open("root", _ROOT, dir_fd=process)
        self._mounts = frozenset(mounts)
        self._known: dict[str, str] = {}

    def __enter__(self) -> "Root":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._top)

    def resolve(self, path: str) -> str:
        """Where a path leads, without a leading slash; itself where it leads nowhere."""
        directory, _, name = path.strip("/").rpartition("/")
        if directory not in self._known and len(self._known) < _MOST_KNOWN:
            self._known[directory] = self._follow(directory)
        real = self._known.get(directory, directory)
        return self._follow(f"{real}/{name}" if real else name)

    def _follow(self, path: str) -> str:
        done: list[str] = []
        opened = [self._top]
        todo = path.split("/")[::-1]
        links = 0
        try:
            while todo:
                part = todo.pop()
                if part in ("", "."):
                    continue
                if part == "..":
                    if done:
                        done.pop()
                        os.close(opened.pop())
                    continue
                if "/".join([*done, part]) in self._mounts:
                    return path
                target = _link(part, opened[-1])
                if target is not None:
                    links += 1
                    if links > _MOST_LINKS:
                        return path
                    while target.startswith("/") and done:
                        done.pop()
                        os.close(opened.pop())
                    todo += target.split("/")[::-1]
                elif todo:
                    opened.append(os.open(part, _DIRECTORY, dir_fd=opened[-1]))
                    done.append(part)
                else:
                    return "/".join([*done, part])
            return "/".join(done)
        except (OSError, ValueError):
            return path
        finally:
            for descriptor in opened[1:]:
                os.close(descriptor)


def _link(name: str, directory: int) -> str | None:
    """What a link says; None for what is none. Raises OSError for what is not there."""
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        if error.errno == 22:  # EINVAL: it is no link
            return None
        raise
