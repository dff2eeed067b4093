"""A small report with every special case that a format has to show, without matching: what it holds never changes."""

from msgspec import structs

from lading.model.advisory import KnownExploited, Range, Severity
from lading.model.checks import Issue
from lading.model.decision import Decision, Evaluated, RuleResult
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding, MatchBasis, Suppression, VexWord
from lading.model.image import Base, Image, Layer, Platform
from lading.model.package import Distribution, Location, Package, UnmanagedFile, Usage
from lading.model.report import Coverage, DataSource, Report, Target

HOSTILE = '=cmd|a,"<x>&\x1b[31m\n|{{7*7}}%0A```\u202e\udcff'
"""Starts as a formula does, and holds what means something to a terminal, Markdown, HTML and templates."""
CURL_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
OLD_VECTOR = "AV:N/AC:M/Au:N/C:P/I:P/A:P"

IMAGE = Image(
    name="docker.io/library/shop:1.4",
    source="registry",
    digest="sha256:" + "9b1c" * 16,
    config_digest="sha256:" + "77aa" * 16,
    platform=Platform("linux", "amd64"),
    layers=(
        Layer(1, "sha256:" + "a1" * 32, "sha256:" + "b1" * 32, 31, "/bin/sh -c #(nop) ADD file:4f2c in / "),
        Layer(2, "sha256:" + "a2" * 32, "sha256:" + "b2" * 32, 92, "RUN /bin/sh -c apt-get install -y curl # buildkit"),
        Layer(3, "sha256:" + "a3" * 32, "sha256:" + "b3" * 32, 7, "COPY app /srv/app # buildkit"),
    ),
    created="2026-01-02T03:04:05Z",
    base=Base(1, "docker.io/library/debian:12", "index", "its first layer is known"),
)
SYSTEM = Distribution("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)", "debian-12", "etc/os-release")


def _deb(name: str, version: str, layer: int, source: str = "") -> Package:
    return Package(
        name,
        version,
        "deb",
        arch="amd64",
        source=source or name,
        source_version=version,
        purl=f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12",
        maintainer="A Maintainer <m@example.org>",
        licenses=("curl", "MIT") if source == "curl" else (),
        layer=layer,
        locations=(Location("var/lib/dpkg/status", layer),),
    )


def _npm(name: str, version: str, *paths: str) -> Package:
    purl = f"pkg:npm/{name}@{version}"
    return Package(name, version, "npm", purl=purl, layer=3, locations=tuple(Location(one, 3) for one in paths))


CURL, LIBCURL = _deb("curl", "7.88.1-10", 2), _deb("libcurl4", "7.88.1-10", 2, "curl")
TAR, ZLIB = structs.replace(_deb("tar", "1.34-1", 1), usage=Usage(False)), _deb("zlib1g", "1:1.2.13-1", 1, "zlib")
LODASH = structs.replace(
    _npm("lodash", "4.17.20", "srv/app/node_modules/lodash/package.json", "srv/app/old/lodash/package.json"),
    usage=Usage(True, "open", ("srv/app/node_modules/lodash/lodash.js",), ("node (17)",)),
)
LOG4J = Package(
    "org.apache.logging.log4j:log4j-core",
    "2.14.1",
    "maven",
    purl="pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    layer=3,
    locations=(Location("srv/app/app.jar", 3),),
    digests={"sha1": "5e" * 20},
)
EVIL = Package(HOSTILE, "1", "pypi", layer=3, locations=(Location(f"srv/a:b {HOSTILE}", 3),))
_BY_DEBIAN = MatchBasis("debian-12", "CVE-2023-38545", "curl", "7.88.1-10", "deb", Range(fixed="7.88.1-10+deb12u4"))

