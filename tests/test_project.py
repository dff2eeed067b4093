"""The project keeps its own rules: tables are complete, contracts bite, versions agree."""

import ast
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec import structs

import lading
from lading.cli.commands import COMMANDS
from lading.feeds import upstreams
from lading.feeds.registry import FEEDS
from lading.inventory import catalogers
from lading.inventory.catalogers.registry import checked, groups_for
from lading.versions import rules
from lading.versions.schemes import SCHEMES

REPOSITORY = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]

# One import for each contract that breaks it: (contract, module, import).
TRESPASSES = (
    ("Rooms import downward only", "model/errors", "lading.safeio.limits"),
    ("HTTP is for images, databases and feeds", "inventory/layer", "lading.net.client"),
    ("Only the pipeline matches", "policy/gate", "lading.match.packages"),
    ("Documents are not for images and shards", "advisories/schema", "lading.formats.decoders.osv"),
    ("Versions are not for images", "image/reference", "lading.versions.rules.deb"),
    ("A scan never builds shards", "engine/options", "lading.feeds.registry"),
    ("The shard builder stands apart from images, inventory and policy", "feeds/feed", "lading.image.open"),
    ("The command line asks the engine", "cli/units", "lading.match.packages"),
    ("No cycles inside a room", "net/trouble", "lading.net.client"),
    ("Catalogers stand alone", "inventory/catalogers/apk", "lading.inventory.catalogers.dpkg"),
    ("Checks stand alone", "checks/config/table", "lading.checks.registry"),
    ("Only the pipeline checks", "policy/gate", "lading.checks.registry"),
    ("Feeds stand alone", "feeds/upstreams/debian", "lading.feeds.upstreams.kev"),
    ("Image sources stand alone", "image/sources/layout", "lading.image.sources.docker_archive"),
    ("Formats stand alone", "formats/encoders/spdx", "lading.formats.encoders.cyclonedx"),
    ("Version schemes stand alone", "versions/rules/deb", "lading.versions.rules.apk"),
    ("Matching and versions do no I/O and know no clock", "match/packages", "time"),
    ("Catalogers and checks never open anything", "inventory/catalogers/dpkg", "pathlib"),
    ("Sockets only in net", "image/sources/remote", "socket"),
    ("Archives and decompression only in safeio", "image/sources/layout", "gzip"),
    ("SQLite only in advisories, safeio and the store", "engine/cache", "sqlite3"),
    ("No subprocess and no pickle", "engine/options", "subprocess"),
)


def test_every_cataloger_stands_in_the_table() -> None:
    """Each module or folder but the table itself and what it is made of is a group of its name, whole."""
    registered = {group.name: group.catalogers for group in groups_for(declared=True)}
    modules = {module.__name__.rpartition(".")[2]: module for module in _modules(catalogers)}
    ecosystems = {
        name: getattr(module, "CATALOGERS", None) or (module.CATALOGER,)
        for name, module in modules.items()
        if name not in ("cataloger", "registry")
    }
    assert registered == ecosystems


def test_a_cataloger_that_is_registered_twice_is_refused() -> None:
    one, other = groups_for(declared=False)[:2]
    with pytest.raises(ValueError, match=f"^registered twice: {one.name}$"):
        checked((one, other, structs.replace(other, name=one.name, catalogers=())))
    with pytest.raises(ValueError, match=f"^registered twice: {one.catalogers[0].name}$"):
        checked((one, structs.replace(one, name="other")))


def test_every_feed_stands_in_the_table() -> None:
    assert sorted(_plugins(upstreams, "FEED"), key=id) == sorted(FEEDS, key=id)


def test_every_version_scheme_stands_in_the_table() -> None:
    schemes = [module.__name__.rpartition(".")[2] for module in _modules(rules)]
    assert sorted(schemes) == sorted(set(SCHEMES.values()))


def test_every_command_can_be_imported() -> None:
    for name, entry in COMMANDS.items():
        assert getattr(import_module(entry.module), entry.attribute).name == name


def test_every_room_stands_in_the_layers() -> None:
    rooms = {f"lading.{path.parent.name}" for path in (REPOSITORY / "src" / "lading").glob("*/__init__.py")}
    layers = {room.strip() for layer in _contract("Rooms import downward only")["layers"] for room in layer.split("|")}
    assert rooms == layers


