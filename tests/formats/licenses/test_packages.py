"""Licences of packages, their categories, and the issues that come of them."""

from pathlib import Path

import msgspec
import pytest

from lading.formats.licenses.categories import Categories, default_categories, listed_categories
from lading.formats.licenses.expressions import spdx_expression
from lading.formats.licenses.names import is_exception, listed
from lading.formats.licenses.packages import PackageLicense, license_issues, licenses_of
from lading.model.licenses import LicenseCategory, LicenseTerms
from lading.model.package import Location, Package

DATA = Path(__file__).with_name("data")


def package(*licenses: str, type: str = "pypi", name: str = "zebra") -> Package:
    return Package(
        name=name,
        version="1.0",
        type=type,
        purl=f"pkg:{type}/{name}@1.0",
        licenses=licenses,
        layer=2,
        locations=(Location("srv/zebra", 2),),
    )


def ids(one: Package) -> list[str]:
    return [license.id for license in licenses_of(one)]


def test_licenses_hold_together() -> None:
    assert ids(package("MIT and (GPLv2+ or LGPLv2+)", "mit", "BSD")) == [
        "MIT",
        "GPL-2.0-or-later OR LGPL-2.0-or-later",
        "BSD-3-Clause",
    ]
    assert licenses_of(package("BSD")) == (PackageLicense("BSD-3-Clause", "BSD", exact=False),)


@pytest.mark.parametrize("type", ["composer", "maven", "npm"])
def test_several_licenses_that_are_a_choice(type: str) -> None:
    assert ids(package("EPL 2.0", "GPL2 w/ CPE", type=type)) == ["EPL-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0"]
    assert ids(package("Homemade", "MIT", type=type)) == ["MIT"]
    assert ids(package("Homemade", "Other words", type=type)) == ["UNKNOWN", "UNKNOWN"]


def test_of_what_holds_together_only_what_is_not_known_is_unknown() -> None:
    got = licenses_of(package("MIT and Homemade and GPLv3", type="rpm"))
    assert [(one.id, one.stated) for one in got] == [
        ("MIT", "MIT"),
        ("UNKNOWN", "Homemade"),
        ("GPL-3.0-only", "GPLv3"),
    ]


def test_a_whole_text_in_place_of_a_name() -> None:
    text = """Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is
    hereby granted, provided that the above copyright notice and this permission notice appear in all copies. THE
    SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE."""
    assert ids(package(text)) == ["ISC"]


@pytest.mark.parametrize(
    ("expression", "category"),
    [
        ("MIT", "notice"),
        ("Apache-2.0 WITH LLVM-exception", "notice"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "restricted"),
        ("LGPL-2.1-or-later", "restricted"),
        ("MPL-2.0", "reciprocal"),
        ("AGPL-3.0-only", "forbidden"),
        ("CC0-1.0", "unencumbered"),
        ("MIT-0", "permissive"),
        ("Unlicense", "unencumbered"),
        ("LicenseRef-UNLICENSED", "forbidden"),
        ("LicenseRef-own", "unknown"),
        ("MIT OR GPL-3.0-only", "notice"),
        ("(MIT AND GPL-3.0-only) OR MPL-2.0", "reciprocal"),
        ("AGPL-3.0-only OR LicenseRef-own", "unknown"),
    ],
)
def test_categories(expression: str, category: LicenseCategory) -> None:
    assert default_categories().of(expression) == category


def test_a_policy_has_categories_of_its_own() -> None:
    names: tuple[tuple[str, LicenseCategory], ...]
    names = (("gpl-*", "notice"), ("LicenseRef-own", "permissive"), ("Homemade", "forbidden"))
    categories = Categories(LicenseTerms(names, (("notice", "low"),)))
    assert categories.of("GPL-2.0-only") == "notice"
    assert categories.of("GPL-2.0-only WITH Classpath-exception-2.0") == "notice"
    assert categories.of("LicenseRef-own") == "permissive"
    assert categories.severity("notice") == "low"
    issues = license_issues([package("GPLv2", "Homemade")], categories)
    assert [(one.id, one.severity, one.title) for one in issues] == [
        ("GPL-2.0-only", "low", "Notice license"),
        ("UNKNOWN", "critical", "License that is not known"),
    ]


def test_every_license_of_spdx_has_a_category() -> None:
    symbols = listed().known_symbols
    names = {name for name, one in symbols.items() if not one.is_exception and spdx_expression(name) == name}
    assert {one for one in names if one not in listed_categories() and not is_exception(one)} == {
        "any-OSI", "any-OSI-perl-modules"
    }  # fmt: skip


def test_issues() -> None:
    (gpl,) = license_issues([package("GPLv2+", "MIT")], default_categories())
    assert (gpl.id, gpl.kind, gpl.severity, gpl.place) == ("GPL-2.0-or-later", "license", "high", "package")
    assert (gpl.path, gpl.layer, gpl.instruction, gpl.evidence) == ("srv/zebra", 2, "pkg:pypi/zebra@1.0", "GPLv2+")
    assert gpl.url == "https://spdx.org/licenses/GPL-2.0-or-later.html"
    (none,) = license_issues([package()], default_categories())
    assert (none.id, none.severity, none.title) == ("NOASSERTION", "unknown", "No license stated")
    assert license_issues([package("MIT", "CC0")], default_categories()) == ()


def test_declared_licenses_mean_what_people_read_in_them() -> None:
    """What packages of one image of many ecosystems state, each text once, and every eighth name of the copyright files
    of its Debian packages; read one by one, and not made from what Lading says. UNKNOWN stands where a name alone does
    not tell."""
    read = msgspec.json.decode((DATA / "declared.json").read_bytes(), type=list[tuple[str, tuple[str, ...], list[str]]])
    wrong = {
        (type, texts): ids
        for type, texts, right in read
        if (ids := [one.id for one in licenses_of(Package("a", "1", type, licenses=texts))]) != right
    }
    assert wrong == {
        ("deb", ("BSD-3-clause-Cambridge with BINARY LIBRARY-LIKE PACKAGES exception",)): ["UNKNOWN"],
        ("deb", ("public-domain-1",)): ["UNKNOWN"],
    }
    assert len(wrong) <= 0.02 * len(read)
