"""OCaml: packages that opam installed.

Source: opam's manual, "opam root" (SWITCH/.opam-switch/packages/NAME.VERSION/opam) and "opam file format".
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

_FIELD = re.compile(r"^license:", re.MULTILINE)
_LICENSE = re.compile(r'\s*+(?:"([^"\n]*)"|\[([^\]]*)\])')
_STRING = re.compile(r'"([^"\n]*)"')


def parse_package(file: WantedFile) -> CatalogerResult:
    """The package that the path names, with the licence its opam file states."""
    name, _, version = file.path.split("/")[-2].partition(".")
    if not name or not version:
        return CatalogerResult()
    text = beginning(file.content)
    field = _FIELD.search(text)
    match = _LICENSE.match(text, field.end()) if field is not None else None
    licenses = (match[1],) if match and match[1] else _STRING.findall(match[2] or "") if match else ()
    return CatalogerResult(packages=(FoundPackage("opam", name, version, licenses=tuple(licenses)),))


CATALOGER = Cataloger(name="opam", version=1, parse=parse_package, patterns=("**/.opam-switch/packages/*/opam",))
