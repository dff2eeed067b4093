"""What configuration checks find in files by what entries state of themselves, by packages, and by who owns them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from lading import Environment, StarterDatabase
from lading.engine.options import ScanOptions
from lading.engine.scan import scan
from lading.model.checks import Issue
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import Directory, Entry, File, Symlink

CAPABLE = b"\1\0\0\2\0\x04" + bytes(14)
LISTS: list[Entry] = [
    DEBIAN,
    status("app=1", "sudo=1"),
    File("var/lib/dpkg/info/app.list", b"/.\n/usr/bin/passwd\n/usr/bin/python3\n/usr/bin/ping\n/usr/lib/app/open\n"),
]


def issues(
    tmp_path: Path, *layers: Sequence[Entry], config: dict[str, object] | None = None, history: Sequence[str] = ()
) -> list[Issue]:
    layout = write_image(tmp_path / "image", layers, {"User": "1000", **(config or {})}, history)
    environment = Environment(database=StarterDatabase(), layer_cache=tmp_path / "cache")
    (target,) = scan(str(layout), ScanOptions(checks=("config",)), environment).targets
    return list(target.issues)


def found(tmp_path: Path, *layers: Sequence[Entry]) -> set[tuple[str, str]]:
    return {(one.id, one.path) for one in issues(tmp_path, *layers) if one.place == "file"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (File("opt/tool", b"", 0o4755), "setuid-unowned"),
        (File("opt/tool", b"", 0o2755), "setuid-unowned"),
        (File("opt/tool", b"", 0o755, capabilities=CAPABLE), "setuid-unowned"),
        (File("opt/tool", b"", 0o755), ""),
        (File("opt/text", b"", 0o4644), ""),
        (File("usr/bin/passwd", b"", 0o4755), ""),
        (File("usr/bin/ping", b"", 0o755, capabilities=CAPABLE), ""),
        (File("usr/bin/python3", b"", 0o4755), "setuid-unusual"),
        (File("opt/app/run.sh", b"", 0o666), "world-writable-file"),
        (File("opt/app/run.sh", b"", 0o644), ""),
        (File("usr/lib/app/open", b"", 0o666), ""),
        (File("tmp/a", b"", 0o666), ""),
        (Directory("data", 0o777), "world-writable-directory"),
        (Directory("data", 0o1777), ""),
        (Directory("var/tmp", 0o777), ""),
        (Directory("usr/lib/app", 0o777), "system-directory-writable"),
        (Directory("usr/lib/app", 0o1777), ""),
        (Directory("usr/lib/app", 0o755), ""),
        (File("etc/app.conf", b"", 0o664, owner=(0, 1000)), "system-path-group-writable"),
        (File("etc/app.conf", b"", 0o664), ""),
        (File("srv/app.conf", b"", 0o664, owner=(0, 1000)), ""),
    ],
)
def test_modes(tmp_path: Path, entry: File | Directory, expected: str) -> None:
    assert found(tmp_path, [*LISTS, entry]) == ({(expected, entry.path)} if expected else set())


def test_packages(tmp_path: Path) -> None:
    packages = status("openssh-server=1", "sudo=1", "telnetd=1", "openssh-client=1")
    got = {(one.id, one.subject) for one in issues(tmp_path, [DEBIAN, packages])}
    assert got == {
        ("ssh-server-installed", "openssh-server"),
        ("sudo-installed", "sudo"),
        ("remote-shell-installed", "telnetd"),
    }


def test_a_shell_in_an_image_that_has_none_by_its_packages(tmp_path: Path) -> None:
    base: list[Entry] = [DEBIAN, status("libc6=1", "tzdata=1")]
    shell = File("busybox/busybox", b"\x7fELF" + bytes(100), 0o755)
    assert found(tmp_path / "a", [*base], [shell]) == {("shell-in-minimal-image", "busybox/busybox")}
    assert found(tmp_path / "b", [DEBIAN, status("libc6=1", "busybox=1")], [shell]) == set()
    assert found(tmp_path / "c", base) == set()


def test_what_a_package_ships_unchanged_is_no_finding_unless_it_is_dangerous(tmp_path: Path) -> None:
    import hashlib

    def shipping(path: str, text: bytes) -> list[Entry]:
        digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
        database = b"Package: a\nStatus: install ok installed\nVersion: 1\nMaintainer: J <j@debian.org>\n"
        return [
            DEBIAN,
            File("var/lib/dpkg/status", database),
            File("var/lib/dpkg/info/a.list", f"/.\n/{path}\n".encode()),
            File("var/lib/dpkg/info/a.md5sums", f"{digest}  {path}\n".encode()),
        ]

    apache, indexes = "etc/apache2/apache2.conf", b"Options Indexes\n"
    assert found(tmp_path / "a", [*shipping(apache, indexes), File(apache, indexes)]) == set()
    assert found(tmp_path / "b", [*shipping(apache, b""), File(apache, indexes)]) == {("httpd-indexes", apache)}
    preload, library = "etc/ld.so.preload", b"/usr/lib/libx.so\n"
    assert found(tmp_path / "c", [*shipping(preload, library), File(preload, library)]) == {
        ("ld-preload-file", preload)
    }


def test_what_is_available_counts_where_it_is_enabled(tmp_path: Path) -> None:
    sites: list[Entry] = [
        DEBIAN,
        status("a=1"),
        File("etc/nginx/sites-available/on", b"autoindex on;\n"),
        File("etc/nginx/sites-available/off", b"autoindex on;\n"),
        Symlink("etc/nginx/sites-enabled/on", "../sites-available/on"),
    ]
    assert found(tmp_path, sites) == {("nginx-autoindex", "etc/nginx/sites-available/on")}


def test_the_history_names_the_layer_and_hides_what_is_secret(tmp_path: Path) -> None:
    steps = [
        "/bin/sh -c #(nop) ADD file:abc in / ",
        "RUN |1 NPM_TOKEN=kR8vnQ2xLm /bin/sh -c curl -k https://a.example/x && npm ci # buildkit",
    ]
    got = issues(tmp_path, [DEBIAN, status("a=1")], [File("x")], history=steps)
    assert [(one.id, one.place, one.layer) for one in got] == [
        ("arg-secret", "history", 2),
        ("run-tls-off", "history", 2),
    ]
    assert not any("kR8vnQ2xLm" in str(one) for one in got)


def test_secrets_of_settings_and_variables_are_nowhere(tmp_path: Path) -> None:
    secret = "kR8vnQ2xLm"
    files = [
        File("app/.env", f"DB_PASSWORD={secret}\nURL=https://jo:{secret}@a.example/\n".encode()),
        File("etc/pip.conf", f"[global]\nindex-url = http://jo:{secret}@pypi.shop.example/simple\n".encode()),
        File("usr/local/tomcat/conf/tomcat-users.xml", f'<t><user username="a" password="{secret}"/></t>'.encode()),
        File("etc/redis/redis.conf", f"requirepass {secret}\nmasterauth {secret}\n".encode()),
    ]
    config: dict[str, object] = {"Env": [f"API_TOKEN={secret}"], "Labels": {"api_key": secret}}
    got = issues(tmp_path, [DEBIAN, status("a=1")], files, config=config)
    assert {one.id for one in got} == {
        "dotenv-secret", "env-secret", "label-secret", "pip-insecure", "tomcat-user",
    }  # fmt: skip
    assert secret not in str(got)
    assert not any(secret.encode() in path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
