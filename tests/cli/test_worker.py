"""The process that reads and matches: what it may not do, and what the front door says of its end."""

import errno
import faulthandler
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs

from lading.cli.output import Output
from lading.cli.processes.child import WorkerError, shortage
from lading.cli.processes.landlock import Rights, restrict
from lading.cli.processes.worker import Done, run_work
from lading.engine.environment import Environment, user_network, user_places
from lading.engine.settings import Settings
from lading.formats.encoders.registry import FORMATS
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.advisory import ShardName
from lading.model.errors import EngineError, ImageError, LadingError, LimitError, NetError, SafeIOError
from lading.model.image import Platform
from lading.model.ports import NoProgress
from lading.net.engines import EngineHosts
from lading.safeio.tar_writer import NewEntry
from tests.support.engines import said_by_engine
from tests.support.program import Lading

_STATUS = b"Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"


@pytest.fixture(scope="module")
def confined() -> None:
    """Skips where the kernel has no Landlock that knows TCP."""
    child = os.fork()
    if not child:
        os._exit(len(restrict(Rights())))
    if os.waitpid(child, 0)[1]:
        pytest.skip("this kernel has no Landlock that knows TCP")


@pytest.fixture
def image(tmp_path: Path) -> str:
    layout = tmp_path / "layout"
    layer = LayerSpec(
        "", (NewEntry("var/lib/dpkg/status", data=_STATUS), NewEntry("etc/os-release", data=b"ID=debian\n"))
    )
    write_oci_layout(layout, (layer,), tag="x", platform=Platform("linux", "amd64"))
    return f"oci:{layout}"


def starter() -> Settings:
    return Settings(starter=True, places=user_places(), network=user_network())


def names(directory: Path) -> list[str]:
    return sorted(one.name for one in directory.iterdir())


def answer(work: Callable[[Environment], object], target: str, settings: Settings, tmp_path: Path) -> str:
    """What `work` gives in the worker, or the error that the system gives it."""

    def done(environment: Environment) -> Done:
        try:
            said = work(environment)
        except OSError as error:
            said = os.strerror(error.errno or 0)
        return Done(0, ((str(said).encode(),),))

    path = tmp_path / "answer"
    assert run_work(done, target, settings, (Output(FORMATS[0], path),)) == 0
    return path.read_text()


@pytest.mark.usefixtures("confined")
def test_a_reader_writes_reads_and_connects_nowhere_else(image: str, own_home: Path, tmp_path: Path) -> None:
    (secret := own_home / "secret").write_text("x")
    cache = own_home / ".cache" / "lading"
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def ask(work: Callable[[Environment], object]) -> str:
        return answer(work, image, starter(), tmp_path)

    denied = "Permission denied"
    assert ask(lambda _: secret.read_text()) == denied
    assert ask(lambda _: secret.write_text("y")) == denied
    assert ask(lambda _: (tmp_path / "new").write_text("y")) == denied
    assert ask(lambda _: (own_home / ".bashrc").write_text("y")) == denied
    assert ask(lambda _: names(Path("/"))) == denied
    assert ask(lambda _: os.execv(sys.executable, [sys.executable, "-c", ""])) == denied
    assert ask(lambda _: socket.create_connection(("127.0.0.1", port))) == denied
    assert ask(lambda _: socket.create_server(("127.0.0.1", 0))) == denied
    assert ask(lambda _: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) == denied
    assert ask(lambda _: socket.socket(socket.AF_UNIX)) == denied
    assert ask(lambda _: (cache / "x").write_text("y")) == "1"
    assert ask(lambda _: Path(os.environ["TMPDIR"], "x").write_text("y")) == "1"
    assert ask(lambda _: names(Path(image.removeprefix("oci:")))) == "['blobs', 'index.json', 'oci-layout']"
    server.close()


