"""The files of packages, for bills of materials that list them (see engine.package_files): no check of its own."""

from typing import Final

from lading.model.checks import Case, Checker, CheckResult


def _run(case: Case) -> CheckResult:
    return CheckResult()


CHECKER: Final = Checker("package-files", (), _run, compares=False)
