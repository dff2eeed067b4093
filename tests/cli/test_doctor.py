"""`lading doctor` on machines where something is wrong: each thing in a line."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lading.cli.checkup import checks, network
from lading.cli.main import main
from lading.cli.processes import landlock
from tests.databases import advisory, publish

HUB = "_HUB"


class Answering(BaseHTTPRequestHandler):
    """Answers everything with 401, at the time of the class."""

    moment = ""

    def do_GET(self) -> None:
        """As registries do that want to know who asks."""
        self.send_response_only(401)
        self.send_header("Date", self.moment or self.date_time_string())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def server(moment: str = "") -> Iterator[str]:
    handler = type("At", (Answering,), {"moment": moment})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, list[tuple[str, str]]]:
    """The states and texts by name."""
    assert main(["doctor", "-o", "json", *arguments]) == status
    found: dict[str, list[tuple[str, str]]] = {}
    for one in json.loads(capsys.readouterr().out)["checks"]:
        found.setdefault(one["name"], []).append((one["state"], one["found"]))
    return found


def test_where_all_is_well(capsys: pytest.CaptureFixture[str], own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as url:
        monkeypatch.setattr(network, HUB, f"{url}/v2/")
        found = told(capsys, "--db-source", url)
    assert found["data"][0][0] == "ok"
    assert found["data"][1] == ("ok", f"{url} answers 401")
    assert found["registry"] == [("ok", f"{url}/v2/ answers 401")]
    assert found["settings"] == [("ok", "1 value set, by --db-source")]
    assert found["database"] == [("note", "nothing is downloaded yet: the first scan fetches what it needs")]
    assert "clock" not in found


def test_no_network(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setattr(network, HUB, f"{url}/v2/")
        found = told(capsys, "--db-source", url, status=2)
    assert found["data"][1][0] == "failed"
    assert "refused" in found["data"][1][1]
    assert found["registry"][0][0] == "warning"


def test_a_server_that_never_answers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr(network, HUB, f"{url}/v2/")
        monkeypatch.setattr(network, "_PATIENCE", 0.5)
        found = told(capsys, "--db-source", url, status=2)
    assert found["registry"] == [("warning", f"{url}/v2/ does not answer within 0.5 seconds")]


def test_a_proxy_that_is_not_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:1")
    monkeypatch.setattr(network, HUB, "http://registry.invalid/v2/")
    found = told(capsys, "--db-source", "http://data.invalid", status=2)
    assert found["data"][1][1].endswith(" (through http://127.0.0.1:1)")
    assert "secret" not in str(found)


def test_a_wrong_clock(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with server("Tue, 02 Jan 2001 03:04:05 GMT") as url:
        monkeypatch.setattr(network, HUB, f"{url}/v2/")
        found = told(capsys, "--db-source", url, status=2)
    assert found["clock"][0][0] == "failed"
    assert found["clock"][0][1].endswith("says 2001-01-02 03:04")


def test_data_from_the_future(capsys: pytest.CaptureFixture[str], own_home: Path) -> None:
    publish(own_home / ".local/share/lading/db", "pypi", advisory("CVE-1-1", "a", "1"), built="2999-01-01T00:00:00Z")
    found = told(capsys, "--offline", status=2)
    assert found["clock"][0][1].startswith("the database was compared with upstream on 2999-01-01, and this clock says")


def test_old_data(capsys: pytest.CaptureFixture[str], own_home: Path) -> None:
    publish(own_home / ".local/share/lading/db", "pypi", advisory("CVE-1-1", "a", "1"), built="2020-01-01T00:00:00Z")
    said = "1 shard, compared with upstream on 2020-01-01: some are old, and stale under a gate"
    assert told(capsys, "--offline")["database"] == [("warning", said)]


def test_no_data_and_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--offline", status=2)["database"][0][0] == "failed"


def test_a_damaged_shard(capsys: pytest.CaptureFixture[str], own_home: Path) -> None:
    database = own_home / ".local/share/lading/db"
    publish(database, "pypi", advisory("CVE-1-1", "a", "1"))
    (shard,) = database.glob("shards/pypi/*.sqlite")
    shard.write_bytes(b"no database")
    state, said = told(capsys, "--offline", status=2)["database"][0]
    assert (state, said.startswith("the shard pypi cannot be read")) == ("failed", True)


def test_a_full_disk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    usage = shutil.disk_usage(own_home)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    found = told(capsys, "--offline", status=2)
    assert [found[name][0][0] for name in ("cache", "data", "temporary")] == ["warning", "warning", "warning"]
    assert found["data"][0][1].endswith("/db, 1.0 MB free: too little")


def test_places_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_home / ".cache").write_text("a file where a directory should be")
    (own_home / ".local").write_text("here too")
    found = told(capsys, "--offline", status=2)
    cache, data = own_home / ".cache/lading/layers", own_home / ".local/share/lading/db"
    assert found["cache"] == [("warning", f"{cache} cannot be written: every layer is read each time")]
    assert found["data"] == [("warning", f"{data} cannot be written: advisories cannot be kept")]
    with server() as url:
        monkeypatch.setattr(network, HUB, f"{url}/v2/")
        assert told(capsys, "--db-source", url, status=2)["data"][0][0] == "failed"


def test_a_directory_that_is_closed(
    capsys: pytest.CaptureFixture[str], own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another user meets it; root may look everywhere."""
    real = Path.exists

    def exists(path: Path) -> bool:
        if path.name == "layers":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "exists", exists)
    assert told(capsys, "--offline", status=2)["cache"][0][0] == "ok"


