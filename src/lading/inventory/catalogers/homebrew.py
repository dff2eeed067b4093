"""Homebrew: formulae in a Cellar and casks in a Caskroom.

Source: Homebrew/brew, Library/Homebrew/tab.rb (`INSTALL_RECEIPT.json` in Cellar/NAME/VERSION) and cask/metadata.rb
(Caskroom/TOKEN/.metadata/VERSION/TIME/Casks/TOKEN.json or .rb).
"""

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json


class _Source(msgspec.Struct):
    tap: str | None = None


class _Need(msgspec.Struct):
    full_name: str = ""


class _Receipt(msgspec.Struct):
    source: _Source | None = None
    arch: str | None = None
    runtime_dependencies: list[_Need] | None = None


def parse_formula(file: WantedFile) -> CatalogerResult:
    """The formula whose keg holds this receipt: the path says which, the receipt where it is from."""
    keg = file.path.rpartition("/")[0]
    name, version = keg.split("/")[-2:]
    try:
        receipt = decode_json(file.content, _Receipt, spend=file.spend)
    except ValueError:
        receipt = _Receipt()
    tap = receipt.source.tap if receipt.source else None
    package = FoundPackage(
        type="brew",
        name=name,
        version=version,
        arch=receipt.arch or "",
        files=(f"{keg}/",),
        properties={"tap": tap} if tap else {},
        requires=bounded(one.full_name.rpartition("/")[2] for one in receipt.runtime_dependencies or ()),
    )
    return CatalogerResult(packages=(package,))


def parse_cask(file: WantedFile) -> CatalogerResult:
    """The cask that the path names."""
    *above, name, _, version, _, _, _ = file.path.split("/")
    files = ("/".join([*above, name, version, ""]),)
    return CatalogerResult(packages=(FoundPackage("brew", name, version, files=files, properties={"kind": "cask"}),))


def _parse(file: WantedFile) -> CatalogerResult:
    return parse_formula(file) if file.path.endswith("/INSTALL_RECEIPT.json") else parse_cask(file)


CATALOGER = Cataloger(
    name="homebrew",
    version=2,
    parse=_parse,
    patterns=(
        "**/Cellar/*/*/INSTALL_RECEIPT.json",
        "**/Caskroom/*/.metadata/*/*/Casks/*.json",
        "**/Caskroom/*/.metadata/*/*/Casks/*.rb",
    ),
)
