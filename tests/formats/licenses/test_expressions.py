"""Declared licences as SPDX expressions."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.formats.licenses.expressions import declared, spdx_expression


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("Expat", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("ASL 2.0 and MIT", "Apache-2.0 AND MIT"),
        ("BSD 3-Clause", "BSD-3-Clause"),
        ("ZLIB", "Zlib"),
        ("zlib/libpng", "Zlib"),
        ("ISC License (ISCL)", "ISC"),
        ("MPLv2.0", "MPL-2.0"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("gpl-2.0+", "GPL-2.0-or-later"),
        ("GPLv2+", "GPL-2.0-or-later"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL+", "GPL-1.0-or-later"),
        ("LGPLv2.1", "LGPL-2.1-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("AGPLv3", "AGPL-3.0-only"),
        ("GFDL-1.3+", "GFDL-1.3-or-later"),
        ("GPL version 2 or later", "GPL-2.0-or-later"),
        ("GPL v3, or (at your option) any later version", "GPL-3.0-or-later"),
        ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
        ("GNU Lesser General Public License v2 (LGPLv2)", "LGPL-2.0-only"),
        ("GPL (>= 2)", "GPL-2.0-or-later"),
        ("GPL-2 | GPL-3", "GPL-2.0-only OR GPL-3.0-only"),
        ("MIT + file LICENSE", "MIT"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("mit or (apache-2.0 and zlib)", "MIT OR (Apache-2.0 AND Zlib)"),
        ("(GPLv3+ or LGPLv3+) and MIT", "(GPL-3.0-or-later OR LGPL-3.0-or-later) AND MIT"),
        ("GPL-2.0+ with Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("GPL-2.0-only WITH Linux-syscall-note", "GPL-2.0-only WITH Linux-syscall-note"),
        # What cannot be told stays as it is written.
        ("BSD", ""),
        ("Apache Software License", ""),
        ("public-domain", ""),
        ("Artistic", ""),
        ("MIT, BSD-2-Clause", ""),
        ("GPLv2+ with exceptions", ""),
        ("GPLv2+ and Odd", ""),
        ("Classpath-exception-2.0", ""),
        ("LicenseRef-own", ""),
        ("MIT AND LicenseRef-own", ""),
        ("MIT AND", ""),
        ("NOASSERTION", ""),
        ("AND", ""),
        (")(", ""),
        ("", ""),
        (" \n", ""),
    ],
)
def test_what_a_licence_means(text: str, expression: str) -> None:
    assert spdx_expression(text) == expression


WORDS = st.sampled_from(
    ["(", ")", "and", "OR", "WITH", "MIT", "GPLv2+", "github.com", "Classpath-exception-2.0", "+", "|"]
)


@given(st.lists(WORDS, max_size=9).map(" ".join))
def test_what_is_no_expression_is_none(text: str) -> None:
    expression = spdx_expression(text)
    assert expression == spdx_expression(expression)


@pytest.mark.parametrize("text", [") (", "MIT ) github.com OR (", "( ( and", "MIT AND ( github.com OR x OR ) MIT"])
def test_brackets_without_a_partner(text: str) -> None:
    assert spdx_expression(text) == ""


def test_several_licences_hold_at_once() -> None:
    assert declared(()) == ("", ())
    assert declared(("MIT", "mit")) == ("MIT", ())
    assert declared(("MIT", "BSD", "GPLv2+ or Zlib")) == ("MIT AND (GPL-2.0-or-later OR Zlib)", ("BSD",))


@pytest.mark.parametrize("text", ["(", "/", "GPL ", "GPL-2 or ", "MIT AND ", "gnu (", " ", "v1", "(MIT) "])
def test_long_texts_take_no_time(text: str) -> None:
    began = time.process_time()
    spdx_expression((text * 1000)[:1000])
    assert spdx_expression(text * 10_000) == ""
    assert time.process_time() - began < 5


def test_the_licence_list_is_loaded_only_when_a_licence_is_looked_up() -> None:
    program = (
        "import sys\nfrom tests.formats.sboms import *\nfrom lading.formats.decoders.sbom import parse_sbom\n"
        "parse_sbom(cyclonedx({'type': 'library', 'name': 'a', 'version': '1'}), 'x')\n"
        "print('license_expression' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
