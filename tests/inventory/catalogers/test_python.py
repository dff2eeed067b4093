"""Python packages by what installers leave, and what is bundled in them."""

import importlib.metadata
import io
import json
import random
import time
import zipfile
from pathlib import Path

import pytest

from lading.inventory.catalogers import python
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.catalogers.python import CATALOGER
from lading.inventory.catalogers.python.metadata import normalise, read_metadata
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.properties import is_unpublished
from tests.inventory.catalogers.parsing import (
    damaged,
    expected_keys,
    facts,
    fixture,
    keys,
    left_out,
    packages,
    tree,
    unread,
)
from tests.inventory.test_assemble import inventory_of
from tests.tars import File

SITE = "usr/lib/python3.11/site-packages"
INFO = f"{SITE}/Demo_Pack-1.2.dist-info"
METADATA = "Metadata-Version: 2.1\nName: Demo_Pack\nVersion: 1.2\nLicense: MIT\n\nName: not this\n"
RECORD = """../../../bin/demo,sha256=x,10
../../../bin/__pycache__/demo.cpython-311.pyc,,
/etc/demo.conf,,
Demo_Pack-1.2.dist-info/METADATA,sha256=x,1
Demo_Pack-1.2.dist-info/sboms/auditwheel.cdx.json,sha256=x,1
__pycache__/single.cpython-311.pyc,,
single.py,sha256=x,1
demo/__init__.py,sha256=x,1
demo/deep/er/module.py,sha256=x,1
google/demo/__init__.py,sha256=x,1
google/demo/part/module.py,sha256=x,1
"demo/with,comma.txt",sha256=x,1
Demo_Pack.libs/libgfortran-040039e1.so.5.0.0,sha256=x,1
Demo_Pack.libs/libquadmath-96973f99-934c22de.so.0.0.0,sha256=x,1
Demo_Pack.libs/libz-eb09ad1d.so.1,sha256=x,1
Demo_Pack.libs/plain.so,sha256=x,1
demo/.libs/libopenblasp-r0-8dca6697.3.0.dev.so,sha256=x,1
"""
SBOM = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "library", "name": "Demo.Pack", "version": "1.2", "purl": "pkg:pypi/demo-pack@1.2?file_name=d.whl"},
        {"type": "library", "name": "zlib", "version": "1.2.7-20.el8", "purl": "pkg:rpm/almalinux/zlib@1.2.7?arch=x86"},
        {"type": "library", "name": "x", "components": [{"type": "library", "name": "libgfortran", "version": "8.5"}]},
        {"type": "library", "name": "core", "purl": "pkg:npm/%40babel/core@7.0.0"},
        {"type": "library", "name": "c", "version": "3", "purl": "pkg:maven/g.h/c"},
        {"type": "file", "name": "notes.txt", "version": "1"},
        {"type": "library", "name": "compiler", "version": "2", "scope": "excluded"},
        {"type": "library", "name": "odd", "version": "4", "group": "g", "purl": "not a purl"},
        "junk",
    ],
}


def bundled(kind: str, name: str, version: str, inside: str = "demo-pack") -> FoundPackage:
    return FoundPackage(kind, name, version, evidence="bundled", properties={"bundled_in": inside})