@pytest.mark.usefixtures("confined")
def test_once_matched_against_the_image_is_out_of_reach(image: str, own_home: Path, tmp_path: Path) -> None:
    layout = Path(image.removeprefix("oci:"))

    def work(environment: Environment) -> object:
        before = len(names(layout))
        environment.database.provide((ShardName("debian-12"),), NoProgress())
        told = [before]
        for act in (lambda: names(layout), lambda: (own_home / ".cache/lading/x").write_text("y")):
            try:
                act()
            except PermissionError:
                told.append(0)
        return told

    assert answer(work, image, starter(), tmp_path) == "[3, 0, 0]"


@pytest.mark.usefixtures("confined")
def test_a_registry_is_asked_over_the_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def connect(_: Environment) -> str:
            socket.create_connection(address).close()
            return "connected"

        name = f"127.0.0.1:{address[1]}/image"
        assert answer(connect, name, starter(), tmp_path) == "connected"


@pytest.mark.usefixtures("confined")
@pytest.mark.parametrize(("name", "tried"), [("docker:app", "EL--"), ("app", "ELOU"), ("podman:app", "EL--")])
def test_an_engine_is_asked_and_nobody_else(
    name: str, tried: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """E: the engine's socket, L: another local one, which cannot be told apart, O: other TCP, U: UDP."""
    place = str(tmp_path_factory.mktemp("s") / "s")
    with socket.socket(socket.AF_UNIX) as engine, socket.create_server(("127.0.0.1", 0)) as other:
        engine.bind(place)
        engine.listen()
        address = other.getsockname()

        def work(_: Environment) -> str:
            acts = {
                "E": lambda: socket.socket(socket.AF_UNIX).connect(place),
                "L": lambda: socket.socket(socket.AF_UNIX),
                "O": lambda: socket.create_connection(address),
                "U": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            }
            return "".join(key if succeeds(act) else "-" for key, act in acts.items())

        hosts = EngineHosts(docker_host=f"unix://{place}", container_host=f"unix://{place}")
        settings = structs.replace(starter(), network=structs.replace(user_network(), engines=hosts))
        assert answer(work, name, settings, tmp_path) == tried


@pytest.mark.usefixtures("confined")
def test_an_engine_behind_tcp_is_asked_at_its_port_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as engine, socket.create_server(("127.0.0.1", 0)) as other:

        def work(_: Environment) -> list[bool]:
            places = (engine.getsockname(), other.getsockname())
            return [succeeds(partial(socket.create_connection, one)) for one in places]

        hosts = EngineHosts(docker_host=f"tcp://127.0.0.1:{engine.getsockname()[1]}")
        settings = structs.replace(starter(), network=structs.replace(user_network(), engines=hosts))
        assert answer(work, "docker:app", settings, tmp_path) == "[True, False]"


def succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except PermissionError:
        return False
    return True


def test_the_worker_leaves_no_temporary_files(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (temporary := tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    answer(lambda _: Path(os.environ["TMPDIR"], "left").write_text("y"), image, starter(), tmp_path)
    assert list(temporary.iterdir()) == []


def test_blobs_that_a_layout_links_to_are_read(image: str, tmp_path: Path, lading: Lading) -> None:
    blobs = Path(image.removeprefix("oci:"), "blobs", "sha256")
    (elsewhere := tmp_path / "store").mkdir()
    for blob in list(blobs.iterdir()):
        moved = blob.rename(elsewhere / blob.name)
        blob.symlink_to(moved)
    found = lading("packages", image, "--platform", "linux/amd64", "-o", "json")
    assert '"bash"' in found.stdout


@pytest.mark.parametrize("error", [ImageError("x"), NetError("x", 404), EngineError("x"), LimitError("x", "file")])
def test_errors_pass_through(image: str, error: LadingError) -> None:
    def work(_: Environment) -> Done:
        raise error

    expected = SafeIOError if isinstance(error, LimitError) else type(error)
    with pytest.raises(expected, match="x"):
        run_work(work, image, starter(), ())


def test_a_defect_shows_its_traceback(image: str) -> None:
    def work(_: Environment) -> Done:
        raise ZeroDivisionError

    with pytest.raises(WorkerError, match="ZeroDivisionError"):
        run_work(work, image, starter(), ())


@pytest.mark.parametrize(
    ("number", "message"),
    [(signal.SIGKILL, "was killed, as the kernel does when memory is short"), (signal.SIGSEGV, "crashed .SIGSEGV.")],
)
def test_a_worker_that_dies_is_told(image: str, number: signal.Signals, message: str) -> None:
    def work(_: Environment) -> Done:
        faulthandler.disable()
        os.kill(os.getpid(), number)
        raise AssertionError

    with pytest.raises(EngineError, match=message):
        run_work(work, image, starter(), ())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "memory is too short to go on; nothing was decided"),
        (RuntimeError("can't start new thread"), "no further process or thread can be started"),
    ],
)
def test_what_runs_out_is_one_line(image: str, error: Exception, message: str) -> None:
    def work(_: Environment) -> Done:
        raise error

    with pytest.raises(EngineError, match=message):
        run_work(work, image, starter(), ())


