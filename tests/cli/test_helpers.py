"""Credential helpers, as real programs."""

import time
from pathlib import Path

import pytest

from lading.cli.helpers import HelperPrograms
from lading.model.errors import NetError
from tests.support.helpers import make_helper


def test_a_helper_is_asked_for_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_helper(
        tmp_path / "bin",
        "mine",
        f'echo "$1 $(cat)" > {tmp_path}/asked\necho \'{{"ServerURL":"x","Username":"jo","Secret":"se cret"}}\'',
        monkeypatch,
    )
    assert HelperPrograms().get("mine", "a.example:5000") == ("jo", "se cret")
    assert (tmp_path / "asked").read_text() == "get a.example:5000\n"


def test_an_account_is_stored_and_erased(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_helper(tmp_path / "bin", "mine", f'echo "$1 $(cat)" >> {tmp_path}/asked', monkeypatch)
    HelperPrograms().store("mine", "a.example", "jo", "pass")
    HelperPrograms().erase("mine", "a.example")
    assert (tmp_path / "asked").read_text() == (
        'store {"Username":"jo","Secret":"pass","ServerURL":"a.example"}\nerase a.example\n'
    )


def test_a_helper_that_has_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_helper(tmp_path / "bin", "mine", "echo credentials not found in native keychain\nexit 1", monkeypatch)
    assert HelperPrograms().get("mine", "a.example") is None


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'the keychain\033[31m is locked'; exit 1", "it failed: the keychain?[31m is locked"),
        ('echo \'{"Secret":"pass"\'; exit 1', "it failed"),
        ("echo nonsense", "it answered what cannot be read"),
        ("head -c 2000000 /dev/zero", "it answered with more than 1,048,576 bytes"),
        ("yes", "it answered with more than 1,048,576 bytes"),
        ("kill -9 $$", "it failed"),
    ],
)
def test_a_helper_that_fails(script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_helper(tmp_path / "bin", "mine", script, monkeypatch)
    with pytest.raises(NetError) as raised:
        HelperPrograms().get("mine", "a.example")
    assert str(raised.value) == said


def test_a_helper_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    make_helper(
        tmp_path / "bin", "mine", f"sleep 100 & echo $! > {pid}.new\nmv {pid}.new {pid}\nsleep 100", monkeypatch
    )
    for deadline in (0.5, 5, 50):  # a loaded machine may need more before it has started
        with pytest.raises(NetError) as raised:
            HelperPrograms(deadline=deadline).get("mine", "a.example")
        assert str(raised.value) == f"it did not answer in {deadline:g} seconds"
        if pid.exists():
            break
    child = Path("/proc", pid.read_text().strip())
    end = time.monotonic() + 60
    while is_running(child):
        assert time.monotonic() < end
        time.sleep(0.01)


def is_running(process: Path) -> bool:
    try:
        return " Z " not in (process / "stat").read_text()
    except OSError:  # it has ended, also while it is asked for
        return False


@pytest.mark.parametrize("name", ["../mine", "a/b", "", "-x", "a b"])
def test_names_of_helpers_are_no_paths(name: str) -> None:
    with pytest.raises(NetError, match="that is no name of a helper"):
        HelperPrograms().get(name, "a.example")


def test_helpers_are_not_taken_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_helper(tmp_path, "mine", "echo {}", monkeypatch)
    monkeypatch.setenv("PATH", ":.:/nowhere")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NetError) as raised:
        HelperPrograms().get("mine", "a.example")
    assert str(raised.value) == "it is not installed (not in PATH)"


def test_what_a_helper_leaves_behind_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_helper(tmp_path / "bin", "mine", "sleep 100 &\nexit 0", monkeypatch)
    with pytest.raises(NetError) as raised:
        HelperPrograms(deadline=0.5).get("mine", "a.example")
    assert str(raised.value) == "it did not answer in 0.5 seconds"
