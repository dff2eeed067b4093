"""From a record to advisories."""

import re
from collections.abc import Iterable, Sequence

from msgspec import structs

from lading.formats.decoders.osv.ecosystems import ecosystem_of, shard_name
from lading.formats.decoders.osv.modules import modules_of
from lading.formats.decoders.osv.ranges import listed_outside, ranges_of
from lading.formats.decoders.osv.records import (
    OsvAffected,
    OsvRecord,
    OsvSeverity,
    parse_custom_ranges,
    parse_imports,
)
from lading.formats.summaries import short, telling_sentence
from lading.model.advisory import Advisory, AdvisoryText, Condition, Import, Kind, Range, Severity, State
from lading.model.names import advisory_name
from lading.model.rebuilders import REBUILDERS
from lading.model.severities import cvss_severity, word_severity

_MOST_SUMMARY = 200
_REFERENCES = ("ADVISORY", "WEB", "ARTICLE", "REPORT", "FIX", "PACKAGE")
_CVE = re.compile(r"CVE-\d{4}-\d+")
_KINDS: dict[str, Kind] = {"unmaintained": "unmaintained", "unsound": "unsound", "notice": "notice"}
# Notices that come out with the fix, so that their day is the fix's; and those about no vulnerability at all.
_NOTICES = (
    "ALBA-", "ALEA-", "ALSA-", "DLA-", "DSA-", "DTSA-", "MGASA-", "OESA-", "RHSA-", "RLBA-", "RLEA-", "RLSA-", "RXSA-",
    "SUSE-SU-", "USN-", "openSUSE-SU-",
)  # fmt: skip
_NO_VULNERABILITY = re.compile(r"(?:AL|RH|RL|RX)(?:BA|EA)-|(?:open)?SUSE-(?:FU|OU|RU)-")


def to_advisories(record: OsvRecord) -> list[tuple[str, Advisory]]:
    """(ecosystem as the record writes it, advisory) for each package and vulnerability the record names. The entries of
    one package in one shard are one advisory, unless their conditions differ. A record that was withdrawn says so, for
    others may have copies of it; that of a distribution says nothing."""
    if record.withdrawn:
        return _withdrawn(record)
    packages: dict[tuple[str, str, Condition | None], list[tuple[str, OsvAffected]]] = {}
    for entry in record.affected or ():
        package = entry.package
        if package is not None and package.name:
            name, condition = _package(entry, package.ecosystem, package.name)
            modules = modules_of(record, entry) if ecosystem_of(package.ecosystem).distribution else ()
            builds = tuple(Condition(module=module) for module in modules)
            meant = [(one, entry) for one in builds or (condition,)]
            if package.ecosystem == "Go" and (custom := _custom(entry)) is not None:
                meant.append((structs.replace(condition or Condition(), released=True), custom))
            for one, part in meant:
                key = (shard_name(package.ecosystem), name, one)
                packages.setdefault(key, []).append((package.ecosystem, part))
    return [
        (members[0][0], advisory)
        for (_, name, condition), members in packages.items()
        for advisory in _advisories(record, members[0][0], name, condition, [entry for _, entry in members])
    ]


def is_duplicate(text: str) -> bool:
    """Whether a text says that a record was withdrawn because another one tells of the same."""
    return _DUPLICATE.search(text[:_MOST_TOLD]) is not None


_DUPLICATE = re.compile(r"duplicate (?:of|advisory)|duplicates? another", re.IGNORECASE)
_MOST_TOLD = 1000


def text_of(record: OsvRecord) -> AdvisoryText:
    """What is shown of a record: its summary, or the sentence of its details that says most, and the best reference."""
    title = (record.summary or "").strip()
    return AdvisoryText(
        id=record.id,
        summary=short(title or telling_sentence(record.details or ""), _MOST_SUMMARY),
        excerpt=not title,
        url=_reference(record),
        published=record.published[:10],
        modified=record.modified[:10],
    )


def _advisories(
    record: OsvRecord, ecosystem: str, package: str, condition: Condition | None, entries: Sequence[OsvAffected]
) -> list[Advisory]:
    scheme = ecosystem_of(ecosystem).scheme
    ranges = ranges_of(entries, scheme)
    versions = listed_outside(entries, ranges, scheme)
    if not ranges and not versions:
        return []
    vulnerabilities, aliases, note = _names(record, ecosystem)
    # "Fixed in 0" is how distributions say that a package never had the vulnerability.
    never = not versions and all(span.fixed == "0" for span in ranges)
    fixed = any(span.fixed for span in ranges) and record.id.startswith(_NOTICES)
    advisory = Advisory(
        id="",
        package=package,
        state="not_affected" if never else _state(record, ranges, versions),
        ranges=() if never else ranges,
        versions=versions,
        aliases=aliases,
        severities=_severities(record, ecosystem, entries),
        note=note,
        condition=condition,
        kind=_kind(record, entries),
        fix_date=record.published[:10] if fixed else "",
        cwes=_cwes(record, entries),
    )
    return [structs.replace(advisory, id=vulnerability) for vulnerability in vulnerabilities]


def _withdrawn(record: OsvRecord) -> list[tuple[str, Advisory]]:
    """That a record was taken back. One that was a duplicate has no other names: those are the other record's too."""
    packages = [entry.package for entry in record.affected or () if entry.package is not None and entry.package.name]
    own = is_duplicate(f"{record.summary or ''} {record.details or ''}")
    found = {}
    for package in packages:
        known = ecosystem_of(package.ecosystem)
        if not known.distribution:
            aliases = () if own else _names(record, package.ecosystem)[1]
            name = advisory_name(known.type, package.name)
            found[package.ecosystem, name] = Advisory(record.id, name, "withdrawn", aliases=aliases)
    return [(ecosystem, advisory) for (ecosystem, _), advisory in found.items()]


