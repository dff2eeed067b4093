"""Metrics in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/), for the text file
collector of the node exporter or a push gateway. There is one series for each severity and not for each vulnerability:
servers are slowed down by series that come and go."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Final

from lading.formats.finding_texts import one_line, untagged
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER
from lading.model.checks import KIND_OF
from lading.model.decision import Evaluated
from lading.model.report import Target
from lading.model.rows import Row, rows_of, suppressed_rows_of

_Labels = tuple[tuple[str, str], ...]
_ABOUT: Final = {
    "lading_info": "The program and the database of the scan.",
    "lading_image_info": "The digest of the image.",
    "lading_vulnerabilities": "Open vulnerabilities that nobody suppressed, as rows of the report.",
    "lading_vulnerabilities_hidden": "Those of them that people see hidden by default.",
    "lading_vulnerabilities_suppressed": "Vulnerabilities that a policy, a VEX statement or a baseline suppresses.",
    "lading_vulnerabilities_known_exploited": "Open vulnerabilities that are known to be exploited.",
    "lading_risk_highest": "The highest risk of an open vulnerability, 0 to 100.",
    "lading_issues": "What checks found and counts, by kind.",
    "lading_issues_hidden": "What checks found that people see hidden by default.",
    "lading_issues_suppressed": "What checks found that a policy or a baseline suppresses.",
    "lading_packages": "Packages in the image, by kind.",
    "lading_packages_unmatched": "Packages that were not matched, by kind.",
    "lading_files_unmanaged": "Programs and archives that belong to no package.",
    "lading_incomplete": "Whether something was not looked at or not matched.",
    "lading_data_stale": "Whether the data that it was matched by is old.",
    "lading_rule_failed": "Whether a rule of the gate failed.",
}
"""Every metric is a gauge."""
_HIGHEST: Final = ("lading_image_info", "lading_risk_highest", "lading_incomplete")
"""Of what is the same image twice, these count once."""


def encode_prometheus(evaluated: Evaluated, view: View) -> bytes:
    """What is to be counted of each image, which goes by its name without the tag and its platform, so that a series
    outlives a build."""
    samples: dict[tuple[str, _Labels], float] = defaultdict(float)
    tool, _, version = view.tool.partition(" ")
    samples["lading_info", (("tool", tool), ("version", version), ("database", evaluated.report.database))] = 1
    for target in evaluated.report.targets:
        for name, labels, value in _samples(target):
            known = samples[name, labels]
            samples[name, labels] = max(known, value) if name in _HIGHEST else known + value
        about = (("image", untagged(target.image.name)), ("platform", str(target.image.platform or "")))
        samples["lading_data_stale", about] = evaluated.is_stale
    for rule in evaluated.decision.rules:
        key = "lading_rule_failed", (("rule", rule.rule),)
        samples[key] = max(samples[key], rule.failed)
    return "".join(_lines(samples)).encode("utf-8", "backslashreplace")


def _samples(target: Target) -> Iterator[tuple[str, _Labels, float]]:
    image = target.image
    about = (("image", untagged(image.name)), ("platform", str(image.platform or "")))
    yield "lading_image_info", (*about, ("digest", image.digest)), 1
    rows = rows_of(target.findings)
    for name, counted in (
        ("lading_vulnerabilities", rows),
        ("lading_vulnerabilities_hidden", [row for row in rows if row.hidden_reason]),
        ("lading_vulnerabilities_suppressed", suppressed_rows_of(target.findings)),
    ):
        for (severity, fixable), count in _counts(counted).items():
            yield name, (*about, ("severity", severity), ("fixable", fixable)), count
    yield "lading_vulnerabilities_known_exploited", about, sum(bool(row.finding.known_exploited) for row in rows)
    yield "lading_risk_highest", about, max((row.finding.risk for row in rows), default=0)
    yield from _issues(target, about)
    for kind in target.coverage:
        yield "lading_packages", (*about, ("kind", kind.kind)), kind.packages
        yield "lading_packages_unmatched", (*about, ("kind", kind.kind)), kind.packages - kind.matched
    yield "lading_files_unmanaged", about, len(target.unmanaged)
    yield "lading_incomplete", about, target.incomplete


def _issues(target: Target, about: _Labels) -> Iterator[tuple[str, _Labels, float]]:
    """What checks found, of the kinds that they look for or found; nothing where none were run."""
    if not target.checks:
        return
    kinds = sorted({KIND_OF[family] for family in target.checks} | {issue.kind for issue in target.issues})
    for name, counted in (
        ("lading_issues", [issue for issue in target.issues if issue.counts]),
        ("lading_issues_hidden", [issue for issue in target.issues if issue.hidden_reason and not issue.suppressions]),
        ("lading_issues_suppressed", [issue for issue in target.issues if issue.suppressions]),
    ):
        found = Counter((issue.kind, issue.severity) for issue in counted)
        for kind, severity in product(kinds, SEVERITY_ORDER):
            yield name, (*about, ("kind", kind), ("severity", severity)), found[kind, severity]


def _counts(rows: Iterable[Row]) -> Counter[tuple[str, str]]:
    """By severity and by whether there is a fix; what there is none of counts 0, so that a series does not end."""
    found = Counter((row.finding.severity.label, "yes" if row.fixed_version else "no") for row in rows)
    return Counter({key: found[key] for key in product(SEVERITY_ORDER, ("yes", "no"))})


def _lines(samples: Mapping[tuple[str, _Labels], float]) -> Iterator[str]:
    for metric, about in _ABOUT.items():
        found = [(labels, value) for (name, labels), value in samples.items() if name == metric]
        if found:
            yield f"# HELP {metric} {about}\n# TYPE {metric} gauge\n"
        for labels, value in found:
            said = ",".join(f'{name}="{_value(text)}"' for name, text in labels)
            yield f"{metric}{{{said}}} {value:.10g}\n"


def _value(text: str) -> str:
    """A text in quotation marks, on one line, without control characters."""
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')
