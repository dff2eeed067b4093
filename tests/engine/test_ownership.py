"""Lists of files are claims: what they say of software with vulnerabilities silences none that the distribution does
not know."""

from collections.abc import Callable, Sequence

import msgspec
import pytest
from backports import zstd

from lading.model.advisory import Advisory, Names
from lading.model.package import Package
from lading.model.report import Target
from tests.engine.test_sboms import taken
from tests.inventory.catalogers.test_java import jar, pom
from tests.inventory.executables.build import Part, elf
from tests.samples import FakeStore, fixed_vulnerability, match, open_vulnerability
from tests.tars import Entry, File

DEBIAN = File("etc/os-release", b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
ALPINE = File("etc/os-release", b"ID=alpine\nVERSION_ID=3.20.1\n")
AMAZON = File("etc/os-release", b'ID="amzn"\nVERSION_ID="2023"\n')

LOG4J = "opt/log4j-core.jar"
LODASH = "usr/share/nodejs/lodash/package.json"
DJANGO = "usr/lib/python3/dist-packages/Django-2.0.dist-info/METADATA"
RACK = "usr/share/rubygems-integration/all/specifications/rack-2.0.0.gemspec"
FILES: dict[str, bytes] = {
    LOG4J: jar(pom("org.apache.logging.log4j", "log4j-core", "2.14.1")),
    LODASH: b'{"name":"lodash","version":"4.17.0"}',
    DJANGO: b"Metadata-Version: 2.1\nName: Django\nVersion: 2.0\n",
    RACK: b'Gem::Specification.new do |s|\n  s.name = "rack".freeze\n  s.version = "2.0.0"\nend\n',
}
CURL = elf([Part(".rodata", b"\0curl/7.50.0\0", 0x1000)])

SHARDS: dict[str, tuple[Advisory, ...]] = {
    "kev": (),
    "maven": (
        fixed_vulnerability("CVE-JAR", "org.apache.logging.log4j:log4j-core", "2.15.0"),
        fixed_vulnerability("CVE-JAR-UNNAMED", "org.apache.logging.log4j:log4j-core", "2.15.0"),
    ),
    "npm": (fixed_vulnerability("CVE-NPM", "lodash", "4.17.21"),),
    "pypi": (
        fixed_vulnerability("CVE-PYTHON", "django", "2.2"),
        fixed_vulnerability("CVE-PYTHON-UNNAMED", "django", "2.2"),
    ),
    "rubygems": (fixed_vulnerability("CVE-GEM", "rack", "2.2"),),
    "nvd": (fixed_vulnerability("CVE-CURL", "haxx:curl", "7.60.0"),),
    "debian-12": (
        open_vulnerability("CVE-BASH", "bash"),
        fixed_vulnerability("CVE-PYTHON", "python-django", "3:1.9-1"),
        fixed_vulnerability("CVE-JAR", "apache-log4j2", "2.0-1"),
        fixed_vulnerability("CVE-OLD", "apache-log4j1.2", "1.2.17-9"),
        fixed_vulnerability("CVE-NPM", "node-lodash", "4.10-1"),
        fixed_vulnerability("CVE-GEM", "ruby-rack", "1.0-1"),
        fixed_vulnerability("CVE-OTHER", "curl", "7.40.0-1"),
    ),
    "alpine-3.20": (
        fixed_vulnerability("CVE-PYTHON", "py3-django", "1.9-r0"),
        fixed_vulnerability("CVE-OTHER", "bash", "1-r0"),
    ),
}
NAMES: dict[str, Names] = {"nvd": "cpe"}
SCHEMES = {"maven": "maven", "npm": "npm", "pypi": "pep440", "rubygems": "gem", "nvd": "generic", "debian": "deb"}
STORE = FakeStore(SHARDS, names=NAMES, schemes=SCHEMES)


def deb(name: str, version: str, *files: str, source: str = "", maintainer: str = "x <x@debian.org>") -> list[Entry]:
    """A Debian system with one package, that lists files as its own."""
    fields = f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n"
    fields += f"Maintainer: {maintainer}\n" + (f"Source: {source}\n" if source else "")
    listed = "".join(f"/{file}\n" for file in files)
    return [
        DEBIAN,
        File("var/lib/dpkg/status", fields.encode()),
        File(f"var/lib/dpkg/info/{name}.list", f"/.\n{listed}".encode()),
        *(File(file, FILES[file]) for file in files if file in FILES),
    ]


def apk(name: str, version: str, *files: str, origin: str = "") -> list[Entry]:
    """An Alpine system with one package, that lists files as its own."""
    lines = [f"P:{name}", f"V:{version}", f"o:{origin or name}"]
    for file in files:
        directory, _, base = file.rpartition("/")
        lines += [f"F:{directory}", f"R:{base}"]
    listed = ("\n".join(lines) + "\n\n").encode()
    return [ALPINE, File("lib/apk/db/installed", listed), *(File(one, FILES[one]) for one in files if one in FILES)]


def scanned(entries: Sequence[Entry]) -> Target:
    return match(*taken(entries), STORE)


def ids(target: Target) -> list[str]:
    """What is found in packages that are not of the system."""
    return sorted(one.id for one in target.findings if one.package.type not in ("apk", "deb"))


def owned(target: Target) -> Package:
    (package,) = (one for one in target.packages if one.owner)
    return package


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (LOG4J, ["CVE-JAR", "CVE-JAR-UNNAMED"]),
        (LODASH, ["CVE-NPM"]),
        (DJANGO, ["CVE-PYTHON", "CVE-PYTHON-UNNAMED"]),
        (RACK, ["CVE-GEM"]),
    ],
)
@pytest.mark.parametrize("make", [deb, apk])
def test_a_package_of_another_name_silences_nothing(
    make: Callable[..., list[Entry]], file: str, expected: list[str]
) -> None:
    target = scanned(make("bash", "5.2.15-r2", file))
    assert ids(target) == expected
    assert (owned(target).owner_name, owned(target).ownership) == ("bash", "claimed")


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        # By name and version what the distribution ships, and knows.
        (deb("python3-django", "3:2.0-1", DJANGO, source="python-django"), []),
        (deb("node-lodash", "4.17.0+dfsg-1", LODASH), []),
        (deb("ruby-rack", "2.0.0-1+b1", RACK), []),
        # One of the artifacts of a project: of those vulnerabilities that the distribution names.
        (deb("liblog4j2-java", "2.14.1-1", LOG4J, source="apache-log4j2"), ["CVE-JAR-UNNAMED"]),
        # It publishes fixes alone: the same.
        (apk("py3-django", "2.0-r3", DJANGO), ["CVE-PYTHON-UNNAMED"]),
    ],
)
def test_what_a_distribution_ships_takes_its_word(system: list[Entry], expected: list[str]) -> None:
    target = scanned(system)
    assert ids(target) == expected
    assert owned(target).ownership == ("claimed" if expected == ["CVE-JAR-UNNAMED"] else "verified")


