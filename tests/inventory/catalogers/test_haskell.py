"""Haskell: exact packages and exact diagnostics."""

from lading.inventory.catalogers import haskell
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, expected_keys, facts, fixture, keys, left_out

INSTALLED, DECLARED = haskell.CATALOGERS
REGISTERED = "usr/lib/ghc/package.conf.d/base-4.18.conf"
LOCK = """packages:
- completed:
    hackage: HTTP-4000.3.16@sha256:6042643c,5947
    pantry-tree:
      size: 1428
  original:
    hackage: other-9@sha256:1
- completed:
    commit: abc
    git: https://github.com/a/b.git
    name: from-git
    pantry-tree:
      size: 1
    version: '0.1.2'
  original:
    commit: abc
- original:
    hackage: rev-1.0@rev:2
  completed:
    hackage: "rev-1.0@rev:2"
snapshots:
- completed:
    size: 1
"""


def test_registered_package() -> None:
    text = "name:                 base\nversion:\n    4.18.1\nlicense:              BSD-3-Clause\ndepends: name-1\n"
    package = FoundPackage("hackage", "base", "4.18.1", licenses=("BSD-3-Clause",))
    for path in (REGISTERED, "root/.stack/snapshots/x86_64-linux/0f/9.4.7/pkgdb/base-4.18-abc.conf"):
        assert facts(INSTALLED, path, text) == CatalogerResult(packages=(package,))
    inner = "name: z-attoparsec-z-internal\nversion: 0.14\npackage-name: attoparsec\nlib-name: internal\n"
    path = "root/.cabal/store/ghc-9.4/package.db/a.conf"
    assert facts(INSTALLED, path, inner) == CatalogerResult(packages=(FoundPackage("hackage", "attoparsec", "0.14"),))


def test_what_was_left_out_is_told() -> None:
    for text, why in (("name: base\n", "package base has no version"), (b"\xff", "an entry names no package")):
        assert facts(INSTALLED, REGISTERED, text).diagnostics == (left_out(REGISTERED, why),)


def test_lock_of_stack() -> None:
    found = facts(DECLARED, "app/stack.yaml.lock", LOCK)
    assert [(one.name, one.version, one.evidence) for one in found.packages] == [
        ("HTTP", "4000.3.16", "declared"),
        ("rev", "1.0", "declared"),
    ]


def test_stack_yaml() -> None:
    text = (
        "resolver: lts-18.28\nextra-deps:\n  - acme-missiles-0.3@sha256:ab,1 # boom\n- 'b2-1.0'\n- git: x\n- ./local\n"
    )
    assert [(one.name, one.version) for one in facts(DECLARED, "stack.yaml", text).packages] == [
        ("acme-missiles", "0.3"),
        ("b2", "1.0"),
    ]


def test_freeze_of_cabal() -> None:
    text = (
        "active-repositories: hackage.haskell.org:merge\n"
        "constraints: any.Cabal ==3.2.1.0,\n             any.aeson ==1.5.6.0,\n             aeson +fast,\n"
        "             old == 1.0, range ==2.*\n-- comment any.none ==1\nindex-state: 2022-01-01T00:00:00Z\n"
    )
    assert [(one.name, one.version) for one in facts(DECLARED, "cabal.project.freeze", text).packages] == [
        ("Cabal", "3.2.1.0"),
        ("aeson", "1.5.6.0"),
        ("old", "1.0"),
    ]


def test_what_is_not_read_of_a_large_file_is_told() -> None:
    found = facts(DECLARED, "cabal.project.freeze", "constraints: any.aeson ==1.5.6.0\n" + "\n" * 4_000_000)
    assert [one.name for one in found.packages] == ["aeson"]
    assert found.diagnostics == (left_out("cabal.project.freeze", "beyond 4 MB the file was not read"),)


def test_damage_never_raises() -> None:
    for data in damaged(LOCK.encode()):
        for path in ("stack.yaml.lock", "stack.yaml", "cabal.config"):
            facts(DECLARED, path, data)
        facts(INSTALLED, REGISTERED, data)


def test_fixture() -> None:
    found, expected = fixture("haskell", "stack-lock", DECLARED)
    assert keys(found) == expected_keys(expected)
