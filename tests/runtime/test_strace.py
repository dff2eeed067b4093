"""What programs have loaded by strace's word, and what is seen of them (bench/in_use.py has more programs)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lading.runtime.sight import see_process
from tests.support.strace import compare, debian_packages

PROGRAMS = {
    "python": ["/usr/bin/python3", "-c", "import sqlite3, json, lzma; input()"],
    "perl": ["/usr/bin/perl", "-MJSON::PP", "-MPOSIX", "-e", "<STDIN>"],
    "dash": ["/usr/bin/dash", "-c", "sleep 1000; true"],
    "openssl": ["/usr/bin/openssl", "dgst", "-sha256"],
}


@pytest.mark.debian("strace")
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_package_that_a_program_has_loaded_is_missed(name: str, tmp_path: Path) -> None:
    if not Path(PROGRAMS[name][0]).exists() or os.geteuid():
        pytest.skip(f"{PROGRAMS[name][0]} is not installed, or other users' processes may not be seen")
    found = compare(PROGRAMS[name], debian_packages(), tmp_path)
    if not found.processes:
        pytest.skip("strace cannot trace here")
    assert found.missed == frozenset()
    assert found.loaded


def test_a_library_that_was_closed_again_is_in_use_no_more() -> None:
    code = (
        "import _ctypes, sys\nheld = _ctypes.dlopen(sys.argv[1], 2)\nprint(flush=True)\nsys.stdin.readline()\n"
        "_ctypes.dlclose(held)\nprint(flush=True)\nsys.stdin.readline()\n"
    )
    library = next(
        (one for one in Path("/usr/lib").glob("*-linux-gnu*/lib*.so.*") if _is_unused(one) and not one.is_symlink()),
        None,
    )
    if library is None:
        pytest.skip("there is no library here that nothing else loads")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(library)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        seen = []
        for _ in range(2):
            process.stdout.readline()
            one = see_process(process.pid)
            assert one is not None and one.loaded is not None
            seen.append(str(library)[1:] in {file.path for file in one.loaded.mapped})
            process.stdin.write(b"\n")
            process.stdin.flush()
    assert seen == [True, False]


def _is_unused(path: Path) -> bool:
    """Small, without further libraries of its own to speak of, and none of the interpreter's."""
    return path.name.startswith(
        ("libnss_", "libmemusage", "libpcprofile", "libBrokenLocale", "libutil.so", "libanl.so")
    )
