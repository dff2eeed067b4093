"""What licences are called, by whom, and what SPDX calls them."""

import json
from importlib import resources
from pathlib import Path

import pytest

from lading.formats.licenses.expressions import meaning_of
from lading.formats.licenses.names import Meaning, is_exception, listed, meaning_of_name

DATA = Path(__file__).with_name("data")
NAMES = json.loads(resources.files("lading.formats.licenses").joinpath("data/names.json").read_text())

EXACT = {
    # SPDX's own, older and newer
    "GPL-2.0+": "GPL-2.0-or-later",
    "gpl-2.0": "GPL-2.0-only",
    "LGPL-2.1+": "LGPL-2.1-or-later",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "wxWindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
    "BSD-2-Clause-FreeBSD": "BSD-2-Clause-Views",
    "Net-SNMP": "Net-SNMP",
    # in words
    "GPLv2 or later": "GPL-2.0-or-later",
    "GNU General Public License, version 2 (or any later version)": "GPL-2.0-or-later",
    "GPL>=3": "GPL-3.0-or-later",
    "GNU AGPL v3": "AGPL-3.0-only",
    "Lesser General Public License (LGPL)": "LGPL-2.0-or-later",
    "GPL": "GPL-1.0-or-later",
    "Apache 2": "Apache-2.0",
    'Apache License, Version 2.0 (the "License")': "Apache-2.0",
    "Licensed under the MIT License": "MIT",
    "MIT License, see LICENSE file": "MIT",
    "MIT License - http://opensource.org/licenses/MIT": "MIT",
    "MIT/X11": "MIT",
    "3-clause BSD license": "BSD-3-Clause",
    'BSD 3-Clause "New" or "Revised" License': "BSD-3-Clause",
    "Eclipse Public License v. 2.0": "EPL-2.0",
    "Eclipse Distribution License v. 1.0": "BSD-3-Clause",
    "Creative Commons Attribution-ShareAlike 4.0 International": "CC-BY-SA-4.0",
    "Public Domain, per Creative Commons CC0": "CC0-1.0",
    # Linux, Perl, Ruby
    "Dual MIT/GPL": "MIT OR GPL-2.0-only",
    "perl_5": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    "Same terms as Perl itself": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    # Fedora
    "ASL 2.0": "Apache-2.0",
    "GPL+ or Artistic": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    "(GPLv3+ or LGPLv3+) and MIT": "(GPL-3.0-or-later OR LGPL-3.0-or-later) AND MIT",
    "BSD with advertising": "BSD-4-Clause",
    "MIT with advertising": "MIT-advertising",
    "zlib and Boost": "Zlib AND BSL-1.0",
    "OpenLDAP": "OLDAP-2.8",
    "Public Domain": "LicenseRef-public-domain",
    "Redistributable, no modification permitted": "LicenseRef-Redistributable-Unmodified",
    "LicenseRef-Fedora-Public-Domain AND MIT": "LicenseRef-public-domain AND MIT",
    "LicenseRef-Callaway-GPLv2+": "GPL-2.0-or-later",
    # Debian
    "Expat": "MIT",
    "GPL-2+": "GPL-2.0-or-later",
    "public-domain": "LicenseRef-public-domain",
    "GPL-2 or GPL-3, and Expat": "(GPL-2.0-only OR GPL-3.0-only) AND MIT",
    "GPL-2+ with Autoconf exception": "GPL-2.0-or-later WITH Autoconf-exception-2.0",
    "GPL-3+ with autoconf exception": "GPL-3.0-or-later WITH Autoconf-exception-3.0",
    "GPL-3+ with GCC-Runtime-Library exception": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "BSD-3-clause-Regents": "BSD-3-Clause",
    "GFDL-NIV-1.3+": "GFDL-1.3-no-invariants-or-later",
    # Alpine, Arch, Gentoo, Haskell, R, Cargo
    "MIT AND BSD-3-Clause": "MIT AND BSD-3-Clause",
    "GPL2": "GPL-2.0-only",
    "LGPL2.1": "LGPL-2.1-only",
    "BSD3": "BSD-3-Clause",
    "AllRightsReserved": "LicenseRef-Proprietary",
    "GPL (>= 2) | file LICENSE": "GPL-2.0-or-later",
    "LGPL-2.1 | MIT": "LGPL-2.1-only OR MIT",
    "MIT/Apache-2.0": "MIT OR Apache-2.0",
    "MIT OR (Apache-2.0 WITH LLVM-exception)": "MIT OR Apache-2.0 WITH LLVM-exception",
    # Java
    "The Apache Software License, Version 2.0": "Apache-2.0",
    "GPL2 w/ CPE": "GPL-2.0-only WITH Classpath-exception-2.0",
    "The GNU General Public License, v2 with Universal FOSS Exception, v1.0": (
        "GPL-2.0-only WITH Universal-FOSS-exception-1.0"
    ),
    "Bouncy Castle Licence": "MIT",
    "http://www.gnu.org/licenses/old-licenses/lgpl-2.1.html": "LGPL-2.1-only",
    "https://www.eclipse.org/org/documents/epl-v10.php": "EPL-1.0",
    "http://glassfish.java.net/public/CDDL+GPL_1_1.html": "CDDL-1.1 OR GPL-2.0-only WITH Classpath-exception-2.0",
    "https://opensource.org/licenses/BSD-2-Clause": "BSD-2-Clause",
    "http://creativecommons.org/licenses/by-sa/3.0/": "CC-BY-SA-3.0",
    "https://spdx.org/licenses/MIT.html": "MIT",
    # Lists
    "MIT, BSD-2-Clause or GPL-2": "MIT OR BSD-2-Clause OR GPL-2.0-only",
    "MPL 1.1 or GPL 2.0 or LGPL 2.1": "MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-only",
    # Not the same by a letter
    "UNLICENSED": "LicenseRef-UNLICENSED",
    "Unlicense": "Unlicense",
    "The Unlicense": "Unlicense",
    "Proprietary": "LicenseRef-Proprietary",
}