def test_a_wheel_with_its_files_installer_and_origin() -> None:
    origin = {"url": "https://user:pw@host/demo.git?x=1", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    found = tree(
        CATALOGER,
        {
            f"{INFO}/METADATA": METADATA,
            f"{INFO}/RECORD": RECORD,
            f"{INFO}/INSTALLER": "pip\n",
            f"{INFO}/top_level.txt": "never\n",
            f"{INFO}/direct_url.json": json.dumps(origin),
        },
    )
    assert found[f"{INFO}/METADATA"] == CatalogerResult(
        packages=(
            FoundPackage(
                type="pypi",
                name="demo-pack",
                version="1.2",
                licenses=("MIT",),
                files=(
                    "etc/demo.conf",
                    "usr/bin/demo",
                    f"{SITE}/Demo_Pack-1.2.dist-info/",
                    f"{SITE}/Demo_Pack.libs/",
                    f"{SITE}/demo/",
                    f"{SITE}/google/demo/",
                    f"{SITE}/single.py",
                ),
                properties={"direct_url": "git+https://host/demo.git@abc", "installer": "pip"},
            ),
        )
    )
    assert found[f"{INFO}/INSTALLER"] == CatalogerResult()


LIBRARIES = {
    f"{SITE}/Demo_Pack.libs/libgfortran-040039e1.so.5.0.0": ("libgfortran", "5.0.0"),
    f"{SITE}/Demo_Pack.libs/libquadmath-96973f99-934c22de.so.0.0.0": ("libquadmath", "0.0.0"),
    f"{SITE}/Demo_Pack.libs/libz-eb09ad1d.so.1": ("libz", "1"),
    f"{SITE}/demo/.libs/libopenblasp-r0-8dca6697.3.0.dev.so": ("libopenblasp-r0", ""),
}


def test_libraries_of_auditwheel_have_no_version() -> None:
    properties = {"bundled_in": "demo-pack", "auditwheel": "true"}
    expected = tuple(
        FoundPackage(
            type="generic",
            name=name,
            version="",
            files=(path,),
            evidence="bundled",
            properties={**properties, "soversion": number} if number else properties,
        )
        for path, (name, number) in LIBRARIES.items()
    )
    found = tree(CATALOGER, {f"{INFO}/METADATA": METADATA, f"{INFO}/RECORD": RECORD})
    assert found[f"{INFO}/RECORD"] == CatalogerResult(packages=expected)


def test_a_list_of_files_without_metadata_is_a_package_still() -> None:
    found = tree(CATALOGER, {f"{INFO}/RECORD": "demo.py,,\n", f"{INFO}/INSTALLER": "pip\n"})[f"{INFO}/RECORD"]
    assert found.packages == (
        FoundPackage(
            "pypi", "demo-pack", "1.2", files=(f"{INFO}/", f"{SITE}/demo.py"), properties={"installer": "pip"}
        ),
    )
    why = "no metadata of demo-pack beside its list of files"
    assert found.diagnostics == (unread(f"{INFO}/RECORD", "Python", why),)
    assert tree(CATALOGER, {f"{SITE}/odd.dist-info/RECORD": ""})[f"{SITE}/odd.dist-info/RECORD"] == CatalogerResult()


@pytest.mark.parametrize("start", ["~emo_pack", "-emo_pack", "~~mo_pack", "%emo_pack"])
@pytest.mark.parametrize("info", ["1.2.dist-info", "1.2-py3.8.egg-info"])
def test_what_pip_set_aside_is_not_installed(start: str, info: str) -> None:
    files = {"METADATA": METADATA, "PKG-INFO": METADATA, "RECORD": "demo.py,,\n", "INSTALLER": "pip\n"}
    found = tree(CATALOGER, {f"{SITE}/{start}-{info}/{name}": text for name, text in files.items()})
    assert found
    assert all(one == CatalogerResult() for one in found.values())


def test_metadata_in_egg_info_has_what_a_wheel_has() -> None:
    info = f"{SITE}/demo-1.2-py3.8.egg-info"
    files = {f"{info}/METADATA": METADATA, f"{info}/RECORD": "demo.py,,\n", f"{info}/INSTALLER": "pip\n"}
    (found,) = packages(tree(CATALOGER, files))
    assert (found.name, found.version, found.properties) == ("demo-pack", "1.2", {"installer": "pip"})
    assert found.files == (f"{info}/", f"{SITE}/demo.py")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///srv/demo", True),
        ("file:///srv/demo.git", True),
        ("file:///tmp/demo-1.2-py3-none-any.whl", False),
        ("file:///tmp/demo-1.2.tar.gz", False),
        ("https://host/demo", False),
    ],
)
def test_what_was_installed_from_a_directory(url: str, expected: bool) -> None:
    files = {f"{INFO}/METADATA": METADATA, f"{INFO}/direct_url.json": json.dumps({"url": url, "dir_info": {}})}
    (found,) = packages(tree(CATALOGER, files))
    assert is_unpublished(found) is expected


