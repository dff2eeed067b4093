"""Perl: distributions that cpanm, CPAN.pm or `make install` put in place.

Sources: ExtUtils::MakeMaker (`perllocal.pod`, to which each installation is appended; `auto/…/.packlist`, the files of
a module) and App::cpanminus (`.meta/DIST-VERSION/install.json`, beside the CPAN::Meta::Spec of MYMETA.json).
"""

import re
from collections.abc import Mapping
from posixpath import dirname

import msgspec
from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import fault_of, left_out
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json

_MOST = 4_000_000
_TOO_LARGE = f"beyond {_MOST // 1_000_000} MB the file was not read"
_INSTALLED = re.compile(r"^=head2 .*: C<Module> L<([\w:']+)\|", re.ASCII)
_VERSION = re.compile(r"^C<VERSION: (\S+)>", re.ASCII)
_PACKLIST_FACTS = re.compile(r" \w+=.*")


class _Install(msgspec.Struct):
    """What cpanm keeps: `name` the main module, `dist` the distribution's name and version."""

    name: str = ""
    version: str | float | None = None
    dist: str = ""


class _Meta(msgspec.Struct):
    license: list[str] | str = ""


def parse_local(file: WantedFile) -> CatalogerResult:
    """The modules that perllocal.pod says were installed, each in the version of the last time."""
    versions: dict[str, str] = {}
    module = ""
    data = file.content[: _MOST + 1]
    for line in data[:_MOST].decode("utf-8", "replace").splitlines():
        if match := _INSTALLED.match(line):
            module = match[1]
        elif module and (match := _VERSION.match(line)):
            versions[module] = match[1]
    packages = (_package(_distribution(module), version, module) for module, version in sorted(versions.items()))
    diagnostics = (left_out(file.path, _TOO_LARGE),) if len(data) > _MOST else ()
    return CatalogerResult(packages=tuple(packages), diagnostics=diagnostics)


def parse_install(file: WantedFile) -> CatalogerResult:
    """The distribution that cpanm installed."""
    try:
        install = decode_json(file.content, _Install, spend=file.spend)
    except ValueError:
        install = _Install()
    name, _, version = install.dist.rpartition("-")
    if not name:
        name, version = _distribution(install.name), str(install.version or "")
    if fault := fault_of(name, version, "distribution", "the file"):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    return CatalogerResult(packages=(_package(name, version.removeprefix("v"), install.name),))


def combine(facts: Mapping[str, CatalogerResult]) -> Mapping[str, CatalogerResult]:
    """Gives each distribution its files and licences; where cpanm tells of a module, perllocal.pod says no more."""
    owned = {one.owner: one.owned for one in facts.values() if one.owner}
    by_cpanm = {
        package.properties.get("module", "")
        for path, one in facts.items()
        if path.endswith("/install.json")
        for package in one.packages
    }
    whole = {}
    for path, one in facts.items():
        licenses = tuple(facts.get(f"{dirname(path)}/MYMETA.json", CatalogerResult()).companion.decode().splitlines())
        packages = tuple(
            structs.replace(package, files=owned.get(package.properties.get("module", ""), ()), licenses=licenses)
            for package in one.packages
            if path.endswith("/install.json") or package.properties.get("module") not in by_cpanm
        )
        whole[path] = CatalogerResult(packages=packages, diagnostics=one.diagnostics)
    return whole


def _parse(file: WantedFile) -> CatalogerResult:
    if file.path.endswith("/.packlist"):
        module = file.path.rpartition("/auto/")[2].removesuffix("/.packlist").replace("/", "::")
        lines = file.content[:_MOST].decode("utf-8", "backslashreplace").splitlines()
        return CatalogerResult(
            owner=module, owned=tuple(_PACKLIST_FACTS.sub("", line).strip("/") for line in lines if line)
        )
    if file.path.endswith("/install.json"):
        return parse_install(file)
    if file.path.endswith("/MYMETA.json"):
        return _licenses(file)
    return parse_local(file)


def _licenses(file: WantedFile) -> CatalogerResult:
    try:
        stated = decode_json(file.content, _Meta, spend=file.spend).license
    except ValueError:
        return CatalogerResult()
    listed = [stated] if isinstance(stated, str) else stated
    return CatalogerResult(
        companion="\n".join(one for one in listed if one not in ("", "unknown")).encode("utf-8", "replace")
    )


def _package(name: str, version: str, module: str) -> FoundPackage:
    return FoundPackage("cpan", name, version, properties={"module": module} if module else {})


def _distribution(module: str) -> str:
    return module.replace("::", "-")


CATALOGER = Cataloger(
    name="perl",
    version=2,
    parse=_parse,
    patterns=(
        "**/perllocal.pod",
        "**/auto/**/.packlist",
        "**/.meta/*/install.json",
        "**/.meta/*/MYMETA.json",
    ),
    combine=combine,
)
