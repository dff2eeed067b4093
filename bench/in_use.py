"""Whether what is seen of running programs misses a package that they have loaded, by strace's word.

    python -m bench.in_use

Twenty programs of this Debian are run under strace until they wait. Of every package that one has opened code of (a
program, a library, a module of Python, Perl, Tcl or Node) and that still runs, /proc must tell that it is in use.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.support.strace import compare, debian_packages

PROGRAMS = {
    "python: cryptography, jwt, yaml": [
        "/usr/bin/python3", "-c", "import cryptography.x509, jwt, yaml, sqlite3; input()",
    ],
    "python: pygments, httplib2, distro": [
        "/usr/bin/python3", "-c", "import pygments.lexers.python, httplib2, distro; input()",
    ],
    "python: gi, dbus": ["/usr/bin/python3", "-c", "import gi, dbus, cairo; input()"],
    "python -m http.server": ["/usr/bin/python3", "-m", "http.server", "0"],
    "perl: JSON, Encode": ["/usr/bin/perl", "-MJSON::PP", "-MEncode", "-MIO::Socket", "-MPOSIX", "-e", "<STDIN>"],
    "perl: Dpkg, Git, Error": ["/usr/bin/perl", "-MDpkg::Version", "-MGit", "-MError", "-e", "<STDIN>"],
    "perl: HTTP::Date": ["/usr/bin/perl", "-MHTTP::Date", "-e", "<STDIN>"],
    "node": ["/usr/bin/node", "-e", "require('https'); setTimeout(() => 0, 1e8)"],
    "bash": ["/usr/bin/bash", "-c", "read line"],
    "dash and sleep": ["/usr/bin/dash", "-c", "sleep 1000; true"],
    "sqlite3": ["/usr/bin/sqlite3"],
    "openssl": ["/usr/bin/openssl", "dgst", "-sha256"],
    "git": ["/usr/bin/git", "hash-object", "--stdin"],
    "curl": ["/usr/bin/curl", "--config", "-"],
    "wget": ["/usr/bin/wget", "--input-file=-"],
    "ssh-agent": ["/usr/bin/ssh-agent", "-D"],
    "gpg": ["/usr/bin/gpg", "--batch", "--list-packets"],
    "gdb (which has Python)": ["/usr/bin/gdb", "-q", "-nx"],
    "tclsh": ["/usr/bin/tclsh"],
    "bc": ["/usr/bin/bc"],
    "make": ["/usr/bin/make", "-f", "-"],
    "mawk": ["/usr/bin/mawk", "{ print }"],
    "xz": ["/usr/bin/xz", "--stdout"],
    "zstd": ["/usr/bin/zstd", "--stdout"],
    "top": ["/usr/bin/top", "-b", "-d", "1000"],
    "podman": ["/usr/bin/podman", "--log-level=error", "load"],
    "containerd": ["/usr/bin/containerd", "--root", "root", "--state", "state", "--address", "socket"],
}  # fmt: skip


def main() -> int:
    packages = debian_packages()
    missed, tried = 0, 0
    print(f"{'program':36} {'processes':>9} {'loaded':>7} {'in use':>7} {'seconds':>8}  missed")
    for name, command in PROGRAMS.items():
        if shutil.which(command[0]) is None:
            continue
        tried += 1
        with tempfile.TemporaryDirectory() as directory:
            found = compare(command, packages, Path(directory))
        missed += len(found.missed)
        said = ", ".join(sorted(found.missed)) or "-"
        print(
            f"{name:36} {found.processes:9} {len(found.loaded):7} {len(found.used):7} {found.seconds:8.2f}  {said}",
            flush=True,
        )
    print(f"{tried} programs, {missed} packages missed")
    return 1 if missed or tried < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
