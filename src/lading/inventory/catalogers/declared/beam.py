"""Erlang and Elixir: rebar.lock and mix.lock.

Sources: https://rebar3.org/docs/configuration/dependencies/#lock-files and https://hexdocs.pm/mix/Mix.Tasks.Deps.html.
Both are terms of their languages in a fixed shape. What comes from a repository has the name of the application and,
where a tag states it, a version.
"""

import re
from collections.abc import Iterator

from msgspec import structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package
from lading.inventory.needs import bounded
from lading.inventory.published import digest, published
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_NAME = r':?"?([\w.@-]+)"?'
_MIX = re.compile(
    rf'\{{\s*:hex\s*,\s*{_NAME}\s*,\s*"([^"\s]+)"|"([\w.@-]+)"\s*:\s*\{{\s*:(git|path)\s*,\s*"([^"\s]*)"'
    r'(?:\s*,\s*"([0-9a-f]{7,64})")?'
)
_MIX_TAG = re.compile(r'\btag: "([^"\n]+)"')
_NEED = re.compile(r'\bhex: :"?([\w.@-]+)')
_BINARY = r'<<"([^"\s]+)"(?:/utf8)?>>'
_ADDRESS = r'(?:<<)?"[^"\n]*"(?:/utf8)?(?:>>)?'
_TEXT = r'(?:<<)?"([^"\n]*)"(?:/utf8)?(?:>>)?'
_REBAR = re.compile(
    rf"\{{\s*{_BINARY}\s*,\s*(?:"
    rf"\{{\s*pkg\s*,\s*{_BINARY}\s*,\s*{_BINARY}[^}}]{{0,500}}\}}"
    rf"|\{{\s*(?:git|git_subdir|hg)\s*,\s*{_ADDRESS}\s*,\s*(?:\{{\s*(\w+)\s*,\s*{_TEXT}\s*\}}|{_TEXT})[^}}]{{0,500}}\}}"
    rf"|\{{\s*(path)\s*,[^}}]{{0,500}}\}}(?:\s*\}})?"
    rf")\s*,\s*(\d+)"
)
_CHECKSUM = re.compile(r'"([0-9a-f]{64})"')
_REBAR_OUTER = re.compile(r"\{\s*pkg_hash_ext\s*,")
_REBAR_CHECKSUM = re.compile(rf"\{{\s*{_BINARY}\s*,\s*<<\"([0-9A-Fa-f]{{64}})\">>")
_VERSION = re.compile(r"v?(\d+\.\d+[0-9A-Za-z.+-]*)")


def read_mix(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of Hex by their names there, which may differ from the applications'."""
    content = file.text
    if content.strip() and "%{" not in content:
        raise BrokenFileError("is no map")
    entries = list(_MIX.finditer(content))
    ends = [*(entry.start() for entry in entries[1:]), len(content)]
    for entry, end in zip(entries, ends, strict=True):
        name, version, application, kind, _, commit = entry.groups()
        if kind:
            tag = _MIX_TAG.search(content, entry.end(), end)
            yield _elsewhere(application, kind, tag[1] if tag else "", commit or "")
        else:
            # The first is of what lies in the archive, the second of the archive.
            checksums = _CHECKSUM.findall(content, entry.end(), end)
            archives = published(digests=digest("sha256", checksums[1])) if len(checksums) > 1 else ()
            needs = bounded(_NEED.findall(content, entry.end(), end))
            yield package("hex", name, version, requires=needs, archives=archives)


def read_rebar(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of Hex and others; level 0 is what the project itself asks for."""
    content = file.text
    if content.strip() and "[" not in content:
        raise BrokenFileError("is no list")
    outer = _REBAR_OUTER.search(content)
    checksums = dict(_REBAR_CHECKSUM.findall(content, outer.end())) if outer else {}
    for entry in _REBAR.finditer(content):
        application, name, version, kind, revision, plain, path, level = entry.groups()
        relationship = "direct" if level == "0" else "indirect"
        if name:
            archives = published(digests=digest("sha256", checksums.get(application, "")))
            yield package("hex", name, version, relationship=relationship, archives=archives)
        else:
            revision = revision or plain or ""
            tag = revision if kind == "tag" else ""
            yield _elsewhere(application, path or "git", tag, "" if tag else revision, relationship)


def _elsewhere(name: str, kind: str, tag: str, commit: str, relationship: str = "") -> FoundPackage:
    """An application from a repository, or from a directory, which no registry has."""
    if kind == "path":
        return package("hex", name, "", relationship="workspace")
    version = _VERSION.fullmatch(tag)
    found = package("hex", name, version[1] if version else "", relationship=relationship)
    properties = {**found.properties, "reference": commit} if commit else found.properties
    return structs.replace(found, properties=properties)


CATALOGERS = (
    cataloger("mix-lock", ("**/mix.lock",), read_mix),
    cataloger("rebar-lock", ("**/rebar.lock",), read_rebar),
)
