"""GitHub's dependency snapshot
(https://docs.github.com/en/rest/dependency-graph/dependency-submission#create-a-snapshot-of-dependencies-for-a-repository).

GitHub itself then looks for vulnerabilities: the snapshot is what is in the image. Of the snapshots of one job for one
branch the newest counts.
"""

from collections import defaultdict
from typing import Final

from msgspec import Struct

from lading.formats.finding_texts import untagged
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.package import DISTRIBUTED, Package
from lading.model.report import Target
from lading.safeio.json_text import encode_document

_NO_DAY: Final = "1970-01-01"
_HOME: Final = "https://lading.dev"


class _Job(Struct, omit_defaults=True):
    id: str
    correlator: str
    html_url: str = ""


class _Detector(Struct):
    name: str
    version: str
    url: str


class _File(Struct):
    source_location: str


class _Resolved(Struct, omit_defaults=True):
    package_url: str
    relationship: str
    scope: str
    metadata: dict[str, str] = {}
    dependencies: tuple[str, ...] = ()


class _Manifest(Struct, omit_defaults=True):
    name: str
    resolved: dict[str, _Resolved]
    file: _File | None = None
    metadata: dict[str, str] = {}


class _Snapshot(Struct):
    version: int
    sha: str
    ref: str
    job: _Job
    detector: _Detector
    scanned: str
    manifests: dict[str, _Manifest]


def encode_github(evaluated: Evaluated, view: View) -> bytes:
    """The packages of each image that have a package URL: those of its system under its name, those of each language
    beside them. The time is the day of the decision: a report has no clock."""
    name, _, version = view.tool.partition(" ")
    known = view.variables
    manifests = {one.name: one for target in evaluated.report.targets for one in _manifests(target)}
    snapshot = _Snapshot(
        version=0,
        sha=known.get("GITHUB_SHA", ""),
        ref=known.get("GITHUB_REF", ""),
        job=_job(evaluated, view),
        detector=_Detector(name, version, _HOME),
        scanned=f"{evaluated.decision.day or _NO_DAY}T00:00:00Z",
        manifests=manifests,
    )
    return encode_document(snapshot)


def _job(evaluated: Evaluated, view: View) -> _Job:
    """One correlator for each workflow, job and image, whatever the tag: a later snapshot takes the earlier one's
    place."""
    known = view.variables
    run, where = known.get("GITHUB_RUN_ID", ""), known.get("GITHUB_REPOSITORY", "")
    images = sorted({untagged(target.image.name) for target in evaluated.report.targets})
    words = [view.tool.partition(" ")[0], known.get("GITHUB_WORKFLOW", ""), known.get("GITHUB_JOB", ""), *images]
    page = f"{known.get('GITHUB_SERVER_URL', 'https://github.com')}/{where}/actions/runs/{run}"
    return _Job(run or "1", " ".join(filter(None, words)), page if run and where else "")


def _manifests(target: Target) -> list[_Manifest]:
    """Their names are without the tag, so that alerts outlive it."""
    image = untagged(target.image.name) or "image"
    grouped: dict[str, list[Package]] = defaultdict(list)
    for package in target.packages:
        if package.purl.startswith("pkg:"):
            grouped[image if package.type in DISTRIBUTED else f"{image} ({package.type})"].append(package)
    keys = {package.id: package.purl for package in target.packages}
    place = _File(target.image.dockerfile) if target.image.dockerfile else None
    about = {"digest": target.image.digest} if target.image.digest else {}
    return [
        _Manifest(name, {package.purl: _resolved(package, keys) for package in packages}, place, about)
        for name, packages in sorted(grouped.items())
    ]


def _resolved(package: Package, keys: dict[str, str]) -> _Resolved:
    needed = sorted({keys[one] for one in package.depends_on if keys.get(one, "").startswith("pkg:")})
    return _Resolved(
        package.purl,
        "indirect" if package.relationship == "transitive" else "direct",
        "runtime",
        {"path": package.locations[0].path} if package.locations and package.type not in DISTRIBUTED else {},
        tuple(one for one in needed if one != package.purl),
    )
