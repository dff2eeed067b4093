"""What registries of npm and Python packages say, over HTTP."""

import json
from collections.abc import Iterator, Mapping

import pytest
from msgspec import Struct

from lading.engine.options import ScanOptions
from lading.engine.published.npm import NpmPackage, path_of
from lading.engine.published.pypi import PythonPackage, parse_needs
from lading.engine.published.registries import AskedRegistries, open_registries
from lading.model.errors import FormatError, NetError
from lading.model.published import Need, Published, Runtime
from lading.net.network import Network
from tests.net.scripted import Reply, Request, Server, serve

NODE, PYTHON = Runtime("18.19.0", "amd64"), Runtime("3.11.2", "amd64")
LISTING = {
    "files": [
        {"filename": "a-1.0.tar.gz", "url": "../../files/a-1.0.tar.gz"},
        {"filename": "a-1.1-py3-none-any.whl", "url": "../../files/a-1.1-py3-none-any.whl", "core-metadata": True},
        {"filename": "a-1.2-cp312-cp312-manylinux_2_17_x86_64.whl", "url": "x"},
        {"filename": "a-1.3-cp38-abi3-manylinux_2_17_x86_64.whl", "url": "x"},
        {"filename": "a-1.4-cp311-cp311-manylinux_2_17_aarch64.whl", "url": "x"},
        {"filename": "a-1.5-py2.py3-none-any.whl", "url": "x", "requires-python": ">=3.12"},
        {"filename": "a-1.6-py3-none-any.whl", "url": "x", "yanked": "broken"},
        {"filename": "a-1.7.exe", "url": "x"},
    ]
}
METADATA = """Metadata-Version: 2.1
Name: a
Requires-Dist: B_c[x] >=1,<2
Requires-Dist: old ; python_version < "3"
Requires-Dist: windows ; sys_platform == "win32"
Requires-Dist: more ; extra == "all"
Requires-Dist: %%%

Requires-Dist: no field
"""


class At(Struct, frozen=True):
    pypi_index: str
    npm_registry: str


ANSWERS: Mapping[str, bytes] = {
    "/simple/a/": json.dumps(LISTING).encode(),
    "/files/a-1.1-py3-none-any.whl.metadata": METADATA.encode(),
    "/npm/@scope%2Fa": json.dumps({"versions": {"1.0.0": {"dependencies": {"b": "^1"}}}}).encode(),
    "/npm/broken": b"<html>",
    "/simple/broken/": b"<html>",
}


def answer(request: Request) -> Reply:
    if "failing" in request.path:
        return Reply(403)
    return Reply(200, ANSWERS[request.path]) if request.path in ANSWERS else Reply(404)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(answer) as running:
        yield running


@pytest.fixture
def registries(server: Server) -> Iterator[AskedRegistries]:
    asked = open_registries(ScanOptions(), Network(), At(f"{server.url}/simple", f"{server.url}/npm/"))
    yield asked
    asked.close()


def test_each_is_asked_once_and_for_what_is_named_alone(registries: AskedRegistries, server: Server) -> None:
    for _ in range(2):
        assert registries.needs("pypi", "a", "1.1", PYTHON) == (Need("b-c", "<2,>=1", ("x",)),)
        assert registries.published("npm", "@scope/a", NODE) == Published(("1.0.0",))
        assert registries.needs("npm", "@scope/a", "1.0.0", NODE) == (Need("b", "^1"),)
    assert [one.path for one in server.requests] == [
        "/simple/a/",
        "/files/a-1.1-py3-none-any.whl.metadata",
        "/npm/@scope%2Fa",
    ]
    assert [one.headers["accept"] for one in server.requests] == [
        "application/vnd.pypi.simple.v1+json",
        "*/*",
        "application/vnd.npm.install-v1+json",
    ]


def test_what_nobody_has(registries: AskedRegistries, server: Server) -> None:
    assert registries.published("npm", "internal", NODE) is None
    assert registries.published("pypi", "internal", PYTHON) is None
    assert registries.needs("npm", "internal", "1", NODE) is None
    assert registries.needs("pypi", "a", "1.0", PYTHON) is None  # no metadata beside the file
    asked = len(server.requests)
    for kind, name in (("npm", "../etc"), ("npm", ".hidden"), ("pypi", "a/b"), ("pypi", ""), ("maven", "a:b")):
        assert registries.published(kind, name, NODE) is None
    assert len(server.requests) == asked


def test_what_cannot_be_read_is_said(registries: AskedRegistries, server: Server) -> None:
    with pytest.raises(FormatError, match=f"^{server.url}/npm/broken: no document of a package: "):
        registries.published("npm", "broken", NODE)
    with pytest.raises(FormatError, match=f"^{server.url}/simple/broken/: no listing of a package in JSON: "):
        registries.published("pypi", "broken", PYTHON)
    with pytest.raises(NetError, match=f"^{server.url}/npm/failing: the server answered 403"):
        registries.published("npm", "failing", NODE)