@pytest.mark.parametrize(
    "system",
    [
        deb("python3-django", "3:4.2-1", DJANGO, source="python-django"),  # another version
        deb("python3-django", "99:2.0-1", DJANGO, source="python-django"),  # an epoch that Debian never gave
        deb("python3-django", "3:2.0-1", DJANGO, source="python-django (3:4.2-1)"),  # what is compared is another
        deb("python3-django", "3:4.2+really2.0-1", DJANGO, source="python-django"),
        deb("python3-django", "3:2.0-1", DJANGO),  # a source that Debian does not have
        deb("python3-django", "3:2.0-1", DJANGO, source="bash"),  # somebody else's
        deb("node-django", "3:2.0-1", DJANGO, source="node-lodash"),
        apk("py3-django", "4.2-r0", DJANGO),
        apk("py3-django", "2.0-r0", DJANGO, origin="bash"),
    ],
)
def test_lies_about_version_and_source_are_no_evidence(system: list[Entry]) -> None:
    assert ids(scanned(system)) == ["CVE-PYTHON", "CVE-PYTHON-UNNAMED"]


def test_an_older_line_of_the_same_project_is_other_software() -> None:
    target = scanned(deb("liblog4j1.2-java", "2.14.1-1", LOG4J, source="apache-log4j1.2"))
    assert ids(target) == ["CVE-JAR", "CVE-JAR-UNNAMED"]


@pytest.mark.parametrize("path", ["usr/local/lib/python3.11/site-packages", "home/u/x", "root/venv", "srv/app"])
def test_a_distribution_ships_nothing_where_the_administrator_is_at_home(path: str) -> None:
    file = f"{path}/Django-2.0.dist-info/METADATA"
    system = [*deb("python3-django", "3:2.0-1", file, source="python-django"), File(file, FILES[DJANGO])]
    assert ids(scanned(system)) == ["CVE-PYTHON", "CVE-PYTHON-UNNAMED"]


