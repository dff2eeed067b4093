"""Red Hat's OVAL documents, which VEX has replaced: shards `oval-rhel-N` of what they last said.

Source: https://www.redhat.com/en/blog/how-accurately-match-oval-security-data-installed-rpms and "OVAL" of the Red Hat
security data documentation. Patch definitions are advisories; vulnerability definitions are vulnerabilities without a
fix, whose `resolution` says why, or ("unaffected") vulnerabilities that packages do not have.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from lading.feeds.feed import Build, open_document
from lading.feeds.upstreams.redhat.statements import UNFIXED
from lading.formats.decoders.oval import Criteria, Criterion, Definition, Oval, VulnerabilityNote, iter_leaves
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, State
from lading.model.errors import FeedError, SafeIOError
from lading.model.severities import cvss_severity, word_severity
from lading.versions.evr import plain_evr

_RELEASE = re.compile(r"Red Hat Enterprise Linux (\d+) is installed", re.ASCII)
_FOLDER = re.compile(r"/RHEL(\d+)/", re.ASCII)
_MODULE = re.compile(r"Module (\S+:\S+) is enabled")
_EARLIER = re.compile(r"(\S+) is earlier than (\S+)")
_INSTALLED = re.compile(r"(\S+) is installed")
_MAIN = re.compile(r"cpe:/[ao]:redhat:enterprise_linux:\d+")
_NOTICE = re.compile(r"(RH[A-Z]A-\d+:\d+):?\s*")
_RATING = re.compile(r"\s*\((?:none|low|moderate|important|critical)\)$", re.IGNORECASE)
_DEBUG = ("-debuginfo", "-debugsource")


class _Build(Struct, frozen=True):
    """A package of a release that a definition names. `fixed` is empty where it names no version."""

    release: str
    package: str
    module: str
    fixed: str = ""
    arches: tuple[str, ...] = ()


def parse_oval(files: Mapping[str, Path], build: Build) -> None:
    """The shards of every release that the documents speak of. Raises FeedError when one is broken."""
    for name, path in sorted(files.items()):
        folder = _FOLDER.search(name)
        if folder is not None and not build.wants(f"oval-rhel-{folder[1]}"):
            continue
        try:
            oval = Oval(partial(open_document, path))
            build.date(oval.timestamp)
            for definition in oval.definitions():
                _read_definition(definition, build)
        except SafeIOError as error:
            raise FeedError(f"{path}: not an OVAL document: {error}") from error


def _read_definition(definition: Definition, build: Build) -> None:
    vulnerabilities = _vulnerabilities(definition)
    builds = dict.fromkeys(_builds(definition))
    if not builds or not vulnerabilities:
        build.skip(f"{definition.id} {definition.title}".strip())
        return
    notice = match[1] if (match := _NOTICE.match(definition.title)) else ""
    for one in builds:
        writer = build.shard(f"oval-rhel-{one.release}", "rpm", "binary")
        if writer is None:
            continue
        state = _state(definition, one)
        for vulnerability in vulnerabilities:
            writer.add(_advisory(definition, one, vulnerability, state, notice))
            if state != "not_affected":
                writer.add_text(
                    AdvisoryText(
                        vulnerability.id,
                        _summary(definition),
                        f"https://access.redhat.com/security/cve/{vulnerability.id}",
                    )
                )


def _builds(definition: Definition) -> Iterator[_Build]:
    for leaf, beside in iter_leaves(definition.criteria):
        named = _EARLIER.fullmatch(leaf.comment) or _INSTALLED.fullmatch(leaf.comment)
        if named is None or leaf.negate or named[1].endswith(_DEBUG):
            continue
        comments = [comment for node in beside for comment in _comments(node)]
        release = next((match[1] for one in comments if (match := _RELEASE.match(one))), "")
        module = next((match[1] for one in comments if (match := _MODULE.match(one))), "")
        if not release:
            continue
        fixed = plain_evr(named[2]) if named.re is _EARLIER else ""
        if not module and ".module" in fixed:
            module = "?"  # older documents do not say which
        arch = leaf.test.field("arch") if leaf.test is not None else None
        arches = tuple(sorted(arch.value.split("|"))) if arch is not None and fixed else ()
        yield _Build(release, named[1], module, fixed, arches)


def _comments(node: Criteria | Criterion) -> Iterator[str]:
    """Also of alternatives: "RHEL 8 is installed" or "CoreOS 4 is installed"."""
    if isinstance(node, Criterion):
        yield node.comment
    elif node.operator == "OR":
        yield from (child.comment for child in node.children if isinstance(child, Criterion))


def _state(definition: Definition, build: _Build) -> State:
    if build.fixed:
        return "affected"
    if definition.id.startswith("oval:com.redhat.unaffected:"):
        return "not_affected"
    name = f"{build.module}/{build.package}" if build.module else build.package
    states = [one.state for one in definition.resolutions if name in one.components]
    words = states or [one.state for one in definition.resolutions]
    return UNFIXED.get(words[0].lower(), "affected") if words else "affected"


def _vulnerabilities(definition: Definition) -> Sequence[VulnerabilityNote]:
    named = {one.id: one for one in definition.vulnerabilities}
    for reference in definition.references:
        if reference.source == "CVE":
            named.setdefault(reference.id, VulnerabilityNote(reference.id, {}))
    return tuple(named.values())


def _advisory(
    definition: Definition, build: _Build, vulnerability: VulnerabilityNote, state: State, notice: str
) -> Advisory:
    free = state == "not_affected"
    cwe = vulnerability.attributes.get("cwe", "")
    return Advisory(
        id=vulnerability.id,
        package=build.package,
        state=state,
        ranges=() if state in ("not_affected", "under_investigation") else (Range(fixed=build.fixed),),
        severities=() if free else _severities(definition, vulnerability),
        note=notice,
        condition=Condition(arches=build.arches, module=build.module, cpes=_products(definition, build.release)),
        fix_date=definition.issued if build.fixed else "",
        cwes=() if free else tuple(re.findall(r"CWE-\d+", cwe)),
    )


def _products(definition: Definition, release: str) -> tuple[str, ...]:
    """Documents list RHEL as a whole and again each of its repositories."""
    main = {match[0] for cpe in definition.cpes if (match := _MAIN.fullmatch(cpe))}
    others = {cpe for cpe in definition.cpes if not main or not _MAIN.match(cpe)}
    return tuple(sorted(main | others)) or (f"cpe:/o:redhat:enterprise_linux:{release}",)


def _severities(definition: Definition, vulnerability: VulnerabilityNote) -> tuple[Severity, ...]:
    found = [word_severity((vulnerability.attributes.get("impact") or definition.severity).capitalize(), "redhat")]
    for name in ("cvss3", "cvss2"):
        _, slash, vector = vulnerability.attributes.get(name, "").partition("/")
        found.append(cvss_severity(vector) if slash else None)
    return tuple(one for one in found if one is not None)


def _summary(definition: Definition) -> str:
    """The title without the names and the rating around it."""
    title = _RATING.sub("", _NOTICE.sub("", definition.title, count=1))
    first, _, rest = title.partition(" ")
    return rest if first.startswith("CVE-") else title
