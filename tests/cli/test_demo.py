"""`lading demo` as a new user runs it: an empty home, no network, nothing left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.reports import open_findings

_FOUND = {
    ("CVE-2023-4911", "glibc", "2.36-9+deb12u3"),
    ("CVE-2023-6246", "glibc", "2.36-9+deb12u4"),
    ("CVE-2024-2961", "glibc", "2.36-9+deb12u6"),
    ("CVE-2024-0553", "gnutls28", "3.7.9-2+deb12u2"),
    ("CVE-2023-45853", "zlib", ""),
    ("CVE-2016-2781", "coreutils", ""),
    ("CVE-2023-38545", "curl", "7.88.1-10+deb12u4"),
    ("CVE-2023-38546", "curl", "7.88.1-10+deb12u4"),
    ("CVE-2024-32002", "git", "1:2.39.5-0+deb12u1"),
    ("CVE-2023-2953", "openldap", ""),
    ("CVE-2023-44487", "nghttp2", "1.52.0-1+deb12u1"),
    ("CVE-2023-4863", "libwebp", "1.2.4-0.2+deb12u1"),
    ("CVE-2023-38408", "openssh", "1:9.2p1-2+deb12u1"),
    ("CVE-2023-48795", "openssh", "1:9.2p1-2+deb12u2"),
    ("CVE-2024-6387", "openssh", "1:9.2p1-2+deb12u3"),
}
_NO_SOCKETS = """
import sys

def refuse(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"no network here: {event}")

sys.addaudithook(refuse)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_NO_SOCKETS)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_shows_the_famous_vulnerabilities_and_keeps_nothing(home: Path) -> None:
    shown = _lading(home, "demo")
    vulnerabilities = [word for word in shown.split() if word.startswith("CVE-")]
    hidden = {"CVE-2023-45853"}  # Debian will not fix it
    assert set(vulnerabilities) >= {vulnerability for vulnerability, _, _ in _FOUND} - hidden
    assert not hidden & set(vulnerabilities)
    assert "STARTER SET" in shown
    assert "openssh-server" in shown
    assert shown.splitlines()[-2:] == [
        "To look further into this image:  lading demo --keep DIR",
        "To scan an image of yours:        lading scan debian:12",
    ]
    assert list(home.iterdir()) == []


def test_the_kept_image_is_an_ordinary_one(home: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    again = "lading scan --starter --platform linux/amd64 --all "
    (hint,) = [line for line in _lading(home, "demo", "--keep", str(kept)).splitlines() if again in line]
    report = json.loads(_lading(home, *hint.partition("lading ")[2].split(), "-o", "json", "--no-cache"))

    found = {
        (vulnerability["id"], vulnerability["package"]["source"], vulnerability.get("fixed_version", ""))
        for vulnerability in open_findings(report)
    }
    assert found == _FOUND
    assert [layer["created_by"].split(" #")[0].split(" ")[0] for layer in report["targets"][0]["image"]["layers"]] == [
        "#",
        "RUN",
        "COPY",
    ]
    layers = {
        vulnerability["package"]["source"]: vulnerability["package"]["layer"] for vulnerability in open_findings(report)
    }
    assert (layers["glibc"], layers["openssh"]) == (1, 2)
    assert report["starter"] is True


def test_the_same_image_every_time(home: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        _lading(home, "demo", "--keep", str(tmp_path / name))
    assert (tmp_path / "one" / "index.json").read_bytes() == (tmp_path / "two" / "index.json").read_bytes()


def test_a_kept_image_is_not_overwritten(home: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    _lading(home, "demo", "--keep", str(kept))
    done = _run(home, "demo", "--keep", str(kept))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"lading: {kept}: already holds an image layout; give an empty directory\n"


def _lading(home: Path, *arguments: str) -> str:
    done = _run(home, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m lading` with nothing of the user's, its temporary files in the home, and no sockets."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)}
    environment["PYTHONPATH"] = str(home.parent / "site")
    command = [sys.executable, "-m", "lading", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
