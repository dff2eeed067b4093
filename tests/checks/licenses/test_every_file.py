"""Licences in every file, and the texts of an image for its notices."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from lading import Environment, StarterDatabase
from lading.checks.licenses.files import TEXT_CAP
from lading.engine.licenses import list_licenses
from lading.engine.options import ScanOptions
from lading.engine.scan import scan
from lading.formats.encoders.text.report import encode_report_table
from lading.formats.view import View
from lading.model.checks import CheckInputs
from lading.model.decision import Evaluated
from lading.model.licenses import LicenseTerms
from lading.model.report import Target
from lading.policy.document import LicensesTable
from lading.policy.gate import decide
from lading.policy.licenses import with_categories
from lading.policy.policy import Policy
from tests.checks.licenses.test_beside import BSD2, MIT, jar
from tests.inventory.test_assemble import DEBIAN
from tests.samples import DAY
from tests.support.images import write_image
from tests.tars import Entry, File

GPL = (
    b"This is free software under the GNU General Public License as published by the Free Software Foundation; either \
version 3 of the License, or (at your option) any later version.\n"
)
NOTICE = b"Zebra\nCopyright 2001 The Zebras\n"
LAYER = (
    DEBIAN,
    File("srv/app/main.py", b"#!/usr/bin/python3\n# SPDX-License-Identifier: AGPL-3.0-only\n"),
    File("srv/app/util.c", b"/* " + GPL + b" */ int main;\n"),
    File("srv/app/plain.c", b"/* licensed under the terms that we agreed on */\n"),
    File("srv/app/tool", b"\x7fELF\0" + GPL),
    File("srv/app/LICENSE", MIT),
    File("srv/app/license.py", b"LICENSES = ['GPL']\n"),
    File("srv/lib/LICENSE-MIT", MIT),
    File("srv/lib/license.txt.gz", b"\x1f\x8b\x08garbage"),
    File("srv/lib/zebra.jar", jar({"META-INF/LICENSE": BSD2, "META-INF/NOTICE.txt": NOTICE, "a/LICENSE": GPL})),
    File("usr/share/common-licenses/GPL-3", GPL),
    File("usr/share/doc/zebra/copyright", GPL),
)


def environment(terms: LicenseTerms | None = None) -> Environment:
    given = CheckInputs(license_terms=terms) if terms is not None else CheckInputs()
    return Environment(database=StarterDatabase(), given=given)


def target_of(directory: Path, layer: Sequence[Entry] = LAYER, terms: LicenseTerms | None = None) -> Target:
    path = write_image(directory / "image", [layer])
    (target,) = scan(f"oci:{path}", ScanOptions(license_full=True), environment(terms)).targets
    return target


def test_files_with_licenses_are_issues_by_their_categories(tmp_path: Path) -> None:
    target = target_of(tmp_path)
    assert target.checks == ("licenses", "license-files")
    assert [(one.id, one.severity, one.path, one.place, one.category) for one in target.issues] == [
        ("AGPL-3.0-only", "critical", "srv/app/main.py", "file", "forbidden"),
        ("GPL-3.0-or-later", "high", "srv/app/util.c", "file", "restricted"),
        ("GPL-3.0-or-later", "high", "srv/lib/zebra.jar!/a/LICENSE", "file", "restricted"),
    ]


def test_a_table_names_the_files(tmp_path: Path) -> None:
    path = write_image(tmp_path / "image", [LAYER])
    report = scan(f"oci:{path}", ScanOptions(license_full=True), environment())
    table = encode_report_table(Evaluated(report, decide(report, Policy(), DAY)), View(100)).decode()
    shown = [line.strip() for line in table.splitlines()]
    assert shown[shown.index("HIGH  GPL-3.0-or-later  Restricted license, 2 files") + 1] == (
        "srv/app/util.c, srv/lib/zebra.jar!/a/LICENSE"
    )


def test_a_policy_says_which_licenses_in_files_are_issues(tmp_path: Path) -> None:
    terms = LicenseTerms((("MIT", "forbidden"), ("GPL-*", "notice")), (("forbidden", "medium"),))
    assert [(one.id, one.severity, one.path) for one in target_of(tmp_path, terms=terms).issues] == [
        ("AGPL-3.0-only", "medium", "srv/app/main.py"),
        ("MIT", "medium", "srv/app/LICENSE"),
        ("MIT", "medium", "srv/lib/LICENSE-MIT"),
    ]


def test_a_policy_is_put_to_a_kept_report(tmp_path: Path) -> None:
    path = write_image(tmp_path / "image", [LAYER])
    report = scan(f"oci:{path}", ScanOptions(license_full=True), environment())
    (target,) = with_categories(report, (LicensesTable(notice="GPL-*", reciprocal="AGPL-*"),)).targets
    assert [(one.id, one.severity, one.title) for one in target.issues] == [
        ("AGPL-3.0-only", "medium", "Reciprocal license")
    ]
    assert decide(report, Policy("high"), DAY).failed


def test_nothing_is_looked_at_unless_it_is_asked_for(tmp_path: Path) -> None:
    path = write_image(tmp_path / "image", [LAYER])
    (target,) = scan(f"oci:{path}", ScanOptions(checks=("all",)), environment()).targets
    assert target.checks == ("config", "secrets", "licenses")
    assert [one for one in target.issues if one.kind == "license"] == []


def test_texts_for_notices(tmp_path: Path) -> None:
    path = write_image(tmp_path / "image", [LAYER])
    _, found = list_licenses(f"oci:{path}", ScanOptions(), environment(), texts=True)
    assert [(one.paths, one.licenses, one.text) for one in found.texts] == [
        (("srv/app/LICENSE", "srv/lib/LICENSE-MIT"), ("MIT",), MIT.decode()),
        (("srv/lib/zebra.jar!/META-INF/LICENSE",), ("BSD-2-Clause",), BSD2.decode()),
        (("srv/lib/zebra.jar!/META-INF/NOTICE.txt",), (), NOTICE.decode()),
        (
            ("srv/lib/zebra.jar!/a/LICENSE", "usr/share/common-licenses/GPL-3", "usr/share/doc/zebra/copyright"),
            ("GPL-3.0-or-later",),
            GPL.decode(),
        ),
    ]
    assert list_licenses(f"oci:{path}", ScanOptions(), environment())[1].texts == ()


@pytest.mark.parametrize(("size", "codes"), [(TEXT_CAP, []), (TEXT_CAP + 1, ["licenses-limit"])])
def test_what_is_not_looked_at_is_told(tmp_path: Path, size: int, codes: list[str]) -> None:
    path = write_image(tmp_path / "image", [[File("srv/THIRD-PARTY-NOTICES.txt", MIT.ljust(size, b"."))]])
    listed, found = list_licenses(f"oci:{path}", ScanOptions(), environment(), texts=True)
    assert [(one.code, one.where) for one in listed.diagnostics] == [
        (code, "srv/THIRD-PARTY-NOTICES.txt") for code in codes
    ]
    assert [(one.licenses, len(one.text)) for one in found.texts] == [(("MIT",), TEXT_CAP)]
