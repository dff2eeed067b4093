"""Real images, made by real tools, however they are stored: the same packages and the same findings.

The image of Debian has a base, a layer in which dpkg removed a package, and one with whiteouts; umoci packs it, skopeo
copies it everywhere. What is installed is told by dpkg itself.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Lading
from tests.support.registry import serve_registry
from tests.support.reports import open_findings

pytestmark = [
    pytest.mark.debian("docker-registry", "mmdebstrap", "skopeo", "umoci"),
    pytest.mark.skipif(os.geteuid() != 0, reason="packing and unpacking images needs root"),
    pytest.mark.long,
]

TAG = "app"
SCAN = ("--offline", "--allow-incomplete")
STORED = ("oci-layout", "oci-archive", "docker-archive", "registry", "zstd-layout", "by-detection")


@dataclass(frozen=True)
class Stored:
    """One image in every form: references by form, and its root filesystem."""

    references: Mapping[str, tuple[str, ...]]
    root: Path


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory, registry: str) -> Stored:
    image = Bundle(tmp_path_factory.mktemp("debian"))
    root = image.root.with_name("debootstrapped")
    try:
        run("mmdebstrap", "--quiet", "--variant=essential", "--include=figlet,hello", "bookworm", root)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Debian's packages cannot be had: {error.stderr.splitlines()[-1]}")
    image.replace_root(root)
    image.commit("ADD bookworm /")
    run("dpkg", f"--root={image.root}", "--purge", "hello")
    image.commit("RUN dpkg --purge hello")
    shutil.rmtree(image.root / "usr/share/doc")
    (image.root / "usr/share/doc").mkdir()
    (image.root / "srv/app").write_text("ready\n")
    image.commit("COPY app /srv/app")
    return image.store(registry)


@pytest.fixture(scope="module")
def alpine(tmp_path_factory: pytest.TempPathFactory, registry: str) -> Stored:
    image = Bundle(tmp_path_factory.mktemp("alpine"))
    image.write("etc/os-release", 'ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME="Alpine Linux v3.20"\n')
    image.write("lib/apk/db/installed", APK_DATABASE)
    image.commit("ADD alpine-minirootfs.tar.gz /")
    image.write("lib/apk/db/installed", APK_DATABASE + APK_CURL)
    image.commit("RUN apk add curl")
    return image.store(registry)


@pytest.fixture
def database(own_home: Path, lading: Lading) -> None:
    """Advisories for both images, loaded the way a site without a network would."""
    mirror = own_home / "mirror"
    for path, document in (
        ("debian/tracker.json", TRACKER),
        ("alpine/v3.20/main.json", SECDB),
        ("kev/known_exploited_vulnerabilities.json", KEV),
    ):
        (mirror / path).parent.mkdir(parents=True, exist_ok=True)
        (mirror / path).write_text(json.dumps(document))
    lading("db", "update", "debian-12", "alpine-3.20", "kev", "--from", mirror)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("form", STORED)
def test_debian_has_the_same_findings_in_every_form(debian: Stored, lading: Lading, form: str) -> None:
    findings = open_findings(scan(lading, *debian.references[form]))
    assert [row(finding) for finding in findings] == DEBIAN_FINDINGS
    assert {finding["package"]["layer"] for finding in findings} == {1}


@pytest.mark.usefixtures("database")
def test_debian_has_the_same_findings_as_a_root_filesystem(debian: Stored, lading: Lading) -> None:
    report = scan(lading, f"dir:{debian.root}")
    assert [row(finding) for finding in open_findings(report)] == DEBIAN_FINDINGS


@pytest.mark.parametrize("form", [*STORED, "root"])
def test_debian_has_the_packages_that_dpkg_lists(debian: Stored, lading: Lading, form: str) -> None:
    reference = debian.references.get(form, (f"dir:{debian.root}",))
    inventory = json.loads(lading("packages", *reference, "-o", "json").stdout)
    fields = ("name", "version", "arch", "source", "source_version")
    debs = [package for package in inventory["packages"] if package["type"] == "deb"]
    listed = sorted(tuple(package[field] for field in fields) for package in debs)
    query = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n"
    truth = run("dpkg-query", f"--admindir={debian.root}/var/lib/dpkg", "--show", f"--showformat={query}")
    assert listed == sorted(tuple(line.split("\t")) for line in truth.splitlines())
    assert {"figlet", "dpkg"} <= {name for name, *_ in listed}
    assert "hello" not in {name for name, *_ in listed}


@pytest.mark.usefixtures("database")
def test_a_second_scan_gives_the_same_bytes(debian: Stored, lading: Lading) -> None:
    arguments = ("scan", *debian.references["docker-archive"], *SCAN, "-o", "json")
    first, second, third = lading(*arguments), lading(*arguments), lading(*arguments, "--no-cache")
    assert first.stdout == second.stdout == third.stdout
    assert first.stderr == ""


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("form", STORED)
def test_alpine_has_the_same_findings_in_every_form(alpine: Stored, lading: Lading, form: str) -> None:
    findings = open_findings(scan(lading, *alpine.references[form]))
    assert [(*row(finding), finding["package"]["layer"]) for finding in findings] == ALPINE_FINDINGS


@pytest.mark.usefixtures("database")
def test_the_gate_sees_what_the_report_shows(alpine: Stored, lading: Lading) -> None:
    reference = alpine.references["registry"]
    assert lading("scan", *reference, "--offline", "--fail-on", "any", status=1).stderr == ""
    table = lading("scan", *reference, *SCAN).stdout
    assert "CVE-2024-9681" in table
    assert "layer 2: curl, libcurl" in table
    assert "RUN apk add curl" in table


def scan(lading: Lading, *arguments: str) -> dict[str, Any]:
    """A complete report, but for the support of the releases, which ends one day."""
    report: dict[str, Any] = json.loads(lading("scan", *arguments, *SCAN, "-o", "json").stdout)
    codes = {remark["code"] for remark in report["targets"][0]["diagnostics"] if remark["level"] == "incomplete"}
    assert codes <= {"end-of-life"}
    return report


def row(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """What does not depend on how the image is stored, nor on which version of a package Debian has today."""
    return (
        finding["id"],
        finding["package"]["name"],
        finding.get("fix_state", "unknown"),
        finding.get("fixed_version", ""),
    )


class Bundle:
    """An image that umoci makes, layer by layer, from what is done to `root`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._image = f"{directory}/layout:{TAG}"
        self.root = directory / "bundle" / "rootfs"
        run("umoci", "init", "--layout", directory / "layout")
        run("umoci", "new", "--image", self._image)
        run("umoci", "unpack", "--image", self._image, directory / "bundle")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def replace_root(self, root: Path) -> None:
        self.root.rmdir()
        root.rename(self.root)

    def commit(self, instruction: str) -> None:
        """Makes a layer of what has changed."""
        history = ("--history.created_by", instruction)
        run("umoci", "repack", "--refresh-bundle", "--image", self._image, *history, self.root.parent)

    def store(self, registry: str) -> Stored:
        """The image in every form."""
        name = f"{registry}/{self._directory.name}:{TAG}"
        copies = {
            "oci-archive": f"oci-archive:{self._directory}/oci.tar:{TAG}",
            "docker-archive": f"docker-archive:{self._directory}/docker.tar:{TAG}:1",
            "zstd-layout": f"oci:{self._directory}/zstd:{TAG}",
            "registry": f"docker://{name}",
        }
        for form, target in copies.items():
            zstd = ("--dest-compress", "--dest-compress-format=zstd") if form == "zstd-layout" else ()
            run("skopeo", "copy", "--quiet", "--dest-tls-verify=false", *zstd, f"oci:{self._image}", target)
        references = {
            "oci-layout": (f"oci:{self._image}",),
            "oci-archive": (f"oci:{self._directory}/oci.tar",),
            "docker-archive": (f"docker-archive:{self._directory}/docker.tar",),
            "zstd-layout": (f"oci:{self._directory}/zstd:{TAG}",),
            "registry": (name, "--plain-http"),
            "by-detection": (f"{self._directory}/docker.tar",),
        }
        return Stored(references, self.root)


