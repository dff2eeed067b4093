"""A /proc of processes that a test makes up."""

from collections.abc import Iterable, Mapping
from pathlib import Path

STATUS = "Name:\t{name}\nPPid:\t1\nUid:\t0\t{user}\t0\t0\nCapBnd:\t{capabilities:016x}\nSeccomp:\t2\nNoNewPrivs:\t1\n"


def process(
    proc: Path,
    pid: int,
    *,
    name: str = "app",
    user: int = 0,
    capabilities: int = 1,
    container: str = "",
    exe: str = "/usr/bin/app",
    maps: bytes = b"",
    files: Mapping[str, Path | str] = {},
    words: Iterable[str] = ("app",),
    memory: bytes = b"",
    namespace: str = "mnt:[1]",
) -> Path:
    """The directory of a process; `files` are those it has open, by the number of the descriptor."""
    directory = proc / str(pid)
    for one in ("ns", "fd"):
        (directory / one).mkdir(parents=True)
    text = STATUS.format(name=name, user=user, capabilities=capabilities)
    (directory / "status").write_text(text)
    (directory / "cgroup").write_text(f"0::/system.slice/docker-{container}.scope\n" if container else "0::/\n")
    (directory / "maps").write_bytes(maps)
    (directory / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in words))
    (directory / "mem").write_bytes(memory)
    (directory / "exe").symlink_to(exe)
    (directory / "cwd").symlink_to("/srv")
    (directory / "ns" / "mnt").symlink_to(namespace)
    for number, target in files.items():
        (directory / "fd" / number).symlink_to(target)
    return directory


def mapped(*names: str | bytes, start: int = 0x7F0000000000) -> bytes:
    """Lines of `maps` for files of these names, as the kernel writes them."""
    lines = []
    for number, name in enumerate(names):
        raw = name.encode() if isinstance(name, str) else name
        place = start + number * 0x1000
        lines.append(b"%x-%x r-xp 00000000 00:2f 123%26b%b" % (place, place + 0x1000, b"", raw))
    return b"\n".join(lines) + b"\n"
