"""Real reports of other scanners beside our findings in the same images, by advisories of the same sources."""

import lzma
from collections import Counter
from pathlib import Path

import pytest

from lading.engine.environment import Environment
from lading.engine.scan import explain_against
from lading.model.comparison import Difference
from lading.model.foreign import ForeignPackage
from tests.support.program import Lading

pytestmark = pytest.mark.long

IMAGES = ("a-python", "b-node", "c-alpine", "d-java", "e-go")
SHARDS = (
    "alpine-3.18", "crates.io", "debian-12", "gitlab-cargo", "gitlab-go", "gitlab-maven", "gitlab-npm", "gitlab-pypi",
    "go", "maven", "npm", "pypi",
)  # fmt: skip
UNEXPLAINED = ("not-in-report", "not-in-data")


def unpack(shared: Path, name: str, tmp_path: Path) -> Path:
    source = shared / "rivals" / f"{name}.json.xz"
    if not source.exists():
        pytest.skip("shared/rivals is not there")
    path = tmp_path / f"{name}.json"
    path.write_bytes(lzma.decompress(source.read_bytes()))
    return path


def test_nearly_every_difference_has_its_cause(lading: Lading, shared: Path, tmp_path: Path) -> None:
    images = {name: unpack(shared, f"{name}.cyclonedx", tmp_path) for name in IMAGES}
    lading("db", "update", "--from", shared / "feeds", *SHARDS)
    environment = Environment.default()
    causes = Counter[str]()
    every = []
    for name, image in images.items():
        for scanner in ("trivy", "grype", "osv"):
            report = unpack(shared, f"{name}.{scanner}", tmp_path)
            found = explain_against(f"sbom:{image}", report, environment=environment)
            assert found.same_image
            assert found.same + sum(one.side == "report" for one in found.differences) == found.report_rows
            assert all(one.why for one in found.differences)
            causes.update(one.cause for one in found.differences)
            every += [one for one in found.differences if (name, scanner) == ("c-alpine", "trivy")]
    assert causes.total() > 1000
    assert sum(causes[one] for one in UNEXPLAINED) <= causes.total() * 0.02
    assert causes["function"] > 200
    (one,) = (one for one in every if one.id == "CVE-2020-26160")
    assert one == Difference(
        side="report",
        cause="function",
        package=ForeignPackage("golang", "github.com/dgrijalva/jwt-go", "v3.2.0+incompatible"),
        id="CVE-2020-26160",
        why="go of 2026-08-21, GO-2020-0017: none of the functions with the vulnerability is in the program "
        "(github.com/dgrijalva/jwt-go.MapClaims.VerifyAudience); gitlab-go CVE-2020-26160 says otherwise, and comes "
        "after it",
        paths=("app/web",),
        source="osv",
        shard="go",
        advisory="GO-2020-0017",
    )
