"""Secrets of an image: in files, archives, byte code, variables, labels, instructions, and in what was deleted."""

import gzip
import io
import marshal
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from lading import Environment, StarterDatabase
from lading.checks.secrets import files, texts
from lading.checks.secrets.checksums import base62_checksum
from lading.engine.options import ScanOptions
from lading.engine.scan import scan, scan_inventories
from lading.model.checks import Issue
from lading.model.errors import LimitError
from lading.model.reader import WantedFile
from lading.model.report import Report
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import Entry, File, make_tar

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token(seed: int = 0) -> str:
    """A token of GitHub with its checksum, made of parts."""
    body = "".join(_LETTERS[(7 * seed + 11 * place * place + 5 * place + seed * place) % 62] for place in range(30))
    return "gh" + "p_" + body + base62_checksum(body.encode()).decode()


def report_of(
    directory: Path,
    layers: Sequence[Sequence[Entry]],
    config: Mapping[str, object] | None = None,
    history: Sequence[str | tuple[str]] = (),
) -> Report:
    path = write_image(directory / "image", [[DEBIAN, status("a=1"), *layers[0]], *layers[1:]], config, history)
    environment = Environment(database=StarterDatabase(), layer_cache=directory / "cache")
    return scan(f"oci:{path}", ScanOptions(checks=("secrets",)), environment)


def places(report: Report) -> list[tuple[str, str, int, int, int]]:
    return [(one.id, one.path or one.instruction, one.line, one.layer, one.removed) for one in report.targets[0].issues]


def test_files_of_every_layer_are_looked_through(tmp_path: Path) -> None:
    first, second = token(1), token(2)
    layers = [
        [
            File("srv/app/.netrc", b"machine m.lading.dev login ship password t9Qe3kPz41\n"),
            File("srv/gone", first.encode()),
        ],
        [File("srv/app/config", f"# a\n\ntoken = {second}\n".encode()), File("srv/.wh.gone")],
    ]
    assert places(report_of(tmp_path, layers)) == [
        ("github-personal-token", "srv/app/config", 3, 2, 0),
        ("github-personal-token", "srv/gone", 1, 1, 2),
        ("netrc-password", "srv/app/.netrc", 1, 1, 0),
    ]


