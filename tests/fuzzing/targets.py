"""Every reader of what others wrote, with sound input for each.

Catalogers are fuzzed with whole trees of files (trees.py), everything else here by itself.
"""

import bz2
import gzip
import json
import lzma
import random
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from lading.feeds.upstreams.ubuntu.osv import read_osv
from lading.feeds.upstreams.ubuntu.tracker import read_cve_file
from lading.feeds.upstreams.ubuntu.vex import read_vex
from lading.feeds.yaml_records import parse_record as parse_yaml_record
from lading.formats.decoders import nvd
from lading.formats.decoders.csaf import iter_products, parse_csaf
from lading.formats.decoders.deb822 import iter_paragraphs
from lading.formats.decoders.osv.documents import read_record
from lading.formats.decoders.oval import Oval, iter_leaves
from lading.formats.decoders.report import parse_report
from lading.formats.decoders.sbom import parse_sbom
from lading.formats.go_functions import read_functions
from lading.formats.instructions import instruction
from lading.formats.sbom.purls import parse_purl
from lading.image.config import parse_config
from lading.image.manifest import Manifest, parse_manifest
from lading.image.open import OpenOptions, open_image
from lading.image.reference import parse_registry_reference
from lading.inventory.executables.read import read_program
from lading.model.cpe import parse_cpe
from lading.model.errors import LadingError
from lading.model.report import InventoryResult
from lading.net.challenge import parse_challenges
from lading.net.retry import parse_date
from lading.safeio.foreign_sqlite import Database, iter_rows
from lading.safeio.inflate import open_inflated
from lading.safeio.javascript_json import decode_json
from lading.safeio.limits import Limits
from lading.safeio.tar import FILE, StreamInput, iter_tar
from lading.safeio.toml_text import parse_toml
from lading.safeio.xmltree import read_xml
from lading.safeio.yaml_text import parse_yaml
from lading.safeio.zip_ends import java_directory, python_directory
from lading.safeio.zips import ZipBudget, ZipContent
from lading.safeio.zstd import compress
from lading.versions import constraints, schemes
from tests.formats.decoders import test_csaf, test_nvd, test_oval
from tests.formats.decoders.test_report import rich, written
from tests.formats.sboms import DIAGNOSTICS, INVENTORY, SHOP, VIEW, WRITERS
from tests.fuzzing.target import Target
from tests.image.images import BASE, Blobs, config, pack, sha256, tagged
from tests.inventory.catalogers.test_binary import WHOLE, line_table
from tests.inventory.fixtures import FIXTURES
from tests.inventory.samples import LANGUAGES, SYSTEM, TREES
from tests.safeio.sqlite_cases import journalled, logged
from tests.safeio.tar_random import damaged_archive, random_archive
from tests.safeio.tar_table import GROUPS
from tests.safeio.zip_cases import archive, changed
from tests.tars import BytesStream

_UNREADABLE = (ValueError, LookupError, RecursionError)
"""What rooms may let through where their docstrings say so; callers there take it for a damaged document."""


def _tar(data: bytes) -> None:
    for entry in iter_tar(StreamInput(BytesStream(data), "x"), "x", Limits()):
        if entry.kind is FILE:
            entry.peek(4)
            entry.read_content(1_000_000)


def _tars() -> Sequence[bytes]:
    dice = random.Random(1)
    table = [archive for build in GROUPS.values() for archive in build().values()]
    return [BASE, *table, *(random_archive(dice) for _ in range(200))]


def _inflate(data: bytes) -> None:
    stream = open_inflated(BytesStream(data), "x", Limits(total=10_000_000))
    while stream.read(100_000):
        pass


def _compressed() -> Sequence[bytes]:
    text = BASE[:1500] + bytes(3000) + random.Random(1).randbytes(500)
    return [gzip.compress(text), gzip.compress(text) * 3, bz2.compress(text), lzma.compress(text), compress(text) * 2]


def _archives() -> Sequence[bytes]:
    blobs = Blobs()
    document = config((BASE,))
    packed = json.dumps(document).encode()
    listed = [{"Config": f"{sha256(packed)[7:]}.json", "RepoTags": ["a/b:1"], "Layers": ["1/layer.tar"]}]
    docker = {f"{sha256(packed)[7:]}.json": packed, "1/layer.tar": BASE, "manifest.json": json.dumps(listed).encode()}
    layout = blobs.files(tagged(blobs.image((BASE,)), "1"))
    both = {**layout, "manifest.json": docker["manifest.json"]}
    return [pack(docker), gzip.compress(pack(docker)), pack(layout), pack(both)]