def test_parts_that_have_no_wheel(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    found = told(capsys, "--offline", status=2)
    assert found["hyperscan"][0][0] == found["rules"][0][0] == "note"


def test_a_kernel_that_does_not_confine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "landlock_version", lambda: 0)
    assert told(capsys, "--offline", status=2)["sandbox"][0][1].startswith("this kernel has no Landlock")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is damaged"),
        ('{"credHelpers": "x"}', "is damaged"),
        ('{"credsStore": "nowhere"}', "names docker-credential-nowhere, which is not on PATH"),
        ('{"credHelpers": {"r.example": "nowhere"}}', "names docker-credential-nowhere, which is not on PATH"),
    ],
)
def test_accounts_that_cannot_be_had(
    capsys: pytest.CaptureFixture[str], own_home: Path, content: str, said: str
) -> None:
    file = own_home / ".docker/config.json"
    file.parent.mkdir()
    file.write_text(content)
    assert ("warning", f"{file} {said}") in told(capsys, "--offline", status=2)["accounts"]


def test_an_engine_whose_address_is_none(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "nonsense")
    state, said = told(capsys, "--offline", status=2)["docker"][0]
    assert (state, "nonsense" in said) == ("warning", True)


def test_an_engine_that_does_not_answer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("CONTAINER_HOST", "tcp://engine.example:2375")
    found = told(capsys, "--offline", status=2)
    state, said = found["docker"][0]
    assert (state, said.startswith("tcp://127.0.0.1:1: connection refused")) == ("warning", True)
    assert found["podman"] == [("note", "tcp://engine.example:2375: not asked (--offline)")]
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such.sock")
    assert told(capsys, "--offline", status=2)["docker"] == [("warning", "unix:///no/such.sock is not there")]


def test_authorities_that_are_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("x")
    assert told(capsys, "--offline", "--ca-cert", str(file), status=2)["ca-cert"] == [
        ("failed", f"{file} holds no certificate in PEM: no server can be asked")
    ]


def test_people_get_a_line_for_each(capsys: pytest.CaptureFixture[str], own_home: Path) -> None:
    publish(own_home / ".local/share/lading/db", "pypi", advisory("CVE-1-1", "a", "1"), built="2020-01-01T00:00:00Z")
    assert main(["doctor", "--offline"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "ok       settings   1 value set, by --offline"
    assert "                    run: lading db update" in lines
    assert lines[-1] == "note     network    not asked: --offline"
