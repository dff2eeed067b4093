"""Completion in shells: what the program answers, and bash itself with the script."""

import os
import pty
import select
import shutil
import subprocess
import termios
from pathlib import Path

import pytest

from tests.support.program import Lading


def answered(lading: Lading, line: str) -> list[str]:
    words = line.split(" ")
    shell = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_LADING_COMPLETE": "bash_complete"}
    return lading(variables=shell).stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lading sc", ["plain,scan"]),
        ("lading ex", ["plain,explain"]),
        ("lading db pu", ["plain,pull", "plain,push"]),
        ("lading scan --fail-on-u", ["plain,--fail-on-unmanaged"]),
        ("lading scan -o sp", ["plain,spdx-3"]),
        ("lading fix x -o do", ["plain,dockerfile"]),
        ("lading scan alp", ["file,"]),
        ("lading scan x --policy ", ["file,"]),
        ("lading completion z", ["plain,zsh"]),
    ],
)
def test_what_a_word_may_become(lading: Lading, line: str, expected: list[str]) -> None:
    assert answered(lading, line)[: len(expected)] == expected


def test_every_command_is_named(lading: Lading) -> None:
    commands = [line.split()[0] for line in lading("--help").stdout.partition("Commands:\n")[2].splitlines()]
    assert answered(lading, "lading ") == [f"plain,{name}" for name in commands]


def test_a_question_of_another_form_is_none(lading: Lading) -> None:
    assert lading(variables={"_LADING_COMPLETE": "powershell_complete"}, status=1).stdout == ""


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_of_other_shells(lading: Lading, shell: str) -> None:
    assert f"_LADING_COMPLETE={shell}_complete " in lading("completion", shell).stdout


def stand_in(lading: Lading, place: Path) -> None:
    """A program that answers the questions of shells, and otherwise writes down what it is called with."""
    program = place / "lading"
    ask = f'[ -z "$_LADING_COMPLETE" ] || exec {" ".join(lading.command)} "$@"'
    program.write_text(f'#!/bin/sh\n{ask}\necho "$*" >> {place}/called\n')
    program.chmod(0o755)


def test_bash_completes_by_the_script(lading: Lading, tmp_path: Path) -> None:
    (tmp_path / "lading.sh").write_text(lading("completion", "bash").stdout)
    stand_in(lading, tmp_path)
    script = (
        '. ./lading.sh; COMP_WORDS=(lading db pu); COMP_CWORD=2; _lading_completion ./lading; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("pull push\n", "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_by_the_script(lading: Lading, tmp_path: Path) -> None:
    completions = tmp_path / "config/fish/completions"
    completions.mkdir(parents=True)
    (completions / "lading.fish").write_text(lading("completion", "fish").stdout)
    stand_in(lading, tmp_path)
    variables = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def completed(line: str) -> list[str]:
        command = ["fish", "--private", "-c", f"complete --do-complete '{line}'"]
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, **variables}, capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        return [one.partition("\t")[0] for one in done.stdout.splitlines()]

    assert completed("lading db pu") == ["pull", "push"]
    assert completed("lading scan --fail-on-u") == ["--fail-on-unmanaged"]
    (tmp_path / "image.tar").touch()
    assert "image.tar" in completed("lading scan im")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_by_the_script(lading: Lading, tmp_path: Path) -> None:
    """At a terminal: the words are typed up to the tab, and what stands on the line then is run."""
    functions = tmp_path / "functions"
    functions.mkdir()
    (functions / "_lading").write_text(lading("completion", "zsh").stdout)
    stand_in(lading, tmp_path)
    (tmp_path / "image.tar").touch()
    settings = ("fpath=($ZDOTDIR/functions $fpath)", "autoload -U compinit; compinit -u", "PS1='ready> '", "")
    (tmp_path / ".zshrc").write_text("\n".join(settings))
    variables = {"ZDOTDIR": str(tmp_path), "HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    shell = subprocess.Popen(
        ["zsh", "-i"], cwd=tmp_path, env={**os.environ, **variables, "TERM": "dumb"},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)

    def wait_for(text: str) -> None:
        shown = b""
        while text.encode() not in shown:
            assert select.select([ours], [], [], 60)[0], shown
            shown += os.read(ours, 10_000)

    lines = (("db pus", "h"), ("scan --fail-on-unm", "anaged"), ("scan im", "age.tar"))
    try:
        for typed, completed in lines:
            wait_for("ready> ")
            os.write(ours, f"lading {typed}\t".encode())
            wait_for(completed)
            os.write(ours, b"\n")
        wait_for("ready> ")
        os.write(ours, b"exit\n")
        assert shell.wait(60) == 0
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)
    assert (tmp_path / "called").read_text().splitlines() == [f"{typed}{completed}" for typed, completed in lines]
