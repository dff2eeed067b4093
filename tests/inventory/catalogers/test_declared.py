"""Lock files and manifests: exact packages and exact diagnostics."""

import base64
import json
import random
import re
import time
from pathlib import Path

import pytest

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.catalogers.declared import CATALOGERS
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.properties import is_unpublished
from lading.model.reader import WantedFile
from tests.inventory.catalogers.parsing import left_out

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fixtures"
KINDS = [
    "bun",
    "cocoapods",
    "conan",
    "dart",
    "dotnet",
    "elixir",
    "erlang",
    "golang-mod",
    "java-lock",
    "npm",
    "php",
    "pnpm",
    "python-lock",
    "ruby",
    "rust-cargo",
    "swift",
    "yarn",
]
ROUTER = Router(CATALOGERS)

Row = tuple[str, ...]


def facts(path: str, content: str | bytes) -> CatalogerResult:
    (route,) = ROUTER.routes(path)
    data = content.encode() if isinstance(content, str) else content
    found: CatalogerResult = route.reader.parse(WantedFile(path=path, mode=0o644, content=data))
    return found


def listed(path: str, content: str | bytes) -> list[Row]:
    """(name, version, further words) of each package, and that nothing was left out."""
    found = facts(path, content)
    assert found.diagnostics == ()
    assert {one.evidence for one in found.packages} <= {"declared"}
    return [
        (one.name, one.version, *(["dev"] if "dev" in one.properties else []), *_relationship(one.properties))
        for one in found.packages
    ]


def _relationship(properties: dict[str, str]) -> list[str]:
    return [properties["relationship"]] if "relationship" in properties else []


def test_npm_by_path() -> None:
    entries = {
        "": {"name": "top", "version": "9.9.9", "dependencies": {"a": "1"}, "devDependencies": {"@s/b": "1"}},
        "node_modules/a": {"version": "1.0.0", "license": "MIT"},
        "node_modules/a/node_modules/@s/b": {"version": "2.0.0", "inBundle": True},
        "node_modules/@s/b": {"version": "1.0.0", "dev": True},
        "node_modules/nick": {"name": "real", "version": "3.0.0", "devOptional": True},
        "node_modules/gone": {"version": "1.0.0", "extraneous": True},
        "node_modules/@w/member": {"resolved": "packages/one", "link": True},
        "packages/one": {"version": "0.1.0"},
        "packages/two": {"name": "second"},
        "packages/three": {},
    }
    assert listed("x/package-lock.json", json.dumps({"lockfileVersion": 3, "packages": entries})) == [
        ("a", "1.0.0", "direct"),
        ("@s/b", "2.0.0", "indirect"),
        ("@s/b", "1.0.0", "dev", "direct"),
        ("real", "3.0.0", "indirect"),
        ("@w/member", "0.1.0", "workspace"),
        ("second", "", "workspace"),
        ("three", "", "workspace"),
    ]
    found = facts("npm-shrinkwrap.json", json.dumps({"packages": entries}))
    assert found.packages[0].licenses == ("MIT",)


def test_npm_nested() -> None:
    nested = {
        "a": {"version": "1.0.0", "dependencies": {"c": {"version": "2.0.0", "dev": True}}},
        "nick": {"version": "npm:@s/real@3.0.0"},
        "local": {"version": "file:../local"},
        "c": {"version": "1.0.0", "dev": True},
    }
    assert listed("package-lock.json", json.dumps({"lockfileVersion": 1, "dependencies": nested})) == [
        ("a", "1.0.0"),
        ("c", "2.0.0", "dev"),
        ("@s/real", "3.0.0"),
        ("local", "", "workspace"),
        ("c", "1.0.0", "dev"),
    ]


def test_what_came_with_a_dependency_is_not_read() -> None:
    text = json.dumps({"packages": {"node_modules/a": {"version": "1"}}})
    assert facts("x/node_modules/y/package-lock.json", text) == CatalogerResult()
    assert facts("lib/site-packages/x/requirements.txt", "a==1") == CatalogerResult()
    assert facts("root/go/pkg/mod/example.org/x/go.mod", "module x") == CatalogerResult()
    assert len(facts("node_modules_of_mine/package-lock.json", text).packages) == 1


def test_yarn_classic_names_come_from_the_archive() -> None:
    text = """# yarn lockfile v1

"@s/a@^1.0.0", "@s/a@^1.1.0":
  version "1.2.0"
  resolved "https://registry.example/@s%2fa/-/a-1.2.0.tgz#abc"
  dependencies:
    version "9"

nick@npm:real@^1:
  version "1.0.0"

other@^1:
  version "2.0.0"
  resolved "https://host.example/api/npm/npm/true-name/-/true-name-2.0.0.tgz"

repo@https://example.org/repo.git#v1:
  version "0.1.0"
  resolved "https://example.org/repo.git#0123"
"""
    expected = [("@s/a", "1.2.0"), ("real", "1.0.0"), ("true-name", "2.0.0"), ("repo", "0.1.0")]
    assert listed("yarn.lock", text) == expected
    assert listed("yarn.lock", text.replace("\n", "\r\n")) == expected
    assert listed("yarn.lock", "") == []


