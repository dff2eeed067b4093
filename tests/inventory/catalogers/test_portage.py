"""Portage: exact packages and exact diagnostics."""

import pytest

from lading.inventory.catalogers import portage
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
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

CONTENTS = (
    "dir /usr\ndir /usr/bin\nobj /usr/bin/a tool 376c02bd3b22804df8fdfdc895e7dbfb 1649284374\n"
    "sym /usr/bin/link -> a tool 1649284374\nfif /run/pipe\ndev /dev/a\njunk\n"
)


def test_package_with_licence_slot_and_files() -> None:
    place = "var/db/pkg/dev-libs/openssl-1.1.1w_p1-r2"
    found = tree(
        portage.CATALOGER,
        {
            f"{place}/CONTENTS": CONTENTS,
            f"{place}/LICENSE": "openssl\n",
            f"{place}/SLOT": "0/1.1\n",
            f"{place}/PF": "x",
        },
    )
    assert packages(found) == [
        FoundPackage(
            type="ebuild",
            name="dev-libs/openssl",
            version="1.1.1w_p1-r2",
            source="dev-libs/openssl",
            source_version="1.1.1w_p1-r2",
            licenses=("openssl",),
            files=("usr/bin/a tool", "usr/bin/link", "run/pipe", "dev/a"),
            properties={"slot": "0/1.1"},
            purl="pkg:ebuild/dev-libs%2Fopenssl@1.1.1w_p1-r2",
        )
    ]
    assert {one.companion for one in found.values()} == {b""}


@pytest.mark.parametrize(
    ("directory", "name", "version"),
    [
        ("font-adobe-100dpi-1.0.3", "font-adobe-100dpi", "1.0.3"),
        ("gtk+-3.24.41-r1", "gtk+", "3.24.41-r1"),
        ("live-9999", "live", "9999"),
        ("a-1_alpha2_pre3", "a", "1_alpha2_pre3"),
    ],
)
def test_names_and_versions(directory: str, name: str, version: str) -> None:
    (package,) = facts(portage.CATALOGER, f"mnt/var/db/pkg/x11/{directory}/CONTENTS", "").packages
    assert (package.name, package.version) == (f"x11/{name}", version)


@pytest.mark.parametrize(
    ("licence", "expression"),
    [
        ("|| ( GPL-2 LGPL-2.1 ) BSD", "(GPL-2 OR LGPL-2.1) AND BSD"),
        ("|| ( MIT ) ( A B )", "MIT AND A AND B"),
        ("|| ( ( A B ) C", "(A AND B) AND C"),
        ("static? ( A ) ) ||", "A"),
    ],
)
def test_licence_expressions(licence: str, expression: str) -> None:
    place = "var/db/pkg/a/b-1"
    (package,) = packages(tree(portage.CATALOGER, {f"{place}/CONTENTS": "", f"{place}/LICENSE": licence}))
    assert package.licenses == (expression,)


def test_directories_that_are_no_package() -> None:
    path = "var/db/pkg/a/nothing/CONTENTS"
    why = "a/nothing is not a package's name and version"
    assert facts(portage.CATALOGER, path, "") == CatalogerResult(diagnostics=(left_out(path, why),))
    assert facts(portage.CATALOGER, "var/db/pkg/a/-MERGING-b-1/CONTENTS", CONTENTS) == CatalogerResult()


def test_damage_never_raises() -> None:
    for data in damaged(CONTENTS.encode()):
        facts(portage.CATALOGER, "var/db/pkg/a/b-1/CONTENTS", data)
        tree(portage.CATALOGER, {"var/db/pkg/a/b-1/CONTENTS": "", "var/db/pkg/a/b-1/LICENSE": data})


def test_fixture() -> None:
    found, expected = fixture("portage", "syft-skopeo", portage.CATALOGER)
    assert keys(found) == expected_keys(expected)
    assert [list(one.licenses) for one in found] == [one["licenses"] for one in expected]
    assert [one.purl for one in found] == [one["purl"] for one in expected]
    assert found[0].files[0] == "usr/bin/skopeo"


def test_contents_that_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portage, "_MOST_LINES", 1)
    path = "var/db/pkg/app/a-1/CONTENTS"
    found = facts(portage.CATALOGER, path, "obj /a 0 1\nobj /b 0 1\n")
    assert [(one.name, one.files) for one in found.packages] == [("app/a", ("a",))]
    assert found.diagnostics == (unread(path, "Portage", "more lines than are read", "unread-list"),)
