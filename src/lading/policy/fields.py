"""What rules of a policy can ask of a finding and of an image: the one table of fields (docs/policy.md).

A field is absent where it is not known: a rule that asks for it then fails, unless it asks `has(…)` before. Those that
nothing tells yet are in the table too, so that a rule may be written for them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal

from msgspec import Struct

from lading.model.advisory import SEVERITY_ORDER
from lading.model.finding import Finding
from lading.model.package import DISTRIBUTED, Package
from lading.model.report import Target
from lading.model.rows import Row, rows_of
from lading.policy.age import SKEW, day_of
from lading.policy.known import BASELINE

Kind = Literal["bool", "int", "double", "string", "list(string)"]
Scope = Literal["finding", "image"]


class ImageCase:
    """One image of a report on a day (UTC), as rules see it. `compared` tells that there is a baseline."""

    def __init__(self, target: Target, today: date, *, compared: bool = False) -> None:
        self.target = target
        self.compared = compared
        self.image = target.image
        self.today = today

    @cached_property
    def rows(self) -> Sequence[Row]:
        """What is affected and not suppressed."""
        return [row for row in rows_of(self.target.findings) if row.finding.status == "affected"]

    @cached_property
    def kinds(self) -> frozenset[str]:
        """What data there was to match against."""
        return frozenset(row.kind for row in self.target.coverage if row.sources)

    @cached_property
    def packages(self) -> Mapping[str, Package]:
        """The packages by their IDs."""
        return {one.id: one for one in self.target.packages}

    def count(self, label: str) -> int:
        """The rows of a severity."""
        return sum(row.finding.severity.label == label for row in self.rows)

    def days_since(self, moment: str) -> int | None:
        """Whole days from a day or moment (ISO 8601) to today; None for what is none or lies in the future, or for the
        beginning of the epoch, which builds that are to be reproducible give."""
        day = day_of(moment)
        if day is None or day.year <= 1980 or day - self.today > SKEW:
            return None
        return (self.today - day).days


class FindingCase:
    """One finding as rules see it."""

    def __init__(self, finding: Finding, image: ImageCase) -> None:
        self.finding = finding
        self.package = finding.package
        self.on = image

    @property
    def fix_age(self) -> int | None:
        """Days since the fix came out."""
        return self.on.days_since(self.finding.fix_date) if self.finding.fix_date else None

    @property
    def new(self) -> bool | None:
        """Whether the baseline does not have it; None without one."""
        known = any(one.source == BASELINE for one in self.finding.suppressions)
        return not known if self.on.compared else None

    @property
    def kev(self) -> bool | None:
        """Whether it is known to be exploited; None without the catalogue."""
        if self.finding.known_exploited is not None:
            return True
        return False if "CISA KEV" in self.on.kinds else None


class Field(Struct, frozen=True):
    """One field. `get` gives its value of a FindingCase or an ImageCase, None where it is not known. `ask` tells how it
    comes to be known, empty where nobody can do anything for that."""

    kind: Kind
    get: Callable[[Any], Any]
    help: str
    ask: str = ""


def _ssvc(point: str) -> Callable[[FindingCase], str | None]:
    """The field of one SSVC point, or of the decision."""
    return lambda case: _known(getattr(case.finding.ssvc, point)) if case.finding.ssvc is not None else None


def _known(text: str) -> str | None:
    return text or None


def _origin(case: FindingCase) -> str | None:
    origin = case.on.image.origin(case.package.layer)
    return origin.kind if origin.verified else None


def _coverage(case: ImageCase) -> float | None:
    packages = sum(row.packages for row in case.target.coverage)
    return sum(row.matched for row in case.target.coverage) / packages if packages else None


def _data_age(case: ImageCase) -> int | None:
    """The age of the oldest data that packages were matched against."""
    ages = []
    for row in case.target.coverage:
        for source in row.sources[:1] if row.packages else ():
            ages.append(case.days_since(source.confirmed or source.upstream_date))
    known = [age for age in ages if age is not None]
    return max(known) if known and len(known) == len(ages) else None


def _end_of_life(case: ImageCase) -> bool | None:
    if any(one.code == "end-of-life" for one in case.target.diagnostics):
        return True
    system = [row for row in case.target.coverage if row.kind.partition(" ")[0] in DISTRIBUTED]
    return False if system and all(row.status == "matched" for row in system) else None


def _base_end_of_life(case: ImageCase) -> bool | None:
    """The base's own support: the image's, where the package that says which system this is came with the base."""
    told = (one for one in case.target.packages if one.type in DISTRIBUTED and one.name.lower() in _RELEASE)
    return _end_of_life(case) if any(case.image.is_base(one.layer) for one in told) else None


_RELEASE: Final = frozenset({
    "almalinux-release", "alpine-baselayout", "alpine-baselayout-data", "alpine-release", "azurelinux-release",
    "base-files", "centos-linux-release", "centos-release", "centos-stream-release", "chainguard-baselayout",
    "fedora-release", "fedora-release-common", "filesystem", "mariner-release", "openeuler-release",
    "opensuse-release", "oraclelinux-release", "photon-release", "redhat-release", "redhat-release-server",
    "rocky-release", "sles-release", "system-release", "wolfi-baselayout",
})  # fmt: skip
"""The packages of distributions that hold os-release."""


def _user(case: ImageCase) -> str | None:
    """Whom the image runs as: root where its configuration names nobody; not known without a configuration."""
    return (case.image.user or "root") if case.image.config_digest and case.image.source != "sbom" else None


def _runs_as_root(case: ImageCase) -> bool | None:
    """By the user's name or number alone: what the image's own list of users makes of a name is not looked at."""
    user = _user(case)
    name = user.partition(":")[0] if user is not None else ""
    return None if user is None else name in ("", "root") or (name.isdecimal() and int(name[:20]) == 0)


def _license(case: FindingCase) -> str | None:
    """What the package states, as one expression; in its own words what is not known."""
    from lading.formats.licenses.expressions import is_any_of, joined, meaning_of

    known = [(text, meaning_of(text)) for text in case.package.licenses]
    every = tuple(dict.fromkeys(text if one is None else one.expression for text, one in known))
    return joined(every, any_of=is_any_of(case.package.type)) or None


_ATTACHED: Final = "--image-key FILE or --attestations looks for what is attached to the image"


_USED: Final = "lading runtime, or lading scan --in-use, finds out what is in use"


def _size(case: ImageCase) -> int | None:
    return sum(layer.size for layer in case.image.layers) or None


FINDING: Final[Mapping[str, Field]] = {
    "id": Field("string", lambda case: case.finding.id, "its name, the CVE where there is one"),
    "aliases": Field("list(string)", lambda case: list(case.finding.aliases), "its other names"),
    "kind": Field(
        "string",
        lambda case: case.finding.kind,
        "vulnerability, malware, unmaintained, unsound, notice; of what checks find misconfiguration, secret, license",
    ),
    "status": Field(
        "string",
        lambda case: case.finding.status,
        "affected or under_investigation; a rule that does not ask for it is put to what is affected alone",
    ),
    "severity": Field(
        "int",
        lambda case: SEVERITY_ORDER.index(case.finding.severity.label) or None,
        "compare it with NEGLIGIBLE, LOW, MEDIUM, HIGH, CRITICAL; absent where nobody rated it",
    ),
    "score": Field("double", lambda case: case.finding.severity.score or None, "the CVSS score, 0.0 to 10.0"),
    "epss": Field("double", lambda case: case.finding.epss, "how likely it is exploited within 30 days, 0.0 to 1.0"),
    "epss_percentile": Field("double", lambda case: case.finding.percentile, "the rank of that, 0.0 to 1.0"),
    "risk": Field("double", lambda case: case.finding.risk, "Lading's own score, 0.0 to 100.0"),
    "kev": Field("bool", lambda case: case.kev, "whether CISA, or another catalogue at hand, lists it as exploited"),
    "ransomware": Field(
        "bool",
        lambda case: case.finding.known_exploited.ransomware if case.finding.known_exploited else case.kev,
        "whether ransomware is known to use it",
    ),
    "ssvc": Field("string", _ssvc("decision"), "CISA's SSVC decision: track, track*, attend, act"),
    "exploitation": Field("string", _ssvc("exploitation"), "the SSVC point: none, poc, active"),
    "automatable": Field("string", _ssvc("automatable"), "the SSVC point: yes, no"),
    "technical_impact": Field("string", _ssvc("technical_impact"), "the SSVC point: partial, total"),
    "cwes": Field("list(string)", lambda case: list(case.finding.cwes), "its weaknesses: CWE-79"),
    "fixable": Field("bool", lambda case: bool(case.finding.fixed_version), "whether a fixed version is there"),
    "fixed_version": Field("string", lambda case: _known(case.finding.fixed_version), "the first fixed version"),
    "fix_state": Field(
        "string",
        lambda case: case.finding.fix_state,
        "fixed, not_fixed, wont_fix, deferred, minor, end_of_life, unknown",
    ),
    "fix_age": Field("int", lambda case: case.fix_age, "days since the fix came out"),
    "hidden": Field("bool", lambda case: bool(case.finding.hidden_reason), "whether people see it as a count alone"),
    "new": Field(
        "bool",
        lambda case: case.new,
        "whether the baseline does not have it; absent without one. A rule that does not ask for it is put to what is "
        "new alone",
    ),
    "package": Field("string", lambda case: case.package.name, "the name of the package"),
    "source": Field("string", lambda case: case.package.source or case.package.name, "what it was built from"),
    "type": Field("string", lambda case: case.package.type, "the type of its package URL: deb, npm"),
    "version": Field("string", lambda case: case.package.version, "the installed version"),
    "purl": Field("string", lambda case: _known(case.package.purl), "its package URL"),
    "paths": Field("list(string)", lambda case: [one.path for one in case.package.locations], "where it is"),
    "layer": Field("int", lambda case: case.package.layer or None, "the number of the layer that introduced it"),
    "origin": Field("string", _origin, "base or application; absent where the base is not known"),
    "direct": Field(
        "bool",
        lambda case: case.package.relationship == "direct" if case.package.relationship else None,
        "whether the application itself asks for it",
    ),
    "licenses": Field("list(string)", lambda case: list(case.package.licenses), "what its package states"),
    "license": Field("string", _license, "that as one expression: MIT, Apache-2.0 AND (GPL-2.0-only OR MIT)"),
    "license_category": Field(
        "string",
        lambda case: None,
        "of an issue of a license: forbidden, restricted, reciprocal, notice, permissive, unencumbered, unknown",
    ),
    "secret": Field(
        "string",
        lambda case: "" if "secrets" in case.on.target.checks else None,
        "the kind of secret that was found, empty for what is none; absent where nobody looked for secrets",
    ),
    "controls": Field("list(string)", lambda case: [], "the rules of benchmarks that an issue breaks: docker-cis 4.1"),
    "deleted": Field("bool", lambda case: bool(case.package.removed), "whether a later layer took it away again"),
    "in_use": Field(
        "bool",
        lambda case: case.package.usage.in_use if case.package.usage else None,
        "whether processes use the package, or what the image starts leads to it; absent where that is not known",
        _USED,
    ),
}
"""By name, what rules can ask of a finding as `finding.NAME`."""

IMAGE: Final[Mapping[str, Field]] = {
    "name": Field("string", lambda case: case.image.name, "what it was asked for by"),
    "digest": Field("string", lambda case: _known(case.image.digest), "the digest of its manifest"),
    "platform": Field("string", lambda case: str(case.image.platform) if case.image.platform else None, "linux/amd64"),
    "distribution": Field(
        "string",
        lambda case: _known(case.target.distribution.id) if case.target.distribution else None,
        "debian, alpine",
    ),
    "distribution_version": Field(
        "string",
        lambda case: _known(case.target.distribution.version_id) if case.target.distribution else None,
        "12, 3.20",
    ),
    "end_of_life": Field("bool", _end_of_life, "whether the distribution's support has ended"),
    "base": Field("string", lambda case: _known(case.image.base.name) if case.image.base else None, "its base image"),
    "base_end_of_life": Field(
        "bool",
        _base_end_of_life,
        "whether the support of the base image has ended; absent where that is not known",
    ),
    "age": Field(
        "int",
        lambda case: case.days_since(case.image.created) if case.image.created else None,
        "days since it was built",
    ),
    "size": Field("int", _size, "bytes of its layers as stored"),
    "layers": Field("int", lambda case: len(case.image.layers), "how many layers it has"),
    "packages": Field("int", lambda case: len(case.target.packages), "how many packages it has"),
    "unmanaged": Field("int", lambda case: len(case.target.unmanaged), "how many programs belong to no package"),
    "coverage": Field("double", _coverage, "the part of its packages that could be matched, 0.0 to 1.0"),
    "incomplete": Field("bool", lambda case: case.target.incomplete, "whether something was not looked at or matched"),
    "diagnostics": Field(
        "list(string)",
        lambda case: sorted({one.code for one in case.target.diagnostics}),
        "the codes of what has to be told (docs/diagnostics.md)",
    ),
    "data_age": Field("int", _data_age, "days since the oldest data that it was matched against was confirmed"),
    "vulnerabilities": Field("int", lambda case: len(case.rows), "how many vulnerabilities count"),
    "critical": Field("int", lambda case: case.count("critical"), "how many of them are critical"),
    "high": Field("int", lambda case: case.count("high"), "how many of them are high"),
    "medium": Field("int", lambda case: case.count("medium"), "how many of them are medium"),
    "low": Field("int", lambda case: case.count("low"), "how many of them are low"),
    "negligible": Field("int", lambda case: case.count("negligible"), "how many of them are negligible"),
    "unrated": Field("int", lambda case: case.count("unknown"), "how many of them nobody rated"),
    "licenses": Field(
        "list(string)",
        lambda case: sorted({license for one in case.target.packages for license in one.licenses}),
        "what its packages state",
    ),
    "checks": Field("list(string)", lambda case: list(case.target.checks), "the families of checks that were run"),
    "issues": Field(
        "int",
        lambda case: sum(one.counts for one in case.target.issues) if case.target.checks else None,
        "how many issues checks found; absent where none were run",
    ),
    "user": Field("string", _user, "the user that it runs as: 1000, app:app; root where its configuration names none"),
    "root": Field("bool", _runs_as_root, "whether that is root, by its name or number"),
    "signed": Field(
        "bool",
        lambda case: case.target.attached.signed if case.target.attached else None,
        "whether a trusted key signed it; absent where nobody looked (--attestations, --image-key), or not all that "
        "is attached could be read",
        _ATTACHED,
    ),
    "signers": Field(
        "list(string)",
        lambda case: list(case.target.attached.signers) if case.target.attached else None,
        "the trusted keys that signed it: SHA256:…",
        _ATTACHED,
    ),
    "builders": Field(
        "list(string)",
        lambda case: list(case.target.attached.builders) if case.target.attached else None,
        "who built it, by provenance that a trusted key has signed",
        _ATTACHED,
    ),
    "attested": Field(
        "list(string)",
        lambda case: list(case.target.attached.attested) if case.target.attached else None,
        "what a trusted key has stated of it: sbom, vex, provenance, vulnerabilities, signature",
        _ATTACHED,
    ),
}
"""By name, what rules can ask of an image as `image.NAME`."""

FIELDS: Final[Mapping[Scope, Mapping[str, Field]]] = {"finding": FINDING, "image": IMAGE}

SEVERITIES: Final[Mapping[str, int]] = {
    label.upper(): number for number, label in enumerate(SEVERITY_ORDER) if label != "unknown"
}
"""The names that severities are compared with."""


def how_known(name: str) -> str:
    """How a field comes to be known, by its full name; empty where nobody can do anything for that."""
    return next((field.ask for full, field in iter_names() if full == name), "")


def iter_names() -> Iterator[tuple[str, Field]]:
    """Every field by its full name."""
    for scope, fields in FIELDS.items():
        for name, field in fields.items():
            yield f"{scope}.{name}", field
