"""The whole way in one call: what every front door does, and a library user too."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from lading import __version__
from lading.engine.documents import SBOM, read_document
from lading.engine.environment import Environment
from lading.engine.explain_check import check_of, explain_check
from lading.engine.options import ScanOptions
from lading.engine.targets import each_platform, list_target
from lading.model.checks import CheckResult, Family
from lading.model.comparison import Comparison
from lading.model.errors import UsageError
from lading.model.explanation import Explanation
from lading.model.package import FoundVex, Inventory, package_order
from lading.model.ports import AdvisoryStore
from lading.model.report import InventoryResult, Report, Target
from lading.model.spelling import doubt

if TYPE_CHECKING:
    from lading.database.provider import Advisories
    from lading.database.search import KnownName
    from lading.engine.vex.gather import NamedVex
    from lading.match.inventory import Matcher, MatchOptions
    from lading.model.vex import VexResult
    from lading.policy.policy import Policy

TOOL = f"lading {__version__}"


def inventory(
    target: str, options: ScanOptions | None = None, environment: Environment | None = None
) -> InventoryResult:
    """What is in a target: its image, inventory and what could not be read.

    `target` is a reference (`alpine:3.20`, `registry.example/app@sha256:…`), the path of an OCI layout, an image
    archive or a root filesystem, or one of these with a prefix that says which (`registry:`, `oci:`, `docker-archive:`,
    `dir:`), or `sbom:FILE`. Without `environment` it is Environment.default(). Raises LadingError: UsageError,
    ImageError, NetError, SafeIOError, FormatError, EngineError.
    """
    return list_target(target, options or ScanOptions(), environment or Environment.default())


def inventory_for_bill(
    target: str, options: ScanOptions | None = None, environment: Environment | None = None, *, files: bool = False
) -> InventoryResult:
    """The same with the licenses that files of packages state where the packages do not, and the digests of packages
    that are one file: what a bill of materials says of them. With `files` it has the files of packages too, with their
    digests. A document has no files."""
    options, environment = options or ScanOptions(), environment or Environment.default()
    if target.startswith(SBOM):
        return list_target(target, options, environment)
    further: tuple[Family, ...] = ("file-digests", "package-files") if files else ("file-digests",)
    return list_target(target, structs.replace(options, checks=("licenses",)), environment, further=further)


def scan(target: str, options: ScanOptions | None = None, environment: Environment | None = None) -> Report:
    """What is in a target (as `inventory` takes it), matched against the advisories of the environment.

    The same image, options and advisories give the same report. Raises LadingError as `inventory`, and AdvisoryError
    when a shard is corrupt.
    """
    return scan_inventories(target, options, environment)[1]


def scan_inventories(
    target: str, options: ScanOptions | None = None, environment: Environment | None = None
) -> tuple[tuple[InventoryResult, ...], Report]:
    """As `scan`, with what `inventory` gives for each target of the report: several where the options ask for all
    platforms."""
    options, environment = options or ScanOptions(), environment or Environment.default()
    each = each_platform(target, options, environment)
    # What is said of an image elsewhere, in bills of materials, shows no more than the report does.
    listed = tuple(_with_checks_run(list_target(target, one, environment)) for one in each)
    cases = prepare_all(listed, options, environment)
    reports = [match_case(one, case) for one, case in zip(listed, cases, strict=True)]
    targets = tuple(target for report in reports for target in report.targets)
    return listed, structs.replace(reports[0], targets=targets)


def match(
    listed: InventoryResult, options: ScanOptions | None = None, environment: Environment | None = None
) -> Report:
    """The second half of `scan`: what `inventory` gave, matched against the advisories of the environment. Raises
    AdvisoryError and SafeIOError."""
    options, environment = options or ScanOptions(), environment or Environment.default()
    return match_case(listed, prepare(listed, options, environment))


def match_case(listed: InventoryResult, case: "Case", matcher: "Matcher | None" = None) -> Report:
    """The report on a case, matched by `match_inventory` or what stands in for it. Raises AdvisoryError."""
    from lading.match.inventory import match_inventory
    from lading.policy.visibility import with_visibility

    matcher = matcher or match_inventory
    found, advisories = case.inventory, case.advisories
    listed = _with_checks_run(listed)
    checked = listed.checked or CheckResult()
    diagnostics = (*listed.diagnostics, *advisories.diagnostics, *checked.diagnostics)
    matched = matcher(listed.image, found, diagnostics, advisories.store, case.options)
    target = Target(
        image=listed.image,
        distribution=found.distribution,
        packages=tuple(sorted(matched.packages, key=package_order)),
        unmanaged=found.unmanaged,
        findings=with_visibility(matched.findings),
        coverage=matched.coverage,
        diagnostics=matched.diagnostics,
        checks=listed.examined.families,
        issues=checked.issues,
        attached=listed.attached,
    )
    target = _with_vex(target, found.vex, case.vex, listed.attached_vex)
    return Report(TOOL, (target,), advisories.database, advisories.starter, advisories.pinned)


def _with_checks_run(listed: InventoryResult) -> InventoryResult:
    """What was listed, with what the checks make of it that were asked for."""
    if listed.checked is not None or not listed.examined.families:
        return listed
    from lading.engine.checking import masked, run_checks
    from lading.formats.issue_lines import with_issue_lines

    checked = run_checks(listed)
    issues = with_issue_lines(checked.issues, listed.examined.stated)
    image = masked(listed.image, listed.examined.families, listed.examined.inputs)
    return structs.replace(listed, image=image, checked=structs.replace(checked, issues=issues))


def explain(
    target: str,
    id: str,
    package: str = "",
    options: ScanOptions | None = None,
    environment: Environment | None = None,
    policy: "Policy | None" = None,
) -> Explanation:
    """Why the vulnerability `id` (any name of it, or of an advisory on it) is reported in a target, or why it is not,
    in packages whose name, source or package URL is `package` (all when it is empty), and what a policy ignores of it;
    of a check, what it finds, at places that have `package` in their names.
    Raises LadingError as `scan`, and UsageError for an `id` that nothing in the database knows."""
    from lading.match.explain import explain_vulnerability
    from lading.policy.visibility import with_visibility

    options, environment = options or ScanOptions(), environment or Environment.default()
    check = check_of(id)
    if check is not None:
        return structs.replace(explain_check(target, check, package, options, environment, policy), tool=TOOL)
    listed = list_target(target, options, environment)
    case = prepare(listed, options, environment)
    ask = partial(explain_vulnerability, listed.image, case.inventory, case.advisories.store, case.options, id, package)
    explanation = ask()
    if explanation.unmatched_reason in ("unknown-here", "no-data"):
        known = _known(id, case.advisories.store)
        if known is None:
            hint = f"; {said}" if (said := doubt(id)) else ""
            raise UsageError(f"{id}: nothing in the database knows this name; lading db search looks for one{hint}")
        # Data on other distributions may know what it is called here.
        explanation = ask(also=known.names) if known.names else explanation
        if explanation.unmatched_reason in ("unknown-here", "no-data") and known.packages:
            explanation = structs.replace(explanation, unmatched_reason="other-data", elsewhere=known.packages)
    findings = with_visibility(explanation.findings)
    stated = Target(
        listed.image,
        case.inventory.distribution,
        case.inventory.packages,
        findings=findings,
        attached=listed.attached,
    )
    stated = _with_vex(stated, case.inventory.vex, case.vex, listed.attached_vex)
    if policy is not None:
        from lading.policy.gate import evaluate

        (stated,) = evaluate(Report(TOOL, (stated,)), policy, environment.clock().date()).report.targets
    results = tuple(one for one in stated.vex if one.outcome not in ("no_finding", "unmatched") or _is_on(one, id))
    return structs.replace(
        explanation, tool=TOOL, database=case.advisories.database, findings=stated.findings, vex=results
    )


def _known(id: str, store: AdvisoryStore) -> "KnownName | None":
    """What any shard knows of a vulnerability or an advisory by this name; nothing where that cannot be asked, None
    where none does."""
    from lading.advisories.store import ShardStore
    from lading.database.search import KnownName, known_name

    return known_name(id, store) if isinstance(store, ShardStore) else KnownName()


def _is_on(result: "VexResult", id: str) -> bool:
    return result.vulnerability.upper() == id.upper()


def _with_vex(
    target: Target, lying: Sequence[FoundVex], named: "NamedVex | None", attached: Sequence[FoundVex]
) -> Target:
    """A target with what VEX documents state about its findings. Raises UsageError for one that cannot be read."""
    if named is None:
        return target
    from lading.engine.vex.stated import with_vex

    return with_vex(target, lying, named, attached)


def explain_against(
    target: str,
    report: Path,
    options: ScanOptions | None = None,
    environment: Environment | None = None,
    policy: "Policy | None" = None,
) -> Comparison:
    """In what the scan of a target, held to a policy, and another scanner's report in a file differ, and why. Raises
    LadingError as `scan`, and FormatError for a report that cannot be read."""
    from lading.formats.decoders.reports.any import parse_foreign_report
    from lading.match.against import compare_with
    from lading.policy.gate import evaluate

    options, environment = options or ScanOptions(), environment or Environment.default()
    foreign = parse_foreign_report(read_document(report, options), str(report))
    listed = list_target(target, options, environment)
    case = prepare(listed, options, environment)
    matched = match_case(listed, case)
    if policy is not None:
        matched = evaluate(matched, policy, environment.clock().date()).report
    (found,) = matched.targets
    advisories = case.advisories
    comparison = compare_with(
        foreign,
        str(report),
        found.image,
        case.inventory,
        found.findings,
        advisories.store,
        case.options,
        found.diagnostics,
    )
    return structs.replace(comparison, tool=TOOL, database=advisories.database)


class Case(Struct, frozen=True):
    """What is matched, without the paths that packages own, which matter only while an image is read; against what, and
    how; and the VEX documents that the user names, None where there are none, in the image neither nor attached."""

    inventory: Inventory
    advisories: "Advisories"
    options: "MatchOptions"
    vex: "NamedVex | None"


def prepare(listed: InventoryResult, options: ScanOptions, environment: Environment) -> Case:
    """What was listed, with the advisories on it. Raises AdvisoryError and SafeIOError."""
    return prepare_all((listed,), options, environment)[0]


def prepare_all(listed: Sequence[InventoryResult], options: ScanOptions, environment: Environment) -> tuple[Case, ...]:
    """The same for several, whose advisories are asked for at once."""
    from lading.formats.go_functions import read_functions
    from lading.match.groups import shards_for
    from lading.match.inventory import MatchOptions

    found = [without_files(one.inventory) for one in listed]
    vex = [
        _named_vex((*one.vex, *result.attached_vex), options, environment)
        for one, result in zip(found, listed, strict=True)
    ]
    shards = tuple(dict.fromkeys(shard for one in found for shard in shards_for(one)))
    advisories = environment.database.provide(shards, environment.progress)
    matching = MatchOptions(read_functions, options.severity_source, advisories.starter)
    return tuple(Case(one, advisories, matching, named) for one, named in zip(found, vex, strict=True))


def without_files(inventory: Inventory) -> Inventory:
    """An inventory whose packages are without the paths that they own."""
    packages = tuple(structs.replace(one, files=()) if one.files else one for one in inventory.packages)
    return structs.replace(inventory, packages=packages)


def _named_vex(lying: Sequence[FoundVex], options: ScanOptions, environment: Environment) -> "NamedVex | None":
    if environment.vex is not None or not (options.vex or lying):
        return environment.vex
    from lading.engine.vex.gather import read_named_vex
    from lading.engine.vex.opening import open_vex_web

    web = partial(open_vex_web, options, environment.network, environment.clock)
    return read_named_vex(options.vex, environment.trust.vex, web)
