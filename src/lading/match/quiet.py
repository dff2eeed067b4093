"""Which rows are folded into counted lines unless asked for."""

from lading.match.subjects import is_kernel_without_code
from lading.model.advisory import Kind, SeverityLabel, State
from lading.model.finding import Verdict
from lading.model.package import NO_CODE, Package

_BY_STATE: dict[State, str] = {"minor": "minor", "postponed": "postponed", "wont-fix": "wont-fix"}


def quiet_reason(
    package: Package, verdict: Verdict, state: State, label: SeverityLabel, fixed: str, kind: Kind = "vulnerability"
) -> str:
    """Why a finding is folded, empty when people should see it.

    What has a fix is shown, however small, since something can be done about it; kernel headers never are, and copies
    inside another package only wait for that one. Malware is always shown. A version that could not be compared is
    shown, since nobody else will look at it.
    """
    if kind == "malware":
        return ""
    if kind != "vulnerability":
        return "informational"
    if is_kernel_without_code(package):
        return "kernel-headers"
    if package.properties.items() >= NO_CODE.items():
        return "no-code"
    if package.evidence == "bundled":
        return "bundled"
    if verdict == "undetermined":
        return "undetermined" if state == "undetermined" else ""
    if fixed:
        return ""
    if state in _BY_STATE:
        return _BY_STATE[state]
    return "negligible" if label == "negligible" else ""
