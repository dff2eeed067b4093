"""Node packages: where they lie decides what they are."""

import json
import random
from pathlib import Path

import pytest

from lading.inventory.catalogers import node
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.properties import is_unpublished
from lading.model.reader import WantedFile
from tests.inventory.catalogers.parsing import left_out, unread

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fixtures"
PLAIN = '{"name": "a", "version": "1.0.0"}'


def facts(path: str, text: str | bytes = PLAIN) -> CatalogerResult:
    content = text.encode() if isinstance(text, str) else text
    return node.CATALOGER.parse(WantedFile(path=path, mode=0o644, content=content))


def test_a_package_in_node_modules() -> None:
    assert facts(
        "app/node_modules/@scope/lib/package.json",
        '{"name": "@scope/lib", "version": " 2.1.0 ", "license": "MIT", "dependencies": {"x": "*"}}',
    ) == CatalogerResult(
        packages=(
            FoundPackage(
                type="npm",
                name="@scope/lib",
                version="2.1.0",
                licenses=("MIT",),
                files=("app/node_modules/@scope/lib/",),
                requires=("x",),
            ),
        )
    )


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/a/package.json",
        "node_modules/b/node_modules/a/package.json",
        "app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json",
        "app/node_modules/test/node_modules/a/package.json",
        "app/node_modules/b/node_modules/test/node_modules/a/package.json",
        "app/node_modules/@b/test/node_modules/a/package.json",
        "app/test/node_modules/a/package.json",
        "app/.yarn/unplugged/a-npm-1.0.0-0/node_modules/a/package.json",
        "usr/share/nodejs/a/package.json",
        "usr/share/nodejs/b/node_modules/a/package.json",
    ],
)
def test_where_packages_lie(path: str) -> None:
    directory = path.removesuffix("package.json")
    assert facts(path).packages == (FoundPackage(type="npm", name="a", version="1.0.0", files=(directory,)),)


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/a/dist/esm/package.json",
        "node_modules/package.json",
        "node_modules/@scope/package.json",
        "node_modules/@scope/a/dist/package.json",
        "node_modules/.cache/package.json",
        "node_modules/.ignored/a/package.json",
        "node_modules/b/test/fixtures/node_modules/a/package.json",
        "node_modules/@s/b/test/node_modules/a/package.json",
        "usr/share/nodejs/a/dist/package.json",
        "root/.bun/install/cache/a@1.0.0/package.json",
    ],
)
def test_where_they_do_not(path: str) -> None:
    assert facts(path) == CatalogerResult()
    assert facts(path, "{") == CatalogerResult()


def test_the_name_inside_wins_over_the_directory() -> None:
    (alias,) = facts("node_modules/old-lodash/package.json", '{"name": "lodash", "version": "3.0.0"}').packages
    assert (alias.name, alias.files) == ("lodash", ("node_modules/old-lodash/",))
    (nameless,) = facts("node_modules/@s/b/package.json", '{"name": 7, "version": "1.0.0"}').packages
    assert nameless.name == "@s/b"


def test_an_application_is_a_root() -> None:
    assert facts("srv/app/package.json").packages == (
        FoundPackage(type="npm", name="a", version="1.0.0", properties={"relationship": "root"}),
    )
    assert facts("package.json").packages[0].properties == {"relationship": "root"}
    assert facts("srv/app/package.json", '{"name": "a"}') == CatalogerResult()
    assert facts("srv/app/package.json", "// template") == CatalogerResult()
    assert facts("srv/app/package.json", '{"name": "{{ name }}", "version": "1"}') == CatalogerResult()