def test_texts_in_archives_byte_code_and_other_encodings_are_looked_through(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("BOOT/app.properties", f"token={token(3)}\n")
    code = compile(f"TOKEN = '{token(4)}'\nOTHER = 'zebra'", "m.py", "exec")
    layers = [
        [
            File("srv/app.jar", held.getvalue()),
            File("srv/m.pyc", bytes(16) + marshal.dumps(code)),
            File("srv/wide.txt", b"\xff\xfe" + f"token {token(5)}\r\n".encode("utf-16-le")),
            File("srv/log.gz", gzip.compress(f"\n{token(6)}\n".encode(), mtime=0)),
            File("srv/all.tar.gz", gzip.compress(make_tar([File("etc/key", token(7).encode())]), mtime=0)),
            File("srv/program", b"\x7fELF\2\1\1" + bytes(60) + token(8).encode()),
        ]
    ]
    found = [(path, line) for _, path, line, _, _ in places(report_of(tmp_path, layers))]
    assert found == [
        ("srv/all.tar.gz!/etc/key", 1),
        ("srv/app.jar!/BOOT/app.properties", 1),
        ("srv/log.gz", 2),
        ("srv/m.pyc", 0),
        ("srv/wide.txt", 1),
    ]


def test_the_configuration_is_looked_through_and_nothing_shows_a_value(tmp_path: Path) -> None:
    values = [token(seed) for seed in range(10, 13)]
    report = report_of(
        tmp_path,
        [[], [File("srv/a", b"a")]],
        {"Env": ["PATH=/bin", f"TOKEN={values[0]}"], "Labels": {"note": f"use {values[1]}"}},
        ["COPY . /", (f"ENV TOKEN={values[0]}",), f"RUN curl -H 'X-Key: {values[2]}' https://lading.dev"],
    )
    assert [(one.place, one.instruction, one.layer) for one in report.targets[0].issues] == [
        ("configuration", "ENV TOKEN", 0),
        ("configuration", "LABEL note", 0),
        ("history", "RUN curl -H 'X-Key: ***' https://lading.dev", 2),
    ]
    written = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    text = repr(report)
    for value in values:
        assert value not in text
        assert value.encode() not in written


@pytest.mark.parametrize("checks", ["all", "config"])
def test_no_check_shows_the_password_of_an_address(tmp_path: Path, checks: str) -> None:
    password = "aQ7" + "kd92mXz4"
    step = f"ENV DATABASE_URL=mysql://root:{password}@10.0.0.5/shop"
    path = write_image(
        tmp_path / "image", [[DEBIAN, status("a=1")], [File("srv/a")]], history=["COPY . /", (step,), f"RUN {step}"]
    )
    environment = Environment(database=StarterDatabase(), layer_cache=tmp_path / "cache")
    listed, report = scan_inventories(f"oci:{path}", ScanOptions(checks=(checks,)), environment)
    assert password not in repr(report.targets[0].issues)
    assert checks == "config" or password not in repr((report, listed[0].image))


def test_examples_and_what_lies_in_documentation_of_packages_is_hidden(tmp_path: Path) -> None:
    example = "AKIA" + "IOSFODNN7" + "EXAMPLE"
    wrong = token(20)[:-1] + ("a" if token(20)[-1] != "a" else "b")
    layers = [
        [
            File("srv/one", f"key = {example}\n".encode()),
            File("srv/two", wrong.encode()),
            File("usr/lib/python3/dist-packages/x/tests/data.txt", token(21).encode()),
            File("srv/app/tests/data.txt", token(22).encode()),
        ]
    ]
    issues = report_of(tmp_path, layers).targets[0].issues
    assert [(one.path, one.hidden_reason, one.message) for one in sorted(issues, key=_path)] == [
        ("srv/app/tests/data.txt", "", ""),
        ("srv/one", "example", "says that it is an example"),
        ("srv/two", "example", "has a wrong checksum"),
        ("usr/lib/python3/dist-packages/x/tests/data.txt", "example", "lies in documentation or tests of a package"),
    ]


def test_a_key_makes_fingerprints_that_are_the_same_everywhere(tmp_path: Path) -> None:
    value = token(40).encode()
    path = write_image(
        tmp_path / "image",
        [[DEBIAN, status("a=1"), File("srv/one", value), File("srv/two", value)]],
        {"Env": [f"TOKEN={value.decode()}"]},
    )

    def fingerprints(key: bytes | None) -> list[str]:
        environment = Environment(
            database=StarterDatabase(), layer_cache=tmp_path / "cache", cache_key=b"c" * 16, fingerprint_key=key
        )
        report = scan(f"oci:{path}", ScanOptions(checks=("secrets",)), environment)
        return [one.subject for one in report.targets[0].issues]

    salted, keyed, other = fingerprints(None), fingerprints(b"a" * 16), fingerprints(b"b" * 16)
    assert len(salted) == len(keyed) == 3
    assert len(set(salted)) == 3
    assert len(set(keyed)) == len(set(other)) == 1
    assert set(keyed) != set(other)
    assert fingerprints(None) == salted
    assert fingerprints(b"a" * 16) == keyed


def test_an_archive_that_inflates_to_too_much_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "ARCHIVE_CAP", 100_000)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", "0123456789" * 20_000)
        archive.writestr("b", token(30))
    report = report_of(tmp_path, [[File("srv/a.zip", held.getvalue())]])
    [told] = [one for one in report.targets[0].diagnostics if one.code == "secrets-limit"]
    assert (told.where, told.level) == ("srv/a.zip", "incomplete")
    assert "inflate to more than 100,000 bytes" in told.message


def _path(issue: Issue) -> str:
    return issue.path


def test_what_an_image_may_cost_ends_the_look_into_an_archive() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", "0123456789" * 200_000)

    def spend(steps: int) -> None:
        raise LimitError("asks for too much", "work")

    with pytest.raises(LimitError, match="asks for too much"):
        files.parse(WantedFile("srv/a.zip", 0, held.getvalue(), spend=spend))
