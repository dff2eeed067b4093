"""Where VEX documents are had from: files, directories, addresses and VEX repositories."""

import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import lading
from lading.engine.vex.gather import NamedVex, gather_vex, read_named_vex
from lading.engine.vex.opening import open_vex_web
from lading.engine.vex.subjects import subject_of, subjects_of
from lading.model.errors import LadingError, NetError, UsageError
from lading.net.network import Network
from lading.safeio.tar_writer import NewEntry, build_gzip, build_tar
from lading.safeio.trusted_keys import TrustedKeys
from tests.net.scripted import Reply, Request, serve
from tests.policy.vex.world import PACKAGES, SHOP

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
EVERY = subjects_of(SHOP, PACKAGES)


def document(id: str = "https://example.com/vex/1", product: str = "pkg:npm/lodash") -> bytes:
    statement = {"vulnerability": {"name": "CVE-2024-0005"}, "products": [{"@id": product}], "status": "affected"}
    about = {"@context": "https://openvex.dev/ns/v0.2.0", "@id": id, "author": "Shop", "version": 1}
    return json.dumps({**about, "timestamp": "2024-05-01T00:00:00Z", "statements": [statement]}).encode()


def read(
    *sources: object, cache: Path | None = None, now: datetime = NOW, offline: bool = False, timeout: float = 20
) -> NamedVex:
    options = lading.ScanOptions(timeout=timeout)
    web = partial(open_vex_web, options, Network(), lambda: now, cache, offline=offline)
    return read_named_vex(tuple(map(str, sources)), TrustedKeys(), web)


def had(named: NamedVex) -> list[str]:
    """Where the documents that are read are from."""
    return [one.where for one in gather_vex(named, (), EVERY).documents]


def answers(replies: Mapping[str, bytes]) -> Any:
    def script(request: Request) -> Reply:
        body = replies.get(request.path)
        return Reply(404) if body is None else Reply(200, body)

    return script


def test_files_and_directories(tmp_path: Path) -> None:
    for name in ("b.json", "a.vex.json", "below/c.json", "readme.md", ".hidden.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(document(name))
    (tmp_path / "broken.json").write_bytes(b"{")
    (tmp_path / "package.json").write_bytes(b'{"name": "x"}')
    gathered = gather_vex(read(tmp_path / "b.json", tmp_path), (), ())
    names = [str(tmp_path / name) for name in ("b.json", "a.vex.json", "b.json", "below/c.json")]
    assert [one.where for one in gathered.documents] == names
    assert {one.trust for one in gathered.documents} == {"named"}
    assert [(one.code, Path(one.where).name) for one in gathered.diagnostics] == [
        ("vex-unreadable", "broken.json"),
        ("vex-unreadable", "package.json"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "--vex {}: cannot be read: No such file or directory"),
        (b"{", "--vex {}: no VEX document: Input data was truncated"),
        (b'{"name": "x"}', "--vex {}: no VEX document: neither OpenVEX nor CSAF nor CycloneDX"),
        (
            b'{"statements": 1}',
            "--vex {}: not an OpenVEX document: Expected `array | null`, got `int` - at `$.statements`",
        ),
    ],
)
def test_a_file_that_was_named_is_read_or_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        gather_vex(read(path), (), ())
    assert str(caught.value).startswith(message.format(path)[:60])


def test_a_directory_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no VEX document"):
        read(tmp_path)


def test_a_document_at_an_address_with_its_signature() -> None:
    with serve(answers({"/a.json": document(), "/a.json.sig": b"sig"})) as server:
        (raw,) = read(f"{server.url}/a.json").documents
        assert (raw.where, raw.signature, raw.data) == (f"{server.url}/a.json", b"sig", document())
        with pytest.raises(NetError, match="answered 404"):
            read(f"{server.url}/b.json")
        with pytest.raises(UsageError, match="--offline lets nothing be fetched"):
            read(f"{server.url}/a.json", offline=True)


def test_addresses_without_encryption_are_refused() -> None:
    with pytest.raises(UsageError, match="are fetched over https alone"):
        read("http://vendor.example/a.json")


INDEX = {
    "updated_at": "2024-05-01T00:00:00Z",
    "packages": [
        {"id": "pkg:npm/lodash", "location": "pkg/npm/lodash/vex.json"},
        {"id": "pkg:npm/%40babel/traverse", "location": "pkg/npm/babel/vex.json", "format": "openvex"},
        {"id": "pkg:deb/debian/openssl", "location": "pkg/deb/openssl/vex.json"},
        {"id": "pkg:oci/shop?repository_url=registry.example/team/shop", "location": "pkg/oci/shop/vex.json"},
        {"id": "pkg:npm/other", "location": "pkg/npm/other/vex.json"},
        {"id": "pkg:npm/not-there", "location": "pkg/npm/not-there/vex.json"},
    ],
}
PLACES = ("pkg/npm/lodash", "pkg/npm/babel", "pkg/deb/openssl", "pkg/oci/shop", "pkg/npm/other")
WANTED = ("pkg/npm/lodash/vex.json", "pkg/npm/babel/vex.json", "pkg/deb/openssl/vex.json", "pkg/oci/shop/vex.json")


def archive(root: str = "") -> bytes:
    """A repository in which the documents come before the index."""
    entries = [NewEntry(f"{root}{place}/vex.json", data=document(place)) for place in PLACES]
    entries.append(NewEntry(f"{root}index.json", data=json.dumps(INDEX).encode()))
    return build_gzip(build_tar(entries))