@pytest.mark.parametrize(
    ("path", "system", "expected"),
    [
        ("usr/bin/curl", deb("curl", "7.50.0-1", "usr/bin/curl"), []),
        ("usr/bin/curl", deb("curl", "7.88.1-10", "usr/bin/curl"), ["CVE-CURL"]),
        ("usr/bin/curl", deb("curl", "99:7.50.0-1", "usr/bin/curl"), ["CVE-CURL"]),
        ("usr/local/bin/curl", deb("curl", "7.50.0-1", "usr/local/bin/curl"), ["CVE-CURL"]),
        ("usr/bin/curl", deb("bash", "7.50.0-1", "usr/bin/curl"), ["CVE-CURL"]),
        ("usr/bin/curl", apk("bash", "7.50.0-r1", "usr/bin/curl"), ["CVE-CURL"]),
    ],
)
def test_programs_that_a_list_claims(path: str, system: list[Entry], expected: list[str]) -> None:
    target = scanned([*system, File(path, CURL)])
    assert ids(target) == expected
    assert [one.type for one in target.packages if one.owner] == ["generic"] * len(expected)


@pytest.mark.parametrize(
    ("path", "unmanaged"), [("usr/bin/thing", False), ("usr/local/bin/thing", True), ("home/app/thing", True)]
)
@pytest.mark.parametrize("make", [deb, apk])
def test_unknown_programs_that_a_list_claims(make: Callable[..., list[Entry]], path: str, unmanaged: bool) -> None:
    thing = elf([Part(".rodata", b"\0nothing known\0", 0x1000)])
    target = scanned([*make("bash", "5.2.15-r2", path), File(path, thing)])
    assert [one.path for one in target.unmanaged] == [path] * unmanaged


WHEEL = "usr/lib/python3/dist-packages/curl-7.50.0.dist-info"


@pytest.mark.parametrize("name", ["curl", "haxx", "libcurl"])
def test_a_wheel_that_records_a_program_or_a_jar(name: str) -> None:
    target = scanned(
        [
            DEBIAN,
            File(f"{WHEEL}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 7.50.0\n".encode()),
            File(f"{WHEEL}/RECORD", f"../../../bin/curl,,\n../../../../{LOG4J},,\n".encode()),
            File("usr/bin/curl", CURL),
            File(LOG4J, FILES[LOG4J]),
        ]
    )
    assert ids(target) == ["CVE-CURL", "CVE-JAR", "CVE-JAR-UNNAMED"]
    assert not any(one.hidden_reason for one in target.findings)


def _wall(*paths: str) -> bytes:
    lines = [
        {"jsonwall": "1.0", "schema": "1.0"},
        {"kind": "package", "name": "bash", "version": "5.2.15-2", "arch": "amd64"},
        *({"kind": "content", "slice": "bash_bins", "path": f"/{path}"} for path in paths),
    ]
    return zstd.compress(b"\n".join(map(msgspec.json.encode, lines)))


@pytest.mark.parametrize(
    "database",
    [
        [File("var/lib/chisel/manifest.wall", _wall(*FILES))],
        [
            File("var/lib/dpkg/status.d/bash", b"Package: bash\nVersion: 5.2.15-2\nArchitecture: amd64\n"),
            File("var/lib/dpkg/info/bash.md5sums", "".join(f"{'0' * 32}  {path}\n" for path in FILES).encode()),
        ],
        [
            File("var/lib/dpkg/status", b"Package: bash\nStatus: install ok installed\nVersion: 5.2.15-2\n"),
            File("var/lib/dpkg/info/bash.conffiles", "".join(f"/{path}\n" for path in FILES).encode()),
        ],
    ],
)
def test_other_lists_of_files(database: list[Entry]) -> None:
    target = scanned([DEBIAN, *database, *(File(path, data) for path, data in FILES.items())])
    assert ids(target) == ["CVE-GEM", "CVE-JAR", "CVE-JAR-UNNAMED", "CVE-NPM", "CVE-PYTHON", "CVE-PYTHON-UNNAMED"]
    assert {one.ownership for one in target.packages if one.owner} == {"claimed"}
    assert len([one for one in target.packages if one.owner]) == len(FILES)


def test_a_maintainer_makes_no_package_another_repositorys() -> None:
    """What the distribution knows is matched against it; what it does not know is another repository's, and told."""
    docker = "Docker <support@docker.com>"
    known = scanned(deb("bash", "5.2.15-2", maintainer=docker))
    assert [one.id for one in known.findings] == ["CVE-BASH"]
    unknown = scanned(deb("docker-ce", "5:24.0.7-1", LOG4J, maintainer=docker))
    assert ids(unknown) == ["CVE-JAR", "CVE-JAR-UNNAMED"]
    assert "other-repositories" in {one.code for one in unknown.diagnostics}
    marked = scanned(deb("bash", "5.2.15-2.pgdg120+1"))
    assert (marked.findings, [one.code for one in marked.diagnostics if one.level == "incomplete"]) == (
        (),
        ["other-repositories"],
    )
