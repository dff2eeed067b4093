"""npm versions and ranges, held against node-semver."""

import json
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

from lading.versions.constraints import satisfies
from lading.versions.schemes import compare
from tests.versions.examples import npm

_HOMES = ("/usr/lib/node_modules/npm/node_modules/semver", "/usr/share/nodejs/semver")
_STRICT = (
    "0.0.0-0",
    "0.0.3",
    "0.1.9",
    "0.2.4",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2.3-alpha.10",
    "1.2.3",
    "1.9.0",
    "2.3.4",
    "10.0.0",
)
_RANGES = (
    "", "*", "x", "1", "1.x", "1.2", "=1.2", ">1", ">1.2", ">=1.2", "<1", "<1.2", "<=1", "<=1.2", "^1.2.3", "^0.2.3",
    "^0.0.3", "^0.0", "^0", "^1", "^1.2", "~1.2.3", "~1.2", "~1", "~> 1.2.3", "~0.2", "1.2.3 - 2.3.4", "1.2 - 2.3",
    "1 - 2", "0.0.0 - *", ">=0.2 <1.9", "<1.2.3-beta || >=2", ">1.0.0-rc.1 <=1.2.3", "^1.2.3-alpha.2", "~1.2.3-alpha.2",
    ">*", "<*", ">=*", "v1.2.3", "=1.2.3", "1.2.3||2.3.4", "1.2.3 1.2.3", "> 1.0.0 < 1.2.3",
)  # fmt: skip


def node(script: str) -> object:
    home = next((home for home in _HOMES if Path(home).is_dir()), None)
    if home is None or not shutil.which("node"):
        pytest.skip("node and its semver are not installed")
    source = f"const semver = require('{home}'); console.log(JSON.stringify({script}))"
    return json.loads(subprocess.run(["node", "-e", source], capture_output=True, text=True, check=True).stdout)


def test_node_semver_agrees_on_the_order() -> None:
    versions = [text for text in npm.ASCENDING if text.count(".") >= 2 and len(text.split("-")[0].split(".")) == 3]
    versions = [text for text in versions if len(text) < 18]
    assert len(versions) > 12
    pairs = list(product(versions, versions))
    assert [compare("npm", *pair) for pair in pairs] == node(
        f"{json.dumps(pairs)}.map(p => semver.compare(p[0], p[1]))"
    )


def test_node_semver_agrees_on_ranges() -> None:
    pairs = list(product(_STRICT, _RANGES))
    options = "{includePrerelease: true}"
    answers = node(f"{json.dumps(pairs)}.map(p => semver.satisfies(p[0], p[1], {options}))")
    assert isinstance(answers, list)
    wrong = [
        (pair, answer) for pair, answer in zip(pairs, answers, strict=True) if satisfies("npm", *pair) is not answer
    ]
    assert wrong == []