def test_yarn_berry() -> None:
    text = """__metadata:
  version: 8

"@s/a@npm:^1.0.0, @s/a@npm:^1.1.0":
  version: 1.2.0
  resolution: "@s/a@npm:1.2.0"
  dependencies:
    version: "npm:^9"
  languageName: node

"fsevents@patch:fsevents@npm%3A^2.3.2#optional!builtin<compat/fsevents>":
  version: 2.3.3
  resolution: "fsevents@patch:fsevents@npm%3A2.3.3#optional!builtin<compat/fsevents>::version=2.3.3&hash=df0bf1"

"nick@npm:real@^1":
  version: 1.0.0
  resolution: "real@npm:1.0.0"

? "long@npm:1, long@npm:2"
:
  version: 2.0.0
  resolution: "long@npm:2.0.0"

"@w/member@workspace:packages/member":
  version: 0.0.0-use.local
  resolution: "@w/member@workspace:packages/member"

"top@workspace:.":
  version: 0.0.0-use.local
  resolution: "top@workspace:."
"""
    assert listed("yarn.lock", text) == [
        ("@s/a", "1.2.0"),
        ("fsevents", "2.3.3"),
        ("real", "1.0.0"),
        ("long", "2.0.0"),
        ("@w/member", "", "workspace"),
    ]


def test_pnpm_before_9() -> None:
    v5 = """lockfileVersion: 5.4
importers:
  .:
    dependencies:
      a: 1.0.0_b@2.0.0
    devDependencies:
      '@s/c': 3.0.0
packages:
  /a/1.0.0_b@2.0.0:
    deprecated: >-
      use something else
      dev: true
    dev: false
  /@s/c/3.0.0:
    resolution: {integrity: sha512-x}
    cpu:
    - x64
    dev: true
  registry.example.org/d/4.0.0-rc.1:
    dev: false
  github.com/owner/e/0123abcd:
    name: e
    version: 5.0.0
"""
    assert listed("pnpm-lock.yaml", v5) == [
        ("a", "1.0.0", "direct"),
        ("@s/c", "3.0.0", "dev", "direct"),
        ("d", "4.0.0-rc.1", "indirect"),
        ("e", "5.0.0", "indirect"),
    ]
    v6 = """lockfileVersion: '6.0'
dependencies:
  a:
    specifier: ^1
    version: 1.0.0(b@2.0.0)
packages:
  /a@1.0.0(b@2.0.0):
    dev: false
  /a@1.0.0(b@3.0.0):
    dev: true
  ? /@s/long@1.0.0(x@1.0.0)
  : resolution: {integrity: sha512-x}
    dev: true
  file:packages/f:
    name: f
"""
    assert listed("pnpm-lock.yaml", v6) == [
        ("a", "1.0.0", "direct"),
        ("@s/long", "1.0.0", "dev", "indirect"),
        ("f", "", "indirect"),
    ]


def test_pnpm_9_tells_development_by_reach() -> None:
    text = """---
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      nick: {specifier: x}
      a:
        specifier: npm:real@1
        version: real@1.0.0
    devDependencies:
      d:
        specifier: ^1
        version: 1.0.0(p@1.0.0)
      member:
        specifier: workspace:*
        version: link:packages/member
packages:
  d@1.0.0: {}
  both@1.0.0: {}
  only@1.0.0: {}
  real@1.0.0: {}
  unused@1.0.0: {}
snapshots:
  d@1.0.0(p@1.0.0):
    dependencies:
      both: 1.0.0
      only: 1.0.0
  both@1.0.0: {}
  only@1.0.0: {}
  real@1.0.0:
    optionalDependencies:
      both: 1.0.0
"""
    assert listed("pnpm-lock.yaml", text) == [
        ("d", "1.0.0", "dev", "direct"),
        ("both", "1.0.0", "indirect"),
        ("only", "1.0.0", "dev", "indirect"),
        ("real", "1.0.0", "direct"),
        ("unused", "1.0.0", "indirect"),
    ]


def test_bun() -> None:
    text = """{
  // a comment, with "quotes"
  "workspaces": {
    "": {"name": "top", "dependencies": {"a": "1"}, "devDependencies": {"b": "1", "@w/m": "workspace:*"},},
    "packages/m": {"name": "@w/m", "version": "0.1.0", "dependencies": {"c": "1"}},
  },
  "packages": {
    "a": ["a@1.0.0", "", {"dependencies": {"c": "^1"}}, "sha512-a//b/*c,}*/"],
    "a/c": ["c@1.5.0", ""],
    "b": ["@real/b@2.0.0", "", {"dependencies": {"d": "^1"}},],
    "c": ["c@2.0.0"],
    "d": ["d@git+https://example.org/d.git#0123", {}, /* why, } */ ],
    "@w/m": ["@w/m@workspace:packages/m"],
    "top": ["top@root:", {}], /* and
    more */
  }
}
"""
    assert listed("bun.lock", text) == [
        ("a", "1.0.0", "direct"),
        ("c", "1.5.0", "indirect"),
        ("@real/b", "2.0.0", "dev", "direct"),
        ("c", "2.0.0", "direct"),
        ("d", "", "dev", "indirect"),
        ("@w/m", "0.1.0", "dev", "workspace"),
    ]