@pytest.mark.parametrize(
    ("path", "bundler"),
    [
        ("usr/local/lib/node_modules/npm/node_modules/tar/package.json", "npm"),
        ("usr/local/lib/node_modules/npm/node_modules/x/node_modules/tar/package.json", "npm"),
        ("usr/share/nodejs/npm/node_modules/tar/package.json", "npm"),
        ("usr/lib/node_modules/pnpm/dist/node_modules/tar/package.json", "pnpm"),
    ],
)
def test_package_managers_bring_their_own(path: str, bundler: str) -> None:
    (package,) = facts(path, '{"name": "tar", "version": "6.0.0"}').packages
    assert (package.evidence, package.properties) == ("bundled", {"bundled_in": bundler})
    (itself,) = facts("usr/local/lib/node_modules/npm/package.json", '{"name": "npm", "version": "10.0.0"}').packages
    assert (itself.evidence, itself.properties) == ("installed", {})


@pytest.mark.parametrize(
    ("path", "copier"),
    [
        ("node_modules/typescript/vendor/a/package.json", "typescript"),
        ("node_modules/b/node_modules/next/dist/compiled/a/package.json", "next"),
        ("node_modules/@s/b/third_party/@t/c/package.json", "@s/b"),
    ],
)
def test_copies_that_packages_keep(path: str, copier: str) -> None:
    directory = path.removesuffix("package.json")
    copy = FoundPackage("npm", "a", "1.0.0", files=(directory,), evidence="bundled", properties={"bundled_in": copier})
    assert facts(path).packages == (copy,)
    for other in ("{", "{}", '{"name": "a"}', '{"version": "1"}'):
        assert facts(path, other) == CatalogerResult()


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/vendor/a/package.json",
        "node_modules/@s/vendor/a/package.json",
        "node_modules/b/vendor/package.json",
        "node_modules/b/vendor/@t/package.json",
        "node_modules/b/vendor/a/dist/package.json",
        "node_modules/b/test/vendor/a/package.json",
        "node_modules/b/.claude/vendor/a/package.json",
        "node_modules/b/test/node_modules/c/vendor/a/package.json",
    ],
)
def test_what_is_no_copy(path: str) -> None:
    assert facts(path) == CatalogerResult()


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ('"license": {"type": "MIT", "url": "x"}', ("MIT",)),
        ('"licenses": [{"type": "MIT"}, "Apache-2.0", [["x"]], 3]', ("MIT", "Apache-2.0")),
        ('"licenses": "ISC"', ("ISC",)),
        ('"license": ["MIT", "BSD"]', ("MIT", "BSD")),
        ('"license": null', ()),
        ('"license": {"type": {"type": "MIT"}}', ()),
    ],
)
def test_licences_in_every_shape(stated: str, read: tuple[str, ...]) -> None:
    (package,) = facts("node_modules/a/package.json", f'{{"name": "a", "version": "1", {stated}}}').packages
    assert package.licenses == read


