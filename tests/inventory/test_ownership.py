"""Which package owns a path."""

from lading.inventory.ownership import owners_of
from lading.model.package import Package


def package(name: str, *files: str) -> Package:
    return Package(name, "1", "deb", files=files)


def owners(paths: list[str], *packages: Package, **links: str) -> dict[str, str]:
    return {path: owner.name for path, owner in owners_of(paths, packages, links).items()}


def test_files_are_owned_by_name_and_below_directories() -> None:
    tools = package("tools", "usr/bin/a", "usr/share/tools/")
    assert owners(["usr/bin/a", "usr/bin/b", "usr/share/tools/x/y", "usr/share/toolsmith"], tools) == {
        "usr/bin/a": "tools",
        "usr/share/tools/x/y": "tools",
    }


def test_the_nearest_directory_wins_and_a_name_before_any_directory() -> None:
    outer, inner, exact = package("outer", "opt/"), package("inner", "opt/in/"), package("exact", "opt/in/file")
    assert owners(["opt/a", "opt/in/b", "opt/in/file"], outer, inner, exact) == {
        "opt/a": "outer",
        "opt/in/b": "inner",
        "opt/in/file": "exact",
    }


def test_databases_may_name_files_through_links() -> None:
    libc = package("libc6", "lib/x86_64-linux-gnu/libc.so.6")
    assert owners(["usr/lib/x86_64-linux-gnu/libc.so.6"], libc, lib="usr/lib") == {
        "usr/lib/x86_64-linux-gnu/libc.so.6": "libc6"
    }
