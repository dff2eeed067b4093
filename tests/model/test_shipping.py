"""Names and versions of distributions beside those of the software in their packages."""

import pytest

from lading.model.package import Location, Package
from lading.model.shipping import Fit, is_own_program, is_upstream_version, may_be_shipped, name_fit, version_marks


@pytest.mark.parametrize(
    ("kind", "name", "version", "shipped", "fit"),
    [
        ("maven", "xerces:xercesImpl", "2.12.2", "libxerces2-java", "same"),
        ("maven", "xerces:xercesImpl", "3.0", "libxerces2-java", "related"),
        ("maven", "xalan:xalan", "2.7.2", "libxalan2-java", "same"),
        ("maven", "commons-lang:commons-lang", "2.6", "libcommons-lang3-java", "related"),
        ("maven", "com.h2database:h2", "2.1.214", "libh2-java", "same"),
    ],
)
def test_names_with_the_first_number_of_the_version(kind: str, name: str, version: str, shipped: str, fit: Fit) -> None:
    assert name_fit((shipped,), Package(name, version, kind)) == fit


@pytest.mark.parametrize(
    ("kind", "name", "shipped", "fit"),
    [
        ("pypi", "django", "python-django", "same"),
        ("pypi", "requests", "python311-requests", "same"),
        ("pypi", "urllib3", "python3.11-urllib3", "same"),
        ("pypi", "aiohttp", "py3-aiohttp", "same"),
        ("pypi", "gitpython", "python-git", "same"),
        ("pypi", "pyopenssl", "pyopenssl", "same"),
        ("pypi", "sqlalchemy", "python3-sqlalchemy1.4", "same"),
        ("pypi", "notebook", "jupyter-notebook", "related"),
        ("pypi", "django", "node-django", "related"),
        ("pypi", "django", "bash", ""),
        ("npm", "lodash", "node-lodash", "same"),
        ("npm", "lodash", "nodejs-lodash", "same"),
        ("npm", "@babel/core", "node-babel7", "related"),
        ("npm", "lodash", "python3-lodash", "related"),
        ("npm", "lodash", "nodejs", ""),
        ("gem", "rack", "ruby-rack", "same"),
        ("gem", "rack", "rubygem-rack", "same"),
        ("gem", "rack", "ruby3.2-rack", "same"),
        ("composer", "twig/twig", "php-twig", "same"),
        ("composer", "symfony/http-kernel", "php-symfony-http-kernel", "same"),
        ("maven", "com.fasterxml.jackson.core:jackson-databind", "jackson-databind", "same"),
        ("maven", "org.apache.commons:commons-text", "libcommons-text-java", "same"),
        ("maven", "org.apache.logging.log4j:log4j-core", "apache-log4j2", "related"),
        ("maven", "org.springframework:spring-core", "libspring-java", "related"),
        ("maven", "org.apache.commons:commons-text", "libcommons-io-java", ""),
        ("golang", "github.com/prometheus/prometheus", "prometheus", "same"),
        ("golang", "github.com/grafana/grafana/v2", "grafana", "same"),
        ("golang", "golang.org/x/net", "grafana", ""),
        ("generic", "node", "nodejs", "same"),
        ("generic", "httpd", "apache2", "same"),
        ("generic", "openjdk", "java-17-openjdk", "same"),
        ("generic", "postgresql", "postgresql-15", "same"),
        ("generic", "curl", "bash", ""),
    ],
)
def test_names(kind: str, name: str, shipped: str, fit: Fit) -> None:
    assert name_fit((shipped,), Package(name, "1", kind)) == fit


@pytest.mark.parametrize(
    ("kind", "version", "shipped_type", "shipped", "is_it"),
    [
        ("pypi", "2.0", "deb", "3:2.0-1+deb12u1", True),
        ("pypi", "2.0.0", "deb", "2.0+dfsg-1", True),
        ("pypi", "2.0rc1", "deb", "2.0~rc1-1", True),
        ("pypi", "2.0", "deb", "4.2+really2.0-1", True),
        ("pypi", "4.2", "deb", "4.2+really2.0-1", False),
        ("pypi", "2.0", "deb", "2.0.1-1", False),
        ("pypi", "2.0", "deb", "12.0-1", False),
        ("npm", "8.11.0", "deb", "8.11.0+~cs13.7.3-1", True),
        ("maven", "4.1.48.Final", "deb", "1:4.1.48-7", True),
        ("maven", "9.4.57.v20241219", "deb", "9.4.57-1.1~deb12u1", True),
        ("pypi", "3.4", "apk", "3.4-r1", True),
        ("generic", "9.6p1", "apk", "9.6_p1-r0", True),
        ("pypi", "1.26.5", "rpm", "1.26.5-3.el9", True),
        ("pypi", "1.26.5", "rpm", "1.26.50-3.el9", False),
        ("pypi", "", "rpm", "1.26.5-3.el9", False),
        ("generic", "9.0", "deb", "2:9.0.1378-2", True),
        ("generic", "9.1", "deb", "2:9.0.1378-2", False),
    ],
)
def test_versions(kind: str, version: str, shipped_type: str, shipped: str, is_it: bool) -> None:
    assert is_upstream_version(shipped, Package("a", version, kind), shipped_type) is is_it


@pytest.mark.parametrize(
    ("version", "shipped", "is_it"),
    [
        ("17.0.9", "17.0.9+9-1~deb12u1", True),
        ("1.8.0_392", "1:1.8.0.392.b08-4.el9", True),
        ("1.8.0_392-b08", "8.392.08-r1", True),
        ("1.8.0_392", "8u392-ga-1", True),
        ("1.8.0_392", "8u402-ga-1", False),
        ("17.0.9", "17.0.10+7-1", False),
    ],
)
def test_java(version: str, shipped: str, is_it: bool) -> None:
    assert is_upstream_version(shipped, Package("openjdk", version, "generic"), "deb") is is_it


def test_marks_of_versions_that_are_newer_than_their_software() -> None:
    assert version_marks("2:9.0-1") == ("2", "")
    assert version_marks("0:9.0-1") == ("", "")
    assert version_marks("1:4.2+really2.0-1") == ("1", "4.2")


def test_places() -> None:
    assert [path for path in ("usr/bin/a", "opt/a", "usr/local/bin/a", "home/u/a") if may_be_shipped(path)] == [
        "usr/bin/a",
        "opt/a",
    ]


@pytest.mark.parametrize(
    ("name", "version", "program", "is_it"),
    [
        ("git", "1:2.39.5-0+deb12u3", "git", True),
        ("git", "9:2.39.5-0+deb12u3", "git", False),
        ("git", "1:9+really2.39.5-0", "git", False),
        ("vault", "2.39.5-1", "vault", False),  # which distributions do not ship
    ],
)
def test_programs_that_are_their_package(name: str, version: str, program: str, is_it: bool) -> None:
    found = Package(program, "2.39.5", "generic", evidence="binary", locations=(Location(f"usr/bin/{program}", 1),))
    assert is_own_program(Package(name, version, "deb", source=name), found) is is_it