def test_components_of_an_sbom_are_the_libraries_of_auditwheel() -> None:
    components = [
        {"type": "library", "name": "libgfortran", "version": "8.5"},
        {"type": "library", "name": "zlib", "version": "1.3", "scope": "optional"},
        {"type": "library", "name": "One / OpenBLASp", "version": "3", "scope": "required"},
        {"type": "library", "name": "absent", "version": "1", "scope": "optional"},
    ]
    path = f"{INFO}/sboms/auditwheel.cdx.json"
    text = json.dumps({"bomFormat": "CycloneDX", "components": components})
    found = tree(CATALOGER, {f"{INFO}/METADATA": METADATA, f"{INFO}/RECORD": RECORD, path: text})
    assert [package.name for package in found[f"{INFO}/RECORD"].packages] == ["libquadmath", "libopenblasp-r0"]
    assert [(package.name, package.files) for package in found[path].packages] == [
        ("One / OpenBLASp", ()),
        ("libgfortran", (f"{SITE}/Demo_Pack.libs/libgfortran-040039e1.so.5.0.0",)),
        ("zlib", (f"{SITE}/Demo_Pack.libs/libz-eb09ad1d.so.1",)),
    ]
    assert {str(package.properties) for package in found[path].packages} == {"{'bundled_in': 'demo-pack'}"}


def test_components_of_an_sbom() -> None:
    found = facts(CATALOGER, f"{INFO}/sboms/auditwheel.cdx.json", json.dumps(SBOM))
    assert found == CatalogerResult(
        packages=(
            bundled("generic", "g/odd", "4"),
            bundled("generic", "libgfortran", "8.5"),
            bundled("maven", "g.h:c", "3"),
            bundled("npm", "@babel/core", "7.0.0"),
            FoundPackage(
                "rpm",
                "zlib",
                "1.2.7",
                arch="x86",
                evidence="bundled",
                properties={"bundled_in": "demo-pack"},
                purl="pkg:rpm/almalinux/zlib@1.2.7?arch=x86",
            ),
        )
    )


def test_an_sbom_that_cannot_be_read_is_told() -> None:
    path = f"{INFO}/sboms/a.json"
    assert facts(CATALOGER, path, '{"spdxVersion": "SPDX-2.3"}').diagnostics == (
        Diagnostic("incomplete", "unread-sbom", "an SBOM document that is not CycloneDX was not read", path),
    )
    for broken in ("{", "[" * 100_000, b"\xff"):
        (diagnostic,) = facts(CATALOGER, path, broken).diagnostics
        assert (diagnostic.level, diagnostic.code, diagnostic.where) == ("incomplete", "broken-sbom", path)


@pytest.mark.parametrize(
    ("lines", "licenses"),
    [
        (["License-Expression: MIT OR Apache-2.0", "License: other"], ("MIT OR Apache-2.0",)),
        (["License: BSD", "Classifier: License :: OSI Approved :: MIT License"], ("BSD",)),
        (["License: UNKNOWN", "Classifier: License :: OSI Approved :: MIT License"], ("MIT License",)),
        (["Classifier: License :: OSI Approved", "Classifier: License :: Public Domain"], ("Public Domain",)),
        (["License: Copyright me", "  All of it.", "Classifier: License :: Freeware"], ("Freeware",)),
        (["License: Copyright me", "  All of it."], ("Copyright me",)),
        (["License:", "  zlib"], ("zlib",)),
        ([], ()),
    ],
)
def test_licences(lines: list[str], licenses: tuple[str, ...]) -> None:
    text = "\r\n".join(["Name: a", "Version: 1", *lines, "", "License: body"])
    (package,) = facts(CATALOGER, "a-1.dist-info/METADATA", text).packages
    assert package.licenses == licenses


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("app/DIST-INFO/METADATA", ("app/DIST-INFO/",)),
        (f"{SITE}/a-1.egg-info/PKG-INFO", (f"{SITE}/a-1.egg-info/",)),
        (f"{SITE}/a-1.egg-info", (f"{SITE}/a-1.egg-info",)),
        (f"{SITE}/a-1-py3.11.egg/EGG-INFO/PKG-INFO", (f"{SITE}/a-1-py3.11.egg/",)),
        (f"{SITE}/a-1-py3.11.egg/EGG-INFO/METADATA", (f"{SITE}/a-1-py3.11.egg/",)),
        ("a-1.dist-info/METADATA", ("a-1.dist-info/",)),
        ("a-1.dist-info/PKG-INFO", ("a-1.dist-info/",)),
    ],
)
def test_every_form_of_metadata(path: str, files: tuple[str, ...]) -> None:
    found = facts(CATALOGER, path, "Name: a\nVersion: 1\n")
    assert found == CatalogerResult(packages=(FoundPackage("pypi", "a", "1", files=files),))


