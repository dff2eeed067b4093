"""What is read of processes, also of those that lie and of those that end."""

import os
from pathlib import Path

import pytest

from lading.model.runtime import Container
from lading.runtime import memory
from lading.runtime.memory import find_names, languages_of, names_in_memory
from lading.runtime.proc import Area, FileUse, Loaded, ProcessDirectory, parse_maps, parse_status, pids
from lading.runtime.sight import Sight, capabilities_of, look, process_of, running_ids
from tests.runtime.fakes import mapped, process

ONE, OTHER = "aa" * 32, "bb" * 32


def container(id: str, pid: int = 0) -> Container:
    return Container("docker", id, "web", "nginx", pid=pid)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/usr/lib/libssl.so.3", FileUse("usr/lib/libssl.so.3")),
        ("/usr/lib/libssl.so.3 (deleted)", FileUse("usr/lib/libssl.so.3", True)),
        ("/srv/a name (deleted) (deleted)", FileUse("srv/a name (deleted)", True)),
        ("/srv/two\\012lines", FileUse("srv/two\nlines")),
        (b"/srv/\xff", FileUse("srv/\\xff")),
        ("/memfd:x (deleted)", None),
        ("/dev/zero (deleted)", None),
        ("/SYSV00000000 (deleted)", None),
        ("[vdso]", None),
        ("anon_inode:[perf_event]", None),
        ("", None),
    ],
)
def test_a_line_of_maps(name: str | bytes, expected: FileUse | None) -> None:
    files, areas = parse_maps(mapped(name))
    assert files == (() if expected is None else (expected,))
    assert areas == ()


def test_lines_that_are_none_are_passed_over() -> None:
    damaged = b"nonsense\n7f-80 r-xp\n\n" + mapped("/usr/lib/a.so") + b"7f00-"
    assert parse_maps(damaged) == ((FileUse("usr/lib/a.so"),), ())


def test_a_process_s_own_memory() -> None:
    text = (
        b"1000-2000 rw-p 00000000 00:00 0 [heap]\n3000-4000 rw-p 00000000 00:00 0 \n"
        b"5000-6000 ---p 00000000 00:00 0 \n7000-8000 rw-p 00000000 00:00 0 [stack]\n"
        b"9000-a000 rw-p 00001000 fe:00 12 /usr/lib/a.so\n"
    )
    assert parse_maps(text)[1] == (Area(0x1000, 0x2000), Area(0x3000, 0x4000))