@pytest.mark.parametrize(
    ("lock", "entry", "expected"),
    [
        ("poetry.lock", '[package.source]\ntype = "directory"\nurl = "../a"\n', "workspace"),
        ("poetry.lock", '[package.source]\ntype = "file"\nurl = "a.whl"\n', ""),
        ("pdm.lock", 'path = "./a"\n', "workspace"),
        ("pdm.lock", 'path = "./a-1.0-py3-none-any.whl"\n', ""),
        ("uv.lock", 'source = { directory = "../a" }\n', "workspace"),
        ("uv.lock", 'source = { registry = "https://pypi.org/simple" }\n', "indirect"),
    ],
)
def test_directories_in_locks_are_of_no_registry(lock: str, entry: str, expected: str) -> None:
    text = f'version = 1\n[[package]]\nname = "a"\nversion = "1.0"\n{entry}'
    (found,) = facts(lock, text).packages
    assert found.properties.get("relationship", "") == expected


def test_poetry_pdm_and_pylock() -> None:
    poetry = """[[package]]
name = "Some_Thing"
version = "1.0"
groups = ["main", "dev"]
[[package]]
name = "b"
version = "2.0"
category = "dev"
[[package]]
name = "c"
version = "3.0"
[metadata]
lock-version = "2.1"
"""
    assert listed("poetry.lock", poetry) == [("some-thing", "1.0"), ("b", "2.0", "dev"), ("c", "3.0")]
    pdm = '[metadata]\n[[package]]\nname = "a"\nversion = "1"\n[[package]]\nname = "a"\nversion = "1"\nextras = ["x"]\n'
    assert listed("pdm.lock", pdm) == [("a", "1")]
    pylock = 'lock-version = "1.0"\n[[packages]]\nname = "a"\n[packages.directory]\npath = "."\n'
    assert listed("pylock.toml", pylock) == [("a", "", "workspace")]


@pytest.mark.parametrize(
    ("lock", "text", "expected"),
    [
        ("package-lock.json", '{"dependencies": {"a": {"version": "file:../a"}}}', [("a", "", "workspace")]),
        ("package-lock.json", '{"dependencies": {"a": {"version": "file:a-1.0.tgz"}}}', [("a", "")]),
        ("yarn.lock", '# yarn lockfile v1\n"a@file:../a":\n  version "1.0"\n', [("a", "1.0", "workspace")]),
        ("yarn.lock", '# yarn lockfile v1\n"a@file:./a.tar.gz":\n  version "1.0"\n', [("a", "1.0")]),
        (
            "yarn.lock",
            '__metadata:\n  version: 6\n"a@portal:../a::locator=x%40workspace%3A.":\n  version: 0.0.0-use.local\n'
            '  resolution: "a@portal:../a::locator=x%40workspace%3A."\n',
            [("a", "", "workspace")],
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\npackages:\n  a@file:../a:\n    resolution: {directory: ../a, type: directory}\n",
            [("a", "", "workspace")],
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '6.0'\npackages:\n  file:../a:\n    resolution: {directory: ../a, type: directory}\n"
            "    name: a\n    version: 1.0.0\n",
            [("a", "1.0.0", "workspace")],
        ),
        ("bun.lock", '{"packages": {"a": ["a@file:../a", {}]}}', [("a", "", "workspace")]),
        ("Pipfile.lock", '{"default": {"a": {"editable": true, "path": "."}}}', [("a", "", "workspace")]),
        (
            "pubspec.lock",
            "packages:\n  a:\n    dependency: transitive\n    source: path\n    version: 1.0.0\n"
            "  flutter:\n    dependency: transitive\n    source: sdk\n    version: 0.0.0\n",
            [("a", "1.0.0", "workspace"), ("flutter", "0.0.0", "workspace")],
        ),
        (
            "Podfile.lock",
            "PODS:\n  - A (1.0)\n  - A/B (1.0)\n\nEXTERNAL SOURCES:\n  A:\n    :path: ../A\n  C:\n    :git: x\n",
            [("A", "1.0", "workspace"), ("A/B", "1.0", "workspace")],
        ),
        (
            "Package.resolved",
            '{"pins": [{"identity": "a", "kind": "fileSystem", "location": "/srv/a", "state": {"version": "1.0"}}]}',
            [("/srv/a", "1.0", "workspace")],
        ),
        (
            "composer.lock",
            '{"packages": [{"name": "v/a", "version": "1.0", "dist": {"type": "path", "url": "../a"}}]}',
            [("v/a", "1.0", "workspace")],
        ),
    ],
)
def test_directories_in_locks_of_other_ecosystems(lock: str, text: str, expected: list[Row]) -> None:
    assert listed(lock, text) == expected