def test_files_of_an_egg_info_directory() -> None:
    info = f"{SITE}/a-1.egg-info"
    stated = {f"{info}/PKG-INFO": "Name: a\nVersion: 1\n", f"{info}/top_level.txt": "a\n_a\n../../bin\n"}
    assert packages(tree(CATALOGER, dict(stated)))[0].files == (
        f"{SITE}/_a.py",
        f"{SITE}/_a/",
        f"{SITE}/a-1.egg-info/",
        f"{SITE}/a.py",
        f"{SITE}/a/",
    )
    listed = {**stated, f"{info}/installed-files.txt": "../a/__init__.py\n../a/b.py\nPKG-INFO\n../../../../bin/a\n"}
    assert packages(tree(CATALOGER, dict(listed)))[0].files == ("usr/bin/a", f"{SITE}/a-1.egg-info/", f"{SITE}/a/")


def test_a_site_directory_is_not_taken_for_one_with_a_longer_name() -> None:
    found = tree(
        CATALOGER,
        {
            "lib/a-1.dist-info/METADATA": "Name: a\nVersion: 1\n",
            "lib/a-1.dist-info/RECORD": "../lib64/a/x.so,,\n../../../../../up,,\n",
        },
    )
    assert packages(found)[0].files == ("lib/a-1.dist-info/", "lib64/a/x.so", "up")


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "-"), text)
    return buffer.getvalue()


_OTHER = "Name: other\nVersion: 2\n"


def test_zipped_eggs() -> None:
    egg = zipped(EGG_INFO__PKG_INFO="Name: A.B\nVersion: 1\n")
    assert facts(CATALOGER, "x/a-1.egg", egg) == CatalogerResult(
        packages=(FoundPackage("pypi", "a-b", "1", files=("x/a-1.egg",)),)
    )
    (better,) = facts(
        CATALOGER, "x/a-1.egg", zipped(EGG_INFO__PKG_INFO="Name: a\n", EGG_INFO__METADATA=_OTHER)
    ).packages
    assert (better.name, better.version) == ("other", "2")
    assert facts(CATALOGER, "model.egg", "<Group> panda") == CatalogerResult()
    assert facts(CATALOGER, "other.egg", zipped(a="b")) == CatalogerResult(unknown="Python egg")
    # Where an archive's comment holds another archive, Python reads the last one.
    other = zipped(EGG_INFO__PKG_INFO=_OTHER)
    doubled = egg[:-2] + (len(other) + 1).to_bytes(2, "little") + other + b"!"
    assert [one.name for one in facts(CATALOGER, "x/a-1.egg", doubled).packages] == ["other"]
    at = egg.index(b"PK\1\2") + 16
    changed = facts(CATALOGER, "x/a-1.egg", egg[:at] + bytes([egg[at] ^ 1]) + egg[at + 1 :])
    assert [one.name for one in changed.packages] == ["a-b"]
    assert [(one.level, one.code) for one in changed.diagnostics] == [("incomplete", "broken-archive")] * 2
    (diagnostic,) = facts(CATALOGER, "cut.egg", egg[:60]).diagnostics
    assert (diagnostic.level, diagnostic.code, diagnostic.where) == ("incomplete", "broken-archive", "cut.egg")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Name: A_b\nVersion:\n\nVersion: 1", "package a-b has no version"),
        ("Name: x\nVersion: " + "1." * 600, "package x has a version of 1,200 characters"),
        ("", "the metadata names no package"),
        ("Name: UNKNOWN\nVersion: 1\n", "the metadata names no package"),
        ("Name: ---\nVersion: 1\n", "the metadata names no package"),
        ("\0\xff junk", "the metadata names no package"),
        ("\nName: harmless\nVersion: 9\n", "the metadata names no package"),
        ("\ufeffName: harmless\nVersion: 9\n", "the metadata names no package"),
        ("no colon\nName: harmless\nVersion: 9\n", "the metadata names no package"),
        ("Name : harmless\nVersion: 9\n", "the metadata names no package"),
    ],
)
def test_metadata_without_name_or_version(text: str, fault: str) -> None:
    for directory, version in (("a_B-1.0.dist-info", "1.0"), ("A.B-2-py3.8.egg-info", "2")):
        path = f"x/{directory}/{'METADATA' if directory.endswith('.dist-info') else 'PKG-INFO'}"
        found = facts(CATALOGER, path, text)
        assert found.packages == (FoundPackage("pypi", "a-b", version, files=(f"x/{directory}/",)),)
        assert found.diagnostics == (unread(path, "Python", fault),)
    path = "DIST-INFO/METADATA"
    assert facts(CATALOGER, path, text) == CatalogerResult(diagnostics=(left_out(path, fault),))


