"""What lies in package caches is not installed, unless an environment links to it."""

import json

import pytest

from lading.inventory.assemble import assemble
from lading.inventory.caches import Caches
from lading.inventory.catalogers.registry import CATALOGERS, readers_for
from lading.inventory.squash import squash
from lading.model.diagnostic import Diagnostic
from lading.model.image import ImageConfig
from lading.model.package import Inventory
from tests.inventory.executables.build import Part, elf
from tests.inventory.unpacking import squash_all, unpacked
from tests.tars import Entry, File, Hardlink, Symlink, make_tar

_METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
_UV = "root/.cache/uv/archive-v0/bYVb3rIL4qXPC9po"
_SITE = "app/.venv/lib/python3.11/site-packages"


def wheel(directory: str, name: str = "idna", version: str = "3.4") -> File:
    return File(f"{directory}/{name}-{version}.dist-info/METADATA", _METADATA.format(name, version).encode())


def manifest(directory: str, name: str = "a") -> File:
    return File(f"{directory}/package.json", json.dumps({"name": name, "version": "1.0.0"}).encode())


def inventory_of(*entries: Entry) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    return assemble(squash_all([entries]), CATALOGERS)


def places(inventory: Inventory) -> list[str]:
    return [location.path for package in inventory.packages for location in package.locations]


@pytest.mark.parametrize(
    ("config", "is_used"),
    [
        (ImageConfig(entrypoint=("java", "-jar", "/root/.cache/pip/app.jar")), True),
        (ImageConfig(command=("sh", "-c", "exec python3 /root/.cache/pip/x/run.py")), True),
        (ImageConfig(environment=("PYTHONPATH=/srv:/root/.cache/pip",)), True),
        (ImageConfig(environment=("NODE_OPTIONS=--require /root/.cache/pip/x.js",)), True),
        (ImageConfig(environment=("PIP_CACHE_DIR=/root/.cache/pip", "PATH=/root/.cache:/usr/bin")), False),
        (ImageConfig(entrypoint=("pip",), command=("--cache-dir", "/root/.cache/pip")), False),
        (None, False),
    ],
)
def test_a_cache_that_the_image_runs_from_is_none(config: ImageConfig | None, is_used: bool) -> None:
    squashed = squash_all([[wheel("root/.cache/pip/x")]])
    inventory, diagnostics = assemble(squashed, CATALOGERS, config=config)
    told = "the image runs what lies in package caches (root/.cache/pip): archives in them were not opened"
    used = Diagnostic("incomplete", "package-cache-used", told, "root/.cache/pip")
    assert [one.name for one in inventory.packages] == (["idna"] if is_used else [])
    assert diagnostics == ((used,) if is_used else (left_out("1 package", "root/.cache/pip"),))


def left_out(what: str, cache: str) -> Diagnostic:
    message = f"{what} in package caches ({cache}) left out: they are kept to install from"
    return Diagnostic("info", "package-cache", message, cache)


@pytest.mark.parametrize(
    ("cache", "below"),
    [
        ("root/.cache/uv/archive-v0", "bYVb3rIL4qXPC9po"),
        ("opt/own-place/archive-v1", "KWpMGPwIXC3ExX21"),
        ("uv-cache/sdists-v11", "pypi/a/1.0/x/src"),
        ("root/.cache/pip", "wheels/ab/cd"),
        ("var/tmp/pip/http-v2", "a/b"),
        ("home/u/.cache/pypoetry/artifacts", "ab"),
        ("root/.npm/_cacache/tmp", "git-clone"),
        ("usr/local/share/.cache/yarn", "v6/npm-a-1.0.0-0/node_modules/a"),
        ("root/.local/share/pnpm/store/v3", "files/00"),
        ("root/.bun/install/cache", "a@1.0.0"),
        ("opt/conda/pkgs", "idna-3.4-py311_0/lib/python3.11/site-packages"),
        ("root/micromamba/pkgs", "idna-3.4-py311_0/site-packages"),
        ("usr/local/cargo/registry/src", "index.crates.io-6f17d22bba15001f/a-1.0.0"),
        ("root/.cargo/git/checkouts", "a-0123/abcdef"),
        ("srv/registry/cache/index.crates.io-6f17d22bba15001f", "a"),
        ("root/go/pkg/mod", "example.com/a@v1.0.0"),
        ("root/.composer/cache", "files/a/b"),
        ("root/.rustup/downloads", "x"),
        ("root/.sdkman/archives", "java"),
        ("var/cache/apt/archives", "partial"),
    ],
)
def test_where_package_managers_keep_what_is_not_installed(cache: str, below: str) -> None:
    inventory, diagnostics = inventory_of(
        wheel(f"{cache}/{below}"),
        manifest(f"{cache}/{below}/node_modules/a"),
        File(f"{cache}/{below}/x.deb", b"!<arch>\ndebian-binary"),
    )
    assert inventory == Inventory()
    assert diagnostics == (left_out("2 packages and 1 file", cache),)


