"""Homebrew: exact packages."""

from lading.inventory.catalogers import homebrew
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts

KEG = "home/linuxbrew/.linuxbrew/Cellar/openssl@3/3.3.1_1"
RECEIPT = '{"homebrew_version": "4.3", "arch": "x86_64", "source": {"tap": "homebrew/core", "versions": {}}}'


def test_formula() -> None:
    package = FoundPackage(
        type="brew",
        name="openssl@3",
        version="3.3.1_1",
        arch="x86_64",
        files=(f"{KEG}/",),
        properties={"tap": "homebrew/core"},
    )
    assert facts(homebrew.CATALOGER, f"{KEG}/INSTALL_RECEIPT.json", RECEIPT) == CatalogerResult(packages=(package,))
    bare = FoundPackage("brew", "openssl@3", "3.3.1_1", files=(f"{KEG}/",))
    assert facts(homebrew.CATALOGER, f"{KEG}/INSTALL_RECEIPT.json", "not json") == CatalogerResult(packages=(bare,))


def test_cask() -> None:
    room = "opt/homebrew/Caskroom/font-hack"
    package = FoundPackage("brew", "font-hack", "3.003", files=(f"{room}/3.003/",), properties={"kind": "cask"})
    for name in ("font-hack.rb", "font-hack.json"):
        path = f"{room}/.metadata/3.003/20240101000000.123/Casks/{name}"
        assert facts(homebrew.CATALOGER, path, "") == CatalogerResult(packages=(package,))


def test_damage_never_raises() -> None:
    for data in damaged(RECEIPT.encode()):
        facts(homebrew.CATALOGER, f"{KEG}/INSTALL_RECEIPT.json", data)