def test_uv_tells_development_by_reach() -> None:
    text = """version = 1
[[package]]
name = "top"
source = { editable = "." }
dependencies = [{ name = "a" }, { name = "two", version = "2.0" }]
[package.dev-dependencies]
dev = [{ name = "d" }]
[[package]]
name = "member"
version = "0.1"
source = { virtual = "packages/member" }
[package.optional-dependencies]
extra = [{ name = "e" }]
[[package]]
name = "a"
version = "1.0"
[[package]]
name = "d"
version = "1.0"
dependencies = [{ name = "a" }, { name = "two", version = "1.0" }]
[[package]]
name = "e"
version = "1.0"
[[package]]
name = "two"
version = "1.0"
[[package]]
name = "two"
version = "2.0"
"""
    assert listed("uv.lock", text) == [
        ("top", "", "root"),
        ("member", "0.1", "workspace"),
        ("a", "1.0", "direct"),
        ("d", "1.0", "dev", "direct"),
        ("e", "1.0", "direct"),
        ("two", "1.0", "dev", "indirect"),
        ("two", "2.0", "direct"),
    ]
    own = {one.name for one in facts("uv.lock", text).packages if is_unpublished(one)}
    assert own == {"top", "member"}


def test_pipfile() -> None:
    text = json.dumps(
        {
            "_meta": {},
            "default": {"A.b": {"version": "==1.0"}, "repo": {"git": "https://example.org/r.git"}},
            "develop": {"a-b": {"version": "==1.0"}, "c": {"version": "===2.0"}},
        }
    )
    assert listed("Pipfile.lock", text) == [("a-b", "1.0"), ("repo", ""), ("c", "2.0", "dev")]


def test_requirements_that_are_pinned() -> None:
    text = """# comment==1
--index-url https://example.org/simple
-r other.txt
-e .
Flask == 2.0.0  # why
zope.interface[test]===5.0 ; python_version < "3.8"
hashed==1.0 \\
    --hash=sha256:abc \\
    --hash=sha256:def
both==1.5,<2
glued==1.0#why
marked==2.0;python_version<"3.8"#why
(odd)
epoch==1!2.0+local.1
./folder
https://example.org/x.whl
git+https://example.org/y.git
"""
    expected = [
        ("flask", "2.0.0"),
        ("zope-interface", "5.0"),
        ("hashed", "1.0"),
        ("both", "1.5"),
        ("glued", "1.0"),
        ("marked", "2.0"),
        ("epoch", "1!2.0+local.1"),
    ]
    assert listed("requirements.txt", text) == expected
    assert listed("dev-requirements.txt", text.replace("\n", "\r\n")) == expected
    assert listed("requirements/prod.txt", text.encode("utf-16")) == expected


def test_requirements_that_are_not_pinned_make_the_result_incomplete() -> None:
    found = facts("requirements-dev.txt", "a>=1\nb\nc==1.*\nd @ https://example.org/d.whl\ne==1\n")
    assert [(one.name, one.version) for one in found.packages] == [("e", "1")]
    assert found.diagnostics == (
        Diagnostic(
            "incomplete",
            "unresolved-versions",
            "no single version is stated here for 4 dependencies (a, b, c, …): they were left out",
            "requirements-dev.txt",
        ),
    )


def test_gemfile() -> None:
    text = """GIT
  remote: https://example.org/g.git
  revision: 0123
  specs:
    g (0.5.0)
      b (>= 1)

PATH
  remote: .
  specs:
    top (0.1.0)

PATH
  remote: engines/e
  specs:
    e (0.2.0)

GEM
  remote: https://rubygems.org/
  specs:
    b (1.2.3)
    b (1.2.3-x86_64-linux)
    c (2.0.0.pre1-java)

DEPENDENCIES
  b (~> 1.2)
  g!

CHECKSUMS
  b (1.2.3) sha256=ab
"""
    assert listed("Gemfile.lock", text) == [
        ("g", "0.5.0", "direct"),
        ("top", "0.1.0", "root"),
        ("e", "0.2.0", "workspace"),
        ("b", "1.2.3", "direct"),
        ("c", "2.0.0.pre1", "indirect"),
    ]
    assert {one.name for one in facts("Gemfile.lock", text).packages if is_unpublished(one)} == {"top", "e"}


def test_composer() -> None:
    entries = [{"name": "Vendor/A", "version": "v1.0", "license": ["(MIT or Apache-2.0)", "ISC"]}, {"version": "1"}]
    development = [{"name": "v/d", "version": "dev-main", "license": ["MIT and BSD-2-Clause"]}]
    found = facts("composer.lock", json.dumps({"packages": entries, "packages-dev": development}))
    assert [(one.name, one.version, one.licenses, one.properties) for one in found.packages] == [
        ("vendor/a", "v1.0", ("MIT", "Apache-2.0", "ISC"), {}),
        ("v/d", "dev-main", ("MIT and BSD-2-Clause",), {"dev": "true"}),
    ]
    assert found.diagnostics == (left_out("composer.lock", "1 of its entries name no package"),)


def test_cargo() -> None:
    text = """[root]
name = "old"
version = "0.1.0"
[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "member"
version = "0.2.0"
"""
    assert listed("Cargo.lock", text) == [
        ("old", "0.1.0", "workspace"),
        ("a", "1.0.0"),
        ("member", "0.2.0", "workspace"),
    ]


