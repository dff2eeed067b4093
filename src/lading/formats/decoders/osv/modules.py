"""The modules that the packages of AlmaLinux and Rocky Linux were built in.

Records have no field for it: a release with ".module" in it tells of a module, the summary names it and its stream
("Moderate: ruby:3.3 security update").
"""

import re

from lading.formats.decoders.osv.records import OsvAffected, OsvRecord

_NAMED = re.compile(r"(?<![\w:/.+-])([A-Za-z][\w.+-]*:[\w.+-]*\w)(?![\w:])", re.ASCII)
_TITLE = re.compile(r"(?:\w+: )?([\w.+-]+) ", re.ASCII)
_VERSION = re.compile(r"(?:\d+:)?(\d+)(?:\.(\d+))?", re.ASCII)
_RELEASE = re.compile(r"\.module[_+]el(\d+)", re.ASCII)


def modules_of(record: OsvRecord, entry: OsvAffected) -> tuple[str, ...]:
    """The `name:stream` that one of a record's packages may have been built in; none when it is in no module.

    Where the summary names several, any of them may be meant. Where it names a module without its stream, the streams
    that it can be: most are called by one or two numbers of the version, the rolling ones by the system's release.
    """
    fixes = _fixes(entry)
    release = next((match[1] for version in fixes if (match := _RELEASE.search(version))), "")
    if not release:
        return ()
    summary = record.summary or ""
    named = named_modules(summary)
    if named:
        return named
    title = _TITLE.match(summary)
    if title is None:
        return ("?",)
    numbers = _VERSION.match((_fixes_of(title[1], record, entry) or fixes)[0])
    streams = [f"rhel{release}"]
    if numbers is not None:
        streams += [numbers[1], *([f"{numbers[1]}.{numbers[2]}"] if numbers[2] else [])]
    return tuple(f"{title[1]}:{stream}" for stream in streams)


def named_modules(summary: str) -> tuple[str, ...]:
    """The `name:stream` of each module that the summary of an advisory names."""
    return tuple(dict.fromkeys(_NAMED.findall(summary)))


def _fixes_of(name: str, record: OsvRecord, beside: OsvAffected) -> list[str]:
    """The fixes of the package of that name in the release that `beside` is of."""
    system = beside.package.ecosystem if beside.package is not None else ""
    entries = (one for one in record.affected or () if one.package is not None and one.package.ecosystem == system)
    return next((_fixes(one) for one in entries if one.package is not None and one.package.name == name), [])


def _fixes(entry: OsvAffected) -> list[str]:
    return [
        version
        for span in entry.ranges or ()
        for event in span.events or ()
        for kind, version in event.items()
        if kind == "fixed"
    ]
