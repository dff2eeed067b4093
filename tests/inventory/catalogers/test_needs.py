"""What packages need, in the words of each file that states it; of those that the tests of a reader do not have."""

import io
import zipfile

import pytest

from lading.inventory.catalogers import conda, dotnet, erlang, homebrew, java, julia, pacman, r
from lading.inventory.catalogers.cataloger import Cataloger, FoundPackage
from lading.inventory.catalogers.declared import CATALOGERS as DECLARED
from lading.inventory.router import Router
from lading.model.reader import WantedFile

READERS: tuple[Cataloger, ...] = (
    *DECLARED,
    *conda.CATALOGERS,
    dotnet.CATALOGER,
    erlang.CATALOGER,
    homebrew.CATALOGER,
    java.CATALOGER,
    *julia.CATALOGERS,
    pacman.CATALOGER,
    r.CATALOGER,
)
CARGO = """
version = 3
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["log", "rand 0.7.3", "rand 0.8.5 (registry+https://github.com/rust-lang/crates.io-index)"]
[[package]]
name = "log"
version = "0.4.20"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "b5e6163cb8c49088c2c36f57875e58ccd8c87c7427f7fbd50ea6710b2f3f2e8f"
"""
GEMS = """GEM
  remote: https://rubygems.org/
  specs:
    actionpack (7.0.1)
      rack (~> 2.0, >= 2.2.0)
      rack-test (>= 0.6.3)
    rack (2.2.3)
    rack-test (1.1.0)
      rack (>= 1.0, < 3)

DEPENDENCIES
  actionpack
"""
YARN = """# yarn lockfile v1


"@a/b@^1.0.0", "@a/b@^1.1.0":
  version "1.2.0"
  resolved "https://registry.yarnpkg.com/@a/b/-/b-1.2.0.tgz#00"
  integrity sha1-AAECAwQFBgcICQoLDA0ODxAREhM=
  dependencies:
    c "^2.0.0"
    missing "*"
  optionalDependencies:
    "@d/e" "~3.0.0"

c@^1.0.0:
  version "1.0.0"

c@^2.0.0:
  version "2.5.0"

"@d/e@~3.0.0":
  version "3.0.1"
"""
BERRY = """__metadata:
  version: 6

"a@npm:^1.0.0, a@npm:^1.1.0":
  version: 1.2.0
  resolution: "a@npm:1.2.0"
  dependencies:
    b: ^2.0.0
    c: "npm:^3.0.0"
  languageName: node

"b@npm:^2.0.0":
  version: 2.0.1
  resolution: "b@npm:2.0.1"

"c@npm:^3.0.0":
  version: 3.1.0
  resolution: "c@npm:3.1.0"
"""
PNPM = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(b@2.0.0)
packages:
  a@1.0.0:
    resolution: {integrity: sha1-AAECAwQFBgcICQoLDA0ODxAREhM=}
  b@2.0.0:
    resolution: {integrity: sha1-}
snapshots:
  a@1.0.0(b@2.0.0):
    dependencies:
      b: 2.0.0
  b@2.0.0: {}
