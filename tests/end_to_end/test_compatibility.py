"""What docs/release.md promises between versions: with what earlier ones left behind (tests/recorded), and with the
programs of earlier days, as this repository's history has them."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.registry import serve_registry

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDED = ROOT / "tests/recorded"
SCHEMA = "src/lading/advisories/schema.py"
REPORT = RECORDED / "report-2-of-its-first-day.json"
GATES = ((), ("--fail-on", "any"), ("--fail-on", "critical"), ("--nothing-such",))


class Client:
    """A state of the program with a home of its own."""

    def __init__(self, source: Path, home: Path) -> None:
        self._source, self.home = source, home
        home.mkdir(exist_ok=True)

    def __call__(self, *words: str | Path, status: int | None = 0) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": str(self._source)}
        command = [sys.executable, "-P", "-m", "lading", *map(str, words)]
        done = subprocess.run(command, cwd=self.home, env=environment, capture_output=True, text=True, check=False)
        assert status is None or done.returncode == status, done.stdout + done.stderr
        return f"{done.returncode}: {done.stderr}" if done.returncode == 2 or status is None else done.stdout


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(ROOT / "src", tmp_path / "new")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    root = tmp_path / "image"
    for path, text in (
        ("etc/os-release", 'ID=alpine\nVERSION_ID=3.20.1\nPRETTY_NAME="Alpine Linux v3.20"\n'),
        ("lib/apk/db/installed", "P:curl\nV:8.9.0-r0\nA:x86_64\no:curl\nL:curl\n\n"),
    ):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
    return root


def feeds(place: Path) -> Path:
    """A mirror of upstream with one record."""
    for name, packages in (
        ("main", [{"pkg": {"name": "curl", "secfixes": {"8.9.1-r0": ["CVE-2024-7264"]}}}]),
        ("community", []),
    ):
        file = place / f"alpine/v3.20/{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"packages": packages}))
    return place


def found(client: Client, image: Path) -> list[str]:
    client("scan", "--offline", "-o", "json=report.json", image, status=None)
    report = json.loads((client.home / "report.json").read_bytes())
    return [one["id"] for target in report["targets"] for one in target["findings"]]


def test_a_database_of_this_format_is_read_whoever_wrote_it(client: Client, image: Path) -> None:
    client("db", "import", RECORDED / "database-of-format-5.tar.zst")
    assert found(client, image) == ["CVE-2024-7264"]


def test_a_database_of_another_format_is_refused_in_a_line(client: Client, image: Path) -> None:
    client("db", "import", RECORDED / "database-of-format-5.tar.zst")
    earlier = RECORDED / "database-of-format-4.tar.zst"
    for words in (("db", "import", "--allow-older", earlier), ("scan", "--db", earlier, image)):
        assert client(*words, status=2) == (
            f"2: lading: {earlier}: the shard alpine-3.20 has the format 4, and this Lading reads 5; "
            "use one version at both places\n"
        )
    assert found(client, image) == ["CVE-2024-7264"]


def test_a_report_of_the_number_is_read_whoever_wrote_it(client: Client) -> None:
    client("convert", REPORT, "-o", "csv=report.csv", status=3)  # it was incomplete
    assert (
        ",CVE-2024-7264,unknown,,affected,curl,apk,8.9.0-r0,8.9.1-r0,fixed," in (client.home / "report.csv").read_text()
    )
    lines = client("diff", REPORT, REPORT).splitlines()
    assert lines[-1].split() == ["1", "the", "same"]
    words = ("policy", "test", RECORDED / "policy-of-its-first-day.toml", REPORT, "--day", "2026-12-01")
    (failed,) = client(*words, status=1).splitlines()[1:2]
    assert failed.split()[1:] == ["fails", "exploited", "(cannot", "be", "answered),", "unsupported", "(1)"]


Old = Callable[[int], Client]


@pytest.fixture
def old(tmp_path: Path) -> Old:
    """Gives the first state of the program that wrote databases of a format."""

    def first(version: int) -> Client:
        if shutil.which("git") is None or not (ROOT / ".git").exists():
            pytest.skip("the history of the repository is not there")
        asked = [git("log", "--format=%H", f"-SVERSION = {version + more}", "--", SCHEMA).split() for more in (0, 1)]
        if not asked[0]:
            pytest.skip("the history of the repository is not there")
        # The last state of a format is the one before the next began.
        commit = f"{asked[1][-1]}^" if asked[1] else asked[0][-1]
        source = tmp_path / f"source-{version}"
        with tarfile.open(fileobj=io.BytesIO(git_bytes("archive", commit, "src"))) as archive:
            archive.extractall(source, filter="data")
        return Client(source / "src", tmp_path / f"old-{version}")

    return first


def git(*words: str) -> str:
    return git_bytes(*words).decode()


def git_bytes(*words: str) -> bytes:
    return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, check=True).stdout


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    (tmp_path / "registry").mkdir()
    with serve_registry(tmp_path / "registry") as address:
        yield address


@pytest.mark.parametrize("published_by", ["new", "old"])
def test_mirrors_and_clients_of_one_format(
    client: Client, old: Old, registry: str, image: Path, published_by: str, tmp_path: Path
) -> None:
    publisher, other = (client, old(5)) if published_by == "new" else (old(5), client)
    mirror = f"{registry}/lading-db"
    publisher("db", "update", "--from", feeds(tmp_path / "feeds"))
    publisher("db", "push", "--plain-http", mirror)
    other("db", "pull", "--plain-http", mirror, "alpine-3.20")
    assert found(other, image) == ["CVE-2024-7264"]
    for gate in GATES:
        statuses = {one("scan", "--offline", *gate, image, status=None)[:2] for one in (publisher, other)}
        assert len(statuses) == 1, gate


@pytest.mark.parametrize("published_by", ["new", "old"])
def test_mirrors_and_clients_of_other_formats(
    client: Client, old: Old, registry: str, image: Path, published_by: str, tmp_path: Path
) -> None:
    publisher, other = (client, old(4)) if published_by == "new" else (old(4), client)
    mirror, source = f"{registry}/lading-db", feeds(tmp_path / "feeds")
    other("db", "update", "--from", source)
    publisher("db", "update", "--from", source)
    publisher("db", "push", "--plain-http", mirror)
    formats = (5, 4) if published_by == "new" else (4, 5)
    said = other("db", "pull", "--plain-http", mirror, status=2)
    assert "the shard alpine-3.20 has the format {}, and this Lading reads {}; ".format(*formats) in said
    assert found(other, image) == ["CVE-2024-7264"]