def _custom(entry: OsvAffected) -> OsvAffected | None:
    """An entry by its ranges of versions that are none to Go, where those of Go's own have no end."""
    custom = parse_custom_ranges(entry.ecosystem_specific)
    if not custom or entry.versions or any(span.has_end for span in ranges_of([entry], "golang")):
        return None
    return structs.replace(entry, ranges=custom)


def _state(record: OsvRecord, ranges: Sequence[Range], versions: Sequence[str]) -> State:
    """Go's database writes "every version" where nobody has looked yet which ones."""
    specific = record.database_specific
    is_unseen = specific is not None and specific.review_status == "UNREVIEWED"
    return "unbounded" if is_unseen and not versions and any(span.is_open for span in ranges) else "affected"


def _package(entry: OsvAffected, ecosystem: str, name: str) -> tuple[str, Condition | None]:
    """The name the shard goes by, and which builds are meant."""
    family, _, product = ecosystem.partition(":")
    type = ecosystem_of(ecosystem).type
    if family in REBUILDERS:
        name = REBUILDERS[family].original(type, name)
    if type == "golang" and family != "Kubernetes":
        return _go_module(entry, name)
    key = advisory_name(type, name)
    if family == "Red Hat" and product:
        # The CPE without its first part, which says whether the product is a system or an application.
        return key, Condition(cpes=(f"cpe:/a:redhat:{product}", f"cpe:/o:redhat:{product}"))
    return key, None


def _go_module(entry: OsvAffected, name: str) -> tuple[str, Condition | None]:
    """A module, and its packages with the vulnerability. GitHub names packages of the standard library, not the
    library."""
    imports = tuple(
        Import(one.path, *(tuple(sorted(words or ())) for words in (one.symbols, one.goos, one.goarch)))
        for one in parse_imports(entry.ecosystem_specific)
    )
    if "." not in name.partition("/")[0] and name not in ("stdlib", "toolchain"):
        if name.startswith("cmd/"):
            return "toolchain", None
        return "stdlib", Condition(imports=imports or (Import(name),))
    return name, Condition(imports=imports) if imports else None


def _names(record: OsvRecord, ecosystem: str) -> tuple[Sequence[str], tuple[str, ...], str]:
    """The vulnerabilities a record is about, their other names, and the advisory's own name where it is not a
    vulnerability's.

    A distribution's advisory often fixes several vulnerabilities at once: each is a vulnerability of its own, not
    another name.
    """
    if ecosystem_of(ecosystem).distribution and not _CVE.fullmatch(record.id):
        linked = {*(record.aliases or ()), *(record.related or ()), *(record.upstream or ())} - {record.id}
        if not linked and (within := _CVE.search(record.id)) is not None:
            linked = {within[0]}
        vulnerabilities = sorted(name for name in linked if _CVE.fullmatch(name))
        others = sorted(name for name in linked if name.startswith("GHSA-"))
        if len(vulnerabilities) == 1:
            return vulnerabilities, tuple(others), record.id
        if vulnerabilities or others:
            return vulnerabilities or others, (), record.id
        if _NO_VULNERABILITY.match(record.id):
            return (), (), ""
    named = {*(record.aliases or ())} - {record.id}
    if not named and ecosystem.partition(":")[0] in REBUILDERS and (within := _CVE.search(record.id)) is not None:
        named = {within[0]} - {record.id}
    aliases = sorted(named, key=lambda name: (not name.startswith("CVE-"), name))
    return [record.id], tuple(aliases), ""


def _kind(record: OsvRecord, entries: Iterable[OsvAffected]) -> Kind:
    if any(name.startswith("MAL-") for name in (record.id, *(record.aliases or ()))):
        return "malware"
    for entry in entries:
        word = entry.database_specific.informational if entry.database_specific is not None else None
        if isinstance(word, str):
            return _KINDS.get(word, "notice")
    return "vulnerability"


def _cwes(record: OsvRecord, entries: Iterable[OsvAffected]) -> tuple[str, ...]:
    stated = (record.database_specific, *(entry.database_specific for entry in entries))
    lists = [specific.cwe_ids for specific in stated if specific is not None]
    return tuple(dict.fromkeys(cwe for one in lists if isinstance(one, list) for cwe in one if isinstance(cwe, str)))


def _severities(record: OsvRecord, ecosystem: str, entries: Sequence[OsvAffected]) -> tuple[Severity, ...]:
    stated = [*(record.severity or ()), *(one for entry in entries for one in entry.severity or ())]
    found = [_severity(one) for one in stated]
    source = "ghsa" if record.id.startswith("GHSA-") else "osv"
    for specific in (record.database_specific, *(entry.database_specific for entry in entries)):
        if specific is not None:
            found.append(word_severity(specific.severity, source))
    if ecosystem_of(ecosystem).scheme == "rpm":
        # "Important: curl security update"
        family = shard_name(ecosystem).partition("-")[0]
        found.append(word_severity((record.summary or "").partition(":")[0], family))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _severity(stated: OsvSeverity) -> Severity | None:
    """Of a vector, or of a distribution's own word."""
    if stated.type.startswith("CVSS_"):
        return cvss_severity(stated.score)
    return word_severity(stated.score, stated.type.lower())


def _reference(record: OsvRecord) -> str:
    references = record.references or ()
    for kind in _REFERENCES:
        for reference in references:
            if reference.type == kind and reference.url.startswith(("https://", "http://")):
                return reference.url
    return f"https://osv.dev/vulnerability/{record.id}"
