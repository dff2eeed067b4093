"""docs/formats.md: the table of formats as a page."""

from typing import get_args

from lading.formats.encoders.registry import Format, Subject, formats_of

_SHOWN: dict[Subject, str] = {
    "report": "`lading scan`, `lading convert`",
    "scanned": "`lading scan`",
    "inventory": "`lading packages`, `lading sbom`, `lading scan`",
    "explanation": "`lading explain`",
    "comparison": "`lading explain --against`",
    "changes": "`lading diff`",
    "search": "`lading db search`",
    "difference": "`lading db diff`",
    "vex": "`lading vex`",
    "fixes": "`lading fix`",
    "completeness": "`lading sbom --check`",
    "fleet": "`lading scan` of several images (besides those of one report)",
    "cluster": "`lading k8s` (besides those of one report)",
    "exposure": "`lading exposure`",
    "rematch": "`lading rematch`",
    "licenses": "`lading licenses`",
}
"""The commands that write a subject."""
_TOP = """\
# Formats

`-o FORMAT` writes to standard output, `-o FORMAT=FILE` to a file; several in one run are several options. A kept report
(`-o json=FILE`) is written in any of the formats of `lading convert` later. Made from the table of formats;
`lading COMMAND --help` has those of one command.

"""
_BOTTOM = """
## Where they go

```
gh api repos/OWNER/REPO/dependency-graph/snapshots --input snapshot.json            # -o github=snapshot.json
jq -c '_nwise(100)' findings.json | while read -r part; do                          # -o asff=findings.json
  aws securityhub batch-import-findings --findings "$part"; done
cosign attest --type vuln --predicate vuln.json IMAGE                               # -o cosign-vuln=vuln.json
```

GitLab takes `gitlab` as `artifacts:reports:container_scanning` and `gitlab-dependencies` as
`artifacts:reports:dependency_scanning`, GitHub's code scanning `sarif` (`github/codeql-action/upload-sarif`),
DefectDojo and others `trivy` or `grype`, and the node exporter `prometheus` in a file that ends in `.prom`. With
`--dockerfile FILE` alerts stand at the line of the Dockerfile that brought the package. A file of `sarif` has a run for
each image, of which GitHub takes 20: of more images write several files. [Templates](templates.md) make what is not
here.

## What reads them in tests

| format | read or checked by |
|---|---|
| `json`, and every other JSON of ours | its JSON Schema in [schema](schema) |
| `sarif` | SARIF's schema; Microsoft's validator, by its own rules and GitHub's, whose limits are kept |
| `cyclonedx`, `cyclonedx-1.7`, `spdx`, `spdx-3` | their schemas, Syft, Trivy's code, spdx-tools, CycloneDX's library |
| `gitlab`, `gitlab-dependencies` | GitLab's schemas |
| `junit` | Jenkins's schema |
| `trivy` | Trivy's own types; by hand with `trivy convert`, which lost none of 2,639 packages and 896 rows |
| `grype` | Grype's own types |
| `github` | the limits of its API |
| `asff` | the model of the service in botocore |
| `csaf-vex`, `csaf-vdr` | the validator of CSAF's committee, with its mandatory tests |
| `cosign-vuln`, `in-toto` | cosign's code, and in-toto's own types |
| `openvex` | OpenVEX's own library |
| `prometheus` | Prometheus's own parser |
| `html` | Chromium at three widths, light and dark, and axe-core |
| `csv` | a spreadsheet's rules: no cell begins a formula |

What cannot be had where tests run is skipped, and counted.

Documents that name a time have the day of the decision: the same report on the same day gives the same bytes.
"""


def formats_page() -> str:
    """The page, ending in a newline."""
    tables = []
    for subject in get_args(Subject):
        rows = [_row(one) for one in formats_of([subject])]
        tables += [f"## {_SHOWN[subject]}", "", "| format | what it is | other names |", "|---|---|---|", *rows, ""]
    return _TOP + "\n".join(tables).rstrip() + "\n" + _BOTTOM


def _row(one: Format) -> str:
    needs = f" (needs {', '.join(f'`{name}`' for name in one.variables)})" if one.variables else ""
    return f"| `{one.id}` | {one.title}{needs} | {' '.join(f'`{name}`' for name in one.aliases)} |"