def test_the_environment_is_read_by_front_doors_alone() -> None:
    """Variables and home directories: the environment's module, and what `~` means in a settings file, are theirs."""
    source = REPOSITORY / "src" / "lading"
    found = {
        str(path.relative_to(source)) for path in sorted(source.rglob("*.py")) if _asks_the_process(path.read_text())
    }
    assert {name for name in found if not name.startswith("cli/")} == {
        "engine/environment.py",
        "engine/settings_files.py",
    }


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['A']",
        "from os import environ as e",
        "import os as o\no.getenv('A')",
        "from os.path import expandvars",
        "Path('~').expanduser()",
        "Path.home()",
    ],
)
def test_reading_the_environment_is_seen(text: str) -> None:
    assert _asks_the_process(text)
    assert not _asks_the_process("variables: dict[str, str]\nenvironment.home\nuser.home(1)")


def _asks_the_process(text: str) -> bool:
    asking = {"environ", "environb", "getenv", "getenvb", "expanduser", "expandvars"}
    for node in ast.walk(ast.parse(text)):
        names = {one.name for one in node.names} if isinstance(node, ast.ImportFrom) else set()
        if isinstance(node, ast.Attribute):
            names = {node.attr} | ({"getenv"} if ast.unparse(node) == "Path.home" else set())
        if names & asking:
            return True
    return False


def test_the_contracts_bite(tmp_path: Path) -> None:
    """A copy of the project in which every contract is broken once."""
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    shutil.copytree(REPOSITORY / "src" / "lading", tmp_path / "lading")
    for _, module, target in TRESPASSES:
        with (tmp_path / "lading" / f"{module}.py").open("a") as file:
            file.write(f"\nimport {target}  # noqa\n")
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.'); {program}", "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    statuses = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert statuses == {name: "BROKEN" for name, _, _ in TRESPASSES}
    assert [contract["name"] for contract in CONTRACTS] == [name for name, _, _ in TRESPASSES]


def test_the_changelog_begins_with_this_version() -> None:
    releases = re.findall(r"^## \[([^]]+)\]", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == lading.__version__


def test_the_locks_hold_what_the_project_asks_for() -> None:
    runtime = _locked("requirements.lock")
    everything = _locked("requirements-dev.lock")
    asked = {_normal(requirement) for requirement in PYPROJECT["project"]["dependencies"]}
    assert asked <= runtime.keys()
    assert {_normal(requirement) for requirement in PYPROJECT["dependency-groups"]["dev"]} <= everything.keys()
    assert runtime.items() <= everything.items()


def test_an_environment_asks_for_the_library_of_rules_by_itself() -> None:
    """Where there is none of it (musl) everything else is installed all the same."""
    script = (REPOSITORY / "tools/environment").read_text()
    optional = re.findall(r"^optional=.*$", script, re.MULTILINE)
    part = script[script.index("part() {") :].partition("\n}\n")[0]
    lock = REPOSITORY / "requirements.lock"
    needed, own = (
        subprocess.run(
            ["sh", "-c", f"{optional[0]}\nlock=$1\n{part}\n}}\npart $2", "sh", lock, wanted],
            capture_output=True, text=True, check=True,
        ).stdout
        for wanted in "01"
    )  # fmt: skip
    named = re.compile(r"^[\w.-]+(?===)", re.MULTILINE)
    assert named.findall(own) == ["cel-expr-python"]
    assert sorted(named.findall(needed + own)) == sorted(named.findall(lock.read_text()))
    assert sorted((needed + own).splitlines()) == sorted(lock.read_text().splitlines())


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    # Put together here, so that this file does not name them itself.
    pattern = re.compile("|".join(re.escape("/" + path) for path in ("work/main", "work/shared", "home/")).encode())
    found = [str(path) for path in _tracked() if pattern.search((REPOSITORY / path).read_bytes())]
    assert found == []


@pytest.mark.parametrize("module", ["click", "rich", "urllib3", "sqlite3", "ssl", "msgspec"])
def test_the_version_is_told_without_heavy_modules(module: str) -> None:
    program = f"import sys; from lading.cli.main import main; main(['--version']); print({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"lading {lading.__version__}", "False"]


def _modules(package: ModuleType) -> list[ModuleType]:
    return [import_module(f"{package.__name__}.{info.name}") for info in pkgutil.iter_modules(package.__path__)]


def _plugins(package: ModuleType, attribute: str) -> list[Any]:
    return [getattr(module, attribute) for module in _modules(package) if hasattr(module, attribute)]


def _contract(name: str) -> dict[str, Any]:
    return next(contract for contract in CONTRACTS if contract["name"] == name)


def _locked(lock: str) -> dict[str, str]:
    lines = (REPOSITORY / lock).read_text().splitlines()
    return {match[1]: match[2] for line in lines if (match := re.match(r"([\w.-]+)==(\S+)", line))}


def _normal(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def _tracked() -> list[str]:
    try:
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("the project is not in a git checkout")
    return [path for path in listing.stdout.split("\0") if path and (REPOSITORY / path).is_file()]
