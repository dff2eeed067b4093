"""`lading policy`."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

from lading.cli.demo import build_demo
from lading.cli.main import main
from tests.support.settings import Site


def test_without_the_library_for_rules_a_policy_to_start_from_holds_all_the_same(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["policy", "init", "-"]) == 0
    whole = capsys.readouterr().out
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "cel_expr_python" else found(name))
    assert main(["policy", "init"]) == 0
    assert capsys.readouterr().out.startswith("wrote lading.toml; its rules are commented out: they need the library ")
    written = site.project.read_text()
    assert set(tomllib.loads(written)) == {"policy"}
    first = written.index("# [[rule]]")
    uncommented = written[first:].replace("# [[rule]]", "[[rule]]")
    assert uncommented.count("[[rule]]") == whole.count("[[rule]]")


def test_a_policy_to_start_from_can_be_used(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "init", "-"]) == 0
    shown = capsys.readouterr().out
    assert set(tomllib.loads(shown)) == {"policy", "rule"}
    assert main(["policy", "init"]) == 0
    assert (capsys.readouterr().out, site.project.read_text()) == ("wrote lading.toml\n", shown)
    assert main(["policy", "init"]) == 2
    assert capsys.readouterr().err == (
        "lading: lading.toml: is there already; lading policy init - shows what would be written\n"
    )
    # What is commented out can be used as well.
    entries = shown[shown.index("# [[ignore]]") :].replace("# [[", "[[").replace("\n# ", "\n")
    text = "\n".join(line for line in entries.splitlines() if "=" in line or "[[" in line)
    site.project.write_text(f"{shown}\n{text}\n")
    assert main(["scan", "sbom:nothing"]) == 2
    assert "nothing: cannot be read" in capsys.readouterr().err


@pytest.mark.usefixtures("site")
def test_other_scanners_ignores_are_converted(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".trivyignore").write_text(
        '# say "no"\nCVE-2024-1111 exp:2027-02-01\nAVD-DS-0002\nGHSA-j7hp-h8jx-5ppr # copy\n'
    )
    assert main(["policy", "import", ".trivyignore"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        '[[ignore]]\nvulnerability = "CVE-2024-1111"\nreason = "say \\"no\\""\nexpires = 2027-01-31\n\n'
        '[[ignore]]\nvulnerability = "GHSA-j7hp-h8jx-5ppr"\nreason = "copy"\n'
    )
    assert err == (
        "lading: .trivyignore: line 3: AVD-DS-0002: left out: what is no vulnerability cannot be said in a policy\n"
    )
    Path("osv-scanner.toml").write_text('[[IgnoredVulns]]\nid = "CVE-1"\nignoreUntil = "x"\n')
    assert main(["policy", "import", "osv-scanner.toml"]) == 2
    assert capsys.readouterr().err == (
        "lading: osv-scanner.toml: cannot be read as another scanner's ignores: CVE-1: 'x' is not a date (2026-01-31)\n"
    )


def test_what_a_rule_can_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "fields"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:] if line[0] != " "]
    assert {"finding.severity", "finding.secret", "image.data_age", "image.signed"} <= set(names)


def test_a_policy_is_tried_on_reports_that_were_kept(
    site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build_demo(tmp_path / "image")
    report, policy = Path("report.json"), Path("policy.toml")
    scan = ["scan", "--starter", "--platform", "linux/amd64", f"oci:{tmp_path}/image:demo"]
    assert main([*scan, "-o", f"json={report}"]) == 0
    policy.write_text(
        '[[ignore]]\npackage = "libwebp"\nexpires = 2027-01-31\n[[rule]]\nname = "x"\nfail = "finding.kev"'
    )
    capfd.readouterr()
    ignore = "the ignore of everything in libwebp"
    assert main(["policy", "test", str(policy), str(report), str(report), "--day", "2027-02-01"]) == 1
    out, err = capfd.readouterr()
    assert out.splitlines()[1:] == ["report.json  fails  x (3)", "report.json  fails  x (3)", "0 of 2 pass"]
    assert err == f"lading: policy.toml:1: {ignore} does not hold: it expired on 2027-01-31\n"
    assert main(["policy", "test", str(policy), str(report), "--day", "2027-01-24"]) == 1
    assert capfd.readouterr().err == (
        f"lading: policy.toml:1: {ignore} ends in 7 days, on 2027-01-31: what it ignores then counts again\n"
    )
    assert main(["policy", "test", str(policy), str(report), "--day", "2027-01-23"]) == 1
    assert capfd.readouterr().err == ""
    assert main(["policy", "test", str(policy), str(report), "--day", "2027-01-31", "--exit-code", "7"]) == 7
    assert "report.json  fails  x (2)\n" in capfd.readouterr().out
    policy.write_text("")
    assert main(["policy", "test", str(policy), str(report)]) == 0
    assert capfd.readouterr().out.splitlines()[1:] == ["report.json  passes", "1 of 1 pass"]
    assert main(["policy", "test", str(policy), str(policy)]) == 2
    assert capfd.readouterr().err.startswith("lading: policy.toml: not a report of Lading's (lading scan -o json)")
    assert main(["policy", "test", str(policy), str(report), "--day", "soon"]) == 2
    assert capfd.readouterr().err == "lading: --day 'soon': is not a date (2026-01-31)\n"