LIKELY = {
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Artistic": "Artistic-1.0-Perl",
    "Dual BSD/GPL": "BSD-3-Clause OR GPL-2.0-only",
    "LGPLv2+ with exceptions": "LGPL-2.0-or-later",
    "GPL-2+ with OpenSSL exception": "GPL-2.0-or-later",
    "LicenseRef-Callaway-BSD": "BSD-3-Clause",
    "MIT, BSD-2-Clause": "MIT AND BSD-2-Clause",
    "CDDL + GPLv2 with classpath exception": "CDDL-1.0 OR GPL-2.0-only WITH Classpath-exception-2.0",
    "http://www.opensource.org/licenses/bsd-license.php": "BSD-3-Clause",
    "custom:BSD": "BSD-3-Clause",
}

NOT_KNOWN = [
    "SEE LICENSE IN LICENSE.md",
    "permissive",
    "custom",
    "GPL < 3",
    "MIT OR Homemade",
    "MIT AND",
    "GPL-2.0-only OR MIT OR",
    "DFSG approved",
    "OSI Approved",
    "Classpath-exception-2.0",
    "https://example.org/license",
]


@pytest.mark.parametrize(("text", "expression"), EXACT.items())
def test_what_is_certain(text: str, expression: str) -> None:
    assert meaning_of(text) == Meaning(expression)


@pytest.mark.parametrize(("text", "expression"), LIKELY.items())
def test_what_is_taken_for_the_most_likely(text: str, expression: str) -> None:
    assert meaning_of(text) == Meaning(expression, exact=False)


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_what_is_not_known(text: str) -> None:
    assert meaning_of(text) is None


def test_every_classifier_of_python() -> None:
    known = json.loads((DATA / "classifiers.json").read_text())
    assert len(known) == 84
    got = {text: meaning_of(text.rpartition(" :: ")[2]) for text in known}
    assert got == {text: Meaning(*value) if value else None for text, value in known.items()}
    assert got == {text: meaning_of(text) for text in known}
    assert [text for text, value in known.items() if value is None] == [
        "License :: DFSG approved",
        "License :: OSI Approved",
    ]


def test_spdx_names_and_older_names_are_what_they_are() -> None:
    every = {name for part in ("listed", "exact") for name in NAMES[part] if " " not in name}
    every |= {name for name, one in listed().known_symbols.items() if not one.is_exception and "LicenseRef" not in name}
    older = {name: one for one, many in NAMES["deprecated"].items() for name in many}
    licenses = {name for name in every if not is_exception(name)}
    assert len(licenses) > 670
    wrong = {name: got for name in licenses - older.keys() if (got := meaning_of(name)) != Meaning(name)}
    assert wrong == {}
    assert {name: meaning_of_name(name) for name in older} == {name: Meaning(one) for name, one in older.items()}


@pytest.mark.parametrize("part", ["listed", "deprecated", "exact", "likely"])
def test_every_name_of_the_table_means_what_the_table_says(part: str) -> None:
    rows = [(one, many if isinstance(many, list) else [many]) for one, many in NAMES[part].items()]
    wrong = {
        name: got
        for one, many in rows
        for name in many
        if (got := meaning_of_name(name)) is None or got.expression != one or got.exact != (part != "likely")
    }
    assert wrong == {}
