"""Who made a package, as the files of several ecosystems state it, and by which digest their registries know it."""

import json
from collections.abc import Mapping

import pytest

from lading.inventory.catalogers import apk, java, node, ruby
from lading.inventory.catalogers.php import composer
from lading.inventory.catalogers.python import CATALOGER as PYTHON
from lading.inventory.people import people, person, stated_person
from lading.model.package import Archive
from tests.inventory.catalogers.parsing import facts
from tests.inventory.catalogers.test_java import jar, manifest, pom


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee <ann@example.com> (https://example.com/)", "Ann Lee <ann@example.com>"),
        (" Ann  Lee\n", "Ann Lee"),
        ("ann@example.com", "ann@example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ("Ann Lee (https://example.com)", "Ann Lee"),
        ("Ann Lee <not an address>", "Ann Lee"),
        ("UNKNOWN", ""),
        ("", ""),
        ("<<>>", ""),
        ("x" * 1000, "x" * 300),
    ],
)
def test_persons_as_people_write_them(text: str, expected: str) -> None:
    assert stated_person(text) == expected


def test_several_persons_are_named_without_addresses() -> None:
    assert people([person("A", "a@x.org"), "", person("B"), person("A", "a@x.org")]) == "A, B"
    assert people([person("A", "a@x.org")]) == "A <a@x.org>"
    assert people([]) == ""
    assert len(people("x" * 40 + str(number) for number in range(100))) <= 300


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"author": "Ann <a@x.org>"}, "Ann <a@x.org>"),
        ({"author": {"name": "Ann", "email": "a@x.org"}, "maintainers": ["Bob"]}, "Ann <a@x.org>"),
        ({"author": "", "maintainers": [{"name": "Bob"}, {"name": "Cid", "email": "c@x.org"}]}, "Bob, Cid"),
        ({"contributors": ["Dan", 7, None, ["x"]]}, "Dan"),
        ({"author": 7}, ""),
    ],
)
def test_of_npm(stated: Mapping[str, object], expected: str) -> None:
    text = json.dumps({"name": "a", "version": "1", **stated})
    (found,) = facts(node.CATALOGER, "app/node_modules/a/package.json", text).packages
    assert found.maintainer == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Author: Ann\nAuthor-email: a@x.org\n", "Ann <a@x.org>"),
        ('Author-email: Ann Lee <a@x.org>, "Bob, Jr." <b@x.org>\n', "Ann Lee, Bob, Jr."),
        ("Author: Ann Lee\nAuthor-email: Ann Lee <a@x.org>\n", "Ann Lee <a@x.org>"),
        ("Author: The Team\nAuthor-email: Ann Lee <a@x.org>\n", "The Team"),
        ("Author: UNKNOWN\nMaintainer: Bob\nMaintainer-email: b@x.org\n", "Bob <b@x.org>"),
        ("", ""),
    ],
)
def test_of_python(lines: str, expected: str) -> None:
    (found,) = facts(PYTHON, "a-1.dist-info/METADATA", f"Name: a\nVersion: 1\n{lines}").packages
    assert found.maintainer == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('s.authors = ["Ann".freeze]\n  s.email = ["a@x.org".freeze]', "Ann <a@x.org>"),
        ('s.authors = ["Ann".freeze, "Bob"]\n  s.email = "a@x.org"', "Ann, Bob"),
        ('s.author = "Ann"', "Ann"),
        ("", ""),
    ],
)
def test_of_gems(lines: str, expected: str) -> None:
    text = f'# stub: a 1.0 ruby lib\nGem::Specification.new do |s|\n  s.name = "a"\n  {lines}\nend\n'
    (found,) = facts(ruby.CATALOGER, "gems/specifications/a-1.0.gemspec", text).packages
    assert found.maintainer == expected


def test_of_composer() -> None:
    authors = [{"name": "Ann", "email": "a@x.org"}, "x", {"name": 7}]
    text = json.dumps([{"name": "a/b", "version": "1.0", "authors": authors}, {"name": "a/c", "version": "1"}])
    found = facts(composer.CATALOGER, "app/vendor/composer/installed.json", text).packages
    assert [one.maintainer for one in found] == ["Ann <a@x.org>", ""]


@pytest.mark.parametrize(
    ("xml", "said", "expected"),
    [
        ("<organization><name>Example\n Ltd</name></organization>", {"Implementation_Vendor": "Other"}, "Example Ltd"),
        ("<developers><developer><name>Ann</name><email>a@x.org</email></developer></developers>", {}, "Ann <a@x.org>"),
        ("<organization><name>${company}</name></organization>", {"Bundle_Vendor": "Example"}, "Example"),
        ("", {"Implementation_Vendor": "Ann", "Specification_Vendor": "Bob"}, "Ann"),
        ("", {}, ""),
    ],
)
def test_of_jars(xml: str, said: dict[str, str], expected: str) -> None:
    project = f"<project><groupId>org.example</groupId><artifactId>lib</artifactId><version>1</version>{xml}</project>"
    packed = {**pom("org.example", "lib", "1"), "META-INF/maven/org.example/lib/pom.xml": project, **manifest(**said)}
    (found,) = facts(java.CATALOGER, "opt/lib-1.jar", jar(packed)).packages
    assert found.maintainer == expected


@pytest.mark.parametrize(
    ("checksum", "archives"),
    [
        ("Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=", (Archive(checksum="Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA="),)),
        ("Q2" + "AAAA" * 10 + "AAA=", (Archive(checksum="Q2" + "AAAA" * 10 + "AAA="),)),
        ("Q1AAAA", ()),
        ("Q1not base64", ()),
        ("X", ()),
    ],
)
def test_the_checksum_of_apk(checksum: str, archives: tuple[Archive, ...]) -> None:
    (found,) = facts(apk.CATALOGER, "lib/apk/db/installed", f"C:{checksum}\nP:a\nV:1\n\n").packages
    assert (found.digests, found.archives) == ({}, archives)