def run(*command: str | Path) -> str:
    """What a command prints. Raises CalledProcessError."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def vulnerability(status: str, fixed: str = "", **extra: str) -> dict[str, object]:
    """What the tracker says of bookworm. Versions are far from any that Debian will have in it."""
    return {
        "description": "A vulnerability made for a test.",
        "releases": {"bookworm": {"status": status, "urgency": "not yet assigned", "fixed_version": fixed, **extra}},
    }


TRACKER = {
    "figlet": {
        "CVE-2099-0001": vulnerability("resolved", "9:1-1"),
        "CVE-2099-0002": vulnerability("resolved", "1.0-1"),
    },
    "hello": {"CVE-2099-0003": vulnerability("resolved", "9:1-1")},
    "gcc-12": {"CVE-2099-0004": vulnerability("open", urgency="low"), "CVE-2099-0005": vulnerability("resolved", "0")},
    "bash": {"CVE-2099-0006": vulnerability("open", nodsa="Minor issue", nodsa_reason="postponed")},
    "sed": {"CVE-2099-0007": vulnerability("undetermined")},
}
KEV = {
    "dateReleased": "2099-01-01T00:00:00.0000Z",
    "count": 1,
    "vulnerabilities": [{"cveID": "CVE-2099-0004", "dateAdded": "2099-01-01", "dueDate": "2099-01-22"}],
}
# What can be fixed comes first, then what is exploited.
DEBIAN_FINDINGS = [
    ("CVE-2099-0001", "figlet", "fixed", "9:1-1"),
    ("CVE-2099-0004", "gcc-12-base", "not_fixed", ""),
    ("CVE-2099-0004", "libgcc-s1", "not_fixed", ""),
    ("CVE-2099-0006", "bash", "deferred", ""),
    ("CVE-2099-0007", "sed", "unknown", ""),
]

APK_DATABASE = """\
P:musl
V:1.2.5-r0
A:x86_64
o:musl
F:lib
R:ld-musl-x86_64.so.1

