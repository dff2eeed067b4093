"""An image that passes its gate, damaged so that something in it is unmatched: no word of it is clean any more, and no
status 0. The list of damages, with what is expected of each, is `mutations.json`."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lading.advisories.place import pointer_path
from tests.databases import advisory, publish
from tests.support.program import Lading

MUTATIONS = json.loads(Path(__file__).with_name("mutations.json").read_text())
STATUS = """\
Package: bash
Status: install ok installed
Version: 5.2.15-2
Architecture: amd64
Maintainer: Debian <a@debian.org>
Description: shell

Package: perl
Status: install ok installed
Version: 5.36.0-7
Architecture: amd64
Maintainer: Debian <a@debian.org>
Description: language

"""
SHARDS = {"debian-12": "deb", "npm": "semver", "pypi": "pep440", "maven": "maven", "epss": "", "kev": ""}


def jar(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"groupId=org.x\nartifactId=app\nversion=1.0\n" if name.endswith("s") else b"")
    return out.getvalue()


FILES: dict[str, str | bytes] = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n',
    "var/lib/dpkg/status": STATUS,
    "app/node_modules/left/package.json": '{"name": "left", "version": "1.0.0"}',
    "usr/lib/python3/dist-packages/right-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: right\nVersion: 1.0\n",
    "opt/app.jar": jar("META-INF/maven/org.x/app/pom.properties", "org/x/A.class"),
}


@pytest.fixture
def database(own_home: Path) -> Path:
    return own_home / ".local" / "share" / "lading" / "db"


@pytest.fixture
def root(tmp_path: Path, database: Path) -> Path:
    """The image as it passes, and data that knows of nothing in it."""
    for path, content in FILES.items():
        target = tmp_path / "root" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    for name, scheme in SHARDS.items():
        publish(database, name, advisory("CVE-2020-1", "something-else", "1.0"), scheme=scheme, built=_today())
    return tmp_path / "root"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one["name"])
def test_a_damaged_image_never_passes_for_clean(
    mutation: dict[str, Any], root: Path, database: Path, lading: Lading
) -> None:
    for action, *arguments in mutation["do"]:
        ACTIONS[action](root, database, *arguments)
    done = lading("scan", f"dir:{root}", "--offline", "--fail-on", "any", "--no-cache", status=None)
    assert (done.status, "No known vulnerabilities" in done.stdout) == (mutation["status"], mutation["status"] == 0)


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _remove(root: Path, _: Path, path: str) -> None:
    (root / path).unlink()


def _move(root: Path, _: Path, path: str, to: str) -> None:
    (root / to).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(root / path, root / to)


def _write(root: Path, _: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def _cut(root: Path, _: Path, path: str, size: int) -> None:
    (root / path).write_bytes((root / path).read_bytes()[:size])


def _jar(root: Path, _: Path, path: str, *names: str) -> None:
    (root / path).write_bytes(jar(*names))


def _forget(_: Path, database: Path, shard: str) -> None:
    pointer_path(database, shard).unlink()


def _age(_: Path, database: Path, shard: str, built: str) -> None:
    path = pointer_path(database, shard)
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | {"built": built}))


ACTIONS: dict[str, Callable[..., None]] = {
    "remove": _remove, "move": _move, "write": _write, "cut": _cut, "jar": _jar, "forget": _forget, "age": _age,
}  # fmt: skip