def test_documents_that_are_no_utf_8() -> None:
    for read in (NpmPackage, PythonPackage):
        with pytest.raises(FormatError, match=r"^no (document|listing) of a package"):
            read(b'{"versions": {"\xff": {}}, "files": [{"filename": "\xff"}]}')


def test_versions_that_pip_can_install() -> None:
    package = PythonPackage(json.dumps(LISTING).encode())
    assert package.published(PYTHON) == Published(("1.0", "1.1", "1.3", "1.6"), frozenset({"1.6"}))
    assert package.published(Runtime("3.12.1", "arm64")) == Published(("1.0", "1.1", "1.5", "1.6"), frozenset({"1.6"}))
    assert package.published(Runtime("3.11.2", "arm64")).versions == ("1.0", "1.1", "1.4", "1.6")


def test_what_a_python_package_needs_with_an_extra() -> None:
    assert [one.name for one in parse_needs(METADATA, PYTHON, ("all",))] == ["b-c", "more"]


def test_versions_and_needs_of_npm() -> None:
    document = {
        "dist-tags": {"latest": "2.0.0", "next": "3.0.0"},
        "versions": {
            "1.0.0": {"dependencies": [], "peerDependencies": []},
            "1.1.0": {"deprecated": "no more"},
            "2.0.0": {
                "dependencies": {"a": "^1", "copied": "1", "odd": 3, "any": "*"},
                "optionalDependencies": {"b": "~2"},
                "peerDependencies": {"c": ">=1", "d": "1"},
                "peerDependenciesMeta": {"d": {"optional": True}},
                "bundleDependencies": ["copied"],
                "engines": {"node": ">=18"},
            },
            "3.0.0": {"engines": {"node": ">=20"}},
        },
    }
    package = NpmPackage(json.dumps(document).encode())
    assert package.published(NODE) == Published(
        ("1.0.0", "1.1.0", "2.0.0", "3.0.0"), frozenset({"1.1.0", "3.0.0"}), "2.0.0"
    )
    assert package.published(Runtime()).withdrawn == {"1.1.0"}
    assert package.needs("2.0.0") == (Need("c", ">=1"), Need("a", "^1"), Need("any"), Need("b", "~2"))
    assert (package.needs("1.0.0"), package.needs("9")) == ((), None)


@pytest.mark.parametrize("document", ["[]", '{"versions": []}', '{"versions": {"1": 3}}', "{"])
def test_documents_that_are_none(document: str) -> None:
    with pytest.raises(FormatError):
        NpmPackage(document.encode())


@pytest.mark.parametrize(("name", "path"), [("a", "a"), ("@a/b", "@a%2Fb"), ("a/b", ""), ("..", ""), ("a" * 215, "")])
def test_names_of_npm(name: str, path: str) -> None:
    assert path_of(name) == path


def test_names_and_numbers_that_would_take_long_or_no_interpreter_reads() -> None:
    tags = "-".join(".".join(f"{kind}{one}" for one in range(200)) for kind in ("py", "abi", "any"))
    names = [f"a-1.0-{tags}.whl", f"a-{'9' * 5000}.tar.gz", f"a-{'9' * 5000}-py3-none-any.whl", "a-1.1.tar.gz"]
    files = [{"filename": name, "url": "x", "requires-python": f">={'9' * 5000}"} for name in names]
    assert PythonPackage(json.dumps({"files": files}).encode()).published(PYTHON) == Published(("1.1",))
    needs = [f"b; python_version < '{'9' * 5000}'", f"c>={'9' * 5000}", "d"]
    metadata = "".join(f"Requires-Dist: {one}\n" for one in needs)
    assert [need.name for need in parse_needs(metadata, PYTHON)] == ["c", "d"]
    assert len(parse_needs("Requires-Dist: a\n" * 20_000, PYTHON)) == 10_000


def test_documents_of_very_many_objects_are_refused() -> None:
    with pytest.raises(FormatError, match="a listing of more than 100,000 files"):
        PythonPackage(b'{"files": [' + b"{}," * 200_000 + b"{}]}")
    with pytest.raises(FormatError, match="a document of more than 500,000 objects"):
        NpmPackage(b'{"versions": [' + b"{}," * 500_000 + b"{}]}")


def test_metadata_of_an_encrypted_index_is_fetched_with_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = {"files": [{"filename": "a-1.1.tar.gz", "url": "http://other.example/a", "core-metadata": True}]}
    secure = open_registries(ScanOptions(), Network(), At("https://index.example/simple", "https://npm.example/"))
    monkeypatch.setattr(secure, "_read", lambda *_: json.dumps(listing).encode())
    with pytest.raises(NetError, match="has metadata without encryption; refused"):
        secure.needs("pypi", "a", "1.1", PYTHON)
    secure.close()