@pytest.mark.parametrize(
    ("private", "expected"),
    [
        ("true", True), ('"true"', True), ("1", True), ("[]", True),
        ("false", False), ('""', False), ("0", False), ("null", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["srv/package.json", "srv/node_modules/a/package.json"])
def test_what_npm_refuses_to_publish(path: str, private: str, expected: bool) -> None:
    (found,) = facts(path, f'{{"name": "a", "version": "1", "private": {private}}}').packages
    assert is_unpublished(found) is expected


@pytest.mark.parametrize(
    ("root", "stated", "own"),
    [
        ("srv", ["packages/*"], {"packages/a", "packages/b"}),
        ("", {"packages": ["./packages/a/", "apps/**"]}, {"packages/a", "apps/x/y"}),
        ("srv", ["**", "!packages/*", "packages/b"], {"packages/b", "apps/x/y"}),
        ("srv", ["packages/?", "packages/{a,b}", "**/x/y"], set()),
        ("srv", "packages/*", set()),
        ("srv", ["[(", 1, "", "x" * 600], set()),
    ],
)
def test_members_of_a_workspace_come_from_no_registry(root: str, stated: object, own: set[str]) -> None:
    above = f"{root}/" if root else ""
    directories = ("packages/a", "packages/b", "apps/x/y")
    files = {f"{above}{one}/package.json": PLAIN for one in directories}
    files |= {f"{above}node_modules/packages/a/package.json": PLAIN, "other/packages/a/package.json": PLAIN}
    files[f"{above}package.json"] = json.dumps({"workspaces": stated})
    found = node.CATALOGER.combine({path: facts(path, text) for path, text in files.items()})  # type: ignore[misc]
    members = {path for path, fact in found.items() for one in fact.packages if is_unpublished(one)}
    assert members == {f"{above}{one}/package.json" for one in own}
    assert not any(fact.companion for fact in found.values())


def test_patterns_and_depths_without_end_mean_nothing() -> None:
    patterns = json.dumps({"workspaces": ["**/" * 100 + "*", "*a" * 100, "b/" * 200] * 300})
    files = {f"{'d/' * number}package.json": facts("p/package.json", patterns) for number in range(50)}
    files |= {f"{'d/' * 40}x/package.json": facts("x/package.json")}
    found = node.CATALOGER.combine(files)  # type: ignore[misc]
    assert not any(is_unpublished(one) for fact in found.values() for one in fact.packages)
    assert not any(fact.companion for fact in found.values())


@pytest.mark.parametrize(
    ("path", "is_found"),
    [
        ("root/.cache/node/corepack/v1/pnpm/9.1.0", True),
        ("home/node/.local/share/corepack/v1/yarn/1.22.10", True),
        ("root/.volta/tools/image/packages/pnpm/lib/node_modules/pnpm", True),
        ("root/.nvm/versions/node/v20.1.0/lib/node_modules/npm", True),
        ("root/.asdf/installs/nodejs/20.1.0/lib/node_modules/npm", True),
        ("root/.local/share/mise/installs/node/20.1.0/lib/node_modules/npm", True),
        ("root/.bun/install/global/node_modules/pnpm", True),
        ("root/.cache/deno/npm/registry.npmjs.org/pnpm/9.1.0", True),
        ("deno-dir/npm/registry.npmjs.org/@a/pnpm/9.1.0", True),
        ("root/.npm/_cacache/tmp/pnpm", False),
        ("srv/.next/pnpm", False),
    ],
)
def test_tools_in_hidden_directories_are_installed(path: str, is_found: bool) -> None:
    found = facts(f"{path}/package.json", '{"name": "pnpm", "version": "9.1.0"}').packages
    assert [(one.name, one.version) for one in found] == ([("pnpm", "9.1.0")] if is_found else [])


def test_what_a_tool_brings_along_is_bundled_in_it() -> None:
    path = "root/.cache/node/corepack/v1/pnpm/9.0.0/dist/node_modules/a/package.json"
    (found,) = facts(path, '{"name": "a", "version": "1"}').packages
    assert (found.evidence, found.properties) == ("bundled", {"bundled_in": "pnpm"})


def test_broken_manifests_are_told_where_they_hide_a_package() -> None:
    path = "node_modules/a/package.json"
    assert facts(path, b"\xef\xbb\xbf" + PLAIN.encode()) == facts(path)
    assert facts(path, '{"type": "module"}').diagnostics == (left_out(path, "package a has no version"),)
    assert facts("srv/a/package.json", '{"type": "module"}') == CatalogerResult()
    for broken, why in (
        ("", "JSON that ends too early"),
        ("[]", "Expected `object`, got `array`"),
        ('{"name": "a", // no\n"version": "1"}', "not JSON at character 13"),
        ('{"a":' * 100_000, "JSON that ends too early"),
        (f'{{"name": "a", "x": "{"y" * 4_000_000}"}}', "4,000,022 bytes, more than 4,000,000"),
    ):
        assert facts(path, broken) == CatalogerResult(diagnostics=(unread(path, "Node", f"no package.json ({why})"),))
        assert facts("srv/package.json", broken) == CatalogerResult()
    long = f'{{"name": "a", "version": "{"1." * 600}"}}'
    assert facts(path, long).diagnostics == (left_out(path, "package a has a version of 1,200 characters"),)
    assert facts("srv/package.json", long).diagnostics == (
        left_out("srv/package.json", "package a has a version of 1,200 characters"),
    )
    assert facts(path, '{"name": "a", "version": 1}').diagnostics == (left_out(path, "package a has no version"),)


LOCK = {
    "name": "app",
    "lockfileVersion": 3,
    "packages": {
        "node_modules/b": {"version": "2.0.0", "integrity": "sha512-b", "dev": True, "license": "ISC"},
        "node_modules/a": {"version": "1.0.0", "integrity": "sha512-a", "license": "MIT"},
        "node_modules/a/node_modules/@s/c": {"version": "3.0.0", "inBundle": True},
        "node_modules/alias": {"version": "4.0.0", "name": "real"},
        "node_modules/own": {"resolved": "packages/own", "link": True},
        "packages/own": {"version": "0.1.0"},
    },
}


def test_the_hidden_lock_lists_what_npm_installed() -> None:
    assert facts("app/node_modules/.package-lock.json", json.dumps(LOCK)).packages == (
        FoundPackage(
            type="npm",
            name="a",
            version="1.0.0",
            licenses=("MIT",),
            files=("app/node_modules/a/",),
            properties={"integrity": "sha512-a"},
        ),
        FoundPackage(
            type="npm",
            name="@s/c",
            version="3.0.0",
            files=("app/node_modules/a/node_modules/@s/c/",),
            evidence="bundled",
            properties={"bundled_in": "a"},
        ),
        FoundPackage(type="npm", name="real", version="4.0.0", files=("app/node_modules/alias/",)),
        FoundPackage(
            type="npm",
            name="b",
            version="2.0.0",
            licenses=("ISC",),
            files=("app/node_modules/b/",),
            properties={"integrity": "sha512-b", "dev": "true"},
        ),
    )
    path = "node_modules/.package-lock.json"
    assert facts(path, "[]").diagnostics == (
        unread(path, "Node", "no lock file of npm (Expected `object`, got `array`)"),
    )


def test_one_directory_is_one_package() -> None:
    lock, manifest = "node_modules/.package-lock.json", "node_modules/a/package.json"
    nested = "node_modules/a/node_modules/@s/c/package.json"
    seen = {
        lock: facts(lock, json.dumps(LOCK)),
        manifest: facts(manifest, '{"name": "a", "version": "1.0.1"}'),
        nested: facts(nested, '{"name": "@s/c", "version": "3.0.0"}'),
        "etc/other": CatalogerResult(text="of another cataloger"),
    }
    assert node.CATALOGER.combine is not None
    combined = node.CATALOGER.combine(seen)
    assert [(one.name, one.version) for one in combined[lock].packages] == [("real", "4.0.0"), ("b", "2.0.0")]
    assert combined[manifest].packages == (
        FoundPackage(
            type="npm",
            name="a",
            version="1.0.1",
            licenses=("MIT",),
            files=("node_modules/a/",),
            properties={"integrity": "sha512-a"},
        ),
    )
    assert combined[nested].packages[0].evidence == "bundled"
    assert combined["etc/other"] == seen["etc/other"]


def test_the_router_finds_both() -> None:
    router = Router((node.CATALOGER,))
    assert router.routes("x/node_modules/a/package.json")
    assert router.routes("x/node_modules/.package-lock.json")
    assert not router.routes("x/package-lock.json")


def test_damaged_files_never_raise() -> None:
    chance = random.Random(1)
    for path, text in (("node_modules/a/package.json", PLAIN), ("node_modules/.package-lock.json", json.dumps(LOCK))):
        for _ in range(400):
            damaged = bytearray(text.encode())
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            facts(path, bytes(damaged))
            facts(path, bytes(damaged[: chance.randrange(len(damaged))]))


def test_the_shared_fixture_is_exact() -> None:
    case = SHARED / "npm" / "package-json"
    if not case.is_dir():
        pytest.skip("../shared is not there")
    found = [
        {"name": one.name, "version": one.version, "type": one.type, "licenses": list(one.licenses)}
        for path in sorted((case / "input").rglob("package.json"))
        for one in facts(str(path.relative_to(case / "input")), path.read_bytes()).packages
    ]
    assert found == json.loads((case / "expected.json").read_text())


_EXTENSION = {
    "name": "ai-agent",
    "publisher": "Main-AI",
    "version": "3.1.3",
    "license": "MIT",
    "engines": {"vscode": "^1.80.0"},
    "extensionDependencies": ["vscode.git", 7],
}


@pytest.mark.parametrize(
    "directory",
    [
        "root/.vscode-server/extensions/main-ai.ai-agent-3.1.3",
        "home/u/.vscode/extensions/main-ai.ai-agent-3.1.3",
        "root/.vscode-remote/extensions/main-ai.ai-agent-3.1.3",
        "root/.cursor-server/extensions/main-ai.ai-agent-3.1.3-universal",
        "root/.windsurf-server/extensions/main-ai.ai-agent-3.1.3",
        "root/.openvscode-server/extensions/main-ai.ai-agent-3.1.3-universal",
        "root/.local/share/code-server/extensions/main-ai.ai-agent-3.1.3",
        "root/.theia/deployedPlugins/main-ai.ai-agent-3.1.3/extension",
        "usr/lib/code-server/lib/vscode/extensions/ai-agent",
        "opt/openvscode/extensions/ai-agent",
    ],
)
def test_extensions_of_editors_are_no_packages_of_npm(directory: str) -> None:
    path = f"{directory}/package.json"
    found = FoundPackage(
        type="vscode-extension",
        name="Main-AI.ai-agent",
        version="3.1.3",
        licenses=("MIT",),
        files=(f"{directory}/",),
        requires=("vscode.git",),
    )
    assert facts(path, json.dumps(_EXTENSION)).packages == (found,)
    (unstated,) = facts(path, json.dumps({**_EXTENSION, "version": ""})).packages
    assert (unstated.name, unstated.version) == ("Main-AI.ai-agent", "")
    stated = _EXTENSION | {"private": True, "__metadata": {"targetPlatform": "linux-x64"}}
    (other,) = facts(path, json.dumps(stated)).packages
    assert other.properties == {"platform": "linux-x64", "publication": "none"}
    assert facts(path, json.dumps(_EXTENSION | {"__metadata": {"targetPlatform": "undefined"}})).packages == (found,)


@pytest.mark.parametrize(
    ("path", "stated", "type"),
    [
        ("srv/node_modules/ai-agent/package.json", {}, "npm"),
        ("srv/app/package.json", {"publisher": 3}, "npm"),
        ("srv/app/package.json", {"publisher": "a b"}, "npm"),
        ("srv/app/package.json", {"engines": {"node": ">=18"}}, "npm"),
        ("srv/app/package.json", {"engines": ["vscode"]}, "npm"),
        ("root/.vscode-server/extensions/a/package.json", {"engines": {"node": ">=18"}}, ""),
    ],
)
def test_what_is_no_extension(path: str, stated: dict[str, object], type: str) -> None:
    assert [one.type for one in facts(path, json.dumps(_EXTENSION | stated)).packages] == ([type] if type else [])


def test_extensions_bring_packages_of_npm_along() -> None:
    path = "root/.vscode-server/extensions/a.b-1.0.0/node_modules/a/package.json"
    assert [(one.type, one.name) for one in facts(path).packages] == [("npm", "a")]
    assert facts("root/.vscode-server/extensions/a.b-1.0.0/package.json", "{") == CatalogerResult()
