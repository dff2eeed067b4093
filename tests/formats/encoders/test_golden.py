"""What every format makes of one small report with every special case; `pytest --rewrite` writes the files anew."""

import re
from pathlib import Path

import pytest

from lading.formats.encoders.registry import find_format
from lading.formats.view import View
from tests.formats.encoders.special import SPECIAL, VARIABLES
from tests.support.golden import Golden

_GOLDEN = Path(__file__).parents[1] / "golden" / "report"
_FILES = {
    "asff": "asff.json",
    "cosign-vuln": "cosign-vuln.json",
    "csaf-vdr": "csaf-vdr.json",
    "csaf-vex": "csaf-vex.json",
    "csv": "report.csv",
    "github": "github.json",
    "gitlab": "gitlab.json",
    "gitlab-dependencies": "gitlab-dependencies.json",
    "grype": "grype.json",
    "in-toto": "in-toto.json",
    "json": "report.json",
    "junit": "junit.xml",
    "markdown": "report.md",
    "prometheus": "metrics.prom",
    "sarif": "report.sarif",
    "trivy": "trivy.json",
}
"""The file of each format, by its id."""


@pytest.mark.parametrize("name", _FILES)
def test_every_format_writes_what_it_wrote(name: str, golden: Golden) -> None:
    found = find_format(name, ("report",))
    assert found is not None
    view = View(tool="lading 1.0", variables=VARIABLES)
    written = [found.encode(SPECIAL, view) for _ in range(2)]
    assert written[0] == written[1]
    golden(_GOLDEN / _FILES[name], written[0])


@pytest.mark.parametrize("name", _FILES)
def test_no_format_hands_on_what_a_terminal_obeys(name: str) -> None:
    written = (_GOLDEN / _FILES[name]).read_bytes()
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", written)
