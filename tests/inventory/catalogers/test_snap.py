"""Snaps: exact packages and exact diagnostics."""

from lading.inventory.catalogers import snap
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts, left_out

PATH = "snap/hello/42/meta/snap.yaml"
SNAP = """name: hello
version: '2.10'  # of the program
summary: says hello
description: |
  name: not this
  version: 9
architectures:
- amd64
base: core22
license: GPL-3.0
apps:
  hello:
    command: hello
"""


def test_snap() -> None:
    package = FoundPackage(
        type="snap",
        name="hello",
        version="2.10",
        arch="amd64",
        licenses=("GPL-3.0",),
        files=("snap/hello/42/",),
        properties={"base": "core22"},
    )
    assert facts(snap.CATALOGER, PATH, SNAP) == CatalogerResult(packages=(package,))
    assert facts(
        snap.CATALOGER, "meta/snap.yaml", "name: a\nversion: 1 # x\narchitectures: [ all ]\n"
    ) == CatalogerResult(packages=(FoundPackage("snap", "a", "1", arch="all"),))


def test_what_was_left_out_is_told() -> None:
    assert facts(snap.CATALOGER, PATH, "name: a\n").diagnostics == (left_out(PATH, "snap a has no version"),)
    assert facts(snap.CATALOGER, PATH, b"\xff").diagnostics == (left_out(PATH, "the file names no snap"),)


def test_damage_never_raises() -> None:
    for data in damaged(SNAP.encode()):
        facts(snap.CATALOGER, PATH, data)