FINDINGS = (
    Finding(
        "CVE-2023-38545",
        CURL,
        "affected",
        _BY_DEBIAN,
        Severity("critical", "nvd", 9.8, CURL_VECTOR),
        "fixed",
        "7.88.1-10+deb12u4",
        fix_date="2023-10-11",
        notices=("DSA-5523-1",),
        severities=(
            Severity("high", "debian", 0.0, "High"),
            Severity("critical", "nvd", 9.8, CURL_VECTOR),
            Severity("medium", "nvd", 6.8, OLD_VECTOR),
        ),
        cwes=("CWE-787",),
        known_exploited=KnownExploited("CVE-2023-38545", "2023-10-12", "2023-11-02", True),
        epss=0.26,
        percentile=0.96,
        risk=91.5,
        summary="curl overflows a heap buffer in the SOCKS5 handshake.",
        url="https://security-tracker.debian.org/tracker/CVE-2023-38545",
    ),
    Finding(
        "CVE-2023-38545",
        LIBCURL,
        "affected",
        _BY_DEBIAN,
        Severity("critical", "nvd", 9.8, CURL_VECTOR),
        "fixed",
        "7.88.1-10+deb12u4",
        url="https://security-tracker.debian.org/tracker/CVE-2023-38545",
    ),
    Finding(
        "CVE-2005-2541",
        TAR,
        "affected",
        MatchBasis("debian-12", "CVE-2005-2541", "tar", "1.34-1", "deb", Range()),
        Severity("negligible", "debian", 0.0, "unimportant"),
        "wont_fix",
        hidden_reason="wont_fix",
    ),
    Finding(
        "CVE-2023-45853",
        ZLIB,
        "under_investigation",
        MatchBasis("debian-12", "CVE-2023-45853", "zlib"),
        Severity("unknown"),
        unresolved="upstream",
        reason="Debian has not decided",
    ),
    Finding("CVE-2022-37434", ZLIB, "fixed", MatchBasis("debian-12", "CVE-2022-37434", "zlib"), fix_state="fixed"),
    Finding(
        "CVE-2021-23337",
        LODASH,
        "affected",
        MatchBasis("npm", "GHSA-35jh-r3h4-6jhm", "lodash", "4.17.20", "semver", Range(fixed="4.17.21")),
        Severity("high", "osv", 7.2, "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"),
        "fixed",
        "4.17.21",
        aliases=("GHSA-35jh-r3h4-6jhm",),
        cwes=("CWE-77", "CWE-94"),
        summary="Command injection in lodash",
        url="https://osv.dev/vulnerability/GHSA-35jh-r3h4-6jhm",
    ),
    Finding(
        "CVE-2020-8203",
        LODASH,
        "affected",
        MatchBasis("npm", "GHSA-p6mc-m468-83gw", "lodash", "4.17.20", "semver", listed=True),
        Severity("medium", "osv", 5.0),
        "not_fixed",
        suppressions=(Suppression("ignore", "lading.toml:3", "not reachable", "ops", "2027-01-31"),),
        url="javascript:alert(1)",
    ),
    Finding(
        "CVE-2021-44228",
        LOG4J,
        "affected",
        MatchBasis("maven", "GHSA-jfh8-c2jp-5v3q", "org.apache.logging.log4j:log4j-core", "2.14.1", "maven"),
        Severity("critical", "osv", 10.0, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"),
        "fixed",
        "2.15.0",
        aliases=("GHSA-jfh8-c2jp-5v3q",),
        suppressions=(Suppression("vex", "shop.openvex.json#1", "JNDI is not there", "Shop Security"),),
        vex=(
            VexWord(
                "not_affected",
                "applied",
                "shop.openvex.json#1",
                "Shop Security",
                "2026-01-01T00:00:00Z",
                justification="vulnerable_code_not_present",
                text="JNDI is not there",
            ),
        ),
    ),
    Finding("MAL-2026-1", EVIL, "affected", MatchBasis("pypi", "MAL-2026-1", HOSTILE), kind="malware", summary=HOSTILE),
    Finding("CVE-2024-0001", EVIL, "not_affected", MatchBasis("pypi", "GHSA-0", HOSTILE), reason="not in this build"),
)

ISSUES = (
    Issue(
        "user-root",
        "misconfiguration",
        "The image runs as root",
        "medium",
        place="configuration",
        fix="Add a USER instruction.",
        url="https://example.org/user-root",
        controls=("docker-cis 4.1", "nist-800-190 4.1.2"),
    ),
    Issue(
        "sshd-root-login",
        "misconfiguration",
        "Root may log in",
        "high",
        "PermitRootLogin yes",
        path="etc/ssh/sshd_config",
        line=32,
        layer=2,
        fix="Set PermitRootLogin to no.",
    ),
    Issue(
        "setuid-unowned",
        "misconfiguration",
        "A file gives the rights of its owner",
        "high",
        path=f"opt/{HOSTILE}",
        layer=3,
        suppressions=(Suppression("ignore", "lading.toml:9", "reviewed", "ops", "2027-01-31"),),
    ),
    Issue(
        "cron-open",
        "misconfiguration",
        "A job is open to all",
        "low",
        path="etc/cron.d/x",
        layer=1,
        hidden_reason="shipped",
    ),
    Issue(
        "aws-access-key",
        "secret",
        "AWS access key",
        "critical",
        path="srv/app/.env",
        line=2,
        layer=2,
        removed=3,
        evidence="AKIA****************",
        subject="5ec7",
        fix="Revoke it.",
        controls=("docker-cis 4.10",),
    ),
    Issue(
        "generic-password",
        "secret",
        "Password",
        "high",
        place="history",
        instruction="ENV DB_PASSWORD",
        evidence="h****2",
    ),
    Issue(
        "GPL-3.0-only",
        "license",
        "Restricted license",
        "high",
        place="package",
        evidence="GPL-3",
        package=CURL.id,
        category="restricted",
    ),
    Issue("webshell", "malware", HOSTILE, "critical", path="srv/www/c99.php", layer=3),
)

SPECIAL = Evaluated(
    Report(
        "lading 1.0",
        (
            Target(
                IMAGE,
                SYSTEM,
                packages=(CURL, LIBCURL, TAR, ZLIB, LOG4J, LODASH, EVIL),
                unmanaged=(UnmanagedFile("usr/local/bin/tool", 3, "ELF executable", 4096),),
                findings=FINDINGS,
                coverage=(
                    Coverage(
                        "deb debian 12",
                        4,
                        4,
                        "matched",
                        (
                            DataSource(
                                "debian-12", "debian", "sha256:" + "d1" * 32, "2026-01-30T00:00:00Z", "2026-01-29"
                            ),
                        ),
                    ),
                    Coverage("npm", 1, 1, "matched"),
                    Coverage("maven", 1, 1, "matched"),
                    Coverage("pypi", 1, 0, "no-data", note="there is no data"),
                ),
                diagnostics=(
                    Diagnostic("incomplete", "no-data", "1 package was not matched: there is no data", "pypi"),
                    Diagnostic("info", "note", f"a file was passed over {HOSTILE}", "layer 3"),
                ),
                checks=("config", "secrets"),
                issues=ISSUES,
            ),
        ),
        database="sha256:" + "db" * 32,
    ),
    Decision(
        rules=(
            RuleResult("--fail-on high", tuple(one.occurrence for one in FINDINGS[:1])),
            RuleResult("--fail-on kev"),
        ),
        incomplete=True,
        day="2026-01-31",
    ),
)
"""Of one image: what an upgrade fixes (in two binaries), what is hidden, undecided, in two places, suppressed by an
ignore and by a VEX statement, malware of a hostile name; what is fixed and not affected; what was not matched. Checks
found something of every kind: in a file, the configuration, the history and a package; hidden, suppressed, and of a
hostile name."""

VARIABLES = {
    "GITHUB_SHA": "c0ffee" * 6 + "c0ff",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_WORKFLOW": "ci",
    "GITHUB_JOB": "scan",
    "GITHUB_RUN_ID": "42",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "example/shop",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCOUNT_ID": "123456789012",
}
"""Of the environment, what formats ask for."""
