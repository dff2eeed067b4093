"""conda: records of installed packages, and environments asked for."""

import json
import time

import pytest

from lading.inventory.catalogers import conda
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import damaged, expected_keys, facts, fixture, keys, left_out

RECORDS, ENVIRONMENTS = conda.CATALOGERS
PATH = "opt/conda/envs/x/conda-meta/demo-1.0-py38_0.json"
RECORD = {
    "name": "demo",
    "version": "1.0",
    "build": "py38_0",
    "subdir": "linux-64",
    "channel": "https://user:pw@host/t/tk-secret/main/linux-64",
    "license": "MIT",
    "files": [
        "bin/demo",
        "lib/python3.8/site-packages/demo/__init__.py",
        "lib/python3.8/site-packages/demo/deep/er.py",
        "lib/python3.8/site-packages/google/demo/__init__.py",
        "lib/python3.8/site-packages/single.py",
        "lib/python3.8/site-packages/__pycache__/single.cpython-38.pyc",
        "lib/python3.8/asyncio/__init__.py",
        "lib/python3.8/abc.py",
        "share/doc/demo.txt",
        7,
    ],
}


def test_a_record_of_an_installed_package() -> None:
    root = "opt/conda/envs/x"
    assert facts(RECORDS, PATH, json.dumps(RECORD)) == CatalogerResult(
        packages=(
            FoundPackage(
                type="conda",
                name="demo",
                version="1.0",
                licenses=("MIT",),
                files=(
                    f"{root}/bin/demo",
                    f"{root}/lib/python3.8/abc.py",
                    f"{root}/lib/python3.8/asyncio/",
                    f"{root}/lib/python3.8/site-packages/demo/",
                    f"{root}/lib/python3.8/site-packages/google/demo/",
                    f"{root}/lib/python3.8/site-packages/single.py",
                    f"{root}/share/doc/demo.txt",
                ),
                properties={"channel": "https://host/main", "build": "py38_0", "subdir": "linux-64"},
            ),
        )
    )
    plain = facts(RECORDS, "conda-meta/a.json", '{"name": "a", "version": "1", "files": ["bin/a"], "license": null}')
    assert plain.packages == (FoundPackage("conda", "a", "1", files=("bin/a",)),)


def test_records_that_cannot_be_read_are_told() -> None:
    for broken in ("", "{", "[" * 100_000, b"\xff"):
        (diagnostic,) = facts(RECORDS, PATH, broken).diagnostics
        assert (diagnostic.level, diagnostic.code, diagnostic.where) == ("incomplete", "broken-package-entry", PATH)
    assert facts(RECORDS, PATH, '{"name": "a"}').diagnostics == (left_out(PATH, "package a has no version"),)
    assert facts(RECORDS, PATH, '{"version": "1"}').diagnostics == (left_out(PATH, "the record names no package"),)
    assert facts(RECORDS, "conda-meta/state.json", '{"env_vars": {}}') == CatalogerResult()
    assert not Router([RECORDS]).routes("opt/conda/conda-meta/history")


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("numpy", ("numpy", "")),
        ("Numpy=1.2", ("numpy", "1.2")),
        ("numpy=1.2=py38_0", ("numpy", "1.2")),
        ("numpy==1!2.0", ("numpy", "1!2.0")),
        ("numpy 1.2 py38_0", ("numpy", "1.2")),
        ("numpy = 1.2", ("numpy", "1.2")),
        ("numpy=1.2.*", ("numpy", "")),
        ("numpy>=1.2", ("numpy", "")),
        ("numpy =>1.2,<2", ("numpy", "")),
        ("numpy 1.2|1.3", ("numpy", "")),
        ("numpy !=1.2", ("numpy", "")),
        ("numpy~=1.2", ("numpy", "")),
        ("conda-forge::numpy=1.2", ("numpy", "1.2")),
        ("conda-forge/linux-64::numpy", ("numpy", "")),
        ("'numpy=1.2'  # why", ("numpy", "1.2")),
        ("numpy[version='1.2', build=py38_0]", ("numpy", "1.2")),
        ("numpy[build=py38_0,version='>=1.2']", ("numpy", "")),
        ("_openmp_mutex=4.5", ("_openmp_mutex", "4.5")),
        ("https://host/numpy-1.2-0.conda", None),
    ],
)
def test_match_specifications(item: str, found: tuple[str, str] | None) -> None:
    text = f"dependencies:\n  - {item}\n"
    expected = (FoundPackage("conda", *found, evidence="declared"),) if found else ()
    assert facts(ENVIRONMENTS, "environment.yml", text) == CatalogerResult(packages=expected)


def test_an_environment_with_packages_from_pip() -> None:
    text = """
name: x
channels:
- main
dependencies:
- pip
- pip:   # from the index
  - Django[argon2]==5.0.6 ; python_version > "3"
  - "typing_extensions"
  - near==1.*
  - -r requirements.txt
  - --pre
  - git+https://host/a@v1
  - ./local
  - here @ https://host/here.whl
- zlib=1.3
variables:
  a: b
prefix: /x
"""
    assert facts(ENVIRONMENTS, "srv/environment.yaml", text) == CatalogerResult(
        packages=tuple(
            FoundPackage("conda", name, version, evidence="declared", properties=properties)
            for name, version, properties in [
                ("pip", "", {}),
                ("django", "5.0.6", {"ecosystem": "pypi"}),
                ("typing-extensions", "", {"ecosystem": "pypi"}),
                ("near", "", {"ecosystem": "pypi"}),
                ("here", "", {"ecosystem": "pypi"}),
                ("zlib", "1.3", {}),
            ]
        )
    )


def test_other_styles_of_yaml_are_told() -> None:
    for text, shown in {
        "dependencies: [a=1, b]\n": "[a=1, b]",
        "dependencies:\n - a=1\n - pip: [b==1]\n": "[b==1]",
        "dependencies:\n - a=1\n - {pip: [b==1]}\n": "{pip: [b==1]}",
    }.items():
        assert facts(ENVIRONMENTS, "environment.yml", text).diagnostics == (
            Diagnostic(
                "incomplete",
                "unread-yaml",
                f"dependencies in a style of YAML that is not read: {shown}",
                "environment.yml",
            ),
        )
    assert facts(ENVIRONMENTS, "environment.yml", "services:\n  - web=1\n") == CatalogerResult()


def test_damaged_files_never_raise_and_never_hang() -> None:
    text = b"dependencies:\n  - a[version='1']\n  - pip:\n    - b[x]==1\n"
    for bad in damaged(json.dumps(RECORD).encode()):
        facts(RECORDS, PATH, bad)
    for bad in damaged(text):
        facts(ENVIRONMENTS, "environment.yml", bad)
    start = time.process_time()
    for part in ("- a[", "- " + " " * 990, "- a" + "[,version" * 100, "- " + "a" * 990 + "\n"):
        facts(ENVIRONMENTS, "environment.yml", "dependencies:\n" + f"{part}\n" * 2000 + part * 2000)
    deep = ["lib/python3.8/" + "a/" * 2000 + str(number) for number in range(500)]
    facts(RECORDS, PATH, json.dumps({**RECORD, "files": deep}))
    assert time.process_time() - start < 5


@pytest.mark.parametrize("case", ["environment", "meta-libgcc-mutex", "meta-pip"])
def test_the_shared_fixtures_are_exact(case: str) -> None:
    found, expected = fixture("conda", case, *conda.CATALOGERS)
    assert keys(found) == expected_keys(expected)
    assert [list(one.licenses) for one in found] == [one.get("licenses", []) for one in expected]