@pytest.mark.parametrize(
    "text",
    [
        "Metadata-Version: 2.1\nName:\n Django\nVersion:\n\t2.0\n",
        "Name: Django\rVersion: 2.0\r\rName: other\r",
        "Name: Django\r\nVersion: 2.0\r\n\r\nVersion: 3\r\n",
        "name: Django\nName: other\nVERSION: 2.0\nVersion: 3\n",
        " continued\nName: Django\nX:y\n z\nVersion:2.0",
        "From me\nName: Django\n: x\n more\nVersion: 2.0\nno colon\nVersion: 3\n",
    ],
)
def test_metadata_is_read_as_a_mail(text: str) -> None:
    found = facts(CATALOGER, "x-9.dist-info/METADATA", text)
    assert [(one.name, one.version) for one in found.packages] == [("django", "2.0")]
    assert found.diagnostics == ()


_LINES = (
    "Name: a", "Name:b", "name:", " folded", "\tc", "Version: 1.0", "Version:", "VERSION : 2", "", "no colon", "From x",
    ": y", "X-\u00e4: z", "Classifier: d", "Version:3\f", "\x0b", "\x1c e", "Na\0me: x", "Name:\0",
)  # fmt: skip


def test_metadata_is_read_as_importlib_reads_it(tmp_path: Path) -> None:
    dice = random.Random(8)
    named = 0
    for _ in range(3000):
        text = "".join(
            line + dice.choice(("\n", "\n", "\r\n", "\r")) for line in dice.choices(_LINES, k=dice.randint(1, 7))
        )
        path = tmp_path / "METADATA"
        path.write_bytes(text.encode())
        theirs = importlib.metadata.PathDistribution(tmp_path).metadata
        ours = read_metadata(text)
        assert ours.name == normalise(_stripped(theirs["Name"]))
        assert ours.version == _stripped(theirs["Version"])
        named += bool(ours.name)
    assert named > 500


def _stripped(value: str | None) -> str:
    return "\n".join(line.strip() for line in (value or "").split("\n")).strip()


def test_lists_that_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "_LARGEST_LIST", 10)
    path = f"{INFO}/RECORD"
    why = "a list of 12 bytes, more than 10"
    assert facts(CATALOGER, path, "a/b.py,,\nxyz") == CatalogerResult(
        diagnostics=(unread(path, "Python", why, "unread-list"),)
    )
    monkeypatch.setattr(python, "_MOST_LINES", 2)
    path = f"{SITE}/a.egg-info/installed-files.txt"
    assert facts(CATALOGER, path, "a\nb\n").diagnostics == ()
    why = "more lines than are read"
    assert facts(CATALOGER, path, "a\nb\nc") == CatalogerResult(
        diagnostics=(unread(path, "Python", why, "unread-list"),)
    )


