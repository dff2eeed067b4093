"""How long rules take on many findings, and a policy on many kept reports: python bench/policy.py"""

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from msgspec import structs

from lading.database.provider import StarterDatabase
from lading.engine.environment import Environment
from lading.engine.results import read_report
from lading.formats.documents.report import report_json
from lading.formats.view import View
from lading.model.advisory import Severity
from lading.model.decision import Decision, Evaluated
from lading.model.finding import Finding, MatchBasis
from lading.model.image import Image
from lading.model.package import Package
from lading.model.report import Report, Target
from lading.policy.document import parse_policy
from lading.policy.gate import decide
from lading.policy.policy import Policy, with_documents
from lading.policy.start import start
from lading.safeio.toml_text import parse_toml

TODAY = date(2026, 11, 29)
LABELS = ("low", "medium", "high", "critical")


def report_of(findings: int) -> Report:
    """A report with as many findings, all different."""
    packages = tuple(
        Package(f"package-{number}", f"1.{number}", "deb", purl=f"pkg:deb/debian/package-{number}@1.{number}")
        for number in range(findings)
    )
    found = tuple(
        Finding(
            f"CVE-2026-{number:05}",
            package,
            "affected",
            MatchBasis("debian-12", f"CVE-2026-{number:05}"),
            Severity(LABELS[number % 4], "nvd", 1.0 + number % 9),
            fix_state="fixed" if number % 2 else "not_fixed",
            fixed_version="2" if number % 2 else "",
            epss=number / findings,
        )
        for number, package in enumerate(packages)
    )
    return Report("lading", (Target(Image("image", "oci-layout"), packages=packages, findings=found),))


def policy_of(text: str) -> Policy:
    return with_documents(Policy("high"), [parse_policy(parse_toml(text.encode()), "project", "p", lambda *path: 0)])


def rules() -> str:
    kinds = (
        "finding.severity >= HIGH && finding.fixable",
        "finding.epss > 0.9{n}",
        'finding.package == "package-{n}" && finding.version.startsWith("2")',
        'finding.aliases.exists(a, a.startsWith("GHSA-{n}"))',
    )
    return "".join(f"[[rule]]\nname = 'rule {n}'\nfail = '{kinds[n % 4].format(n=n)}'\n" for n in range(20))


def main() -> None:
    report, policy = report_of(10_000), policy_of(rules())
    started = time.process_time()
    decide(report, policy, TODAY)
    print(f"20 rules on 10,000 findings: {time.process_time() - started:.2f} s of processor")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as directory:
        paths = [Path(directory) / f"{number}.json" for number in range(count)]
        for number, path in enumerate(paths):
            small = structs.replace(report_of(100 + number % 100), tool=f"lading {number}")
            path.write_bytes(report_json(Evaluated(small, Decision()), View(tool="lading")))
        policy, environment = policy_of(start()), Environment(database=StarterDatabase())
        started = time.process_time()
        for path in paths:
            decide(read_report(path, environment), policy, TODAY)
        size = sum(path.stat().st_size for path in paths) / 1e6
        spent = time.process_time() - started
        print(f"{count:,} reports of 100 to 199 findings ({size:.0f} MB): {spent:.2f} s of processor")


main()
