"""Which findings are hidden by default: counted in lines of their own unless asked for."""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import structs

from lading.model.finding import Finding, HiddenReason
from lading.model.package import Package
from lading.model.properties import has_no_code

_KERNEL_SOURCES: Final = re.compile(r"linux(?:$|-)|kernel(?:$|-)")
_KERNEL_NO_CODE: Final = (
    "linux-libc-dev", "linux-headers", "linux-kbuild", "linux-doc", "linux-compiler-", "linux-config-"
)  # fmt: skip
_KERNEL_NO_CODE_RPM: Final = frozenset({"kernel-headers", "kernel-doc", "kernel-srpm-macros", "kernel-abi-stablelists"})


def with_visibility(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each with the reason why it is hidden by default."""
    return tuple(
        structs.replace(one, hidden_reason=reason) if one.is_open and (reason := hidden_reason(one)) else one
        for one in findings
    )


def hidden_reason(finding: Finding) -> HiddenReason:
    """Why a finding is hidden by default, empty when people should see it.

    What has a fix is shown, however small, since something can be done about it; kernel headers never are, and copies
    inside another package only wait for that one. Malware is always shown. A version that could not be compared is
    shown, since nobody else will look at it.
    """
    package = finding.package
    if finding.kind == "malware":
        return ""
    if finding.kind != "vulnerability":
        return "informational"
    if _is_kernel_without_code(package):
        return "kernel_headers"
    if has_no_code(package):
        return "no_code"
    if package.evidence == "bundled":
        return "bundled"
    if finding.status == "under_investigation":
        return "under_investigation" if finding.unresolved == "upstream" else ""
    if finding.fix_state in ("minor", "deferred", "wont_fix"):
        return finding.fix_state
    is_negligible = finding.severity.label == "negligible" and not finding.fixed_version
    return "negligible" if is_negligible else ""


def _is_kernel_without_code(package: Package) -> bool:
    """Whether a package comes from a kernel source but holds no kernel: headers, build helpers, documentation.

    Such packages match every vulnerability of the kernel while the container runs on the host's own.
    """
    if not _KERNEL_SOURCES.match(package.source or package.name):
        return False
    name = package.name
    return name.startswith(_KERNEL_NO_CODE) or name in _KERNEL_NO_CODE_RPM or name.endswith("-headers")
