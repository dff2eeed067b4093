"""What every format makes of one small report with every special case; `pytest --rewrite` writes the files anew."""

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import structs

from lading.formats.encoders.registry import FORMATS, Subject, find_format
from lading.formats.view import View
from lading.model.decision import Scanned
from lading.model.package import Inventory
from lading.model.report import InventoryResult
from tests.formats.documents.test_database import DIFFERENCE, VULNERABILITY
from tests.formats.encoders import answers
from tests.formats.encoders.special import IMAGE, SPECIAL, SYSTEM, VARIABLES
from tests.formats.encoders.test_changes import evaluated as changes
from tests.formats.encoders.test_csaf import STATEMENTS
from tests.formats.encoders.test_dockerfile import lined
from tests.formats.sboms import DIAGNOSTICS, INVENTORY, SHOP
from tests.support.golden import Golden

_GOLDEN: Final = Path(__file__).parents[1] / "golden"
_VIEW: Final = View(
    tool="lading 1.0",
    variables=VARIABLES,
    template="{% for row in rows %}{{ row.id }} {{ row.package }}: {{ row.advice }}\n{% endfor %}",
    template_name="rows.txt",
    author="Example Ltd <sbom@example.org>",
    supplier="Example Ltd <shop@example.org>",
)
_FILES: Final[dict[tuple[Subject, str], str]] = {
    ("report", "asff"): "report/asff.json",
    ("report", "cosign-vuln"): "report/cosign-vuln.json",
    ("report", "csaf-vdr"): "report/csaf-vdr.json",
    ("report", "csaf-vex"): "report/csaf-vex.json",
    ("report", "csv"): "report/report.csv",
    ("report", "github"): "report/github.json",
    ("report", "gitlab"): "report/gitlab.json",
    ("report", "gitlab-dependencies"): "report/gitlab-dependencies.json",
    ("report", "grype"): "report/grype.json",
    ("report", "html"): "report/page.html",
    ("report", "in-toto"): "report/in-toto.json",
    ("report", "json"): "report/report.json",
    ("report", "junit"): "report/junit.xml",
    ("report", "markdown"): "report/report.md",
    ("report", "prometheus"): "report/metrics.prom",
    ("report", "sarif"): "report/report.sarif",
    ("report", "table"): "report/table.txt",
    ("report", "template"): "report/template.txt",
    ("report", "tree"): "report/tree.txt",
    ("report", "trivy"): "report/trivy.json",
    ("scanned", "cyclonedx"): "scanned/cyclonedx-1.6.json",
    ("scanned", "cyclonedx-1.7"): "scanned/cyclonedx-1.7.json",
    ("scanned", "spdx-3"): "scanned/spdx-3.json",
    ("inventory", "table"): "inventory/table.txt",
    ("inventory", "tree"): "inventory/tree.txt",
    ("inventory", "json"): "inventory/inventory.json",
    ("inventory", "cyclonedx"): "inventory/cyclonedx-1.6.json",
    ("inventory", "cyclonedx-1.7"): "inventory/cyclonedx-1.7.json",
    ("inventory", "spdx"): "inventory/spdx.json",
    ("inventory", "spdx-3"): "inventory/spdx-3.json",
    ("changes", "table"): "changes/table.txt",
    ("changes", "json"): "changes/changes.json",
    ("changes", "markdown"): "changes/changes.md",
    ("vex", "openvex"): "vex/openvex.json",
    ("vex", "csaf-vex"): "vex/csaf-vex.json",
    ("explanation", "text"): "answers/explanation.txt",
    ("explanation", "json"): "answers/explanation.json",
    ("comparison", "table"): "answers/comparison.txt",
    ("comparison", "json"): "answers/comparison.json",
    ("search", "table"): "answers/search.txt",
    ("search", "json"): "answers/search.json",
    ("difference", "table"): "answers/difference.txt",
    ("difference", "json"): "answers/difference.json",
    ("fixes", "table"): "answers/fixes.txt",
    ("fixes", "json"): "answers/fixes.json",
    ("fixes", "dockerfile"): "answers/fixes.Dockerfile",
    ("completeness", "table"): "answers/completeness.txt",
    ("completeness", "json"): "answers/completeness.json",
    ("fleet", "table"): "answers/fleet.txt",
    ("fleet", "summary"): "answers/fleet.json",
    ("cluster", "table"): "answers/cluster.txt",
    ("cluster", "workloads"): "answers/cluster.json",
    ("exposure", "table"): "answers/exposure.txt",
    ("exposure", "json"): "answers/exposure.json",
    ("rematch", "table"): "answers/rematch.txt",
    ("rematch", "json"): "answers/rematch.json",
    ("licenses", "table"): "answers/licenses.txt",
    ("licenses", "json"): "answers/licenses.json",
    ("licenses", "notices"): "answers/notices.txt",
}
"""The file of each format, by its subject and id."""
_VIEWS: Final[Mapping[str, tuple[str, View]]] = {
    "table-80": ("table", View(80)),
    "table-200": ("table", View(200)),
    "table-colour": ("table", View(100, colour=True)),
    "table-all": ("table", View(120, show_all=True)),
    "table-by-package": ("table", View(120, group_by="package")),
    "table-by-layer": ("table", View(120, group_by="layer")),
    "table-by-severity": ("table", View(120, group_by="severity")),
    "table-summary": ("table", View(120, summary=True)),
    "table-compliance": ("table", View(120, compliance="docker-cis")),
    "compliance": ("json", View(compliance="docker-cis")),
    "compliance-markdown": ("markdown", View(compliance="nist-800-190")),
    "tree-80": ("tree", View(80)),
    "tree-200": ("tree", View(200)),
}
"""How people see the report with the lines of a Dockerfile, by the name of the file."""


