"""The functions that are in a Go program, kept small: there are tens of thousands in a large one.

One word for each package: its import path, then the names in it, those of one receiver together.

    net/http Client:Do,Get ListenAndServe Server:Serve

Names are as the Go vulnerability database writes them: the package's import path, a dot, and the name of a function or
those of a receiver and a method.
"""

import re
from collections.abc import Iterable
from functools import cached_property

from lading.safeio.zstd import ZstdDecompressor, ZstdError, compress

_LEVEL = 6
_MOST_BYTES = 16_000_000


def stem_of(name: str) -> str:
    """The import path in a function's full name; up to its first dot where the last part of the path has one, for
    which is the last dot of the path no name tells (`gopkg.in/yaml.v3.Unmarshal`)."""
    return name[: name.find(".", name.rfind("/") + 1)]


def write_functions(names: Iterable[str]) -> bytes:
    """Full names of functions, in any order; b"" when they are beyond measure. Names that no source can have are left
    out."""
    # By stem first: `yaml.v2.F` and `yaml.v3.F` have one, and `yaml.v2/sub.F` comes between them.
    by_stem: dict[str, list[str]] = {}
    for name in set(names):
        stem = name[: name.find(".", name.rfind("/") + 1)]  # stem_of
        by_stem.setdefault(stem, []).append(name[len(stem) + 1 :])
    words = (_word(stem, by_stem[stem]) for stem in sorted(by_stem) if not _SIGN.search(stem))
    text = "\0".join(["", *filter(None, words), ""]).encode("utf-8", "replace")
    return compress(text, _LEVEL) if len(text) <= _MOST_BYTES else b""


def read_functions(data: bytes) -> "GoFunctions | None":
    """What `write_functions` gave; None where nothing is known of the program."""
    found = GoFunctions(data)
    return found if found.is_readable else None


class GoFunctions:
    """What `write_functions` gave, decoded when it is first asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def is_readable(self) -> bool:
        """Whether the data is whole. If not, nothing is known of the program."""
        return bool(self._text)

    def uses(self, package: str, /) -> bool:
        """Whether any function of the package with this import path is there."""
        stem = stem_of(f"{package}.")
        rest = package[len(stem) + 1 :]
        return any(not rest or group.startswith((f"{rest}:", f"{rest}.")) for group in self._groups(stem))

    def holds(self, name: str, /) -> bool:
        """Whether a function is there, by its full name."""
        stem = stem_of(name)
        receiver, _, last = name[len(stem) + 1 :].rpartition(".")
        return any(of == receiver and last in own.split(",") for of, own in map(_parted, self._groups(stem)))

    def _groups(self, stem: str) -> list[str]:
        begin = self._text.find(f"\0{stem} ".encode())
        if begin < 0:
            return []
        word = self._text[begin + 1 : self._text.find(b"\0", begin + 1)]
        return word.decode().split(" ")[1:]

    @cached_property
    def _text(self) -> bytes:
        """The words, with a NUL before and behind each; b"" when the data is damaged or beyond measure."""
        frame = ZstdDecompressor()
        try:
            text = frame.decompress(self._data, _MOST_BYTES)
            text.decode()
        except (ZstdError, EOFError, UnicodeDecodeError):
            return b""
        return text if frame.eof else b""


_SIGN = re.compile("[ ,:;\0\n]")


def _word(stem: str, names: list[str]) -> str:
    """The names of one package, sorted, so that those of a receiver are together."""
    parts = [stem]
    last = None
    for name in sorted(names):
        receiver, _, method = name.rpartition(".")
        if _SIGN.search(name):
            continue
        if receiver == last:
            parts.append(f",{method}")
        else:
            parts.append(f" {receiver}:{method}" if receiver else f" {method}")
            last = receiver
    return "".join(parts) if len(parts) > 1 else ""


def _parted(group: str) -> tuple[str, str]:
    """The receiver, and the names."""
    receiver, _, names = group.rpartition(":")
    return receiver, names
