"""Which findings are hidden by default: counted in lines of their own unless asked for."""

import re
from typing import Final

from lading.model.advisory import Kind, SeverityLabel, State
from lading.model.finding import Status
from lading.model.package import Package
from lading.model.properties import has_no_code

_HIDDEN_STATES: Final[frozenset[State]] = frozenset(("minor", "deferred", "wont_fix"))
_KERNEL_SOURCES: Final = re.compile(r"linux(?:$|-)|kernel(?:$|-)")
_KERNEL_NO_CODE: Final = (
    "linux-libc-dev", "linux-headers", "linux-kbuild", "linux-doc", "linux-compiler-", "linux-config-"
)  # fmt: skip
_KERNEL_NO_CODE_RPM: Final = frozenset({"kernel-headers", "kernel-doc", "kernel-srpm-macros", "kernel-abi-stablelists"})


def hidden_reason(
    package: Package, status: Status, state: State, label: SeverityLabel, fixed: str, kind: Kind = "vulnerability"
) -> str:
    """Why a finding is hidden, empty when people should see it.

    What has a fix is shown, however small, since something can be done about it; kernel headers never are, and copies
    inside another package only wait for that one. Malware is always shown. A version that could not be compared is
    shown, since nobody else will look at it.
    """
    if kind == "malware":
        return ""
    if kind != "vulnerability":
        return "informational"
    if _is_kernel_without_code(package):
        return "kernel_headers"
    if has_no_code(package):
        return "no_code"
    if package.evidence == "bundled":
        return "bundled"
    if status == "under_investigation":
        return "under_investigation" if state == "under_investigation" else ""
    if fixed:
        return ""
    if state in _HIDDEN_STATES:
        return state
    return "negligible" if label == "negligible" else ""


def _is_kernel_without_code(package: Package) -> bool:
    """Whether a package comes from a kernel source but holds no kernel: headers, build helpers, documentation.

    Such packages match every vulnerability of the kernel while the container runs on the host's own.
    """
    if not _KERNEL_SOURCES.match(package.source or package.name):
        return False
    name = package.name
    return name.startswith(_KERNEL_NO_CODE) or name in _KERNEL_NO_CODE_RPM or name.endswith("-headers")
