"""What an image starts leads to: programs, libraries, scripts, modules of Python."""

import pytest

from lading.inventory.reach import links_of, with_reach
from lading.inventory.starting import Needs, decode_needs, read_needs
from lading.model.image import ImageConfig
from lading.model.package import Location, Package
from lading.model.reader import WantedFile

FILES = {
    "usr/bin/server": Needs(True, "", ("/lib64/ld.so.2", "libssl.so.3", "/usr/bin/helper", "libplug.so")),
    "usr/lib64/ld.so.2": Needs(True, "ld.so.2"),
    "usr/lib/x86_64-linux-gnu/libssl.so.3.0.1": Needs(True, "libssl.so.3", ("libz.so.1",)),
    "usr/lib/x86_64-linux-gnu/libz.so.1.3": Needs(True, "libz.so.1"),
    "usr/lib/x86_64-linux-gnu/libunused.so.1": Needs(True, "libunused.so.1"),
    "usr/lib/server/plugins/gzip.so": Needs(True, "gzip.so"),
    "usr/bin/helper": Needs(names=("/bin/sh", "sed", "no-such-program")),
    "usr/bin/dash": Needs(True),
    "usr/bin/sed": Needs(True),
    "usr/bin/curl": Needs(True),
    "usr/bin/python3.11": Needs(True),
    "srv/app/main.py": Needs(imports=("requests", "json", "missing")),
    "usr/lib/python3/dist-packages/requests/api.py": Needs(imports=("urllib3", "_speed")),
    "usr/lib/python3/dist-packages/urllib3/__init__.py": Needs(),
    "usr/lib/python3/dist-packages/flask/__init__.py": Needs(),
    "usr/lib/python3/dist-packages/_speed.cpython-311-x86_64-linux-gnu.so": Needs(True, "", ("libz.so.1",)),
    "usr/lib/python3.11/json/__init__.py": Needs(),
}
LINKS = {"lib64": "usr/lib64", "bin": "usr/bin", "usr/bin/sh": "dash", "usr/bin/python3": "/usr/bin/python3.11"}


def deb(name: str, *files: str) -> Package:
    return Package(name, "1", "deb", files=files)


PACKAGES = (
    deb("server", "usr/bin/server", "usr/bin/helper"),
    deb("plugins", "usr/lib/server/plugins/gzip.so"),
    deb("libssl3", "usr/lib/x86_64-linux-gnu/libssl.so.3.0.1"),
    deb("zlib1g", "lib/x86_64-linux-gnu/libz.so.1.3"),
    deb("libunused", "usr/lib/x86_64-linux-gnu/libunused.so.1"),
    deb("dash", "bin/dash"),
    deb("sed", "bin/sed"),
    deb("curl", "usr/bin/curl"),
    deb("tzdata", "usr/share/zoneinfo/UTC"),
    deb("libjson-perl", "usr/share/perl5/JSON.pm"),
    deb("python3.11", "usr/bin/python3.11"),
    Package("requests", "1", "pypi", files=("usr/lib/python3/dist-packages/requests/",)),
    Package("urllib3", "1", "pypi", files=("usr/lib/python3/dist-packages/urllib3/",)),
    Package("flask", "1", "pypi", files=("usr/lib/python3/dist-packages/flask/",)),
    Package("express", "1", "npm", files=("srv/node_modules/express/",), locations=(Location("srv/x.json", 1),)),
)


def reached(*command: str, workdir: str = "", entrypoint: tuple[str, ...] = ()) -> dict[str, bool | None] | None:
    config = ImageConfig(entrypoint=entrypoint, command=command, workdir=workdir)
    found = with_reach(PACKAGES, FILES, LINKS, config)
    return None if found is None else {one.name: one.usage.in_use if one.usage else None for one in found}


UNKNOWN = {"plugins": None, "tzdata": None, "libjson-perl": None, "express": None}


def test_a_program_with_its_libraries_and_what_its_script_calls() -> None:
    used = {"server", "libssl3", "zlib1g", "dash", "sed"}
    expected = {one.name: one.name in used for one in PACKAGES} | UNKNOWN
    assert reached("/usr/bin/server", "-v") == expected
    assert reached("server") == expected
    assert reached("/usr/bin/server", entrypoint=("/bin/sh", "-c")) == expected


def test_an_application_in_python() -> None:
    used = {"python3.11", "requests", "urllib3", "zlib1g"}
    expected = {one.name: one.name in used for one in PACKAGES} | UNKNOWN
    assert reached("python3", "main.py", workdir="/srv/app") == expected
    assert reached("python3", "-m", "flask", workdir="/srv/app") == expected | {"flask": True}


def test_what_is_called_by_a_word_of_the_command() -> None:
    found = reached("sh", "-c", "exec curl -sS https://x.example | sed s/a/b/")
    assert found is not None
    assert {name for name, is_used in found.items() if is_used} == {"dash", "curl", "sed"}


@pytest.mark.parametrize("command", [(), ("no-such-program",), ("/srv/app",)])
def test_what_starts_nothing_that_is_there(command: tuple[str, ...]) -> None:
    assert reached(*command) is None


def test_links_that_lead_round() -> None:
    found = with_reach(PACKAGES, FILES, {"usr/bin/a": "b", "usr/bin/b": "a"}, ImageConfig(command=("a",)))
    assert found is None


def test_links_of_layers() -> None:
    assert dict(links_of([{"a": "1", "b": "1"}, {"a": "2"}, {}], [(), (), ("b",)])) == {"a": "2"}


def test_what_a_file_needs() -> None:
    def needs(path: str, text: bytes) -> Needs:
        return decode_needs(read_needs(WantedFile(path, 0o755, text)).observed)

    script = needs("usr/bin/run", b"#!/bin/sh -e\nexec /usr/sbin/nginx -g 'daemon off;'\n")
    assert script.imports == () and {"/bin/sh", "exec", "/usr/sbin/nginx"} <= set(script.names)
    module = needs("app/m.py", b"import os.path, json as j\n  from a.b import c\nfrom . import d\nx = 'import y'\n")
    assert module == Needs(imports=("a", "json", "os"))
    assert needs("usr/bin/tool", b"#!/usr/bin/env python3\nimport yaml\n").imports == ("yaml",)
    assert read_needs(WantedFile("x", 0, b"\x7fELF damaged")).observed == b""
