"""LuaRocks: exact packages."""

from lading.inventory.catalogers import lua
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts

ROCKSPEC = 'package = "lua-cjson"\nversion = "2.1.0-1"\ndescription = {\n  license = "MIT",\n}\n'


def test_rock() -> None:
    for place in ("usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0-1", "usr/lib/luarocks/rocks/lua-cjson/2.1.0-1"):
        package = FoundPackage("luarocks", "lua-cjson", "2.1.0-1", licenses=("MIT",), files=(f"{place}/",))
        path = f"{place}/lua-cjson-2.1.0-1.rockspec"
        assert facts(lua.CATALOGER, path, ROCKSPEC) == CatalogerResult(packages=(package,))
    bare = facts(lua.CATALOGER, "lib/luarocks/rocks-5.4/a/1-1/a-1-1.rockspec", b"\xff").packages
    assert bare == (FoundPackage("luarocks", "a", "1-1", files=("lib/luarocks/rocks-5.4/a/1-1/",)),)


def test_damage_never_raises() -> None:
    for data in damaged(ROCKSPEC.encode()):
        facts(lua.CATALOGER, "lib/luarocks/rocks-5.4/a/1-1/a-1-1.rockspec", data)
