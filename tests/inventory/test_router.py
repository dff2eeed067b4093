"""A file goes to every reader that wants it, once to each."""

import pytest

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.router import Router


def reader(
    name: str,
    *,
    files: tuple[str, ...] = (),
    directories: dict[str, tuple[str, ...]] | None = None,
    patterns: tuple[str, ...] = (),
    magic: tuple[bytes, ...] = (),
) -> Cataloger:
    return Cataloger(
        name=name,
        version=1,
        parse=lambda file: CatalogerResult(text=file.path),
        files=files,
        directories=directories or {},
        patterns=patterns,
        magic=magic,
    )


READERS = (
    reader("exact", files=("etc/a.json", "etc/b")),
    reader("directory", directories={"etc": (".json", ".conf")}),
    reader("name", patterns=("**/a.json",)),
    reader("place", patterns=("**/etc/*.json", "**/e*/*.json")),
    reader("ending", patterns=("**/*.json", "**/*.cdx.json")),
    reader("magic", magic=(b"MAGI", b"MA")),
    reader("program", magic=(b"MA",)),
)


def by_name(router: Router, path: str) -> list[tuple[str, str]]:
    return [(route.reader.name, route.path) for route in router.routes(path)]


def test_every_reader_that_wants_a_name_has_it_once() -> None:
    router = Router(READERS)
    assert by_name(router, "etc/a.json") == [
        (name, "etc/a.json") for name in ("exact", "directory", "name", "place", "ending")
    ]
    assert by_name(router, "x/etc/a.json") == [(name, "x/etc/a.json") for name in ("name", "place", "ending")]
    assert by_name(router, "srv/a.cdx.json") == [("ending", "srv/a.cdx.json")]
    assert by_name(router, "srv/a.txt") == by_name(router, "a") == []


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (b"MAGI", ["magic", "program"]),
        (b"MAxx", ["magic", "program"]),
        (b"MA", ["magic", "program"]),
        (b"", []),
        (b"AMAG", []),
    ],
)
def test_every_reader_that_knows_the_first_bytes_has_the_file(head: bytes, names: list[str]) -> None:
    assert [route.reader.name for route in Router(READERS).routes_by_content("x", head)] == names


def test_detours_go_to_every_reader_of_the_wanted_path() -> None:
    router = Router(READERS).with_detours({"opt/moved.json": "etc/a.json", "opt/kept/": "etc/"})
    assert by_name(router, "opt/moved.json") == [
        ("exact", "etc/a.json"),
        ("directory", "etc/a.json"),
        ("name", "etc/a.json"),
        ("place", "etc/a.json"),
        ("ending", "etc/a.json"),
    ]
    assert by_name(router, "opt/kept/b.conf") == [("directory", "etc/b.conf")]


def test_detours_change_nothing_for_who_shares_the_router() -> None:
    shared = Router(READERS)
    before = by_name(shared, "etc/a.json"), by_name(shared, "etc/moved.json"), shared.files, shared.directories
    first = shared.with_detours({"etc/moved.json": "etc/a.json", "etc/": "etc/", "opt/": "etc/", "a//b": "etc/a.json"})
    second = shared.with_detours({"etc/other.json": "etc/a.json"})
    assert by_name(first, "etc/moved.json")[0] == ("exact", "etc/a.json")
    assert by_name(second, "etc/moved.json") == by_name(shared, "etc/moved.json")
    assert [list(one.copies) for one in (first, second, shared)] == [["a"], [], []]
    assert (
        by_name(shared, "etc/a.json"),
        by_name(shared, "etc/moved.json"),
        shared.files,
        shared.directories,
    ) == before
    assert shared.with_detours({}) is shared
