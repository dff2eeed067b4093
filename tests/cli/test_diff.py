"""`lading diff`."""

import json
from pathlib import Path

import pytest

from tests.databases import SECOND, advisory, publish
from tests.support.program import Lading


@pytest.fixture
def database(own_home: Path) -> Path:
    place = own_home / ".local" / "share" / "lading" / "db"
    publish(place, "pypi", advisory("CVE-2026-1", "a", "2.0"), advisory("CVE-2026-2", "b", "2.0"))
    return place


def sbom(path: Path, **packages: str) -> str:
    components = [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
        for name, version in packages.items()
    ]
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}))
    return f"sbom:{path}"


def test_images_and_reports_are_compared_alike(lading: Lading, database: Path, tmp_path: Path) -> None:
    old, new = sbom(tmp_path / "old.json", a="1.5"), sbom(tmp_path / "new.json", a="2.0", b="1")
    report = tmp_path / "report.json"
    lading("scan", old, "--offline", "-o", f"json={report}")
    for before in (old, report):
        shown = lading("diff", before, new, "--offline", "--exit-on", "new", "-o", "json", status=1)
        document = json.loads(shown.stdout)
        assert [(one["kind"], one["cause"], one["finding"]["id"]) for one in document["rows"]] == [
            ("introduced", "image", "CVE-2026-2"),
            ("fixed", "image", "CVE-2026-1"),
        ]
    assert lading("diff", report, new, "--offline").stdout.endswith("+ pypi b 1\n↑ pypi a 1.5 → 2.0\n")
    assert "| CVE-2026-2 | b 1 |" in lading("diff", report, new, "--offline", "-o", "md").stdout


def test_an_advisory_that_came_out_since_is_no_matter_of_the_image(
    lading: Lading, database: Path, tmp_path: Path
) -> None:
    image, report = sbom(tmp_path / "bom.json", a="1.5"), tmp_path / "report.json"
    lading("scan", image, "--offline", "-o", f"json={report}")
    publish(database, "pypi", advisory("CVE-2026-1", "a", "2.0"), advisory("CVE-2026-3", "a", "2.0"), built=SECOND)
    shown = lading("diff", report, image, "--offline", "--exit-on", "new:image")
    assert "data: the data on it changed, pypi of 2026-01-01 → of 2026-01-02" in shown.stdout
    lading("diff", report, image, "--offline", "--exit-on", "new:data", status=1)


def changes(shown: str) -> list[tuple[str, str, str, str]]:
    rows = json.loads(shown)["rows"]
    return [(one["kind"], one["finding"]["id"], one["cause"], one["why"]) for one in rows]


def test_an_ignore_and_its_end_are_of_the_policy(lading: Lading, database: Path, tmp_path: Path) -> None:
    image, policy = sbom(tmp_path / "bom.json", a="1.5", b="1"), tmp_path / "policy.toml"
    bare, ignoring = tmp_path / "bare.json", tmp_path / "ignoring.json"
    policy.write_text('[[ignore]]\nvulnerability = "CVE-2026-1"\nreason = "x"\n')
    lading("scan", image, "--offline", "-o", f"json={bare}")
    lading("scan", image, "--offline", "--policy", policy, "-o", f"json={ignoring}")
    ignored = ("changed", "CVE-2026-1", "policy", f"it is taken out by ignore {policy}:1")
    assert changes(lading("diff", bare, ignoring, "-o", "json").stdout) == [ignored]
    assert changes(lading("diff", bare, image, "--policy", policy, "--offline", "-o", "json").stdout) == [ignored]
    ended = ("introduced", "CVE-2026-1", "policy", f"ignore {policy}:1 took it out, and holds no more")
    assert changes(lading("diff", ignoring, bare, "-o", "json", "--exit-on", "new:image").stdout) == [ended]
    lading("diff", ignoring, image, "--offline", "--exit-on", "new:high:policy", status=3)  # nobody rated it
    lading("diff", ignoring, image, "--offline", "--exit-on", "new:policy", status=1)


def test_another_version_or_other_options_are_of_the_tool(lading: Lading, database: Path, tmp_path: Path) -> None:
    """An older program that did not see one of the packages, by the same data."""
    image, now, before = sbom(tmp_path / "bom.json", a="1.5", b="1"), tmp_path / "now.json", tmp_path / "before.json"
    lading("scan", image, "--offline", "-o", f"json={now}")
    document = json.loads(now.read_bytes())
    (target,) = document["targets"]
    tool = document["tool"]
    target["findings"] = [one for one in target["findings"] if one["id"] != "CVE-2026-2"]
    before.write_text(json.dumps(document | {"tool": "lading 0.0.9"}))
    why = f"the program changed, lading 0.0.9 → {tool}"
    assert changes(lading("diff", before, image, "--offline", "-o", "json").stdout) == [
        ("introduced", "CVE-2026-2", "tool", why)
    ]
    assert changes(lading("diff", now, before, "-o", "json").stdout) == [
        ("fixed", "CVE-2026-2", "tool", f"the program changed, {tool} → lading 0.0.9")
    ]
    lading("diff", before, image, "--offline", "--exit-on", "new:image", "--exit-on", "new:data")
    lading("diff", before, image, "--offline", "--exit-on", "new:tool", status=1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"schema": "https://lading.dev/schema/report-1.json"}', "is a report of another version of Lading"),
        ('{"schema": "https://lading.dev/schema/report-2.json"}', "cannot be read as Lading's report"),
        ("{", "not a report of Lading's (lading scan -o json)\n"),
        ('{"matches": []}', "lading explain IMAGE --against it tells in what another scanner differs"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "an SBOM is named sbom:FILE"),
    ],
)
def test_what_is_no_result_is_refused(
    lading: Lading, database: Path, tmp_path: Path, content: str, message: str
) -> None:
    path, image = tmp_path / "old.json", sbom(tmp_path / "bom.json", a="1.5")
    path.write_text(content)
    for sides in ((path, image), (image, path)):
        assert message in lading("diff", *sides, "--offline", status=2).stderr
    assert lading("diff", tmp_path / "none", image, "--offline", status=2).stderr.startswith("lading: ")
    assert "expected new" in lading("diff", image, image, "--exit-on", "old", status=2).stderr
