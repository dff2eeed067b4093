"""Alpine's packages by the NVD, where its security database is silent."""

import pytest

from lading.match.cpe import CpeName
from lading.match.families.alpine import REMARK, apk_names, iter_upstream_names, unfixed, upstream_version
from lading.model.advisory import Advisory, Condition, Range
from lading.model.package import Package

ORIGINS = {
    "openssh": ("openbsd:openssh",),
    "openjdk": ("oracle:openjdk",),
    "postgresql": ("postgresql:postgresql",),
    "py3-django": ("djangoproject:django",),
    "unzip": ("info-zip:unzip",),
}
VENDORS = {"info-zip:unzip": ("unzip_project:unzip",)}


def apk(version: str = "1.36.1-r5", origin: str = "busybox", name: str = "busybox") -> Package:
    return Package(name, version, "apk", source=origin, source_version=version)


@pytest.mark.parametrize(
    ("origin", "names"),
    [
        ("busybox", ["busybox"]),
        ("libxml2", ["libxml2", "libxml"]),
        ("postgresql16", ["postgresql16", "postgresql"]),
        ("mariadb-10.6", ["mariadb-10.6", "mariadb"]),
        ("nodejs-current", ["nodejs-current", "nodejs"]),
        ("openssl1.1-compat", ["openssl1.1-compat", "openssl1.1", "openssl"]),
        ("icu-libs", ["icu-libs", "icu"]),
        ("zlib-dev", ["zlib-dev", "zlib"]),
        ("py3-django", ["py3-django"]),
        ("python3.11-django", ["python3.11-django", "py3-django"]),
        ("py3.12-django", ["py3.12-django", "py3-django"]),
        ("ruby3.2-rack", ["ruby3.2-rack", "ruby-rack"]),
        ("php83-pecl-redis", ["php83-pecl-redis", "php-pecl-redis"]),
        ("lua5.4-socket", ["lua5.4-socket", "lua-socket"]),
        ("libpython-foo", ["libpython-foo"]),
        ("python3", ["python3", "python"]),
        ("7zip", ["7zip"]),
        ("1.2", ["1.2"]),
    ],
)
def test_upstream_names(origin: str, names: list[str]) -> None:
    assert list(iter_upstream_names(origin)) == names


@pytest.mark.parametrize(
    ("version", "upstream"),
    [
        ("1.36.1-r5", "1.36.1"),
        ("9.6_p1-r0", "9.6p1"),
        ("2.0_rc1-r3", "2.0-rc1"),
        ("1.2_alpha3_p2", "1.2-alpha3p2"),
        ("1.2.3_git20230717-r5", "1.2.3"),
        ("1.2.3~0123abc-r0", "1.2.3"),
        ("3.1.4", "3.1.4"),
    ],
)
def test_upstream_versions(version: str, upstream: str) -> None:
    assert upstream_version(version) == upstream


@pytest.mark.parametrize(
    ("package", "names"),
    [
        (apk("9.6_p1-r0", "openssh", "openssh-client"), (CpeName("openbsd:openssh", "9.6"),)),
        (apk("16.2-r1", "postgresql16", "libpq"), (CpeName("postgresql:postgresql", "16.2"),)),
        (apk("8.392.08-r1", "openjdk8"), (CpeName("oracle:openjdk", "8.0.392"),)),
        (apk("17.0.9_p9-r0", "openjdk17"), (CpeName("oracle:openjdk", "17.0.9"),)),
        (apk("6.0-r14", "unzip"), (CpeName("info-zip:unzip", "6.0"), CpeName("unzip_project:unzip", "6.0"))),
        (apk("1.0-r0", "delta"), ()),
        (Package("unzip", "6.0-r1", "apk"), (CpeName("info-zip:unzip", "6.0"), CpeName("unzip_project:unzip", "6.0"))),
    ],
)
def test_names_in_the_nvd(package: Package, names: tuple[CpeName, ...]) -> None:
    assert apk_names(package, ORIGINS, VENDORS) == names


def found(
    *advisories: Advisory, spoken: frozenset[str] = frozenset(), package: Package | None = None
) -> list[Advisory]:
    names = [CpeName("busybox:busybox", "1.36.1")]
    return unfixed(package or apk(), names, {"busybox:busybox": advisories}, spoken)


def vulnerability(
    number: int, *ranges: Range, versions: tuple[str, ...] = (), condition: Condition | None = None
) -> Advisory:
    return Advisory(f"CVE-2024-{number}", "busybox:busybox", ranges=ranges, versions=versions, condition=condition)


def expected(number: int) -> Advisory:
    return Advisory(f"CVE-2024-{number}", "busybox", ranges=(Range(),), remark=REMARK)


def test_a_fix_of_upstream_is_not_alpines() -> None:
    assert found(
        vulnerability(1, Range(fixed="1.37.0")), vulnerability(2, Range(fixed="1.36.1")), vulnerability(3, Range())
    ) == [
        expected(1),
        expected(3),
    ]


def test_what_alpine_speaks_of_is_alpines_to_match() -> None:
    assert found(vulnerability(1, Range()), vulnerability(2, Range()), spoken=frozenset({"CVE-2024-1"})) == [
        expected(2)
    ]


def test_exact_versions() -> None:
    assert found(vulnerability(2, versions=("1.36.1",)), vulnerability(1, versions=("1.36.0",))) == [expected(2)]


def test_a_version_that_cannot_be_compared_is_undetermined() -> None:
    names = [CpeName("busybox:busybox", "odd")]
    assert unfixed(apk(), names, {"busybox:busybox": (vulnerability(1, Range(fixed="2")),)}, ()) == [
        Advisory("CVE-2024-1", "busybox", "under_investigation", remark=REMARK)
    ]


def test_other_software_is_left_out_and_that_of_the_language_not() -> None:
    python = vulnerability(1, Range(), condition=Condition(target="python"))
    assert found(python) == []
    (advisory,) = found(python, package=apk(origin="py3-django"))
    assert (advisory.id, advisory.package, advisory.state) == ("CVE-2024-1", "py3-django", "affected")
    assert len(found(python, package=apk(origin="python3.11-django"))) == 1
    assert found(python, package=apk(origin="ruby-rack")) == []


def test_one_vulnerability_under_two_names_is_one() -> None:
    names = [CpeName("a:x", "odd"), CpeName("b:x", "1.0")]
    held = {"a:x": (vulnerability(1, Range(fixed="2")),), "b:x": (vulnerability(1, Range(fixed="2")),)}
    assert unfixed(apk(), names, held, ()) == [expected(1)]
