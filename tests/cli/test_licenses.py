"""`lading licenses`: by category and license, as JSON, and as a notices file."""

import json
from pathlib import Path

import jsonschema
import pytest

from lading.cli.main import main
from tests.checks.licenses.test_beside import MIT, npm
from tests.support.images import write_image
from tests.tars import File

SCHEMA = Path(__file__).parents[2] / "docs/schema/licenses-1.json"
LAYER = [
    npm("a", ', "license": "GPL-3.0"'),
    npm("b", ', "license": "MIT"'),
    File("srv/node_modules/b/LICENSE", MIT),
    npm("c", ', "license": "roar \\u001b[31m"'),
    npm("d", ""),
]
RULE = "-" * 79


@pytest.fixture
def image(tmp_path: Path) -> str:
    return f"oci:{write_image(tmp_path / 'image', [LAYER])}"


def test_by_category_and_license(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["licenses", image]) == 0
    shown = [" ".join(line.split()).rstrip(" ─") for line in capsys.readouterr().out.splitlines()]
    assert shown[1:] == [
        "4 packages", "",
        "── restricted · 1 license, 1 package", "GPL-3.0-only 1 a", "",
        "── notice · 1 license, 1 package", "MIT 1 b", "",
        "── unknown · 2 licenses, 2 packages", "NOASSERTION 1 d", "UNKNOWN 1 c",
    ]  # fmt: skip


def test_a_policy_has_categories(image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[licenses]\nforbidden = ["MIT"]\nnotice = ["roar*", "NOASSERTION"]\n')
    assert main(["licenses", image, "--policy", str(policy), "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes())).validate(document)
    assert document["counts"] == {"forbidden": 1, "notice": 2, "restricted": 1}
    assert [(one["name"], one["basis"], one["licenses"]) for one in document["packages"]] == [
        ("a", "stated", [{"license": "GPL-3.0-only", "category": "restricted", "stated": "GPL-3.0", "exact": True}]),
        ("b", "stated", [{"license": "MIT", "category": "forbidden", "stated": "MIT", "exact": True}]),
        ("c", "stated", [{"license": "UNKNOWN", "category": "notice", "stated": "roar \x1b[31m", "exact": True}]),
        ("d", "none", [{"license": "NOASSERTION", "category": "notice", "stated": "", "exact": True}]),
    ]
    assert document["texts"] == []


def test_notices(image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "NOTICES"
    assert main(["licenses", image, "-o", f"notices={file}"]) == 0
    assert main(["licenses", image, "--notices"]) == 0
    shown = capsys.readouterr().out
    assert shown == file.read_text()
    assert shown.splitlines()[2:] == [
        "It holds 4 packages, each under the licenses beside its name.",
        "1 license and notice text that lies in it follows below.",
        "",
        "npm  a 1.0.0  GPL-3.0-only",
        "npm  b 1.0.0  MIT",
        "npm  c 1.0.0  UNKNOWN",
        "npm  d 1.0.0  NOASSERTION",
        "", RULE, "/srv/node_modules/b/LICENSE", "MIT", RULE, "", *MIT.decode().splitlines(),
    ]  # fmt: skip