def test_go_mod() -> None:
    text = """module "example.org/top" // Deprecated: no
go 1.21.3
require example.org/a v1.0.0
require (
	example.org/b/v2 v2.1.0 // indirect; why
	example.org/local v0.1.0
	example.org/out v1.0.0
	example.org/pinned v1.0.0
)
exclude example.org/out v1.0.0
retract (
	v1.0.0
)
replace (
	example.org/a => example.com/fork v1.0.1
	example.org/local => ../local
	example.org/pinned v2.0.0 => example.org/pinned v2.0.1
)
"""
    assert listed("go.mod", text) == [
        ("example.org/top", "", "root"),
        ("example.com/fork", "v1.0.1", "direct"),
        ("example.org/b/v2", "v2.1.0", "indirect"),
        ("example.org/pinned", "v1.0.0", "direct"),
        ("stdlib", "v1.21.3", "direct"),
    ]


@pytest.mark.parametrize(
    ("lines", "release"),
    [
        ("go 1.20.1", ""),
        ("go 1.22", ""),
        ("go 1.22rc1", "v1.22rc1"),
        ("go 1.22.1", "v1.22.1"),
        ("go 1.21\ntoolchain go1.22.5-custom", "v1.22.5"),
        ("go 1.21.0\ntoolchain default", "v1.21.0"),
    ],
)
def test_go_standard_library_only_when_its_release_is_exact(lines: str, release: str) -> None:
    found = facts("go.mod", f"module m\n{lines}\n").packages
    assert [one.version for one in found if one.name == "stdlib"] == ([release] if release else [])


def test_pom() -> None:
    text = """<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>org.parent</groupId><artifactId>p</artifactId><version>7</version></parent>
  <artifactId>top</artifactId>
  <properties><a.version>${a.major}.2</a.version><a.major>1</a.major><loop>${loop}</loop></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>g</groupId><artifactId>m</artifactId><version>3</version><scope>test</scope></dependency>
    <dependency><groupId>g</groupId><artifactId>unused</artifactId><version>1</version></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>g</groupId><artifactId>a</artifactId><version>${a.version}</version></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>s</artifactId><version>${project.version}</version></dependency>
    <dependency><groupId>g</groupId><artifactId>m</artifactId></dependency>
    <dependency><groupId>g</groupId><artifactId>exact</artifactId><version>[4]</version></dependency>
    <dependency><groupId>g</groupId><artifactId>range</artifactId><version>[1,2)</version></dependency>
    <dependency><groupId>g</groupId><artifactId>elsewhere</artifactId></dependency>
    <dependency><groupId>g</groupId><artifactId>loop</artifactId><version>${loop}</version></dependency>
  </dependencies>
  <profiles><profile><dependencies>
    <dependency><groupId>g</groupId><artifactId>p</artifactId><version>5</version></dependency>
  </dependencies></profile></profiles>
</project>"""
    found = facts("pom.xml", text)
    assert [(one.name, one.version, "dev" in one.properties) for one in found.packages] == [
        ("g:a", "1.2", False),
        ("org.parent:s", "7", False),
        ("g:m", "3", True),
        ("g:exact", "4", False),
        ("g:p", "5", False),
    ]
    assert [(one.level, one.code, one.message) for one in found.diagnostics] == [
        (
            "incomplete",
            "unresolved-versions",
            "no single version is stated here for 3 dependencies (g:range, g:elsewhere, g:loop): they were left out",
        )
    ]
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><project>&a;</project>'
    assert [one.code for one in facts("pom.xml", bomb).diagnostics] == ["broken-lock-file"]


def test_gradle() -> None:
    text = "# comment\ng:a:1.0=compileClasspath,testCompileClasspath\ng:b:2.0=testRuntimeClasspath\nempty=annotations\n"
    assert listed("buildscript-gradle.lockfile", text) == [("g:a", "1.0"), ("g:b", "2.0", "dev")]
    assert listed("gradle/dependency-locks/compile.lockfile", "g:a:1.0\n") == [("g:a", "1.0")]
    catalog = """[versions]
one = "1.0"
rich = { strictly = "[1, 2[", prefer = "1.5" }
kept = { strictly = "2.0" }
[libraries]
a = "g:a:0.1"
b = { module = "g:b", version.ref = "one" }
c = { group = "g", name = "c", version = "3.0" }
d = { module = "g:d", version = { ref = "kept" } }
"""
    assert listed("gradle/libs.versions.toml", catalog) == [
        ("g:a", "0.1", "direct"),
        ("g:b", "1.0", "direct"),
        ("g:c", "3.0", "direct"),
        ("g:d", "2.0", "direct"),
    ]
    loose = facts(
        "gradle/libs.versions.toml", catalog + 'e = { module = "g:e" }\nf = { module = "g:f", version = "1.+" }'
    )
    assert "2 dependencies (g:e, g:f)" in loose.diagnostics[0].message


def test_nuget() -> None:
    lock = {
        "version": 2,
        "dependencies": {
            "net8.0": {
                "A": {"type": "Direct", "resolved": "1.0.0"},
                "B": {"type": "CentralTransitive", "resolved": "2.0.0"},
                "mine": {"type": "Project"},
            },
            "net8.0/linux-x64": {"A": {"type": "Transitive", "resolved": "1.0.0"}},
        },
    }
    assert listed("packages.lock.json", json.dumps(lock)) == [("A", "1.0.0", "direct"), ("B", "2.0.0", "indirect")]
    assets = {
        "libraries": {"A/1.0.0": {"type": "package"}, "B/2.0.0": {"type": "package"}, "P/1.0.0": {"type": "project"}},
        "projectFileDependencyGroups": {"net8.0": ["a >= 1.0.0"]},
    }
    assert listed("obj/project.assets.json", json.dumps(assets)) == [
        ("A", "1.0.0", "direct"),
        ("B", "2.0.0", "indirect"),
    ]
    config = '<packages><package id="A" version="1.0" /><package id="B" version="2" developmentDependency="true"/>'
    config += "</packages>"
    assert listed("packages.config", config.encode("utf-16")) == [("A", "1.0"), ("B", "2", "dev")]


