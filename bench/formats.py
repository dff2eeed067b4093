"""Writing a report of 10,000 findings in every format: seconds of processor time, memory and bytes, each in a process
of its own.

    python bench/formats.py                 every format
    python bench/formats.py FORMAT [COUNT]  one, of so many findings in 2,000 packages
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from lading.formats.encoders.registry import find_format, formats_of
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER, Severity
from lading.model.decision import Decision, Evaluated
from lading.model.finding import Finding, MatchBasis
from lading.model.image import Image, Layer
from lading.model.package import Location, Package
from lading.model.report import Report, Target

_COUNT, _PACKAGES = 10_000, 2_000
VIEW = View(
    tool="lading 1",
    variables={"GITHUB_SHA": "a" * 40, "GITHUB_REF": "refs/heads/main", "AWS_REGION": "x-1", "AWS_ACCOUNT_ID": "1"},
    template="{% for row in rows %}{{ row.id }} {{ row.package }} {{ row.version }}: {{ row.advice }}\n{% endfor %}",
    template_name="rows.txt",
)


def main() -> None:
    """Without a name every format of a report is measured."""
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else _COUNT)
        return
    for one in formats_of(("report",)):
        subprocess.run([sys.executable, __file__, one.id], check=True)


def measure(name: str, count: int) -> None:
    """One format."""
    format = find_format(name, ("report",))
    assert format is not None
    value = evaluated(count)
    before = _peak()
    begin = time.process_time()
    with Path(os.devnull).open("wb") as file:
        size = sum(file.write(piece) for piece in format.pieces(value, VIEW))
    seconds = time.process_time() - begin
    print(
        f"{name:20} {seconds:6.2f} s {before:6.0f} MB before, {_peak():6.0f} MB {size / 1e6:6.2f} MB written",
        flush=True,
    )


def _peak() -> float:
    """The most memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def evaluated(count: int) -> Evaluated:
    """A report on so many vulnerabilities in 2,000 packages."""
    packages = tuple(map(_package, range(_PACKAGES)))
    findings = tuple(_finding(number, packages[number * _PACKAGES // count]) for number in range(count))
    image = Image(
        "registry.example/app:1", "registry", digest="sha256:" + "d" * 64, layers=(Layer(1, "sha256:" + "a" * 64),)
    )
    return Evaluated(Report("lading 1", (Target(image, packages=packages, findings=findings),)), Decision())


def _package(number: int) -> Package:
    name = f"package-{number}"
    location = Location(f"usr/lib/node_modules/{name}/package.json", 1)
    return Package(name, f"1.{number}.0", "npm", purl=f"pkg:npm/{name}@1", layer=1, locations=(location,))


def _finding(number: int, package: Package) -> Finding:
    label = SEVERITY_ORDER[number % len(SEVERITY_ORDER)]
    finding = Finding(
        f"CVE-2026-{number}",
        package,
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