"""
BUN = """{"lockfileVersion": 1, "workspaces": {"": {"name": "x", "dependencies": {"a": "^1"}}}, "packages": {
  "a": ["a@1.0.0", "", {"dependencies": {"b": "^2"}}, "sha1-AAECAwQFBgcICQoLDA0ODxAREhM="],
  "a/b": ["b@2.0.0", "", {}, ""],
  "b": ["b@3.0.0", "", {}, ""],
}}"""
POETRY = """[[package]]
name = "Requests"
version = "2.31.0"
[package.dependencies]
certifi = ">=2017.4.17"
Charset_Normalizer = {version = ">=2,<4", optional = true}
"""
PDM = """[[package]]
name = "requests"
version = "2.31.0"
dependencies = ["certifi>=2017.4.17", "Charset_Normalizer<4; python_version > '3'", "urllib3[socks] (>=1)"]
[metadata]
"""
PYLOCK = """lock-version = "1.0"
[[packages]]
name = "a"
version = "1"
dependencies = [{name = "b"}, {name = "c", version = "2"}]
"""
UV = """version = 1
[[package]]
name = "app"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "a" }]
[[package]]
name = "a"
version = "1"
dependencies = [{ name = "b", version = "2", marker = "x" }]
[package.optional-dependencies]
fast = [{ name = "c" }]
"""
NUGET = """{"version": 1, "dependencies": {"net8.0": {
  "A": {"type": "Direct", "resolved": "1.0.0", "dependencies": {"system.text.json": "8.0.0"}},
  "System.Text.Json": {"type": "Transitive", "resolved": "8.0.0"}}}}"""
ASSETS = """{"targets": {"net8.0": {"A/1.0.0": {"type": "package", "dependencies": {"b": "2.0.0"}}}},
  "libraries": {"A/1.0.0": {"type": "package"}, "B/2.0.0": {"type": "package"}}}"""
COMPOSER = (
    """{"packages": [{"name": "A/b", "version": "1", "require": {"php": ">=8", "ext-json": "*", "C/d": "^1"}}]}"""
)
DEPS = """{"runtimeTarget": {"name": "t"}, "targets": {"t": {
  "App/1.0.0": {"dependencies": {"B": "2.0.0", "runtimepack.Pack": "8.0.0"}, "runtime": {"App.dll": {}}},
  "B/2.0.0": {"runtime": {"B.dll": {}}}}},
  "libraries": {"App/1.0.0": {"type": "project"}, "B/2.0.0": {"type": "package"}}}"""
CONDA = """{"name": "a", "version": "1", "files": [],
  "depends": ["python >=3.11,<3.12.0a0", "__glibc >=2.17", "libzlib 1.2.13 h0_0", 3, "conda-forge::b"]}"""
MIX = """%{
  "plug": {:hex, :plug, "1.15.0", "aa", [:mix], [{:mime, "~> 1.0", [hex: :mime, repo: "hexpm", optional: false]}, \
{:renamed, "~> 1", [hex: :telemetry, repo: "hexpm"]}], "hexpm", "bb"},
  "mime": {:hex, :mime, "2.0.5", "cc", [:mix], [], "hexpm", "dd"}
}"""
JULIA = """manifest_format = "2.0"
[[deps.A]]
deps = ["B", "Dates"]
version = "1.0.0"
[deps.A.weakdeps]
[[deps.B]]
version = "2.0.0"
    [deps.B.deps]
    C = "e1d29d7a-bbdc-5cf2-9ac0-f12de2c33e28"
