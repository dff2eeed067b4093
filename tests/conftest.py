"""What every test gets: a home of its own, no network but loopback, skips that are counted by reason, golden files."""

import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from lading.net.stop import Stop
from tests.support.golden import Golden, compare, rewrite
from tests.support.loopback import only_loopback
from tests.support.program import Lading
from tests.support.settings import Site

_REPOSITORY = Path(__file__).resolve().parent.parent
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_ACCOUNTS = ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "DOCKER_AUTH_CONFIG", "XDG_RUNTIME_DIR", "NETRC")
_REGISTRIES = ("CONTAINERS_REGISTRIES_CONF", "REGISTRIES_CONFIG_PATH")
_FORGOTTEN = (
    *_PROXIES,
    *map(str.upper, _PROXIES),
    "DOCKER_CONFIG",
    *_ACCOUNTS,
    *_REGISTRIES,
    "NO_COLOR",
    "FORCE_COLOR",
    *("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "TEAMCITY_VERSION"),
    "COLUMNS",
    "LINES",
)

# Each run tries other examples; `./test --hypothesis-profile=thorough` tries many.
settings.register_profile("few", max_examples=60, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile("few")


@pytest.fixture(autouse=True, scope="session")
def no_foreign_network() -> Iterator[None]:
    """Connections that leave this machine fail, whoever tries."""
    with only_loopback():
        yield


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Ctrl-C ends what a test runs, also where a shell started the tests in the background and so without it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def no_settings_of_the_user() -> Iterator[None]:
    """Variables that the user who runs the tests may have set are not there."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in (*_FORGOTTEN, *(name for name in os.environ if name.startswith("LADING_"))):
            patch.delenv(variable, raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def own_temporary_directory() -> Iterator[None]:
    """What is left in the directory for temporary files was left by these tests, not by others that run beside them."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as directory, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", directory)
        patch.setattr(tempfile, "tempdir", directory)
        yield


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Home, cache and data directories that only this test sees."""
    folder = tmp_path_factory.mktemp("own")
    home = folder / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for variable, directory in (("CACHE", ".cache"), ("CONFIG", ".config"), ("DATA", ".local/share")):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(home / directory))
    # Podman's images on this machine would be looked at for every name without a prefix.
    storage = folder / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/images"\nrunroot = "{folder}/run"\n')
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(storage))
    return home


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients in this process wait a hundredth of what they are to between two attempts."""
    sleep = Stop.sleep
    monkeypatch.setattr(Stop, "sleep", lambda self, seconds: sleep(self, seconds / 100))


@pytest.fixture
def site(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The working directory is an empty repository; LADING_ORG_CONFIG is to name the organisation's file."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    monkeypatch.chdir(project)
    return Site(own_home / ".config" / "lading" / "lading.toml", project / "lading.toml", tmp_path / "lading-org.toml")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write golden files and generated documents instead of comparing them; git diff then shows what changed",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """How a committed file is held against what comes out: by default they must be the same."""
    return rewrite if request.config.getoption("rewrite") else compare


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of large test data beside the repository; without it the test is skipped."""
    directory = _REPOSITORY.parent / "shared"
    if not directory.is_dir():
        pytest.skip("the directory shared/ is not beside the repository")
    return directory


@pytest.fixture(scope="session")
def warm() -> Iterator[str]:
    """The socket of a server that runs the program without starting Python each time (tests.support.warm)."""
    with tempfile.TemporaryDirectory(prefix="warm-", dir="/tmp") as directory:  # the path of a socket is short
        command = [sys.executable, "-m", "tests.support.warm", f"{directory}/s"]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=_REPOSITORY, text=True) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            yield f"{directory}/s"
            server.stdin.close()


@pytest.fixture
def lading(own_home: Path, warm: str) -> Lading:
    """The command line, run as a process of its own in this test's environment."""
    return Lading((sys.executable, "-m", "lading"), warm)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins the files that take long, so that none of them is alone at the end; the others keep their random order."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips tests marked `debian` whose packages are not there."""
    for marker in item.iter_markers("debian"):
        for package in marker.args:
            if package not in _listed_packages():
                pytest.fail(f"tests/debian-packages.txt does not list {package}")
            if package not in _installed_packages():
                pytest.skip(f"Debian package {package} is not installed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Counts the skipped tests by reason."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"skipped {count}: {reason}")


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


@cache
def _listed_packages() -> frozenset[str]:
    return frozenset((_REPOSITORY / "tests" / "debian-packages.txt").read_text().split())


@cache
def _installed_packages() -> frozenset[str]:
    """The installed packages among the listed ones; none where there is no dpkg."""
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *sorted(_listed_packages())]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return frozenset()
    return frozenset(name for name, status in map(str.split, answer.splitlines()) if status == "installed")
