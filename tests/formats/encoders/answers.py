"""One small answer of each command that gives something else than a report, with what is special in each."""

from lading.model.cluster import (
    ClusterRead,
    ClusterSummary,
    ContainerResult,
    NamespaceResult,
    PodContainer,
    Security,
    Workload,
    WorkloadResult,
)
from lading.model.comparison import Comparison, Difference
from lading.model.completeness import Completeness, SbomElement
from lading.model.diagnostic import Diagnostic
from lading.model.explanation import Explanation
from lading.model.exposure import Carried, ExposedImage, Exposure, Rebuild
from lading.model.fixes import BaseMove, FixPlan, Stay, Step, Upgrade
from lading.model.fleet import FleetSummary, ImageSummary, LayerCounts, SeverityCounts
from lading.model.foreign import ForeignPackage
from lading.model.licenses import LicensedPackage, LicenseList, LicenseOfPackage, LicenseText
from lading.model.rematch import NewFinding, Rematch
from tests.formats.encoders.special import FINDINGS, HOSTILE, IMAGE, LODASH, SYSTEM

_TOOL = "lading 1.0"
_DIGEST = "sha256:" + "d" * 64

FIXES = FixPlan(
    _TOOL,
    IMAGE,
    SYSTEM,
    9,
    3,
    (
        Step(
            "apt-get",
            "",
            True,
            ("RUN apt-get update && apt-get install -y --only-upgrade curl libcurl4",),
            (
                Upgrade(
                    "deb",
                    "curl",
                    ("curl", "libcurl4"),
                    "7.88.1-10",
                    "7.88.1-10+deb12u4",
                    ("CVE-2023-38545",),
                    base=True,
                ),
            ),
        ),
        Step(
            "npm",
            "srv/app",
            False,
            ("npm install lodash@4.17.21",),
            (
                Upgrade(
                    "npm",
                    "lodash",
                    ("lodash",),
                    "4.17.20",
                    "4.17.21",
                    ("CVE-2021-23337", HOSTILE),
                    ("CVE-2026-9",),
                    ("gulp", HOSTILE),
                ),
            ),
        ),
    ),
    (
        Stay("wont_fix", FINDINGS[1], "Debian will not fix it"),
        Stay("bundled", FINDINGS[0], "it is in a copy inside app.jar", "shop 2.0"),
    ),
    (
        BaseMove("docker.io/library/debian:13", _DIGEST, ("CVE-1",), (), 90, 4, 40_000_000, 9_000_000),
        BaseMove(HOSTILE, _DIGEST, (), ("CVE-2", "CVE-3"), 190, -96, incomplete=True),
    ),
    (Diagnostic("warning", "no-fix-date", HOSTILE),),
    12,
    10,
)
_COUNTS = SeverityCounts(critical=1, high=12, medium=3, unknown=2)
FLEET = FleetSummary(
    _TOOL,
    (
        ImageSummary(
            "registry.example/shop:1.4",
            digest=_DIGEST,
            platform="linux/amd64",
            distribution="Debian GNU/Linux 12",
            base="docker.io/library/debian:12",
            packages=136,
            counts=_COUNTS,
            fixable=9,
            exploited=1,
            hidden=3,
            suppressed=1,
            issues=2,
            risk=97.0,
            exit_status=1,
            container="docker/shop",
            concerns=("privileged",),
            in_use=4,
            drift=("curl 8 was installed",),
        ),
        ImageSummary(HOSTILE, platform="linux/arm64/v8", packages=3, incomplete=True, exit_status=3),
        ImageSummary(
            "registry.example/clean:1", platform="linux/amd64", distribution="Alpine Linux v3.20", packages=14
        ),
        ImageSummary("registry.example/gone:1", "failed", error=f"no such image {HOSTILE}"),
    ),
    _DIGEST,
    LayerCounts(9, 5),
    17,
    "results.db",
    (HOSTILE,),
    "the disk is full",
)
_CONTAINERS = (
    PodContainer(
        "web",
        "container",
        "shop:1.4",
        "running",
        "registry.example/shop@" + _DIGEST,
        "linux/amd64",
        Security("privileged", ("privileged", "hostPath")),
        3,
        "node-1",
    ),
    PodContainer("init", "init", "???", "waiting", trouble="names no image"),
)
_WORKLOAD = Workload("prod", "shop", "Deployment", "web", 3, note=HOSTILE, containers=_CONTAINERS)
CLUSTER = ClusterSummary(
    _TOOL,
    (
        ClusterRead("prod", "https://10.0.0.1:6443", 3, 12, ("secrets: forbidden",), ("2 jobs are done",)),
        ClusterRead("test", "https://10.0.0.2:6443", error="connection refused"),
    ),
    (NamespaceResult("prod", "shop", 1, 1, _COUNTS, 1, 97.0, 1),),
    (
        WorkloadResult(
            _WORKLOAD,
            (
                ContainerResult(_CONTAINERS[0], _DIGEST, _COUNTS, 97.0, 1),
                ContainerResult(_CONTAINERS[1], error="names no image"),
            ),
            _COUNTS,
            9,
            1,
            1,
            97.0,
            True,
            False,
            1,
        ),
    ),
    FLEET,
)
_CARRIED = Carried(
    "deb",
    "openssl",
    "3.0.11-1",
    "pkg:deb/debian/openssl@3.0.11-1",
    1,
    "sha256:" + "1" * 64,
    "ADD rootfs.tar /",
    "base",
    True,
    "CVE-2024-1",
    "affected",
    "high",
    "3.0.13-1",
    True,
)
EXPOSURE = Exposure(
    "CVE-2024-1",
    "vulnerability",
    5,
    (
        ExposedImage(
            "registry.example/shop:1.4",
            (_CARRIED,),
            _DIGEST,
            "linux/amd64",
            "Debian GNU/Linux 12",
            "docker.io/library/debian:12",
            "2026-01-02T03:04:05Z",
            "2026-02-02T03:04:05Z",
        ),
        ExposedImage(
            HOSTILE,
            (Carried("npm", HOSTILE, "1", status="under_investigation", hidden=True),),
            first_seen="2026-01-02T03:04:05Z",
            last_seen="2026-01-03T03:04:05Z",
        ),
    ),
    (
        Rebuild(
            "base", "docker.io/library/debian:12", ("registry.example/shop:1.4",), upgrades=("openssl → 3.0.13-1",)
        ),
        Rebuild("layer", "", (HOSTILE,), "sha256:" + "2" * 64, "RUN npm ci"),
    ),
    1,
)
REMATCH = Rematch(
    _TOOL,
    _DIGEST,
    9,
    4,
    2,
    31,
    (
        NewFinding(
            "CVE-2026-1",
            "deb",
            "openssl",
            ("3.0.11-1",),
            ("registry.example/shop:1.4", HOSTILE),
            severity="critical",
            fixed_version="3.0.13-1",
            exploited=True,
            risk=97.0,
        ),
        NewFinding(HOSTILE, "npm", HOSTILE, ("1", "2"), (HOSTILE,), "under_investigation", hidden=True),
    ),
    gone=3,
    failed=((HOSTILE, "the file is damaged"),),
    held=2,
    missing=("debian-12", "pypi"),
    exit_status=1,
)
COMPLETENESS = Completeness(
    "bom.json",
    "CycloneDX 1.6",
    3,
    (
        SbomElement("author", "author of the SBOM", ("NTIA 2021", "CISA 2025", "BSI TR-03183-2"), 0, 1),
        SbomElement("name", "name", ("NTIA 2021",), 3, 3),
        SbomElement("license", "license", ("CISA 2025",), 1, 3, ("curl 7.88.1-10", HOSTILE)),
    ),
)
EXPLANATION = Explanation(
    IMAGE,
    SYSTEM,
    "CVE-2021-23337",
    FINDINGS[:1],
    unmatched=("3 programs of no package",),
    database=_DIGEST,
    packages=9,
    tool=_TOOL,
    elsewhere={"npm": ("lodash-es",)},
)
COMPARISON = Comparison(
    image=IMAGE,
    distribution=SYSTEM,
    report="trivy.json",
    scanner="Trivy 0.74.0",
    entries=9,
    report_rows=8,
    our_rows=29,
    same=7,
    differences=(
        Difference("lading", "no-data", ForeignPackage("npm", LODASH.name, LODASH.version), "CVE-2024-2", HOSTILE),
    ),
    packages=136,
)
LICENSES = LicenseList(
    _TOOL,
    IMAGE.name,
    (
        LicensedPackage(
            "curl",
            "7.88.1-10",
            "deb",
            "pkg:deb/debian/curl@7.88.1-10",
            "source",
            (
                LicenseOfPackage("curl", "permissive", "curl"),
                LicenseOfPackage("GPL-2.0-or-later", "restricted", "GPL", False),
            ),
        ),
        LicensedPackage(HOSTILE, "1", "npm", "", "none", (LicenseOfPackage("NOASSERTION", "unknown"),)),
    ),
    (
        LicenseText(
            ("usr/share/doc/curl/copyright", HOSTILE), ("curl",), f"Copyright {HOSTILE}\nPermission is granted\n"
        ),
    ),
)
