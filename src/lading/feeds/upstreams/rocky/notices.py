"""What all of Rocky Linux's documents say in the end: notices, each about builds of packages in one release."""

import re
from collections.abc import Iterable

from msgspec import Struct

from lading.feeds.builds import by_condition
from lading.feeds.feed import Build
from lading.formats.decoders.osv.modules import named_modules
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity
from lading.model.severities import word_severity

_RATED = re.compile(r"(?:none|low|moderate|important|critical):\s*", re.IGNORECASE)
_DEBUG = ("-debuginfo", "-debugsource")
_NO_VULNERABILITY = re.compile(r"R[LX][BE]A-")
# The builds of special interest groups stand beside those of the distribution; the version must tell them apart.
_SIG = "RXSA-"
_SIG_MARK = ".cloud"
_MODULE = ".module"


class Vulnerability(Struct, frozen=True):
    """`severities` and `cwes` are those of the vulnerability itself, where the document has them."""

    id: str
    severities: tuple[Severity, ...] = ()
    cwes: tuple[str, ...] = ()


class RpmBuild(Struct, frozen=True):
    """`module` is its `name:stream`, empty when it is in none or the document does not tell."""

    name: str
    arch: str
    version: str
    module: str = ""


class Notice(Struct, frozen=True):
    """`severity` is upstream's word, `title` may begin with it. `issued` is an ISO 8601 day."""

    id: str
    title: str
    severity: str
    issued: str
    vulnerabilities: tuple[Vulnerability, ...]


def add_notice(notice: Notice, release: str, builds: Iterable[RpmBuild], build: Build) -> None:
    """Puts the advisories of one notice and release in their shard. Notices that fix no vulnerability are left out."""
    vulnerabilities = notice.vulnerabilities or (
        () if _NO_VULNERABILITY.match(notice.id) else (Vulnerability(notice.id),)
    )
    writer = build.shard(f"errata-rocky-linux-{release}", "rpm", "binary")
    if writer is None or not vulnerabilities:
        return
    named = named_modules(notice.title)
    listed: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one in builds:
        if one.name.endswith(_DEBUG) or (notice.id.startswith(_SIG) and _SIG_MARK not in one.version):
            continue
        modules = (one.module,) if one.module else (named or ("?",)) if _MODULE in one.version else ("",)
        for module in modules:
            listed.setdefault((one.name, module), set()).add((one.arch, one.version))
    word = word_severity(notice.severity, "rocky")
    for (name, module), versions in sorted(listed.items()):
        for condition, fixed in by_condition(versions, module=module):
            for vulnerability in vulnerabilities:
                advisory = Advisory(
                    id=vulnerability.id,
                    package=name,
                    ranges=tuple(Range(fixed=version) for version in fixed),
                    severities=((word,) if word else ()) + vulnerability.severities,
                    note=notice.id if vulnerability.id != notice.id else "",
                    condition=condition,
                    fix_date=notice.issued,
                    cwes=vulnerability.cwes,
                )
                writer.add(advisory)
    for vulnerability in vulnerabilities:
        url = f"https://errata.rockylinux.org/{notice.id}"
        title = _RATED.sub("", notice.title, count=1)
        told_by = notice.id if vulnerability.id != notice.id else ""
        writer.add_text(AdvisoryText(vulnerability.id, summary=title, url=url, notice=told_by))
