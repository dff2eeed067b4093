"""The one table of formats: everything that `-o` can name, for every command."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, Final, Literal, get_args

from msgspec import Struct

from lading.formats.view import View
from lading.model.errors import UsageError
from lading.model.spelling import meant

Subject = Literal[
    "report",
    "scanned",
    "inventory",
    "explanation",
    "comparison",
    "changes",
    "search",
    "difference",
    "vex",
    "fixes",
    "completeness",
    "fleet",
    "cluster",
    "exposure",
    "rematch",
    "licenses",
]
"""What a format shows, and the value that its encoder gets: model.decision.Evaluated, model.decision.Scanned,
model.report.InventoryResult, model.explanation.Explanation, model.comparison.Comparison,
model.changes.EvaluatedChanges, model.search.SearchResult, model.search.DatabaseDifference,
model.vex.VexDocument, model.fixes.FixPlan, model.completeness.Completeness, model.fleet.FleetSummary,
model.cluster.ClusterSummary, model.exposure.Exposure, model.rematch.Rematch or model.licenses.LicenseList."""


class Format(Struct, frozen=True):
    """One way to write a subject. `encoder` names a function `encode(value, view)` by its module below lading.formats
    and its name: it is loaded when it is first used, and gives bytes, or pieces of them one after the other. `aliases`
    are other tools' words for it; `for_people` tells that it shows what a view asks for, and not everything.
    `variables` are those of the environment that the document cannot be without (a commit, an account), `also` those
    that it takes in besides; `of_digest` tells that it speaks of an image by its digest. `completed` names a function,
    as `encoder` does, that adds to the finished document what the value has only where it was asked for."""

    id: str
    subject: Subject
    media_type: str
    title: str
    encoder: tuple[str, str]
    aliases: tuple[str, ...] = ()
    for_people: bool = False
    variables: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    of_digest: bool = False
    completed: tuple[str, str] | None = None

    def encode(self, value: object, view: View) -> bytes:
        """The value as a document that ends in a newline. The same value and view give the same bytes."""
        return b"".join(self.pieces(value, view))

    def pieces(self, value: object, view: View) -> Iterable[bytes]:
        """The same in pieces, of which each is made when it is asked for where the whole may be large."""
        encoded: bytes | Iterable[bytes] = _function(self.encoder)(value, view)
        if self.completed is not None:
            encoded = _function(self.completed)(encoded, value)
        return (encoded,) if isinstance(encoded, bytes | bytearray) else encoded


def _function(named: tuple[str, str]) -> Any:
    module, name = named
    return getattr(import_module(f"lading.formats.{module}"), name)


_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"

FORMATS: Final[tuple[Format, ...]] = (
    Format("table", "report", _TEXT, "for people", ("encoders.text.report", "encode_report_table"), ("text",), True),
    Format("tree", "report", _TEXT, "by layer", ("encoders.text.report", "encode_report_tree"), for_people=True),
    Format("json", "report", _JSON, "everything, docs/schema/report-2.json", ("documents.report", "encode_report")),
    Format(
        "html",
        "report",
        "text/html; charset=utf-8",
        "one page for a browser",
        ("encoders.html.report", "encode_report_html"),
    ),
    Format("sarif", "report", "application/sarif+json", "SARIF 2.1.0", ("encoders.sarif", "encode_sarif")),
    Format(
        "gitlab",
        "report",
        _JSON,
        "GitLab's container scanning report, 15.2.1",
        ("encoders.gitlab", "encode_gitlab"),
        ("gitlab-container-scanning",),
    ),
    Format(
        "gitlab-dependencies",
        "report",
        _JSON,
        "GitLab's dependency scanning report, 15.2.1",
        ("encoders.gitlab", "encode_gitlab_dependencies"),
        ("gitlab-dependency-scanning",),
    ),
    Format("junit", "report", "application/xml", "JUnit XML", ("encoders.junit", "encode_junit"), ("junit-xml",)),
    Format(
        "markdown",
        "report",
        "text/markdown; charset=utf-8; variant=GFM",
        "for comments on pull requests",
        ("encoders.text.report_markdown", "encode_report_markdown"),
        ("md",),
        for_people=True,
    ),
    Format("trivy", "report", _JSON, "Trivy's JSON, version 2", ("encoders.trivy", "encode_trivy"), ("trivy-json",)),
    Format("grype", "report", _JSON, "Grype's JSON", ("encoders.grype", "encode_grype"), ("grype-json",)),
    Format(
        "github",
        "report",
        _JSON,
        "GitHub's dependency snapshot, for its dependency submission API",
        ("encoders.github", "encode_github"),
        ("github-snapshot",),
        variables=("GITHUB_SHA", "GITHUB_REF"),
        also=("GITHUB_WORKFLOW", "GITHUB_JOB", "GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY"),
    ),
    Format(
        "asff",
        "report",
        _JSON,
        "findings for AWS Security Hub",
        ("encoders.asff", "encode_asff"),
        variables=("AWS_REGION", "AWS_ACCOUNT_ID"),
    ),
    Format(
        "csaf-vex",
        "report",
        _JSON,
        "CSAF 2.0, VEX statements on what is found",
        ("encoders.csaf", "encode_csaf_vex"),
    ),
    Format(
        "csaf-vdr",
        "report",
        _JSON,
        "CSAF 2.0, a vulnerability disclosure report",
        ("encoders.csaf", "encode_csaf_vdr"),
        ("csaf",),
    ),
    Format(
        "cosign-vuln",
        "report",
        _JSON,
        "the predicate for cosign attest --type vuln",
        ("encoders.attestations", "encode_cosign_vuln"),
    ),
    Format(
        "in-toto",
        "report",
        "application/vnd.in-toto+json",
        "a statement of in-toto, vulns 0.2",
        ("encoders.attestations", "encode_in_toto"),
        of_digest=True,
    ),
    Format(
        "prometheus",
        "report",
        "text/plain; version=0.0.4; charset=utf-8",
        "Prometheus's text format",
        ("encoders.prometheus", "encode_prometheus"),
        ("metrics",),
    ),
    Format(
        "template",
        "report",
        _TEXT,
        "what a template makes (--template)",
        ("encoders.template.report", "encode_template"),
    ),
    Format("csv", "report", "text/csv; charset=utf-8", "for spreadsheets", ("encoders.spreadsheet", "encode_csv")),
    Format(
        "cyclonedx",
        "scanned",
        "application/vnd.cyclonedx+json; version=1.6",
        "CycloneDX 1.6 with vulnerabilities, JSON",
        ("encoders.cyclonedx", "encode_cyclonedx_scan"),
        ("cyclonedx-json", "cdx", "cyclonedx-1.6"),
    ),
    Format(
        "cyclonedx-1.7",
        "scanned",
        "application/vnd.cyclonedx+json; version=1.7",
        "CycloneDX 1.7 with vulnerabilities, JSON",
        ("encoders.cyclonedx", "encode_cyclonedx_scan_17"),
    ),
    Format(
        "spdx-3",
        "scanned",
        "application/spdx+json",
        "SPDX 3.0.1 with vulnerabilities, JSON-LD",
        ("encoders.spdx3", "encode_spdx3_scan"),
        ("spdx-3.0", "spdx3"),
    ),
    Format("table", "inventory", _TEXT, "for people", ("encoders.text.inventory", "encode_inventory_table"), ("text",)),
    Format("tree", "inventory", _TEXT, "by layer", ("encoders.text.inventory", "encode_inventory_tree")),
    Format(
        "json",
        "inventory",
        _JSON,
        "everything, docs/schema/inventory-1.json",
        ("documents.inventory", "encode_inventory"),
    ),
    Format(
        "cyclonedx",
        "inventory",
        "application/vnd.cyclonedx+json; version=1.6",
        "CycloneDX 1.6, JSON",
        ("encoders.cyclonedx", "encode_cyclonedx"),
        ("cyclonedx-json", "cdx", "cyclonedx-1.6"),
        completed=("sbom.with_files", "cyclonedx_with_files"),
    ),
    Format(
        "cyclonedx-1.7",
        "inventory",
        "application/vnd.cyclonedx+json; version=1.7",
        "CycloneDX 1.7, JSON",
        ("encoders.cyclonedx", "encode_cyclonedx_17"),
        completed=("sbom.with_files", "cyclonedx_with_files"),
    ),
    Format(
        "spdx",
        "inventory",
        "application/spdx+json",
        "SPDX 2.3, JSON",
        ("encoders.spdx", "encode_spdx"),
        ("spdx-json",),
        completed=("sbom.with_files", "spdx_with_files"),
    ),
    Format(
        "spdx-3",
        "inventory",
        "application/spdx+json",
        "SPDX 3.0.1, JSON-LD",
        ("encoders.spdx3", "encode_spdx3"),
        ("spdx-3.0", "spdx3"),
        completed=("sbom.with_files", "spdx3_with_files"),
    ),
    Format(
        "text", "explanation", _TEXT, "for people", ("encoders.text.explanation", "encode_explanation_text"), ("table",)
    ),
    Format(
        "json",
        "explanation",
        _JSON,
        "everything, docs/schema/explanation-1.json",
        ("documents.explanation", "encode_explanation"),
    ),
    Format(
        "table", "comparison", _TEXT, "for people", ("encoders.text.comparison", "encode_comparison_table"), ("text",)
    ),
    Format(
        "json",
        "comparison",
        _JSON,
        "everything, docs/schema/comparison-1.json",
        ("documents.comparison", "encode_comparison"),
    ),
    Format("table", "changes", _TEXT, "for people", ("encoders.text.changes", "encode_changes_table"), ("text",)),
    Format("json", "changes", _JSON, "everything, docs/schema/changes-1.json", ("documents.changes", "encode_changes")),
    Format(
        "markdown",
        "changes",
        "text/markdown; charset=utf-8; variant=GFM",
        "for comments on pull requests",
        ("encoders.text.changes_markdown", "encode_changes_markdown"),
        ("md",),
    ),
    Format("table", "search", _TEXT, "for people", ("encoders.text.search", "encode_search_table"), ("text",)),
    Format("json", "search", _JSON, "everything, docs/schema/search-1.json", ("documents.database", "encode_search")),
    Format(
        "table", "difference", _TEXT, "for people", ("encoders.text.difference", "encode_difference_table"), ("text",)
    ),
    Format(
        "json",
        "difference",
        _JSON,
        "everything, docs/schema/difference-1.json",
        ("documents.database", "encode_difference"),
    ),
    Format("table", "fixes", _TEXT, "for people", ("encoders.text.fixes", "encode_fixes_table"), ("text",)),
    Format("json", "fixes", _JSON, "everything, docs/schema/fixes-1.json", ("documents.fixes", "encode_fixes")),
    Format(
        "dockerfile",
        "fixes",
        "text/x-dockerfile; charset=utf-8",
        "instructions for the Dockerfile",
        ("encoders.text.fixes", "encode_fix_instructions"),
    ),
    Format("openvex", "vex", _JSON, "OpenVEX 0.2.0", ("encoders.openvex", "encode_openvex")),
    Format("csaf-vex", "vex", _JSON, "CSAF 2.0", ("encoders.csaf", "encode_csaf_statements"), ("csaf",)),
    Format(
        "table",
        "completeness",
        _TEXT,
        "for people",
        ("encoders.text.completeness", "encode_completeness_table"),
        ("text",),
    ),
    Format(
        "json",
        "completeness",
        _JSON,
        "everything, docs/schema/completeness-1.json",
        ("documents.completeness", "encode_completeness"),
    ),
    Format("table", "licenses", _TEXT, "for people", ("encoders.text.license_list", "encode_license_table"), ("text",)),
    Format(
        "json",
        "licenses",
        _JSON,
        "everything, docs/schema/licenses-1.json",
        ("documents.licenses", "encode_licenses"),
    ),
    Format(
        "notices",
        "licenses",
        _TEXT,
        "a notices file: packages, and the license texts in the image",
        ("encoders.text.license_list", "encode_notices"),
    ),
    Format("table", "fleet", _TEXT, "for people", ("encoders.text.fleet", "encode_fleet_table"), ("text",)),
    Format(
        "summary",
        "fleet",
        _JSON,
        "the counts of each image, docs/schema/summary-1.json",
        ("documents.fleet", "encode_fleet"),
    ),
    Format("table", "cluster", _TEXT, "for people", ("encoders.text.clusters", "encode_clusters_table"), ("text",)),
    Format(
        "workloads",
        "cluster",
        _JSON,
        "namespaces, workloads and images, docs/schema/workloads-1.json",
        ("documents.workloads", "encode_workloads"),
    ),
    Format("table", "exposure", _TEXT, "for people", ("encoders.text.exposure", "encode_exposure_table"), ("text",)),
    Format(
        "json", "exposure", _JSON, "everything, docs/schema/exposure-1.json", ("documents.exposure", "encode_exposure")
    ),
    Format("table", "rematch", _TEXT, "for people", ("encoders.text.rematch", "encode_rematch_table"), ("text",)),
    Format("json", "rematch", _JSON, "everything, docs/schema/rematch-1.json", ("documents.rematch", "encode_rematch")),
)


def formats_of(subjects: Sequence[Subject]) -> Iterator[Format]:
    """The formats of subjects in the order given, the default first. A name that an earlier one has is left out."""
    seen: set[str] = set()
    for subject in subjects:
        for one in FORMATS:
            if one.subject == subject and one.id not in seen:
                seen.add(one.id)
                yield one


def find_format(name: str, subjects: Sequence[Subject]) -> Format | None:
    """The format of a name or alias, in any case; None when there is none."""
    wanted = name.lower()
    formats = list(formats_of(subjects))
    return next((one for one in formats if one.id == wanted), None) or next(
        (one for one in formats if wanted in one.aliases), None
    )


def check_format(name: str) -> None:
    """Raises UsageError for a name that no subject has a format of."""
    if find_format(name, get_args(Subject)) is None:
        known = sorted({one.id for one in FORMATS})
        raise UsageError(f"{name!r}: unknown format{meant(name, known)}; known: {', '.join(known)}")
