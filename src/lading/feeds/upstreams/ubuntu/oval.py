"""Ubuntu's OVAL: security notices (`usn`), vulnerabilities (`cve`) and packages (`pkg`), for hosts and for the
manifests of images (`oci.`).

Source: https://documentation.ubuntu.com/security/security-updates/oval/, and the documents themselves. Notices test
binary packages; vulnerabilities and packages name the source package in the comment of each test ("curl package in
jammy is affected and needs fixing."). Notices on the kernel test what is running: what they mean for packages stands in
their description alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from lading.feeds.feed import Build
from lading.feeds.upstreams.ubuntu.pockets import Pocket, pocket_of
from lading.feeds.upstreams.ubuntu.words import day_of, summary_of, unfixed_state
from lading.formats.decoders.oval import Criterion, Definition, Oval, Probe, VulnerabilityNote, iter_leaves
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, State
from lading.model.errors import FeedError, SafeIOError
from lading.model.names import advisory_name
from lading.model.ports import ByteStream, Region
from lading.model.severities import cvss_severity, word_severity
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.region import RegionStream
from lading.versions.schemes import compare

_LIMITS = Limits(ratio=2000)
_COMMENT = re.compile(r"(?:\((CVE-[\d-]+)\) )?(\S+) package in (\S+?):?,? (.*)", re.DOTALL)
_NOTICE = re.compile(r"(?:USN|LSN)-\d+-\d+")
_PATTERN = re.compile(r"\^?([A-Za-z0-9+.\\-]+?)\(\?:")
_INSTRUCTIONS = "Update Instructions:"
_KERNEL_IMAGE = re.compile(r"\b(linux-image-[a-z][\w.+-]*) - (\d\S*)")
_LIVEPATCH = "LSN-"
_REPAIRS = re.compile(r"\bwas incomplete\b")
_FORMER_WORDS = "Original advisory details"


class _Fix(Struct, frozen=True, array_like=True, gc=False):
    """What is said of one vulnerability in one package; without `fixed` there is no fix. `repairs` tells that an
    earlier fix was incomplete."""

    state: State
    fixed: str = ""
    remark: str = ""
    note: str = ""
    day: str = ""
    repairs: bool = False


_Key = tuple[str, str, str]
"""Package, "src" or "binary", vulnerability."""


def parse_oval(pockets: Mapping[str, Pocket], files: Mapping[str, Path], build: Build) -> None:
    """The shards of one release, from documents by their paths, each with the pocket it is about. Raises FeedError."""
    shards: dict[str, dict[_Key, _Fix]] = {}
    facts = _Facts(build)
    for path, file in sorted(files.items()):
        try:
            document = Oval(_opener(file))
            build.date(document.timestamp)
            for definition in document.definitions():
                _read_definition(definition, pockets[path], shards, facts)
        except (OSError, SafeIOError) as error:
            raise FeedError(f"{file}: not an OVAL document: {error}") from error
    for shard, fixes in shards.items():
        facts.write(shard, fixes)


class _Facts:
    """Severities and texts of vulnerabilities, which all packages of a release share."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self.severities: dict[str, tuple[Severity, ...]] = {}
        self.texts: dict[str, AdvisoryText] = {}

    def write(self, shard: str, fixes: Mapping[_Key, _Fix]) -> None:
        """One shard's advisories."""
        writer = self._build.shard(f"oval-{shard}", "deb", "both")
        if writer is None:
            return
        for (package, kind, vulnerability), fix in fixes.items():
            writer.add(
                Advisory(
                    id=vulnerability,
                    package=advisory_name("deb", package),
                    state=fix.state,
                    ranges=() if fix.state == "not_affected" else (Range(fixed=fix.fixed),),
                    severities=self.severities.get(vulnerability, ()),
                    note=fix.note,
                    condition=Condition(arches=(kind,)),
                    fix_date=fix.day,
                    remark=fix.remark,
                )
            )
        for vulnerability in sorted({vulnerability for _, _, vulnerability in fixes}):
            if vulnerability in self.texts:
                writer.add_text(self.texts[vulnerability])


def _opener(file: Path) -> Callable[[], ByteStream]:
    return lambda: open_inflated(RegionStream(Region(str(file), 0, file.stat().st_size)), str(file), _LIMITS)


def _read_definition(
    definition: Definition, pocket: Pocket, shards: dict[str, dict[_Key, _Fix]], facts: _Facts
) -> None:
    title = definition.title
    if definition.kind == "inventory" or title.startswith(_LIVEPATCH):
        return  # livepatches mend what runs, no package
    notice = _NOTICE.match(title)
    vulnerabilities = {one.id: one for one in definition.vulnerabilities if one.id.startswith("CVE-")}
    for reference in definition.references:
        if reference.source == "CVE":
            vulnerabilities.setdefault(reference.id, VulnerabilityNote(reference.id, {}))
    if notice and not vulnerabilities:
        vulnerabilities[notice[0]] = VulnerabilityNote(notice[0], {"priority": definition.severity})
    for about in vulnerabilities.values():
        _note_vulnerability(about, definition, notice[0] if notice else "", facts)
    repairs = bool(notice and _REPAIRS.search(definition.description.partition(_FORMER_WORDS)[0]))
    paid = any("ESM" in one or "Pro" in one for one in definition.platforms)
    for named, package, kind, fix, in_pro in _fixes(definition):
        for vulnerability in [named] if named else vulnerabilities:
            note, day = (
                (notice[0], day_of(definition.issued))
                if notice
                else (_only_notice(vulnerabilities.get(vulnerability)), "")
            )
            full = _Fix(fix.state, fix.fixed, fix.remark, *((note, day, repairs) if fix.fixed else ()))
            _keep(shards, pocket, (package, kind, vulnerability), full, in_pro or (paid and not pocket.tier))