def manifest(url: str, *more: str, interval: str = "24h") -> bytes:
    places = [{"url": one} for one in (*more, url)]
    versions = {
        "v0": {"spec_version": "v0.1", "locations": places, "update_interval": interval},
        "v9": {
            "spec_version": "v9.0",
            "locations": [{"url": "https://other.example/x.tar.gz"}],
            "update_interval": "1h",
        },
    }
    return json.dumps({"name": "Hub", "description": "x", "versions": versions, "latest_version": "v9"}).encode()


def test_of_a_repository_what_the_image_has_is_read() -> None:
    with serve(lambda request: script(request)) as server:
        location = f"{server.url}/hub.tar.gz//hub-main"
        replies = {"/.well-known/vex-repository.json": manifest(location), "/hub.tar.gz": archive("hub-main/")}
        script = answers(replies)
        expected = [f"{server.url}/hub.tar.gz: {place}" for place in WANTED]
        assert had(read(server.url)) == expected
        assert had(read(f"{server.url}/.well-known/vex-repository.json")) == expected
        assert had(read(location)) == expected


def test_the_next_location_is_asked_where_one_fails() -> None:
    with serve(lambda request: script(request)) as server:
        urls = (f"{server.url}/hub.tar.gz", f"{server.url}/gone.tar.gz")
        script = answers({"/vex-repository.json": manifest(*urls), "/hub.tar.gz": archive()})
        assert len(had(read(f"{server.url}/vex-repository.json"))) == 4


def test_an_archive_is_asked_for_when_its_interval_is_over(tmp_path: Path) -> None:
    with serve(lambda request: script(request)) as server:
        url = f"{server.url}/vex-repository.json"
        script = answers({"/vex-repository.json": manifest(f"{server.url}/hub.tar.gz"), "/hub.tar.gz": archive()})

        def asked(now: datetime, *, offline: bool = False, source: str = url) -> tuple[int, NamedVex]:
            before = sum(one.path == "/hub.tar.gz" for one in server.requests)
            named = read(source, cache=tmp_path, now=now, offline=offline)
            return sum(one.path == "/hub.tar.gz" for one in server.requests) - before, named

        assert [asked(NOW + timedelta(hours=hours))[0] for hours in (0, 23, 25, 26)] == [1, 0, 1, 0]
        count, named = asked(NOW + timedelta(days=9), offline=True, source=f"{server.url}/hub.tar.gz")
        assert (count, len(had(named))) == (0, 4)
        script = answers({"/vex-repository.json": manifest(f"{server.url}/hub.tar.gz")})
        _, named = asked(NOW + timedelta(days=9))
        (told,) = gather_vex(named, (), EVERY).diagnostics
        assert (told.code, told.where) == ("vex-not-renewed", f"{server.url}/hub.tar.gz")
        assert told.message.endswith("the copy of 2024-06-02T13:00 is used")
        assert len(had(named)) == 4


def test_repositories_on_this_machine(tmp_path: Path) -> None:
    packed = tmp_path / "hub.tar.gz"
    packed.write_bytes(archive("hub-main/"))
    assert had(read(packed)) == [f"{packed}: {place}" for place in WANTED]
    with zipfile.ZipFile(tmp_path / "hub.zip", "w") as zipped:
        for place in PLACES:
            zipped.writestr(f"{place}/vex.json", document(place))
        zipped.writestr("index.json", json.dumps(INDEX))
    assert len(had(read(tmp_path / "hub.zip"))) == 4
    directory = tmp_path / "hub"
    index = {"packages": INDEX["packages"][:-1]}
    for place in PLACES:
        (directory / place).mkdir(parents=True)
        (directory / place / "vex.json").write_bytes(document(place))
    (directory / "index.json").write_text(json.dumps(index))
    assert had(read(directory)) == [str(directory / place) for place in WANTED]


@pytest.mark.parametrize("place", ["../x.json", "/etc/x.json", "a/../../x.json", ""])
def test_an_index_names_places_in_the_repository_alone(tmp_path: Path, place: str) -> None:
    (tmp_path / "index.json").write_text(json.dumps({"packages": [{"id": "pkg:npm/x", "location": place}]}))
    with pytest.raises(UsageError, match="is no place in the repository"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not an archive", "hub"),
        (build_gzip(build_tar([NewEntry("x.json")])), "has no index.json"),
        (b"\x1f\x8b", "hub.tar.gz"),
    ],
)
def test_a_damaged_archive_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "hub.tar.gz"
    path.write_bytes(content)
    with pytest.raises(LadingError, match=message):
        read(path)


def test_subjects_in_one_spelling() -> None:
    assert [
        subject_of(one)
        for one in (
            "pkg:npm/@babel/traverse@7",
            "pkg:npm/%40babel/traverse",
            "pkg:pypi/Zope_Interface@1?x=y",
            "pkg:maven/org.x:y@1",
            "pkg:golang/github.com/Org/App@v1#sub",
            "pkg:oci/Team/shop@sha256%3Aab?repository_url=x/y",
        )
    ] == [
        "npm/@babel/traverse",
        "npm/@babel/traverse",
        "pypi/zope-interface",
        "maven/org.x/y",
        "golang/github.com/org/app",
        "image/shop",
    ]
