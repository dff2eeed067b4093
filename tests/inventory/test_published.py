"""The files that packages are published as: what lock files and records state of them, and what of that is theirs."""

import pytest

from lading.inventory.catalogers import conda, node, php
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared import CATALOGERS
from lading.inventory.published import bare_address, content_hash, digest, labelled, published, together
from lading.inventory.router import Router
from lading.model.package import Archive
from lading.model.reader import WantedFile

ROUTER = Router((*CATALOGERS, node.CATALOGER, *conda.CATALOGERS, *php.CATALOGERS))
SHA1, SHA256, SHA512 = "a1" * 20, "b2" * 32, "c3" * 64
INTEGRITY = "sha512-" + "w8PD" * 21 + "ww=="
FILE = "https://files.example/a-1.0.whl"


def found(path: str, content: str) -> list[FoundPackage]:
    results = [
        route.reader.parse(WantedFile(path=path, mode=0o644, content=content.encode())) for route in ROUTER.routes(path)
    ]
    return [package for one in results for package in one.packages]


@pytest.mark.parametrize(
    ("path", "content", "archives"),
    [
        (
            "package-lock.json",
            '{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0", "resolved": '
            f'"https://me:secret@registry.example/a.tgz?token=1", "integrity": "{INTEGRITY}"}}}}}}',
            (Archive("https://registry.example/a.tgz", {"sha512": SHA512}),),
        ),
        (
            "package-lock.json",
            f'{{"lockfileVersion": 1, "dependencies": {{"a": {{"version": "1.0.0", "integrity": "{INTEGRITY}"}}}}}}',
            (Archive("", {"sha512": SHA512}),),
        ),
        (
            "srv/node_modules/.package-lock.json",
            '{"packages": {"node_modules/a": {"version": "1.0.0", "resolved": "https://registry.example/a.tgz"}}}',
            (Archive("https://registry.example/a.tgz"),),
        ),
        (
            "yarn.lock",
            '# yarn lockfile v1\na@^1.0.0:\n  version "1.0.0"\n'
            f'  resolved "https://registry.example/a/-/a-1.0.0.tgz#{SHA1}"\n  integrity {INTEGRITY}\n',
            (Archive("https://registry.example/a/-/a-1.0.0.tgz", {"sha1": SHA1, "sha512": SHA512}),),
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n"
            f"    resolution: {{integrity: {INTEGRITY}, tarball: https://registry.example/a.tgz}}\n",
            (Archive("https://registry.example/a.tgz", {"sha512": SHA512}),),
        ),
        (
            "bun.lock",
            f'{{"packages": {{"a": ["a@1.0.0", "", {{}}, "{INTEGRITY}"]}}}}',
            (Archive("", {"sha512": SHA512}),),
        ),
        (
            "Cargo.lock",
            f'version = 4\n[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+x"\nchecksum = "{SHA256}"\n',
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "composer.lock",
            '{"packages": [{"name": "a/a", "version": "1.0.0", "dist": '
            f'{{"type": "zip", "url": "https://dist.example/a.zip", "shasum": "{SHA1}"}}}}]}}',
            (Archive("https://dist.example/a.zip", {"sha1": SHA1}),),
        ),
        (
            "vendor/composer/installed.json",
            '[{"name": "a/a", "version": "1.0.0", "dist": {"url": "https://dist.example/a.zip", "shasum": ""}}]',
            (Archive("https://dist.example/a.zip"),),
        ),
        (
            "Gemfile.lock",
            f"GEM\n  remote: https://rubygems.org/\n  specs:\n    a (1.0.0-java)\n\nCHECKSUMS\n"
            f"  a (1.0.0) sha256={SHA256[::-1]}\n  a (1.0.0-java) sha256={SHA256}\n",
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "uv.lock",
            'version = 1\n[[package]]\nname = "a"\nversion = "1.0"\nsdist = { url = "https://files.example/a.zip" }\n'
            f'wheels = [{{ url = "{FILE}", hash = "sha256:{SHA256}" }}]\n',
            (Archive(FILE, {"sha256": SHA256}), Archive("https://files.example/a.zip")),
        ),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\nversion = "1.0"\n'
            f'files = [{{file = "a-1.0.whl", hash = "sha256:{SHA256}"}}]\n[metadata]\nlock-version = "2.0"\n',
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "pylock.toml",
            'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1.0"\n'
            f'wheels = [{{ url = "{FILE}", hashes = {{ sha256 = "{SHA256}", sha512 = "{SHA512}" }} }}]\n',
            (Archive(FILE, {"sha256": SHA256, "sha512": SHA512}),),
        ),
        (
            "Pipfile.lock",
            f'{{"_meta": {{}}, "default": {{"a": {{"version": "==1.0", "hashes": ["sha256:{SHA256}"]}}}}}}',
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "requirements.txt",
            f"a==1.0 \\\n  --hash=sha256:{SHA256} \\\n  --hash=md5:wrong\n",
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "pubspec.lock",
            "packages:\n  a:\n    dependency: transitive\n    description:\n      name: a\n"
            f'      sha256: "{SHA256}"\n      url: "https://pub.dev"\n    source: hosted\n    version: "1.0.0"\n',
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "mix.lock",
            f'%{{\n  "a": {{:hex, :a, "1.0.0", "{SHA256[::-1]}", [:mix], [], "hexpm", "{SHA256}"}},\n}}\n',
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "rebar.lock",
            '{"1.2.0",\n[{<<"a">>,{pkg,<<"a">>,<<"1.0.0">>},0}]}.\n[\n'
            f'{{pkg_hash,[\n {{<<"a">>, <<"{SHA256[::-1].upper()}">>}}]}},\n'
            f'{{pkg_hash_ext,[\n {{<<"a">>, <<"{SHA256.upper()}">>}}]}}\n].\n',
            (Archive("", {"sha256": SHA256}),),
        ),
        (
            "packages.lock.json",
            f'{{"version": 1, "dependencies": {{"net8.0": {{"A": {{"type": "Direct", "resolved": "1.0.0", '
            f'"contentHash": "{INTEGRITY.removeprefix("sha512-")}"}}}}}}}}',
            (Archive(checksum=INTEGRITY),),
        ),
        (
            "opt/conda/conda-meta/a-1.0-0.json",
            '{"name": "a", "version": "1.0", "url": "https://conda.example/t/secret/linux-64/a-1.0-0.conda", '
            f'"md5": "{"d4" * 16}", "sha256": "{SHA256}"}}',
            (Archive("https://conda.example/linux-64/a-1.0-0.conda", {"md5": "d4" * 16, "sha256": SHA256}),),
        ),
    ],
    ids=lambda one: one if isinstance(one, str) and "\n" not in one and "{" not in one else "",
)
def test_what_is_stated(path: str, content: str, archives: tuple[Archive, ...]) -> None:
    [package] = found(path, content)
    assert package.archives == archives
    assert package.digests == {}


def test_words_for_digests() -> None:
    assert digest("SHA-256", f" {SHA256.upper()}\n") == {"sha256": SHA256}
    assert digest("sha256", SHA1) == digest("crc32", "00") == labelled("sha1") == {}
    assert content_hash(None) == content_hash("sha512-AAAA") == ()
    assert published() == published("file:a.tgz") == ()
    assert together([published(FILE), published(FILE), published(digests={"sha1": SHA1})]) == (
        Archive(FILE),
        Archive("", {"sha1": SHA1}),
    )
    assert len(together(published(f"https://x.example/{number}") for number in range(1000))) == 100


def test_addresses() -> None:
    assert bare_address("http://a:b@x.example:8080/p%20q/@s/r.tgz?a=b#c") == "http://x.example:8080/p%20q/@s/r.tgz"
    assert bare_address("https://token@x.example") == "https://x.example"
    for text in (
        "",
        "git+ssh://x/y",
        "ftp://x/y",
        "https://x/\n",
        "https://x/a b",
        "https://",
        "https://x/" + "a" * 2000,
    ):
        assert bare_address(text) == ""
