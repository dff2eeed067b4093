"""What software that was built from source installs beside its program: modules and helpers that say no version of
their own. Images of Python, Go, Ruby, PHP, Perl, Erlang, Apache's server and PostgreSQL are made so.

The table is data, in runtimes.json beside this module; each record is a `Runtime`. Named one by one are the files of
directories that others put theirs in as well.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pkgutil import get_data

import msgspec
from msgspec import structs

from lading.inventory.catalogers.cataloger import FoundPackage


class Runtime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product. `program` is a regular expression for the whole path of a program that it is known by, whose group
    `root` is the directory it was installed in; `brings` are paths below that, of directories when they end in "/", and
    `each` maps such paths to the names that stand for `{name}` in them. In all, `{version}` is the version, `{series}`
    its first two numbers, and `{interface}` what `interfaces` has for that series."""

    product: str
    program: str
    brings: tuple[str, ...] = ()
    each: Mapping[str, tuple[str, ...]] = {}
    interfaces: Mapping[str, str] = {}


def with_what_it_brings(package: FoundPackage, path: str) -> FoundPackage:
    """The product that was found in the program at `path`, with what it installs beside it as its files."""
    runtime = _runtimes().get(package.name)
    match = re.fullmatch(runtime.program, path) if runtime is not None else None
    if runtime is None or match is None:
        return package
    known = {"version": package.version, "series": ".".join(package.version.split(".")[:2]), **match.groupdict()}
    files = {f"{match['root']}{file}" for file in _files(runtime, known)}
    return structs.replace(package, files=tuple(sorted(files)))


def _files(runtime: Runtime, known: Mapping[str, str]) -> Iterator[str]:
    interface = runtime.interfaces.get(known["series"], "")
    templates = [(one, "") for one in runtime.brings]
    templates += [(one, name) for one, names in runtime.each.items() for name in names]
    for template, name in templates:
        if interface or "{interface}" not in template:
            yield template.format(**known, interface=interface, name=name)


@cache
def _runtimes() -> dict[str, Runtime]:
    table = get_data(__package__, "runtimes.json") or b""
    return {one.product: one for one in msgspec.json.decode(table, type=tuple[Runtime, ...])}