def _fixes(definition: Definition) -> Iterator[tuple[str, str, str, _Fix, bool]]:
    """(vulnerability where the test names it, package, "src" or "binary", fix, whether it takes Ubuntu Pro)."""
    leaves = list(iter_leaves(definition.criteria))
    if any(leaf.test is not None and leaf.test.kind in ("uname", "variable") for leaf, _ in leaves):
        listed = definition.description.partition(_INSTRUCTIONS)[2]
        for name, version in _KERNEL_IMAGE.findall(listed):
            if not re.search(r"-\d+\.\d+\.\d+-\d+", name):  # the image of one build is never updated
                yield "", name, "binary", _Fix("affected", version), "esm" in version
        return
    for leaf, _ in leaves:
        yield from _of_test(leaf)


def _of_test(leaf: Criterion) -> Iterator[tuple[str, str, str, _Fix, bool]]:
    test = leaf.test
    if test is None:
        return
    fixed, readable = _fixed_version(test)
    said = _COMMENT.match(leaf.comment)
    if not readable or (leaf.negate and not said):
        return
    in_pro = "Ubuntu Pro" in f"{leaf.comment} {test.comment}" or "esm" in fixed
    if said:
        stated = pocket_of(said[3])
        in_pro = in_pro or (stated is not None and stated.is_pro)
        yield said[1] or "", said[2], "src", _matched(said[4], fixed, negated=leaf.negate), in_pro
        return
    for name in test.names or tuple(map(_binary_name, test.values)):
        if name:
            yield "", name, "binary", _Fix("affected", fixed), in_pro


def _fixed_version(test: Probe) -> tuple[str, bool]:
    """The version below which a package is affected, empty when every version is; and whether that could be told."""
    if test.kind not in ("dpkginfo", "textfilecontent54"):
        return "", False
    wanted = test.field("evr") or test.field("subexpression")
    if wanted is None:
        return "", True
    return wanted.value.removeprefix("0:"), wanted.operation == "less than" and bool(wanted.value)


def _matched(words: str, fixed: str, *, negated: bool) -> _Fix:
    """The comments' words on a source package: those of a vulnerability without a fix tell why there is none."""
    if negated or ("not affected" in words and not fixed):
        return _Fix("not_affected")
    return _Fix("affected", fixed) if fixed else _Fix(unfixed_state(words))


def _binary_name(pattern: str) -> str:
    """The package whose line in a manifest a pattern finds (`^libssh-4(?::\\w+|)\\s+(.*)$`)."""
    match = _PATTERN.match(pattern)
    return match[1].replace("\\", "") if match else ""


def _keep(shards: dict[str, dict[_Key, _Fix]], pocket: Pocket, key: _Key, fix: _Fix, in_pro: bool) -> None:
    """A fix that takes Ubuntu Pro is none for the archive's packages."""
    if not in_pro or pocket.tier:
        _merge(shards.setdefault(pocket.shard, {}), key, fix)
        return
    _merge(shards.setdefault(Pocket("pro", pocket.release).shard, {}), key, fix)
    if fix.state != "not_affected":
        remark = f"in Ubuntu Pro: {fix.fixed}" if fix.fixed else ""
        _merge(shards.setdefault(pocket.shard, {}), key, _Fix(fix.state, remark=remark))


def _merge(held: dict[_Key, _Fix], key: _Key, fix: _Fix) -> None:
    """Of several fixes the first counts (a notice on a regression repeats a fix), unless the later one says that it was
    incomplete; and but for kernels: one name leads through several series there, and the first fix is an older
    series'."""
    before = held.get(key)
    if before is None:
        held[key] = fix
    elif fix.fixed and before.fixed:
        order = compare("deb", fix.fixed, before.fixed) or 0
        later_counts = key[0].startswith("linux-image-") or (fix if order > 0 else before).repairs
        if order > 0 if later_counts else order < 0:
            held[key] = fix
    elif not before.fixed and (fix.fixed or (fix.remark and not before.remark)):
        held[key] = fix


def _note_vulnerability(vulnerability: VulnerabilityNote, definition: Definition, notice: str, facts: _Facts) -> None:
    attributes = vulnerability.attributes
    word = attributes.get("priority", "") or definition.severity
    stated = (
        cvss_severity(attributes["cvss_vector"]) if attributes.get("cvss_vector") else None,
        word_severity(word, "ubuntu") if word.lower() != "none" else None,  # a notice that was not rated
    )
    found = tuple(one for one in stated if one is not None)
    if found or vulnerability.id not in facts.severities:
        facts.severities[vulnerability.id] = found
    is_vulnerabilities_own = definition.title.startswith("CVE-")
    if vulnerability.id in facts.texts and not is_vulnerabilities_own:
        return
    text = (
        definition.description.partition(_INSTRUCTIONS)[0]
        if is_vulnerabilities_own
        else definition.title.partition(" -- ")[2]
    )
    folder = "notices/" if vulnerability.id == notice else ""
    facts.texts[vulnerability.id] = AdvisoryText(
        id=vulnerability.id,
        summary=summary_of(text),
        url=attributes.get("href", "") or f"https://ubuntu.com/security/{folder}{vulnerability.id}",
        published=_day(attributes.get("public", "")),
    )


def _only_notice(vulnerability: VulnerabilityNote | None) -> str:
    notices = vulnerability.attributes.get("usns", "").split(",") if vulnerability is not None else []
    return f"USN-{notices[0]}" if len(notices) == 1 and notices[0] else ""


def _day(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdecimal() else day_of(digits)
