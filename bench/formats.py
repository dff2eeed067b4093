"""Writing a report of 10,000 findings in every format: seconds of processor time, memory and bytes, each in a process
of its own."""

import resource
import subprocess
import sys
import time

from msgspec import structs

from lading.formats.encoders.registry import find_format, formats_of
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER, Severity
from lading.model.decision import Decision, Evaluated
from lading.model.finding import Finding, MatchBasis
from lading.model.image import Image, Layer
from lading.model.package import Location, Package
from lading.model.report import Report, Target

_COUNT = 10_000
VIEW = View(
    tool="lading 1",
    variables={"GITHUB_SHA": "a" * 40, "GITHUB_REF": "refs/heads/main", "AWS_REGION": "x-1", "AWS_ACCOUNT_ID": "1"},
    template="{% for row in rows %}{{ row.id }} {{ row.package }} {{ row.version }}: {{ row.advice }}\n{% endfor %}",
    template_name="rows.txt",
)


def main() -> None:
    """Without a name every format of a report is measured."""
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    for one in formats_of(("report",)):
        subprocess.run([sys.executable, __file__, one.id], check=True)


def measure(name: str) -> None:
    """One format."""
    format = find_format(name, ("report",))
    assert format is not None
    value = evaluated()
    begin = time.process_time()
    size = len(format.encode(value, VIEW))
    seconds = time.process_time() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{name:20} {seconds:6.2f} s {memory:6.0f} MB {size / 1e6:6.2f} MB written", flush=True)


def evaluated() -> Evaluated:
    """A report on 2,000 packages with five vulnerabilities each."""
    findings = tuple(map(_finding, range(_COUNT)))
    packages = tuple({one.package.name: one.package for one in findings}.values())
    image = Image(
        "registry.example/app:1", "registry", digest="sha256:" + "d" * 64, layers=(Layer(1, "sha256:" + "a" * 64),)
    )
    return Evaluated(Report("lading 1", (Target(image, packages=packages, findings=findings),)), Decision())


def _finding(number: int) -> Finding:
    name = f"package-{number // 5}"
    path = f"usr/lib/node_modules/{name}/package.json"
    package = Package(name, f"1.{number // 5}.0", "npm", purl=f"pkg:npm/{name}@1", layer=1)
    label = SEVERITY_ORDER[number % len(SEVERITY_ORDER)]
    finding = Finding(
        f"CVE-2026-{number}",
        structs.replace(package, locations=(Location(path, 1),)),
        "affected",
        MatchBasis("npm", f"GHSA-{number}"),
        severity=Severity(label, "osv"),
        fixed_version="2.0.0" if number % 2 else "",
        fix_state="fixed" if number % 2 else "not_fixed",
        summary=f"Number {number} lets whoever sends a long message read the memory of the process. " * 2,
        url=f"https://nvd.nist.gov/vuln/detail/CVE-2026-{number}",
        cwes=("CWE-125",),
    )
    return finding


if __name__ == "__main__":
    main()