def test_nuget_central_versions() -> None:
    text = """<Project><PropertyGroup><One>1.2</One></PropertyGroup><ItemGroup>
<PackageVersion Include="A" Version="$(One).3" /><PackageVersion Include="B"><Version>[2.0]</Version></PackageVersion>
<GlobalPackageReference Include="C" Version="3.0" /><PackageVersion Include="D" Version="$(Two)" />
<PackageVersion Include="E" Version="4.*" /><PackageReference Update="F" /></ItemGroup></Project>"""
    found = facts("Directory.Packages.props", text)
    assert [(one.name, one.version) for one in found.packages] == [("A", "1.2.3"), ("B", "2.0"), ("C", "3.0")]
    assert "2 dependencies (D, E)" in found.diagnostics[0].message


def test_hex() -> None:
    mix = '%{\n  "app": {:hex, :"pkg-name", "1.0.0", "ab", [:mix], [{:x, "~> 1.0", [hex: :x]}], "hexpm", "cd"},\n'
    mix += '  "g": {:git, "https://example.org/g.git", "0123456", []},\n'
    mix += '  "h": {:git, "git@example.org:h.git", "89abcde", [tag: "v2.1.0-rc.1", sparse: "x"]},\n'
    mix += '  "l": {:path, "../l"},\n  "z": {:hex, :z, "3.0.0", "ab"},\n}\n'
    assert listed("mix.lock", mix) == [
        ("pkg-name", "1.0.0"),
        ("g", ""),
        ("h", "2.1.0-rc.1"),
        ("l", "", "workspace"),
        ("z", "3.0.0"),
    ]
    assert [one.properties.get("reference") for one in facts("mix.lock", mix).packages] == [
        None,
        "0123456",
        "89abcde",
        None,
        None,
    ]
    rebar = '{"1.2.0",\n[{<<"app">>,{pkg,<<"pkg">>,<<"1.0.0">>},0},\n {<<"b">>,{pkg,<<"b">>,<<"2.0">>,<<"hash">>},1},\n'
    rebar += ' {<<"g">>,\n  {git,"https://example.org/g.git",\n       {ref,"0123456"}},\n  0},\n'
    rebar += ' {<<"h">>,{git_subdir,"https://example.org/h.git",{tag,"2.1.0"},"apps/h"},1},\n'
    rebar += ' {<<"i">>,{git,<<"https://example.org/i.git">>,"89abcde"},0},\n'
    rebar += ' {<<"l">>,{path,"../l",{mtime,<<"2024-01-01T00:00:00Z">>}},0},\n {<<"z">>,{pkg,<<"z">>,<<"3.0">>},2}]}.\n'
    assert listed("rebar.lock", rebar) == [
        ("pkg", "1.0.0", "direct"),
        ("b", "2.0", "indirect"),
        ("g", "", "direct"),
        ("h", "2.1.0", "indirect"),
        ("i", "", "direct"),
        ("l", "", "workspace"),
        ("z", "3.0", "indirect"),
    ]
    references = [one.properties.get("reference", "") for one in facts("rebar.lock", rebar).packages]
    assert references == ["", "", "0123456", "", "89abcde", "", ""]
    assert listed("rebar.lock", "[].\n") == []


def test_pubspec() -> None:
    text = """packages:
  a:
    dependency: "direct main"
    description:
      name: other
      version: "9"
    source: hosted
    version: "1.0.0"
  b:
    dependency: "direct dev"
    version: "2.0.0+1"
  c:
    dependency: transitive
    version: 3.0.0
sdks:
  dart: ">=3.0.0"
"""
    assert listed("pubspec.lock", text) == [
        ("a", "1.0.0", "direct"),
        ("b", "2.0.0+1", "dev", "direct"),
        ("c", "3.0.0", "indirect"),
    ]


def test_swift() -> None:
    pins = [
        {"identity": "a", "location": "https://example.org/o/a.git", "state": {"revision": "01", "version": "1.0.0"}},
        {"identity": "b", "location": "git@example.org:o/b.git", "state": {"revision": "02", "branch": "main"}},
        {"identity": "c", "location": "ssh://git@example.org/o/c", "state": {"revision": "03"}},
        {"identity": "mona.link", "kind": "registry", "location": "", "state": {"version": "2.0.0"}},
    ]
    assert listed("Package.resolved", json.dumps({"pins": pins, "version": 3})) == [
        ("example.org/o/a", "1.0.0"),
        ("example.org/o/b", "main"),
        ("example.org/o/c", "03"),
        ("mona.link", "2.0.0"),
    ]