def test_what_this_machine_is_short_of() -> None:
    none = "no further process or thread can be started"
    memory = "memory is too short"
    told = {
        MemoryError(): memory,
        OSError(errno.ENOMEM, "x"): memory,
        RuntimeError("can't start new thread"): none,
        OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)): none,
        OSError(errno.EAGAIN, "write could not complete without blocking"): "",
        RuntimeError("another"): "",
        OSError(errno.EACCES, "x"): "",
    }
    assert {error: shortage(error).partition(":")[0].partition(" to go")[0] for error in told} == told


def test_an_interruption_ends_the_worker(image: str, tmp_path: Path) -> None:
    code = (
        "import sys, time, os\n"
        "from pathlib import Path\n"
        "from lading.cli.processes.worker import run_work\n"
        "from lading.engine.environment import user_network, user_places\n"
        "from lading.engine.settings import Settings\n"
        "def work(_):\n"
        "    os.write(2, str(os.getpid()).encode() + b'\\n')\n"
        "    time.sleep(100)\n"
        f"run_work(work, {image!r}, Settings(starter=True, places=user_places(), network=user_network()), ())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    assert process.stderr is not None
    worker = int(process.stderr.readline())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    end = time.monotonic() + 60
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert process.returncode != 0


def test_what_confines_is_said_when_asked(image: str, lading: Lading) -> None:
    arguments = ("packages", image, "--platform", "linux/amd64")
    assert lading(*arguments).stderr == ""
    assert lading(*arguments, "--verbose").stderr.startswith("lading: sandbox: ")
    assert lading(*arguments, "--verbose", "--no-sandbox").stderr == ""
    assert lading(*arguments, "--no-sandbox").stdout == lading(*arguments).stdout


@pytest.mark.usefixtures("confined")
def test_the_engine_of_dockers_context_is_asked(lading: Lading, own_home: Path) -> None:
    """Docker's configuration may hold accounts, so that a reader sees nothing of it."""
    docker = own_home / ".docker"
    meta = docker / "contexts" / "meta" / hashlib.sha256(b"mine").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    (docker / "config.json").write_text('{"currentContext": "mine"}')
    hint = "a repository of this name is registry:docker:app\n"
    with said_by_engine({}, {}) as engine:
        meta.write_text(json.dumps({"Name": "mine", "Endpoints": {"docker": {"Host": f"unix://{engine}"}}}))
        done = lading("scan", "docker:app", "--starter", status=2)
    assert done.stderr == f"lading: app: no such image in docker (unix://{engine}); {hint}"
    meta.write_text("{}")
    done = lading("scan", "docker:app", "--starter", status=2)
    assert done.stderr == f"lading: the Docker context 'mine' cannot be read ({meta}); docker context ls shows them\n"