"""
APP = "{application, 'cowboy', [{vsn, \"2.10.0\"}, {applications, [kernel,stdlib,\n  'cowlib' ,ranch]}]}."
R_PACKAGE = (
    "Package: a\nVersion: 1.0\nDepends: R (>= 3.5), methods\nImports: rlang (>= 1.0),\n  cli\nLinkingTo: cpp11\n"
    "Built: R 4\n"
)
RECEIPT = '{"runtime_dependencies": [{"full_name": "openssl@3", "version": "3.1"}, {"full_name": "a/tap/b"}]}'
ARCH = (
    "%NAME%\na\n\n%VERSION%\n1-1\n\n%REASON%\n1\n\n%DEPENDS%\nglibc>=2.36\nlibx.so=1-64\n\n"
    "%PROVIDES%\nliba.so=2-64\nb\n"
)


@pytest.mark.parametrize(
    ("path", "content", "needs"),
    [
        ("Cargo.lock", CARGO, {"app@0.1.0": ("log", "rand@0.7.3", "rand@0.8.5"), "log@0.4.20": ()}),
        (
            "Gemfile.lock",
            GEMS,
            {"actionpack@7.0.1": ("rack", "rack-test"), "rack@2.2.3": (), "rack-test@1.1.0": ("rack",)},
        ),
        (
            "yarn.lock",
            YARN,
            {"@a/b@1.2.0": ("c@2.5.0", "@d/e@3.0.1"), "c@1.0.0": (), "c@2.5.0": (), "@d/e@3.0.1": ()},
        ),
        ("yarn.lock", BERRY, {"a@1.2.0": ("b@2.0.1", "c@3.1.0"), "b@2.0.1": (), "c@3.1.0": ()}),
        ("pnpm-lock.yaml", PNPM, {"a@1.0.0": ("b@2.0.0",), "b@2.0.0": ()}),
        ("bun.lock", BUN, {"a@1.0.0": ("b@2.0.0",), "b@2.0.0": (), "b@3.0.0": ()}),
        ("poetry.lock", POETRY, {"requests@2.31.0": ("certifi", "charset-normalizer")}),
        ("pdm.lock", PDM, {"requests@2.31.0": ("certifi", "charset-normalizer", "urllib3")}),
        ("pylock.toml", PYLOCK, {"a@1": ("b", "c@2")}),
        ("uv.lock", UV, {"app@0": ("a",), "a@1": ("b@2", "c")}),
        ("packages.lock.json", NUGET, {"A@1.0.0": ("System.Text.Json",), "System.Text.Json@8.0.0": ()}),
        ("obj/project.assets.json", ASSETS, {"A@1.0.0": ("B",), "B@2.0.0": ()}),
        ("composer.lock", COMPOSER, {"a/b@1": ("c/d",)}),
        ("mix.lock", MIX, {"plug@1.15.0": ("mime", "telemetry"), "mime@2.0.5": ()}),
        ("srv/App.deps.json", DEPS, {"App@1.0.0": ("B@2.0.0", "Pack@8.0.0"), "B@2.0.0": ()}),
        ("opt/conda/conda-meta/a-1-0.json", CONDA, {"a@1": ("python", "libzlib", "b")}),
        ("root/.julia/environments/v1.9/Manifest.toml", JULIA, {"A@1.0.0": ("B", "Dates"), "B@2.0.0": ("C",)}),
        ("usr/lib/erlang/cowboy/ebin/cowboy.app", APP, {"cowboy@2.10.0": ("kernel", "stdlib", "cowlib", "ranch")}),
        ("usr/lib/R/library/a/DESCRIPTION", R_PACKAGE, {"a@1.0": ("methods", "rlang", "cli", "cpp11")}),
        ("opt/homebrew/Cellar/a/1/INSTALL_RECEIPT.json", RECEIPT, {"a@1": ("openssl@3", "b")}),
        ("var/lib/pacman/local/a-1-1/desc", ARCH, {"a@1-1": ("glibc", "libx.so")}),
    ],
)
def test_each_file_tells_what_its_packages_need(path: str, content: str, needs: dict[str, tuple[str, ...]]) -> None:
    packages = _packages(path, content)
    assert {f"{one.name}@{one.version}": one.requires for one in packages} == needs


@pytest.mark.parametrize(
    ("path", "content"), [("yarn.lock", YARN), ("pnpm-lock.yaml", PNPM), ("bun.lock", BUN)], ids=["yarn", "pnpm", "bun"]
)
def test_digests_of_archives(path: str, content: str) -> None:
    first, second = _packages(path, content)[:2]
    assert [one.digests for one in first.archives] == [{"sha1": "000102030405060708090a0b0c0d0e0f10111213"}]
    assert not any(one.digests for one in second.archives)


def test_other_names_and_who_asked() -> None:
    (package,) = _packages("var/lib/pacman/local/a-1-1/desc", ARCH)
    assert (package.provides, package.relationship) == (("liba.so", "b"), "transitive")
    app, log = _packages("Cargo.lock", CARGO)
    assert (app.archives, [list(one.digests) for one in log.archives]) == ((), [["sha256"]])


def test_what_a_pom_states_for_run_time() -> None:
    stated = {
        "compile": "<groupId>a</groupId><artifactId>b</artifactId>",
        "runtime": "<groupId>${project.groupId}</groupId><artifactId>c</artifactId><scope>runtime</scope>",
        "test": "<groupId>a</groupId><artifactId>t</artifactId><scope>test</scope>",
        "provided": "<groupId>a</groupId><artifactId>p</artifactId><scope>provided</scope>",
        "optional": "<groupId>a</groupId><artifactId>o</artifactId><optional>true</optional>",
        "unknown": "<groupId>${nowhere}</groupId><artifactId>u</artifactId>",
    }
    dependencies = "".join(f"<dependency>{one}</dependency>" for one in stated.values())
    pom = (
        "<project><groupId>g</groupId><artifactId>x</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("META-INF/maven/g/x/pom.xml", pom)
    (package,) = _packages("srv/x-1.jar", file.getvalue())
    assert (package.name, package.requires) == ("g:x", ("a:b", "g:c"))


def _packages(path: str, content: str | bytes) -> list[FoundPackage]:
    data = content.encode() if isinstance(content, str) else content
    found = [
        route.reader.parse(WantedFile(path=path, mode=0o644, content=data)) for route in Router(READERS).routes(path)
    ]
    return [package for one in found for package in one.packages]
