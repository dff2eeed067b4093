"""What is done to an image, or to the data that it is matched against."""

import bz2
import gzip
import io
import lzma
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from lading.advisories.place import pointer_path
from lading.safeio.zstd import compress
from tests.inventory.executables import build
from tests.mutations.images import JAR, archive


def mutate(root: Path, database: Path, action: str, *arguments: Any) -> None:
    """Does `action` to the file that the first argument names, or to the data of that name."""
    if action in _DATA:
        _DATA[action](pointer_path(database, arguments[0]), *arguments[1:])
    else:
        target = root / arguments[0]
        target.parent.mkdir(parents=True, exist_ok=True)
        _FILES[action](target, root, *arguments[1:])


def _remove(path: Path, _: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _move(path: Path, root: Path, to: str) -> None:
    (root / to).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, root / to)


def _only(path: Path, root: Path, *others: str) -> None:
    """Everything else is taken away."""
    kept = {path, *(root / one for one in others)}
    for one in sorted(root.rglob("*")):
        if one.is_file() and one not in kept:
            one.unlink()


def _write(path: Path, _: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def _bytes(path: Path, _: Path, digits: str) -> None:
    path.write_bytes(bytes.fromhex(digits))


def _append(path: Path, _: Path, text: str) -> None:
    path.write_bytes(path.read_bytes() + text.encode())


def _cut(path: Path, _: Path, size: int) -> None:
    """Keeps the beginning; with a negative size all but the end."""
    path.write_bytes(path.read_bytes()[:size])


def _behead(path: Path, _: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[size:])


def _flip(path: Path, _: Path, place: int, bits: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= bits
    path.write_bytes(data)


def _zero(path: Path, _: Path, start: int, end: int) -> None:
    data = bytearray(path.read_bytes())
    data[start:end] = bytes(len(data[start:end]))
    path.write_bytes(data)


def _replace(path: Path, _: Path, old: str, new: str) -> None:
    data = path.read_bytes()
    assert old.encode() in data, f"{path} has no {old}"
    path.write_bytes(data.replace(old.encode(), new.encode()))


def _recode(path: Path, _: Path, encoding: str) -> None:
    path.write_bytes(path.read_bytes().decode().encode(encoding))


def _zip(path: Path, _: Path, members: Mapping[str, str]) -> None:
    path.write_bytes(archive({name: text.encode() for name, text in members.items()}))


def _jar(path: Path, _: Path, members: Mapping[str, str]) -> None:
    """A jar of the members, and a class."""
    path.write_bytes(archive({name: text.encode() for name, text in members.items()} | {"a/Main.class": b"\xca\xfe"}))


def _pack(path: Path, root: Path, to: str, kind: str) -> None:
    """The file is put into an archive in its place."""
    data = path.read_bytes()
    path.unlink()
    (root / to).parent.mkdir(parents=True, exist_ok=True)
    (root / to).write_bytes(_PACKERS[kind](path.name, data))


def _tar(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _ar(name: str, data: bytes) -> bytes:
    parts = [("debian-binary", b"2.0\n"), ("control.tar", _tar("control", b"Package: x\n")), ("data.tar", data)]
    packed = b"!<arch>\n"
    for part, content in parts:
        packed += f"{part:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content
        packed += b"\n" * (len(content) % 2)
    return packed


_PACKERS: dict[str, Callable[[str, bytes], bytes]] = {
    "zip": lambda name, data: archive({name: data}),
    "jar": lambda name, data: archive({"META-INF/MANIFEST.MF": b"", f"lib/{name}": data}),
    "tar": _tar,
    "tar.gz": lambda name, data: gzip.compress(_tar(name, data), mtime=0),
    "tar.bz2": lambda name, data: bz2.compress(_tar(name, data)),
    "tar.xz": lambda name, data: lzma.compress(_tar(name, data)),
    "tar.zst": lambda name, data: compress(_tar(name, data)),
    "gz": lambda _, data: gzip.compress(data, mtime=0),
    "deb": lambda name, data: _ar("data.tar", _tar(name, data)),
    "7z": lambda _, data: b"7z\xbc\xaf\x27\x1c\0\4" + data,
    "rpm": lambda _, data: b"\xed\xab\xee\xdb\3\0" + data,
    "squashfs": lambda _, data: b"hsqs" + data,
}


def _program(path: Path, _: Path, kind: str) -> None:
    """A program that says nothing of itself."""
    path.write_bytes(_PROGRAMS[kind]())
    path.chmod(0o755)


_PROGRAMS: dict[str, Callable[[], bytes]] = {
    "ELF": lambda: build.elf([]),
    "PE": lambda: build.pe([]),
}


def _link(path: Path, _: Path, to: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(to)


def _directory(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


def _recorded(path: Path, _: Path) -> None:
    path.write_bytes(archive(JAR))


def _forget(pointer: Path) -> None:
    pointer.unlink()


def _age(pointer: Path, built: str) -> None:
    pointer.write_bytes(msgspec.json.encode(msgspec.json.decode(pointer.read_bytes()) | {"built": built}))


def _damage(pointer: Path, text: str) -> None:
    pointer.write_text(text)


_DATA: dict[str, Callable[..., None]] = {"forget": _forget, "age": _age, "damage": _damage}
_FILES: dict[str, Callable[..., None]] = {
    "remove": _remove, "move": _move, "only": _only, "write": _write, "bytes": _bytes, "append": _append, "cut": _cut,
    "behead": _behead, "flip": _flip, "zero": _zero, "replace": _replace, "recode": _recode, "zip": _zip, "jar": _jar,
    "pack": _pack, "program": _program, "link": _link, "directory": _directory, "recorded": _recorded,
}  # fmt: skip
