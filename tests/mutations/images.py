"""Images that pass: everything in them is matched, with data that knows of nothing in them."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.databases import advisory, publish
from tests.inventory.catalogers import rpm_databases as rpm

Files = Mapping[str, bytes]
SHARDS = {
    "debian-12": "deb",
    "alpine-edge": "apk",
    "rocky-linux-9": "rpm",
    "mariner-2.0": "rpm",
    "sles-15.3": "rpm",
    "sles-15.7": "rpm",
    "amazon-2": "rpm",
    "crates.io": "semver",
    "go": "golang",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "packagist": "composer",
    "pypi": "pep440",
    "rubygems": "gem",
    "nvd": "generic",
    "epss": "",
    "kev": "",
}
"""The data of every image, by the scheme of its versions."""


def publish_data(database: Path) -> None:
    """Data of today that speaks of none of the packages."""
    today = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, scheme in SHARDS.items():
        publish(database, name, advisory("CVE-2020-1", "something-else", "1.0"), scheme=scheme, built=today)


def archive(members: Mapping[str, bytes]) -> bytes:
    """A zip archive, the same on every day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _stanza(name: str, version: str, status: str = "Status: install ok installed\n") -> str:
    return f"""\
Package: {name}
{status}Version: {version}
Architecture: amd64
Maintainer: Debian <debian@example.org>
Description: a part of Debian

"""


JAR = {
    "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n",
    "META-INF/maven/org.example/app/pom.properties": b"groupId=org.example\nartifactId=app\nversion=1.0\n",
    "org/example/Main.class": b"\xca\xfe\xba\xbe",
}
_LANGUAGES: dict[str, bytes] = {
    "app/package.json": b'{"name": "shop", "version": "3.0.0"}',
    "app/node_modules/left/package.json": b'{"name": "left", "version": "1.0.0"}',
    "app/node_modules/@scope/right/package.json": b'{"name": "@scope/right", "version": "2.0.0"}',
    "usr/lib/python3/dist-packages/good-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: good\nVersion: 1.0\n",
    "usr/lib/python3/dist-packages/good-1.0.dist-info/RECORD": b"good/__init__.py,,\n",
    "usr/lib/python3/dist-packages/good/__init__.py": b"",
    "opt/app.jar": archive(JAR),
    "opt/outer.war": archive({"META-INF/MANIFEST.MF": b"", "WEB-INF/lib/app-1.0.jar": archive(JAR)}),
    "usr/lib/ruby/gems/3.1.0/specifications/rack-2.0.gemspec": (
        b'Gem::Specification.new do |s|\n  s.name = "rack".freeze\n  s.version = "2.0"\nend\n'
    ),
    "srv/vendor/composer/installed.json": json.dumps(
        {"packages": [{"name": "acme/log", "version": "1.0.0", "version_normalized": "1.0.0.0"}]}
    ).encode(),
}
_DEBIAN = b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
_BASH, _PERL = _stanza("bash", "5.2.15-2"), _stanza("perl", "5.36.0-7")
_APK = """\
C:Q1dhjKj
P:{}
V:{}
A:x86_64
F:lib
R:{}.so

"""
_HEADERS = [
    rpm.digested(rpm.package(name, "5.1.8", "6.el9", arch="x86_64", vendor="Rocky Enterprise Software Foundation"))
    for name in ("bash", "zlib")
]
_SUSE = [rpm.package(name, "5.1", "150400.1", arch="x86_64", vendor="SUSE LLC <https://suse.com/>") for name in "ab"]
_AMAZON = [rpm.package(name, "5.1", "1.amzn2", arch="x86_64", vendor="Amazon Linux") for name in "ab"]


def _rpm(release: str, path: str, database: bytes) -> dict[str, bytes]:
    return {"etc/os-release": release.encode(), path: database}


IMAGES: Mapping[str, Files] = {
    "debian": {
        "etc/os-release": _DEBIAN,
        "etc/debian_version": b"12.5\n",
        "var/lib/dpkg/status": f"{_BASH}{_PERL}".encode(),
        "var/lib/dpkg/info/bash.list": b"/.\n/bin\n/bin/bash\n",
        "var/lib/dpkg/info/perl.list": b"/.\n/usr\n/usr/bin\n/usr/bin/perl\n",
        **_LANGUAGES,
    },
    "distroless": {
        "etc/os-release": _DEBIAN,
        "var/lib/dpkg/status.d/base": _stanza("base-files", "12.4+deb12u5", "").encode(),
        "var/lib/dpkg/status.d/base.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  etc/base\n",
        "var/lib/dpkg/status.d/libc6": _stanza("libc6", "2.36-9", "").encode(),
        "var/lib/dpkg/status.d/libc6.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  lib/libc.so.6\n",
        "app/node_modules/left/package.json": _LANGUAGES["app/node_modules/left/package.json"],
    },
    "alpine": {
        "etc/os-release": b"ID=alpine\nVERSION_ID=3.25.0_alpha20260127\nPRETTY_NAME='Alpine Linux edge'\n",
        "lib/apk/db/installed": (_APK.format("musl", "1.2.5-r0", "musl") + _APK.format("zlib", "1.3-r2", "z")).encode(),
        "app/node_modules/left/package.json": _LANGUAGES["app/node_modules/left/package.json"],
    },
    "rocky": _rpm('ID="rocky"\nVERSION_ID="9.4"\n', "var/lib/rpm/rpmdb.sqlite", rpm.sqlite(_HEADERS)),
    "suse": _rpm('ID="sles"\nVERSION_ID="15.7"\n', "usr/lib/sysimage/rpm/Packages.db", rpm.ndb(_SUSE)),
    "amazon": _rpm('ID="amzn"\nVERSION_ID="2"\n', "var/lib/rpm/Packages", rpm.bdb(_AMAZON)),
}
"""By name, the files of each."""