def test_the_status_of_a_process_whose_name_tries_to_be_more() -> None:
    found = parse_status(
        b"Name:\ta\\nUid:\t9\nPPid:\t7\nUid:\t1\t33\t1\t1\nUid:\t0\t0\t0\t0\nCapBnd:\t00000000a80425fb\n"
    )
    assert (found.name, found.parent, found.user) == ("a\\nUid:\t9", 7, 33)
    assert capabilities_of(found.capabilities) == (
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
        "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    )  # fmt: skip
    assert parse_status(b"\xff\0Uid:\tx\n").user == 0


def test_what_a_process_has(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_text("x")
    directory = process(
        tmp_path / "proc",
        7,
        exe="/usr/bin/app (deleted)",
        maps=mapped("/usr/lib/a.so"),
        files={"0": "/dev/null", "3": data, "4": tmp_path, "5": "socket:[1]"},
        words=("app", "--file", "x"),
    )
    with ProcessDirectory(7, str(directory.parent)) as one:
        assert one.loaded() == Loaded(
            FileUse("usr/bin/app", True),
            (FileUse("usr/lib/a.so"),),
            tuple(sorted([FileUse("dev/null"), FileUse(str(data)[1:]), FileUse(str(tmp_path)[1:])])),
            ("app", "--file", "x"),
            "srv",
        )


def test_processes_belong_to_the_container_of_their_group_or_of_their_files(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    process(proc, 1, namespace="mnt:[host]")
    (proc / "self").symlink_to("1")
    process(proc, 10, container=ONE, namespace="mnt:[2]", name="init", capabilities=1 << 21)
    process(proc, 11, namespace="mnt:[2]", name="exec", user=33)
    process(proc, 12, container=ONE, namespace="mnt:[3]", name="nested")
    process(proc, 20, container=OTHER, namespace="mnt:[host]", name="shares")
    found = look([container(ONE, 10), container(OTHER, 20)], str(proc))
    assert {id: [one.pid for one in sight.processes] for id, sight in found.items()} == {ONE: [10, 11, 12], OTHER: [20]}
    assert all(sight.is_whole for sight in found.values())
    assert [process_of(one).user for one in found[ONE].processes] == [0, 33, 0]
    assert running_ids(str(proc)) == {ONE: (10, 12), OTHER: (20,)}
    assert pids(str(proc)) == (1, 10, 11, 12, 20)


def test_a_process_that_ends_or_is_a_link_leads_nowhere(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    process(proc, 10, container=ONE)
    ended = process(proc, 11, container=ONE)
    (ended / "maps").unlink()
    zombie = process(proc, 12, container=ONE)
    (zombie / "exe").unlink()
    (proc / "13").symlink_to("10")
    liar = process(proc, 14, container=ONE)
    (liar / "maps").unlink()
    (liar / "maps").symlink_to("/etc/passwd")
    assert [one.pid for one in look([container(ONE, 10)], str(proc))[ONE].processes] == [10]


def test_what_cannot_be_seen_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proc = tmp_path / "proc"
    process(proc, 10, container=ONE, name="init")
    assert look([container(ONE)], str(proc))[ONE] == Sight(
        unseen=("its processes are not on this host, or their numbers are not known",)
    )
    assert look([container(OTHER, 99)], str(proc))[OTHER].unseen == (
        "it has no process that could be seen: it has ended, or another user may see them",
    )

    def denied(self: ProcessDirectory) -> Loaded:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ProcessDirectory, "loaded", denied)
    sight = look([container(ONE, 10)], str(proc))[ONE]
    assert [process_of(one).unseen for one in sight.processes] == [True]
    assert not sight.is_whole
    assert sight.unseen == ("what 1 of its 1 processes have loaded may only be seen by root or their own user",)


@pytest.mark.parametrize(
    ("program", "languages"),
    [
        ("usr/bin/python3.11", ["Python"]),
        ("usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", ["Python"]),
        ("opt/pypy/bin/pypy3", ["Python"]),
        ("usr/bin/node", ["Node"]),
        ("usr/bin/ruby3.1", ["Ruby"]),
        ("usr/lib/x86_64-linux-gnu/libperl.so.5.36", ["Perl"]),
        ("usr/sbin/php-fpm8.2", ["PHP"]),
        ("usr/lib/apache2/modules/libphp8.2.so", ["PHP"]),
        ("usr/bin/pythonista", []),
        ("usr/sbin/nginx", []),
    ],
)
def test_interpreters(program: str, languages: list[str]) -> None:
    assert [one.name for one in languages_of(Loaded(mapped=(FileUse(program),)))] == languages


def test_names_of_modules_in_memory() -> None:
    data = (
        b'\x00/usr/lib/python3/six.py\x00x.py\x00File "/srv/app.py", line 1\x00/a/b.pyc\x00/a/c.pyx\x00'
        b"file:///app/m.py\nread /not/this /srv/that.py\x00" + b"/" + b"y" * 600 + b".py\x00/q/d.py"
    )
    assert sorted(find_names(data, (b".py",))) == [
        b"///app/m.py",
        b"/a/b.pyc",
        b"/not/this /srv/that.py",
        b"/q/d.py",
        b"/srv/app.py",
        b"/srv/that.py",
        b"/usr/lib/python3/six.py",
    ]


def test_only_interpreters_memory_is_read_and_only_so_much(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    memory = bytes(0x1000) + b"/srv/a.py\0".ljust(0x1000, b"\0")
    for pid, exe in ((1, "/usr/bin/python3"), (2, "/usr/sbin/nginx")):
        process(proc, pid, exe=exe, maps=b"1000-2000 rw-p 00000000 00:00 0 [heap]\n", memory=memory)
    found = []
    for pid, most in ((1, 0x1000), (1, 0), (2, 0x1000)):
        with ProcessDirectory(pid, str(proc)) as one:
            named = names_in_memory(one, one.loaded(), most)
            found.append((named.paths, named.unread))
    assert found == [(("srv/a.py",), 0), ((), 0x1000), ((), 0)]


def test_memory_of_endings_alone_is_not_looked_at_for_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MOST_PLACES", 100)
    proc = tmp_path / "proc"
    maps = b"1000-2000 rw-p 00000000 00:00 0 [heap]\n"
    for pid, held in ((1, b"/srv/a.py\0" * 100), (2, b".py" * 101)):
        process(proc, pid, exe="/usr/bin/python3", maps=maps, memory=bytes(0x1000) + held)
    found = []
    for pid in (1, 2):
        with ProcessDirectory(pid, str(proc)) as one:
            found.append(names_in_memory(one, one.loaded(), 0x1000))
    assert found == [memory.Named(("srv/a.py",), 0), memory.Named((), 303)]


def test_this_process_as_the_kernel_has_it() -> None:
    with ProcessDirectory(os.getpid()) as one:
        loaded = one.loaded()
        named = names_in_memory(one, loaded)
    assert any("libc" in file.path for file in loaded.mapped)
    assert str(Path(__file__))[1:] in named.paths
    assert one.pid == os.getpid()
