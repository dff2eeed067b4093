"""Erlang and Elixir: compiled applications, and what Hex unpacked.

Source: Erlang/OTP, app(4) (`ebin/NAME.app`) and hexpm/specifications, package_metadata.md (`hex_metadata.config`);
both are Erlang terms, of which only strings and atoms in known places are read. Type "otp" is for applications that
belong to Erlang or Elixir themselves and that Hex does not carry: see the package URL type definitions.
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded
from lading.inventory.unread import fault_of, left_out
from lading.model.properties import RUNTIME
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

_ERLANG = re.compile(
    "asn1|common_test|compiler|crypto|debugger|dialyzer|diameter|edoc|eldap|erl_docgen|erl_interface|erts|et|eunit|ftp|"
    "hipe|inets|jinterface|kernel|megaco|mnesia|observer|odbc|os_mon|parsetools|public_key|reltool|runtime_tools|sasl|"
    "snmp|ssh|ssl|stdlib|syntax_tools|tftp|tools|wx|xmerl"
)
_ELIXIR = re.compile("eex|elixir|ex_unit|iex|logger|mix")
_COMMENT = re.compile(r"^[ \t]*%.*", re.MULTILINE)
_APPLICATION = re.compile(r"\{\s*application\s*,\s*'?([\w@]+)'?\s*,")
_VERSION = re.compile(r'\{\s*vsn\s*,\s*"([^"\\\n]*)"')
_NEEDS = re.compile(r"\{\s*applications\s*,\s*\[([^\]]{0,20000})\]")
_BINARY = r'<<\s*"([^"\\\n]*)"(?:/utf8)?\s*>>'
_STRING = re.compile(_BINARY)
# At the start of a line: requirements, which have names of their own, are nested deeper.
_FIELD = re.compile(rf"^\{{{_BINARY},\s*(?:{_BINARY}|\[([^\]]{{0,500}})\])", re.MULTILINE)


def parse_application(file: WantedFile) -> CatalogerResult:
    """The application of one `.app` file; its directory above `ebin` is its own."""
    text = _COMMENT.sub("", beginning(file.content))
    name, version = _APPLICATION.search(text), _VERSION.search(text)
    if name is None or version is None or not version[1]:
        fault = fault_of(name[1], "", "application") if name else "not an Erlang application"
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    needs = _NEEDS.search(text)
    runtime = "erlang" if _ERLANG.fullmatch(name[1]) else "elixir" if _ELIXIR.fullmatch(name[1]) else ""
    package = FoundPackage(
        type="otp" if runtime else "hex",
        name=name[1],
        version=version[1],
        files=_below(file.path, 2),
        properties={RUNTIME: runtime} if runtime else {},
        requires=bounded(one.strip().strip("'") for one in needs[1].split(",")) if needs else (),
    )
    return CatalogerResult(packages=(package,))


def parse_metadata(file: WantedFile) -> CatalogerResult:
    """The package of one `hex_metadata.config`, whose directory is its own."""
    fields = {match[1]: (match[2], match[3]) for match in _FIELD.finditer(beginning(file.content))}
    name, version = ((fields.get(field) or ("", ""))[0] for field in ("name", "version"))
    if fault := fault_of(name, version, where="the metadata"):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    licenses = tuple(_STRING.findall((fields.get("licenses") or ("", ""))[1] or ""))
    return CatalogerResult(
        packages=(FoundPackage("hex", name, version, licenses=licenses, files=_below(file.path, 1)),)
    )


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_application(file) if file.path.endswith(".app") else parse_metadata(file)


def _below(path: str, levels: int) -> tuple[str, ...]:
    directory = path.rsplit("/", levels)[0]
    return (f"{directory}/",) if directory != path else ()


CATALOGER = Cataloger(name="erlang", version=2, parse=_parse, patterns=("**/ebin/*.app", "**/hex_metadata.config"))
