"""Functions of Go programs, written and asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.formats.go_functions import GoFunctions, write_functions
from lading.safeio.zstd import ZstdDecompressor, compress

NAMES = [
    "gopkg.in/yaml.v3.Unmarshal",
    "gopkg.in/yaml.v3.Decoder.Decode",
    "net/http.Client",
    "net/http.Client.Do",
    "net/http.Client.Get",
    "net/http.ClientTrace",
    "net/http/internal.Do",
    "slices.Sort",
]


def functions(*names: str) -> GoFunctions:
    return GoFunctions(write_functions(names))


def test_what_is_written() -> None:
    text = ZstdDecompressor().decompress(write_functions([*reversed(NAMES), "p.f g", "p.f,g", "p.f:g"]))
    assert text.decode().split("\0")[1:-1] == [
        "gopkg.in/yaml v3.Decoder:Decode v3:Unmarshal",
        "net/http Client Client:Do,Get ClientTrace",
        "net/http/internal Do",
        "slices Sort",
    ]


@pytest.mark.parametrize(
    "missing",
    [
        "net/http.Client.Do.x", "net/http.Do", "net/http.Client.", "net/http.", "net/http", "http.Client.Do", "", ".",
        "gopkg.in/yaml.Unmarshal", "gopkg.in/yaml.v3.Decode", "slices.Sor", "slices.Sort,", "net/http.Clien",
    ],
)  # fmt: skip
def test_functions_that_are_not_there(missing: str) -> None:
    assert not functions(*NAMES).holds(missing)


def test_packages() -> None:
    there = functions(*NAMES)
    used = ["gopkg.in/yaml.v3", "net/http", "net/http/internal", "slices"]
    assert [
        path
        for path in [*used, "net", "http", "net/htt", "gopkg.in/yaml.v2", "gopkg.in/yaml.v", ""]
        if there.uses(path)
    ] == used


def test_a_package_below_another_comes_between_none() -> None:
    names = ["gopkg.in/yaml.v2.F", "gopkg.in/yaml.v2/sub.F", "gopkg.in/yaml.v3.F"]
    assert [name for name in names if functions(*names).holds(name)] == names


PARTS = st.text("ab-_~é", min_size=1, max_size=3)
PATHS = st.lists(st.lists(PARTS, min_size=1, max_size=2).map(".".join), min_size=1, max_size=3).map("/".join)
FUNCTIONS = st.lists(st.text("xyéX_", min_size=1, max_size=2), min_size=1, max_size=3).map(".".join)


@given(st.dictionaries(PATHS, st.sets(FUNCTIONS), max_size=5), PATHS, FUNCTIONS)
def test_exactly_what_was_written_is_there(packages: dict[str, set[str]], path: str, function: str) -> None:
    names = {f"{path}.{name}" for path, own in packages.items() for name in own}
    there = functions(*names)
    for name in names:
        assert there.holds(name)
    assert there.holds(f"{path}.{function}") is (f"{path}.{function}" in names)
    assert there.uses(path) is any(name.startswith(f"{path}.") and "/" not in name[len(path) :] for name in names)


@pytest.mark.parametrize(
    "data", [b"", b"junk", write_functions(NAMES)[:-3], compress(bytes(20_000_000)), compress(b"\xff")]
)
def test_what_is_damaged_or_beyond_measure_is_not_known(data: bytes) -> None:
    assert not GoFunctions(data).is_readable


def test_too_many_are_not_kept() -> None:
    assert write_functions(f"a/package{number}/with/a/long/path.Function{number}" for number in range(400_000)) == b""