@pytest.mark.parametrize(
    ("path", "name", "there"),
    [
        ("usr/lib64/python2.7/lib-dynload/Python-2.7.5-py2.7.egg-info", "Python", False),
        ("usr/lib/python2.7/argparse.egg-info", "argparse", False),
        ("usr/lib/python2.7/wsgiref.egg-info", "wsgiref", False),
        ("usr/lib/python2.7/site-packages/argparse-1.4.egg-info/PKG-INFO", "argparse", True),
        ("usr/lib/python2.7/dist-packages/argparse.egg-info", "argparse", True),
        ("usr/lib/python2.7/other.egg-info", "other", True),
    ],
)
def test_what_belongs_to_the_interpreter_is_no_package(path: str, name: str, there: bool) -> None:
    found = facts(CATALOGER, path, f"Name: {name}\nVersion: 1\n")
    assert bool(found.packages) == there
    assert found.diagnostics == ()


def test_vendored_copies() -> None:
    text = (
        "# a list\nCacheControl==0.14  # why\n  requests[security, socks] == 2.32.3 ; python_version > '3'\n"
        "setuptools==70.3.0\nfree>=1\nany==1.*\nwhl (==3.0)\n-r other\n"
    )
    found = facts(CATALOGER, f"{SITE}/pip/_vendor/vendor.txt", text)
    part = {"bundled_in": "pip", "part": "pkg_resources"}
    assert found == CatalogerResult(
        packages=(
            bundled("pypi", "cachecontrol", "0.14", "pip"),
            bundled("pypi", "requests", "2.32.3", "pip"),
            FoundPackage("pypi", "setuptools", "70.3.0", evidence="bundled", properties=part),
            bundled("pypi", "whl", "3.0", "pip"),
        )
    )
    listed = facts(CATALOGER, f"{SITE}/pkg_resources/_vendor/vendored.txt", "jaraco.text==3.7.0\n")
    assert listed.packages == (bundled("pypi", "jaraco-text", "3.7.0", "pkg_resources"),)
    info = f"{SITE}/setuptools/_vendor/wheel-0.43.0.dist-info"
    (package,) = packages(tree(CATALOGER, {f"{info}/METADATA": "Name: wheel\nVersion: 0.43.0\n"}))
    assert (package.evidence, package.properties) == ("bundled", {"bundled_in": "setuptools"})


@pytest.mark.parametrize(
    ("stated", "origin"),
    [
        ({"url": "file:///src/demo", "dir_info": {"editable": True}}, "file:///src/demo"),
        ({"url": "https://host/demo.whl", "archive_info": {}}, "https://host/demo.whl"),
        (
            {"url": "ssh://git@host/a.git", "vcs_info": {"vcs": "git", "commit_id": "1f"}},
            "git+ssh://git@host/a.git@1f",
        ),
    ],
)
def test_origins(stated: dict[str, object], origin: str) -> None:
    files = {f"{INFO}/METADATA": METADATA, f"{INFO}/direct_url.json": json.dumps(stated)}
    (package,) = packages(tree(CATALOGER, dict(files)))
    assert package.properties["direct_url"] == origin


def test_a_broken_origin_is_told() -> None:
    path = f"{INFO}/direct_url.json"
    assert facts(CATALOGER, path, "{}").diagnostics == (
        Diagnostic("warning", "broken-direct-url", "the package's origin cannot be read: no url in it", path),
    )


def test_only_files_of_packages_are_wanted() -> None:
    router = Router([CATALOGER])
    for path in ("METADATA", "a/RECORD", "vendor.txt", "go/vendor/vendor.txt", "a.dist-info/entry_points.txt"):
        assert not router.routes(path), path


def test_damaged_files_never_raise() -> None:
    for path, data in {
        f"{INFO}/METADATA": METADATA.encode(),
        f"{INFO}/RECORD": RECORD.encode(),
        f"{INFO}/sboms/a.json": json.dumps(SBOM).encode(),
        f"{INFO}/direct_url.json": b'{"url": "https://a@b/c", "vcs_info": {"vcs": "git", "commit_id": "1"}}',
        f"{SITE}/pip/_vendor/vendor.txt": b"requests[a]==1.0 ; x\n",
        "a.egg": zipped(EGG_INFO__PKG_INFO=METADATA),
    }.items():
        for bad in damaged(data):
            tree(CATALOGER, {path: bad, f"{INFO}/INSTALLER": bad})


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (f"{INFO}/METADATA", "License: " + " \n" * 500_000),
        (f"{INFO}/RECORD", "a/" * 1_000_000),
        (f"{INFO}/RECORD", ("a/" * 2000 + "x,,\n") * 500),
        (f"{SITE}/pip/_vendor/vendor.txt", ("a" + " " * 990 + "\n") * 2000),
        (f"{SITE}/pip/_vendor/vendor.txt", ("a[" * 490 + "\n") * 2000),
        (f"{INFO}/sboms/a.json", '{"bomFormat": "CycloneDX", "components": [' + '{"components": [' * 900 + "]}" * 901),
    ],
)
def test_hostile_files_take_no_long_time(path: str, data: str) -> None:
    start = time.process_time()
    facts(CATALOGER, path, data)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("case", ["dist-info", "egg-info", "egg-zip", "metadata-simple"])
