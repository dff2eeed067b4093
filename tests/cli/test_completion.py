"""Completion in shells: what the program answers, and bash itself with the script."""

import subprocess
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


def test_bash_completes_by_the_script(lading: Lading, tmp_path: Path) -> None:
    (tmp_path / "lading.sh").write_text(lading("completion", "bash").stdout)
    program = tmp_path / "lading"
    program.write_text(f'#!/bin/sh\nexec {" ".join(lading.command)} "$@"\n')
    program.chmod(0o755)
    script = (
        '. ./lading.sh; COMP_WORDS=(lading db pu); COMP_CWORD=2; _lading_completion ./lading; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("pull push\n", "")