def scanned() -> Scanned:
    """The report with the inventory that it is about."""
    (target,) = SPECIAL.report.targets
    found = Inventory(SYSTEM, target.packages, unmanaged=target.unmanaged)
    return Scanned(InventoryResult(IMAGE, found), SPECIAL)


_VALUES: Final[dict[Subject, Callable[[], object]]] = {
    "report": lambda: SPECIAL,
    "scanned": scanned,
    "inventory": lambda: InventoryResult(SHOP, INVENTORY, DIAGNOSTICS),
    "changes": lambda: changes("new:high"),
    "vex": lambda: STATEMENTS,
    "explanation": lambda: answers.EXPLANATION,
    "comparison": lambda: answers.COMPARISON,
    "search": lambda: VULNERABILITY,
    "difference": lambda: DIFFERENCE,
    "fixes": lambda: answers.FIXES,
    "completeness": lambda: answers.COMPLETENESS,
    "fleet": lambda: answers.FLEET,
    "cluster": lambda: answers.CLUSTER,
    "exposure": lambda: answers.EXPOSURE,
    "rematch": lambda: answers.REMATCH,
    "licenses": lambda: answers.LICENSES,
}


def test_every_format_has_a_golden_file() -> None:
    assert set(_FILES) == {(one.subject, one.id) for one in FORMATS}


@pytest.mark.parametrize(("subject", "name"), _FILES)
def test_every_format_writes_what_it_wrote(subject: Subject, name: str, golden: Golden) -> None:
    found = find_format(name, (subject,))
    assert found is not None
    written = [found.encode(_VALUES[subject](), _VIEW) for _ in range(2)]
    assert written[0] == written[1]
    golden(_GOLDEN / _FILES[subject, name], written[0] if name != "html" else b"".join(unpacked(written[0])))


def unpacked(page: bytes) -> Iterator[bytes]:
    """A page without its style and program, which stand beside its encoder, and with its data as they are drawn: what
    compresses them may differ from machine to machine."""
    text = page.decode()
    for name in ("style", "script"):
        text = re.sub(rf"(<{name}>).*?(</{name}>)", r"\1\2", text, flags=re.DOTALL)
        text = re.sub(rf"({name}-src) 'sha256-[^']+'", r"\1", text)
    ((data,),) = (re.findall(r'<script[^>]*id="data"[^>]*>([^<]+)</script>', text),)
    yield text.replace(data, "…").encode()
    read: Any = json.loads(zlib.decompress(b64decode(data)))
    yield json.dumps(read, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


@pytest.mark.parametrize("file", _VIEWS)
def test_people_see_what_they_saw(file: str, golden: Golden) -> None:
    name, view = _VIEWS[file]
    found = find_format(name, ("report",))
    assert found is not None
    golden(_GOLDEN / "report" / f"{file}.txt", found.encode(lined(), structs.replace(view, tool="lading 1.0")))


@pytest.mark.parametrize("file", [*_FILES.values(), *(f"report/{name}.txt" for name in _VIEWS)])
def test_no_format_hands_on_what_a_terminal_obeys(file: str) -> None:
    written = (_GOLDEN / file).read_bytes()
    if file == "report/table-colour.txt":
        written = re.sub(rb"\x1b\[[0-9;]*m", b"", written)
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", written)