def _image(data: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with closing(open_image(file.name, OpenOptions())) as opened:
            for source in opened.layers:
                with closing(source.open()) as stream:
                    while stream.read(100_000):
                        pass


def _documents() -> Sequence[bytes]:
    blobs = Blobs()
    blobs.index(blobs.image((BASE, BASE)), blobs.image())
    return [data for data in blobs.held.values() if data[:1] == b"{"]


def _document(data: bytes) -> None:
    found = parse_manifest(data, "x")
    assert isinstance(found, Manifest) or found.manifests is not None


def _zips() -> Sequence[bytes]:
    dice = random.Random(1)
    return [one for one in (archive(dice) for _ in range(150)) if len(one) < 20_000]


def _zip(data: bytes) -> None:
    for find in (java_directory, python_directory):
        found = ZipContent(data, ZipBudget(), find_directory=find)
        for name in found.names:
            try:
                found.read(name, 1_000_000)
            except LadingError:
                continue


def _databases() -> Sequence[bytes]:
    """The three files of each, behind one another with their lengths before them."""
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as directory:
        made = [(logged if number % 2 else journalled)(Path(directory, str(number)), dice) for number in range(10)]
        parts = [[bytes(part[:]) for part in (one.content, one.log, one.journal)] for one in made]
    return [b"%08d%08d" % (len(three[0]), len(three[1])) + b"".join(three) for three in parts]


def _database(data: bytes) -> None:
    first, second = (int(data[at : at + 8]) if data[at : at + 8].isdigit() else 4096 for at in (0, 8))
    rest = data[16:]
    database = Database(rest[:first], rest[first : first + second], rest[first + second :])
    for _ in iter_rows(database, "t", ("a",)):
        pass


def _fixtures(*endings: str) -> list[bytes]:
    """Small files beside the repository, where they are, whose names end like this."""
    found = sorted(FIXTURES.rglob("*")) if FIXTURES.is_dir() else []
    return [one.read_bytes() for one in found if one.name.endswith(endings) and one.stat().st_size < 100_000]


def _members(*endings: str) -> Sequence[bytes]:
    """Files of the samples and fixtures by the endings of their names."""
    files = [data for tree in (*SYSTEM.values(), *LANGUAGES.values(), *TREES.values()) for path, data in tree.items()
             if path.endswith(endings)]  # fmt: skip
    return [one for one in [*files, *_fixtures(*endings)] if one]


def _programs() -> Sequence[bytes]:
    return [*WHOLE, line_table(["main.main", "a.b/c.F"])]


def _sboms() -> Sequence[bytes]:
    result = InventoryResult(SHOP, INVENTORY, DIAGNOSTICS)
    return [write(result, VIEW) for write in WRITERS.values()]


def _csaf(data: bytes) -> None:
    document = parse_csaf(data)
    for _ in iter_products(document.product_tree.branches):
        pass


def _oval(data: bytes) -> None:
    for definition in Oval(lambda: BytesStream(data)).definitions():
        if definition.criteria is not None:
            for _ in iter_leaves(definition.criteria):
                pass


def _nvd(data: bytes) -> None:
    record = nvd.parse_record(data)
    nvd.advisories_of(record)
    nvd.facts_of(record)


def _nvd_records() -> Sequence[bytes]:
    several = test_nvd.nodes(test_nvd.match("a:x:y", versionStartIncluding="1"), test_nvd.match("o:b:c:3"))
    both = test_nvd.together(test_nvd.node(test_nvd.match("a:x:y:2")), test_nvd.node(test_nvd.match("o:b:c")))
    document = {"id": "CVE-2024-1", "vulnStatus": "Analyzed", "configurations": [several, both]}
    return [json.dumps(document).encode()]


def _osv_records() -> Sequence[bytes]:
    document = {
        "id": "GHSA-1", "modified": "2024-01-02T03:04:05Z", "aliases": ["CVE-2024-1"], "summary": "s", "details": "d",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{
            "package": {"ecosystem": "npm", "name": "a"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}],
            "versions": ["1.0", "1.1"], "ecosystem_specific": {"imports": [{"path": "a/b", "symbols": ["F"]}]},
        }],
    }  # fmt: skip
    return [json.dumps(document).encode()]


def _statements(data: bytes) -> None:
    for read in (read_osv, read_vex):
        try:
            list(read(data))
        except _UNREADABLE:
            continue


_VEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "statements": [
        {"vulnerability": {"name": "CVE-2024-1", "aliases": ["CVE-2"]}, "status": "not_affected", "justification": "x",
         "products": [{"@id": "pkg:deb/ubuntu/a@1?distro=jammy", "subcomponents": [{"@id": "pkg:deb/a"}]}]}
    ],
}  # fmt: skip
_TRACKER = b"""PublicDate: 2024-01-02 00:00:00 UTC
Candidate: CVE-2024-1
References:
 https://ubuntu.com/security/notices/USN-1-1
Description:
 Text.
Priority: medium
CVSS:
 nvd: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H [9.8 CRITICAL]
jammy_a: released (1.2-3ubuntu1)
esm-infra/focal_a: needed
"""
_YAML = b"""---
title: a
cve: 2024-1
unaffected_versions:
  - "< 1.2"
patched_versions: [">= 1.3", '~> 1.2.4']
branches: {1.x: {time: 2024-01-02 03:04:05, versions: ['>=1.0', '<1.3']}}
text: |
  Some
  text
"""
_TOML = b"""[[package]]
name = "a"
version = "1.2.3"
dates = [2024-01-02T03:04:05Z, 1979-05-27]
numbers = {a = 1, b = 1e5, c = 0xff, "d e" = '''x'''}
"""
_ANSWERS = (
    b'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
    b'Basic realm="a \\" b", Bearer realm="x", error=invalid_token',
    b"Wed, 21 Oct 2026 07:28:00 GMT",
)
_NAMES = (
    b"registry.example:5000/team/app:1@sha256:" + b"a" * 64,
    b"docker.io/library/debian",
    b"pkg:deb/debian/a@1.2?arch=x86_64&distro=12#sub/path",
    b"cpe:2.3:a:f5:nginx:1.2:*:*:*:*:*:*:*",
    b"cpe:/o:vendor:system:8",
    b"|1 A=b /bin/sh -c #(nop) ADD file:0123 in / # buildkit",
    b"RUN /bin/sh -c apt-get update && apt-get install -y a # buildkit",
)
_VERSIONS = (
    b"1:1.2.3-4ubuntu5~6.7+esm1", b"1.2.3-alpha.1+build", b"1.0a1.post2.dev3+local", b"1.0-SNAPSHOT", b"v2.0.0-rc.1",
    b">=1.2,<2.0 || ^3.1", b"~> 1.2.4", b"[1.0,2.0),(3.0,)", b"vers:npm/>=1.0|<2.0", b"1.2_alpha3_p4-r5", b"2024a",
)  # fmt: skip
_SCHEMES = ("apk", "deb", "rpm", "semver", "pep440", "maven", "gem", "composer", "nuget", "npm", "golang", "portage",
            "pacman", "conan", "cran", "hackage", "hex", "pub", "generic", "bitnami", "jvm")  # fmt: skip


def _names(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for read in (parse_registry_reference, parse_purl, parse_cpe, instruction):
        try:
            read(text)
        except LadingError:
            continue


def _answers(data: bytes) -> None:
    text = data.decode("latin-1")
    parse_challenges(text)
    parse_date(text)


def _versions(data: bytes) -> None:
    left, _, right = data.decode("utf-8", "replace").partition("\n")
    for scheme in _SCHEMES:
        schemes.compare(scheme, left, right or "1.2.3")
        constraints.satisfies(scheme, "1.2.3", left)


def _version_pairs() -> Sequence[bytes]:
    return [b"\n".join((left, right)) for left in _VERSIONS for right in _VERSIONS]


TARGETS = (
    Target("tar", _tars, _tar, text=False, weight=20, particular=lambda data, dice: damaged_archive(dice, data)),
    Target("compressed", _compressed, _inflate, text=False),
    Target("image archive", _archives, _image, text=False),
    Target("image manifest", _documents, _document, weight=10),
    Target("image configuration", _documents, lambda data: parse_config(data, "x"), weight=10),
    Target("zip", _zips, _zip, text=False, weight=20, particular=lambda data, dice: changed(data, data, dice)),
    Target("SQLite", _databases, _database, text=False),
    Target("JSON", lambda: _members(".json"), lambda data: decode_json(data, object), _UNREADABLE, weight=20),
    Target("XML", lambda: _members(".xml", ".pom", ".csproj"), read_xml, weight=8),
    Target("TOML", lambda: [_TOML, *_members(".toml", "Cargo.lock")], parse_toml, _UNREADABLE, weight=4),
    Target("YAML", lambda: [_YAML, *_members(".yaml", ".yml")], parse_yaml, weight=2),
    Target("program", _programs, read_program, text=False, weight=10),
    Target("Go functions", _programs, read_functions, text=False),
    Target("deb822", lambda: _members("dpkg/status"), lambda data: list(iter_paragraphs(data, {"package", "version"}))),
    Target("SBOM", _sboms, lambda data: parse_sbom(data, "x"), weight=6),
    Target("report", lambda: [written(rich())], lambda data: parse_report(data, "x"), weight=4),
    Target("CSAF", lambda: [json.dumps(test_csaf._DOCUMENT).encode()], _csaf, weight=6),
    Target("OVAL", lambda: [test_oval._RPM.encode()], _oval, weight=4),
    Target("NVD", _nvd_records, _nvd, weight=6),
    Target("OSV", _osv_records, read_record, weight=6),
    Target("Ubuntu's OSV and VEX", lambda: [*_osv_records(), json.dumps(_VEX).encode()], _statements),
    Target("Ubuntu's tracker", lambda: [_TRACKER], lambda data: read_cve_file("CVE-2024-1", data)),
    Target("record in YAML", lambda: [_YAML], parse_yaml_record, weight=1),
    Target("registry answer", lambda: _ANSWERS, _answers),
    Target("name", lambda: _NAMES, _names),
    Target("version", _version_pairs, _versions),
)