def test_podfile() -> None:
    text = """PODS:
  - A (1.0):
    - B/Core (~> 2.0)
  - B/Core (2.0)
  - "C/NS+zlib (3.0)":
    - A

DEPENDENCIES:
  - A
  - "C/NS+zlib (~> 3.0)"
  - D (from `../D`)

SPEC CHECKSUMS:
  - E (9)
"""
    assert listed("Podfile.lock", text) == [
        ("A", "1.0", "direct"),
        ("B/Core", "2.0", "indirect"),
        ("C/NS+zlib", "3.0", "direct"),
    ]


def test_conan() -> None:
    nodes = {
        "0": {"ref": "top/0.1", "path": "conanfile.py", "requires": ["1"]},
        "1": {"ref": "a/1.0@user/stable#rev:pkg#prev", "requires": ["2"], "build_requires": ["3"]},
        "2": {"ref": "b/2.0"},
        "3": {"ref": "cmake/3.20"},
        "4": {"ref": "tool/1", "context": "build"},
    }
    assert listed("conan.lock", json.dumps({"graph_lock": {"nodes": nodes}})) == [
        ("top", "0.1", "root"),
        ("a", "1.0", "direct"),
        ("b", "2.0", "indirect"),
    ]
    assert listed("conan.lock", json.dumps({"version": "0.5", "requires": ["a/cci.2020#rev%1.5"]})) == [
        ("a", "cci.2020")
    ]


def test_conan_manifest() -> None:
    text = """[requires]
# zlib/1.0
zlib/1.2.11  # why
openssl/1.1.1k@user/stable#0123
[tool_requires]
cmake/3.20.0
[options]
zlib*:shared=True
"""
    assert listed("conanfile.txt", text) == [("zlib", "1.2.11", "direct"), ("openssl", "1.1.1k", "direct")]
    found = facts("src/conanfile.txt", "[requires]\npoco/[>1.0 <1.9]\nfmt/8.0.1\n")
    assert [(one.name, one.version) for one in found.packages] == [("fmt", "8.0.1")]
    assert found.diagnostics == (
        Diagnostic(
            "incomplete",
            "unresolved-versions",
            "no single version is stated here for 1 dependencies (poco): they were left out",
            "src/conanfile.txt",
        ),
    )


def test_sbt() -> None:
    text = json.dumps(
        {
            "lockVersion": 1,
            "configurations": ["compile", "runtime", "test"],
            "dependencies": [
                {
                    "org": "org.scala-lang",
                    "name": "scala-library",
                    "version": "2.12.10",
                    "configurations": ["compile", "test"],
                },
                {
                    "org": "org.scalatest",
                    "name": "scalatest_2.12",
                    "version": "3.0.8",
                    "configurations": ["test-internal", "test"],
                },
                {"org": "", "name": "x", "version": "1"},
            ],
        }
    )
    found = facts("build.sbt.lock", text)
    assert [(one.type, one.name, one.version, "dev" in one.properties) for one in found.packages] == [
        ("maven", "org.scala-lang:scala-library", "2.12.10", False),
        ("maven", "org.scalatest:scalatest_2.12", "3.0.8", True),
    ]
    assert len(found.diagnostics) == 1


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("package-lock.json", "{", "is broken"),
        ("package-lock.json", "[]", "is no object"),
        ("package-lock.json", '{"packages": {}, "x": [' + "{}," * 800_000 + "{}]}", "has too many values"),
        ("package-lock.json", "{}", "has neither packages nor dependencies"),
        ("package-lock.json", '{"packages": ' + '{"a":' * 100_000, "is broken"),
        ("poetry.lock", "[[package]]\nname = ", "is broken"),
        ("poetry.lock", "a = " + "[" * 100_000, "is broken"),
        ("Cargo.lock", "a." * 100_000 + "a = 1", "has too long keys"),
        ("Cargo.lock", "[" + "a." * 20 + "a]\n", "has too long keys"),
        ("Cargo.lock", b"\xff", "is broken"),
        ("pom.xml", "<project>", "is broken"),
        ("pom.xml", "<html/>", "is no project"),
        ("pom.xml", "<project>" * 100, "is broken"),
        ("go.mod", "junk", "names no module"),
        ("yarn.lock", "junk", "has no entries"),
        ("pnpm-lock.yaml", "junk", "has no lockfileVersion"),
        ("Gemfile.lock", "junk", "has no sections"),
        ("mix.lock", "junk", "is no map"),
        ("build.sbt.lock", "{}", "has no dependencies"),
        ("package-lock.json", b" " * 33_000_000, "is too large"),
    ],
)
def test_broken_files_make_the_result_incomplete(path: str, content: str | bytes, why: str) -> None:
    found = facts(path, content)
    (route,) = ROUTER.routes(path)
    message = f"read as {route.reader.name}, it {why}: packages are missing"
    assert found == CatalogerResult(diagnostics=(Diagnostic("incomplete", "broken-lock-file", message, path),))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("bun.lock", b'"\\"' + b'\\"' * 300_000),
        ("bun.lock", b"/*" * 300_000),
        ("bun.lock", b"," + b" " * 300_000 + b", " * 100_000),
        ("rebar.lock", b'[{pkg,<<"a">>,<<"b">>' * 50_000),
        ("mix.lock", b"%{" + b'{:hex,:a,"' * 50_000),
        ("go.mod", b'module x\nrequire "' + b'\\"' * 300_000),
        ("pnpm-lock.yaml", b"lockfileVersion: 9\n" + b"".join(b" " * i + b"a:\n" for i in range(1500))),
        ("requirements.txt", b"a" * 300_000 + b"\n" + b"a[ " * 100_000 + b"\n" + b"a" + b" " * 300_000),
        ("yarn.lock", b"# yarn lockfile v1\n" + b'"a' * 300_000 + b'\n  resolved "' + b"/@a/-/" * 100_000 + b'"\n'),
        ("Podfile.lock", b"PODS:\n  - " + b"a" * 300_000 + b" (" + b"(" * 300_000),
        ("Gemfile.lock", b"GEM\n    a (" + b"1-" * 300_000),
        ("uv.lock", b"version=1\n" + b'[[package]]\nname="a"\ndependencies=[{name="a"}]\n' * 5_000),
    ],
)
def test_hostile_files_take_no_long_time(path: str, content: bytes) -> None:
    start = time.process_time()
    facts(path, content)
    assert time.process_time() - start < 5