def test_the_shared_fixtures_are_exact(case: str) -> None:
    found, expected = fixture("python", case, CATALOGER)
    assert keys(found) == expected_keys(expected)
    # The licence of the zipped egg is asserted by another convention: its classifiers before its License field.
    if case != "egg-zip":
        assert [list(one.licenses) for one in found] == [one.get("licenses", []) for one in expected]


def test_what_packages_need_and_who_asked_for_them() -> None:
    site = "usr/lib/python3/site-packages"
    metadata = (
        "Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: B.c (>=1)\n"
        "Requires-Dist: d[x]>=2; python_version<'4'\n"
        "Requires-Dist: e; extra == 'more'\n"
    )
    files: dict[str, str | bytes] = {
        f"{site}/a-1.dist-info/METADATA": metadata,
        f"{site}/a-1.dist-info/REQUESTED": "",
        f"{site}/d-2.dist-info/METADATA": "Name: d\nVersion: 2\n",
        "opt/lib/site-packages/e-1.dist-info/METADATA": "Name: e\nVersion: 1\n",
    }
    e, a, d = packages(tree(CATALOGER, files))
    assert (a.requires, a.relationship, d.relationship, e.relationship) == (("b-c", "d"), "direct", "transitive", "")


OWN = f"{SITE}/demo/__init__.py"
OTHER = f"{SITE}/requests/__init__.py"


@pytest.mark.parametrize(
    ("files", "without"),
    [
        ({f"{INFO}/METADATA": METADATA, f"{INFO}/RECORD": RECORD, OWN: "", OTHER: ""}, [OTHER]),
        ({OWN: "", OTHER: "", f"{SITE}/requests/packages/__init__.py": "", "srv/app/__init__.py": ""}, [OWN, OTHER]),
        # Whose the modules are is not told where metadata comes without a list of files.
        ({f"{INFO}/METADATA": METADATA, OWN: "", OTHER: ""}, []),
        ({f"{INFO}/METADATA": METADATA, f"{INFO}/RECORD": "\n", OWN: "", OTHER: ""}, []),
        ({f"{SITE}/old-1.0.egg-info": METADATA, OTHER: ""}, []),
        ({f"{SITE}/old-1.0.egg-info/PKG-INFO": METADATA, OTHER: ""}, []),
    ],
)
def test_modules_whose_metadata_was_taken_away_belong_to_no_package(files: dict[str, str], without: list[str]) -> None:
    inventory, diagnostics = inventory_of([File(path, data.encode()) for path, data in files.items()])
    assert [(one.path, one.kind) for one in inventory.unmanaged] == [
        (path, "Python package without metadata") for path in without
    ]
    assert diagnostics == ()


def test_modules_that_the_distribution_owns_belong_to_it() -> None:
    path = "usr/lib/python3/dist-packages/apt_inst/__init__.py"
    status = "Package: python3-apt\nStatus: install ok installed\nVersion: 2.6.0\nArchitecture: amd64\n\n"
    files = {
        "etc/os-release": "ID=debian\nVERSION_ID=12\n",
        "var/lib/dpkg/status": status,
        "var/lib/dpkg/info/python3-apt.list": f"/.\n/{path}\n",
        path: "",
    }
    inventory, _ = inventory_of([File(path, data.encode()) for path, data in files.items()])
    assert ([one.name for one in inventory.packages], inventory.unmanaged) == (["python3-apt"], ())
