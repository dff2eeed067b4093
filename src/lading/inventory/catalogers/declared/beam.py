"""Erlang and Elixir: rebar.lock and mix.lock.

Sources: https://rebar3.org/docs/configuration/dependencies/#lock-files and https://hexdocs.pm/mix/Mix.Tasks.Deps.html.
Both are terms of their languages in a fixed shape. Only packages of Hex have a version; what comes from a repository is
left out.
"""

import re
from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package
from lading.inventory.needs import bounded
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_MIX = re.compile(r'\{\s*:hex\s*,\s*:"?([\w.@-]+)"?\s*,\s*"([^"\s]+)"')
_NEED = re.compile(r'\bhex: :"?([\w.@-]+)')
_BINARY = r'<<"([^"\s]+)"(?:/utf8)?>>'
_REBAR = re.compile(rf"\{{\s*pkg\s*,\s*{_BINARY}\s*,\s*{_BINARY}[^}}]{{0,500}}\}}\s*,\s*(\d+)")


def read_mix(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of Hex by their names there, which may differ from the applications'."""
    content = file.text
    if content.strip() and "%{" not in content:
        raise BrokenFileError("is no map")
    entries = list(_MIX.finditer(content))
    ends = [*(entry.start() for entry in entries[1:]), len(content)]
    for entry, end in zip(entries, ends, strict=True):
        yield package("hex", entry[1], entry[2], requires=bounded(_NEED.findall(content, entry.end(), end)))


def read_rebar(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of Hex; level 0 is what the project itself asks for."""
    content = file.text
    if content.strip() and "[" not in content:
        raise BrokenFileError("is no list")
    for name, version, level in _REBAR.findall(content):
        yield package("hex", name, version, relationship="direct" if level == "0" else "indirect")


CATALOGERS = (
    cataloger("mix-lock", ("**/mix.lock",), read_mix),
    cataloger("rebar-lock", ("**/rebar.lock",), read_rebar),
)