@pytest.mark.parametrize(
    "directory",
    [
        "root/.cache/uv/archive-v0/PIE8goXImQr4Q-Wi/lib/python3.11/site-packages",
        "root/.local/share/uv/tools/idna/lib/python3.11/site-packages",
        "root/.local/share/pipx/venvs/idna/lib/python3.11/site-packages",
        "root/.cache/pypoetry/virtualenvs/app-py3.11/lib/python3.11/site-packages",
        "root/.cache/pre-commit/repo1/py_env-python3/lib/python3.11/site-packages",
        "root/.pyenv/versions/3.11.7/lib/python3.11/site-packages",
        "root/.asdf/installs/python/3.11.7/lib/python3.11/site-packages",
        "root/.local/share/mise/installs/python/3.11/lib/python3.11/site-packages",
        "opt/conda/envs/x/lib/python3.11/site-packages",
        "srv/pkgs/lib/python3.11/site-packages",
        "root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.22.0.linux-amd64/site-packages",
        "var/cache/app/site-packages",
    ],
)
def test_tools_and_environments_in_hidden_directories_are_installed(directory: str) -> None:
    inventory, diagnostics = inventory_of(wheel(directory))
    assert [(one.name, one.version) for one in inventory.packages] == [("idna", "3.4")]
    assert diagnostics == ()


def test_programs_of_tools_in_hidden_directories_count() -> None:
    program = elf([Part(".text", b"x" * 64, 0x1000)])
    for path in (
        "root/.cargo/bin/tool",
        "root/.rustup/toolchains/stable/bin/tool",
        "root/.sdkman/candidates/x/bin/tool",
    ):
        inventory, _ = inventory_of(File(path, program))
        assert [one.path for one in inventory.unmanaged] == [path]
    assert inventory_of(File("root/.cargo/registry/src/tool", program))[0].unmanaged == ()


def test_the_cache_of_a_conda_installation_is_known_by_its_records() -> None:
    record = File("opt/py/conda-meta/idna-3.4-py311_0.json", b'{"name": "idna", "version": "3.4"}')
    inventory, diagnostics = inventory_of(record, wheel("opt/py/pkgs/idna-3.4-py311_0/site-packages"))
    assert [(one.type, one.name) for one in inventory.packages] == [("conda", "idna")]
    assert diagnostics == (left_out("1 package", "opt/py/pkgs"),)


def test_an_environment_that_links_to_each_file_has_the_package() -> None:
    """As `uv pip install --link-mode symlink` makes it."""
    info = f"{_SITE}/idna-3.4.dist-info"
    inventory, diagnostics = inventory_of(
        wheel(_UV),
        File(f"{info}/RECORD", b"idna/__init__.py,,\nidna-3.4.dist-info/METADATA,,\n"),
        File(f"{info}/INSTALLER", b"uv"),
        Symlink(f"{info}/METADATA", f"/{_UV}/idna-3.4.dist-info/METADATA"),
    )
    assert diagnostics == ()
    assert places(inventory) == [f"{info}/METADATA"]
    assert inventory.packages[0].properties == {"installer": "uv"}


def test_an_environment_that_links_to_a_directory_has_the_package() -> None:
    inventory, diagnostics = inventory_of(
        wheel(_UV), Symlink(f"{_SITE}/idna-3.4.dist-info", f"/{_UV}/idna-3.4.dist-info")
    )
    assert diagnostics == ()
    assert places(inventory) == [f"{_SITE}/idna-3.4.dist-info/METADATA"]


def test_hard_links_out_of_a_cache_are_files_of_their_own() -> None:
    name = "idna-3.4.dist-info/METADATA"
    inventory, diagnostics = inventory_of(wheel(_UV), Hardlink(f"{_SITE}/{name}", f"{_UV}/{name}"))
    assert places(inventory) == [f"{_SITE}/{name}"]
    assert diagnostics == (left_out("1 package", "root/.cache/uv/archive-v0"),)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("home", "/root"),
        ("cache", "/root/.cache/uv/archive-v0"),
        ("root/.cache/uv/archive-v0/PIE8goXImQr4Q-Wi/idna", f"/{_UV}/idna-3.4.dist-info"),
    ],
)
def test_links_that_lead_to_a_whole_cache_or_lie_in_it_install_nothing(link: str, target: str) -> None:
    inventory, _ = inventory_of(wheel(_UV), Symlink(link, target))
    assert inventory.packages == ()


def test_what_a_later_layer_deletes_from_a_cache_was_never_installed() -> None:
    squashed = squash_all([[wheel(_UV), wheel(_SITE)], [File("root/.cache/.wh.uv"), File("app/.wh..venv")]])
    inventory, _ = assemble(squashed, CATALOGERS, "deleted")
    assert places(inventory) == [f"{_SITE}/idna-3.4.dist-info/METADATA"]


def test_lock_files_in_caches_declare_nothing() -> None:
    tar = make_tar(
        [File("usr/local/cargo/registry/src/x/a/Cargo.lock", b'[[package]]\nname = "b"\nversion = "1.0.0"\n')]
    )
    readers = readers_for(declared=True)
    _, facts = unpacked([tar], readers=readers.catalogers)
    assert assemble(squash(facts, readers.router), readers.catalogers) == (Inventory(), ())


def test_paths_without_a_directory_lie_in_none() -> None:
    assert Caches(["a"]).around("a") == ""