def _fixture_files() -> list[tuple[str, Path, str]]:
    """(case, folder, path) of every file of the given cases that some cataloger here wants."""
    return [
        (f"{kind}/{case.name}", case, path)
        for kind in KINDS
        for case in sorted((SHARED / kind).glob("*"))
        for path in sorted(str(one.relative_to(case / "input")) for one in (case / "input").rglob("*") if one.is_file())
        if ROUTER.routes(path)
    ]


def _comparable(kind: str, name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower() if kind == "pypi" else name


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not there")
@pytest.mark.parametrize(("case", "folder", "path"), _fixture_files())
def test_the_shared_fixtures_are_exact(case: str, folder: Path, path: str) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    index = {f"{one['cataloger']}/{one['case']}": one for one in json.loads((SHARED / "index.json").read_text())}
    flags = index[case].get("dev_dependencies", "")
    found = facts(path, (folder / "input" / path).read_bytes())
    assert found.diagnostics == ()
    names = {_comparable(one["type"], one["name"]) for one in expected}
    rows = [
        (one.type, _comparable(one.type, one.name), one.version, "dev" in one.properties and bool(flags))
        for one in found.packages
        # Only some of the origins list a Go main module, or what of Elixir comes from a repository.
        if (one.properties.get("relationship") != "root" and (one.type != "hex" or one.version))
        or _comparable(one.type, one.name) in names
        if "dev" not in one.properties or "left out" not in flags
    ]
    assert sorted(rows) == sorted(
        {
            (one["type"], _comparable(one["type"], one["name"]), one["version"], one.get("dev", False))
            for one in expected
        }
    )
    licenses = {(one["name"], one["version"]): one["licenses"] for one in expected if "licenses" in one}
    assert licenses == {
        (one.name, one.version): list(one.licenses) for one in found.packages if (one.name, one.version) in licenses
    }


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not there")
@pytest.mark.parametrize(("case", "folder", "path"), _fixture_files())
def test_damaged_files_never_raise(case: str, folder: Path, path: str) -> None:
    data = (folder / "input" / path).read_bytes()
    chance = random.Random(case)
    for _ in range(30):
        facts(path, data[: chance.randrange(len(data))])
        damaged = bytearray(data)
        for _ in range(3):
            damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        facts(path, bytes(damaged))


@pytest.mark.parametrize("value", [None, 1, "x", [], [1], [[]], {}, {"": 1}, {"a": None}, {"a": [1]}, {"a": {"b": 1}}])
def test_values_of_other_types_never_raise(value: object) -> None:
    keys = (
        "packages dependencies packages-dev graph_lock requires build_requires libraries pins object workspaces default"
    )
    documents = [{key: value} for key in keys.split()] + [{key: {"a": value}} for key in keys.split()]
    for document in [*documents, {"packages": [value]}, {"packages": {"a": {"dependencies": value}, "": value}}]:
        for path in (
            "package-lock.json",
            "composer.lock",
            "conan.lock",
            "bun.lock",
            "Pipfile.lock",
            "Package.resolved",
        ):
            facts(path, json.dumps(document))
        for path in ("packages.lock.json", "project.assets.json"):
            facts(path, json.dumps(document))


def test_npm_tells_what_each_package_needs() -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"a": "^1"}},
            "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "*", "c": "*", "gone": "*"}},
            "node_modules/a/node_modules/b": {"version": "2.0.0", "dependencies": {"c": "*"}},
            "node_modules/b": {"version": "1.0.0", "integrity": f"sha1-{base64.b64encode(bytes(20)).decode()}"},
            "node_modules/c": {"version": "3.0.0", "peerDependencies": {"b": "*"}},
        },
    }
    found = facts("app/package-lock.json", json.dumps(lock)).packages
    assert [(one.name, one.version, one.requires) for one in found] == [
        ("a", "1.0.0", ("b@2.0.0", "c@3.0.0")),
        ("b", "2.0.0", ("c@3.0.0",)),
        ("b", "1.0.0", ()),
        ("c", "3.0.0", ("b@1.0.0",)),
    ]
    assert [one.digests for one in found[2].archives] == [{"sha1": "00" * 20}]