P:busybox
V:1.36.1-r29
A:x86_64
o:busybox
F:bin
R:busybox

P:ssl_client
V:1.36.1-r29
A:x86_64
o:busybox
F:usr/bin
R:ssl_client
"""
APK_CURL = """
P:curl
V:8.9.1-r1
A:x86_64
o:curl
F:usr/bin
R:curl

P:libcurl
V:8.9.1-r1
A:x86_64
o:curl
F:usr/lib
R:libcurl.so.4
"""
SECDB = {
    "distroversion": "v3.20",
    "reponame": "main",
    "urlprefix": "https://dl-cdn.alpinelinux.org/alpine",
    "packages": [
        {"pkg": {"name": "busybox", "secfixes": {"1.36.1-r29": ["CVE-2023-42364"], "1.37.0-r0": ["CVE-2099-0008"]}}},
        {"pkg": {"name": "curl", "secfixes": {"8.11.0-r0": ["CVE-2024-9681"], "0": ["CVE-2021-22897"]}}},
    ],
}
ALPINE_FINDINGS = [
    ("CVE-2099-0008", "busybox", "fixed", "1.37.0-r0", 1),
    ("CVE-2099-0008", "ssl_client", "fixed", "1.37.0-r0", 1),
    ("CVE-2024-9681", "curl", "fixed", "8.11.0-r0", 2),
    ("CVE-2024-9681", "libcurl", "fixed", "8.11.0-r0", 2),
]
