"""`lading checks`, and the checks of `lading scan`."""

import json
from pathlib import Path

import pytest

from lading.checks.registry import page_of, texts_of
from lading.cli.main import main
from lading.model.checks import FAMILIES
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.golden import Golden
from tests.support.images import write_image
from tests.tars import File

DOCS = Path(__file__).parents[2] / "docs"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    result = main(list(arguments))
    out = capsys.readouterr()
    return result, out.out, out.err


def test_the_page_is_current(golden: Golden) -> None:
    golden(DOCS / "checks-config.md", page_of("config").encode())


def test_every_family_tells_its_checks() -> None:
    assert all(texts_of((family,)) for family in FAMILIES)


def test_every_check_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    result, text, _ = run(capsys, "checks", "list")
    assert result == 0
    assert [line.split()[0] for line in text.splitlines()[1:]] == [one.id for one in texts_of()]
    assert len(run(capsys, "checks", "list", "config")[1].splitlines()) == len(texts_of(("config",))) + 1


def test_one_check_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    result, text, _ = run(capsys, "checks", "show", "sshd-root-login")
    assert result == 0
    assert text.splitlines()[0] == "sshd-root-login  high  The SSH server lets root in with a password"
    assert "Found (etc/ssh/sshd_config):\n    PermitRootLogin yes\n" in text
    assert run(capsys, "checks", "show", "sshd-root-logn") == (
        2,
        "",
        "lading: 'sshd-root-logn': no such check (did you mean sshd-root-login?); lading checks list has them all\n",
    )


def test_a_scan_with_checks_fails_by_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shadow = File("etc/shadow", b"root::19000:0:99999:7:::\n")
    layout = str(write_image(tmp_path / "image", [[DEBIAN, status("a=1"), shadow]], {"User": "0"}))
    options = ("--starter", "--no-sandbox", "--allow-incomplete")
    assert run(capsys, "scan", layout, *options, "--fail-on", "medium")[0] == 0
    result, text, _ = run(capsys, "scan", layout, *options, "--fail-on", "high", "--checks", "config")
    assert (result, "account-no-password" in text, 'check = "account-no-password"' in text) == (1, True, True)
    result, text, _ = run(capsys, "scan", layout, *options, "--compliance", "docker-cis")
    assert (result, "section 4" in text, "user-root" in text) == (0, True, True)
    assert run(capsys, "scan", layout, *options, "--checks", "confg")[2] == (
        "lading: --checks 'confg': expected one of none, config, secrets, licenses, malware, all "
        "(did you mean config?)\n"
    )


def test_what_one_check_finds_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shadow = File("etc/shadow", b"root::19000:0:99999:7:::\ndb::19000:0:99999:7:::\n")
    layout = str(write_image(tmp_path / "image", [[DEBIAN, status("a=1"), shadow]], {"User": "0"}))
    policy = tmp_path / "lading.toml"
    policy.write_text('[[ignore]]\ncheck = "user-root"\nreason = "reviewed"\n')
    options = ("--starter", "--no-sandbox", "--policy", str(policy))
    result, text, _ = run(capsys, "explain", layout, "account-no-password", *options)
    assert (result, text.count("\n/etc/shadow")) == (0, 2)
    assert text.splitlines()[3].startswith("── account-no-password: ")
    assert "· 2 places" in text
    assert "what to do" in text
    assert text.count("fingerprint") == 2
    text = run(capsys, "explain", layout, "user-root", *options)[1]
    assert f"ignored        ignore {policy}:1: reviewed" in text
    text = run(capsys, "explain", layout, "sshd-root-login", *options)[1]
    assert "finds nothing here" in text
    read = json.loads(run(capsys, "explain", layout, "user-root", *options, "-o", "json")[1])
    assert (read["check"]["id"], [one["id"] for one in read["issues"]]) == ("user-root", ["user-root"])
