"""What users of other scanners write, run through the command line beside what it is here."""

import shlex
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from msgspec import structs

import lading.cli.scan as scan_module  # the command has the name in the package
from lading.cli import environment as environment_module
from lading.cli import log as log_module
from lading.cli.commands import COMMANDS, HABITUAL, lading
from lading.cli.habits import habits, with_options
from lading.cli.main import main
from lading.engine import scan as engine_scan
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.formats.encoders.registry import FORMATS
from lading.model.report import InventoryResult
from lading.net.credentials import NoCredentials
from tests.cli.habits import PAGE, Habit, page, read_habits
from tests.samples import IMAGE, FixedDatabase, shop, shop_store
from tests.support.golden import Golden

HABITS = read_habits()
SBOM = '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}'
VEX = '{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://x/1", "author": "x", "timestamp": "2024-01-01T00:00:00Z", "version": 1, "statements": [{"vulnerability": {"name": "CVE-2024-1"}, "products": [{"@id": "pkg:oci/x"}], "status": "under_investigation"}]}'  # noqa: E501

Ran = tuple[int, list[object], dict[str, bytes], bytes, bytes]
"""A status, what was asked of the engine, and what was written to files, standard output and standard error."""
Run = Callable[[str], Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs a line where the files of the habits lie; gives what came of it."""
    monkeypatch.setenv("LADING_SANDBOX", "false")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tree").mkdir()
    for name, text in (
        ("shop.tar", "tar"),
        ("shop.cdx.json", SBOM),
        ("shop.openvex.json", VEX),
        (".trivyignore", "CVE-2000-1\n"),
    ):
        (tmp_path / name).write_text(text)
    asked: list[object] = []

    def take(target: str, options: Settings, environment: Environment) -> InventoryResult:
        assert isinstance(options, Settings)
        network = structs.replace(options.network, credentials=NoCredentials())
        asked.append((target, structs.replace(options, origins={}, output=(), network=network)))
        return InventoryResult(IMAGE, shop(), ())

    monkeypatch.setattr(engine_scan, "list_target", take)
    monkeypatch.setattr(environment_module, "provider_of", lambda options: FixedDatabase(shop_store()))

    monkeypatch.setattr(log_module, "monotonic", lambda: 0.0)
    monkeypatch.setattr(scan_module, "monotonic", lambda: 0.0)

    def run_line(line: str) -> Ran:
        asked.clear()
        status = main(shlex.split(line))
        outputs = {path.name: path.read_bytes() for path in tmp_path.glob("out.*")}
        for name in outputs:
            (tmp_path / name).unlink()
        written = capsysbinary.readouterr()
        # How fast it was differs from run to run.
        said = b"".join(line for line in written.err.splitlines(True) if b" a minute" not in line)
        return status, list(asked), outputs, written.out, said

    return run_line


@pytest.mark.parametrize("habit", [one for one in HABITS if one.same], ids=lambda one: one.line)
def test_a_habit_does_what_our_own_line_does(habit: Habit, run: Run) -> None:
    ours = run(habit.same)
    assert len(ours[1]) == 1 and (not ours[4] or "--verbose" in habit.same)
    assert run(habit.line) == ours


@pytest.mark.parametrize("habit", [one for one in HABITS if one.answer], ids=lambda one: one.line)
def test_a_habit_without_its_like_is_answered(habit: Habit, run: Run) -> None:
    status, asked, outputs, out, err = run(habit.line)
    assert (status, asked, outputs, out) == (2, [], {}, b"")
    (told,) = err.decode().splitlines()
    known, open_end, _ = habit.answer.partition("…") if habit.answer.endswith("…") else (habit.answer, "", "")
    assert told.startswith(f"lading: {known}")
    assert open_end or told == f"lading: {known}"


def test_there_are_habits_enough_and_each_is_one_or_the_other() -> None:
    assert len(HABITS) >= 40
    assert all(bool(one.same) != bool(one.answer) for one in HABITS)
    assert {one.tool for one in HABITS} == {"Trivy", "Grype", "Syft", "Docker Scout", "OSV-Scanner"}


def test_the_page_shows_the_table(golden: Golden) -> None:
    golden(PAGE, page())


def test_no_word_stands_twice_and_each_is_taken_or_answered() -> None:
    table = habits()
    for family in (table.commands, *table.second.values()):
        words = [word for one in family for word in one.words]
        assert len(words) == len(set(words))
        assert all(bool(one.becomes) != bool(one.answer) for one in family)
    flags = [flag for one in table.options for flag in one.flags]
    assert len(flags) == len(set(flags))
    assert not {word for one in table.commands for word in one.words} & set(COMMANDS)
    assert all(one.answer or (one.becomes is not None and not one.accepts) for one in table.options)


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("image -fjson x", "scan -o json x"),
        ("image --format=json --output=out.json x", "scan -o json=out.json x"),
        ("image x --input shop.cdx.json", "scan x sbom:shop.cdx.json"),
        ("scan --vex shop.openvex.json x", "scan x --vex shop.openvex.json"),
        ("scan --all shop.cdx.json", "scan --all sbom:shop.cdx.json"),
        ("scan -- shop.cdx.json", "scan -- shop.cdx.json"),
        ("scan x -- --format", "scan -- x --format"),
        ("fs dir:tree", "scan dir:tree"),
        ("fs -o json tree", "scan -o json dir:tree"),
        ("scan x --format", "scan x --format"),
        ("scan x --input", "scan x --input"),
        ("image --exit-code 0 x", "scan --exit-code 0 x"),
        ("image", "scan"),
    ],
)
def test_words_are_read_as_options_are(line: str, same: str, run: Run) -> None:
    assert run(line) == run(same)


@pytest.mark.parametrize(
    ("arguments", "ours"),
    [
        (["--report", "summary", "cluster"], ["--summary"]),
        (["--severity", "HIGH", "all"], ["--severity", "HIGH"]),
        (["staging", "--disable-node-collector"], ["--context", "staging"]),
    ],
)
def test_what_trivy_calls_a_cluster(arguments: list[str], ours: list[str]) -> None:
    command = lading.get_command(click.Context(lading), "k8s")
    assert command is not None
    assert with_options(command, arguments) == ours


def test_a_kept_report_is_converted_as_with_trivy(tmp_path: Path) -> None:
    """What a report says of SBOMs makes none of it."""
    command = lading.get_command(click.Context(lading), "convert")
    assert command is not None
    report = tmp_path / "report.json"
    report.write_text('{"reference": "https://spdx.org/licenses/MIT.html"}')
    arguments = ["--format", "sarif", "--output", "out.sarif", "--severity", "HIGH", str(report)]
    assert with_options(command, arguments) == ["--severity", "HIGH", str(report), "-o", "sarif=out.sarif"]


def opts(command: click.Command | None) -> set[str]:
    assert command is not None
    return {flag for one in command.params for flag in one.opts}


def test_no_habit_is_one_of_our_own_options_everywhere() -> None:
    taken = {flag for one in habits().options for flag in one.flags}
    commands = [lading.get_command(click.Context(lading), name) for name in HABITUAL]
    assert not any(all(flag in opts(command) for command in commands) for flag in taken)


def test_no_password_is_told(run: Run) -> None:
    assert b"hunter2" not in run("image --password hunter2 x")[4]
    assert b"hunter2" not in run("image --password=hunter2 x")[4]


@pytest.mark.parametrize("name", sorted({one.id for one in FORMATS if one.subject in ("report", "inventory")}))
def test_each_format_can_be_named_as_trivy_does(name: str, run: Run) -> None:
    assert run(f"image -f {name} -o ./out.txt x") == run(f"scan -o {name}=./out.txt x")
