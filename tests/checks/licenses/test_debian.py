"""Debian's copyright files."""

from lading.checks.licenses.debian import CopyrightPart, parse_copyright, stated_licenses

MACHINE = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: zebra

Files: *
Copyright: 2001 A
License: GPL-2+ or Artistic

Files: debian/*
Copyright: 2002 B
License: GPL-3+

Files: m4/*
 build-aux/install-sh
Copyright: 2003 C
License: X11

Files: lib/stripes.c
Copyright: 2003 C
License: stripes
 Permission to use, copy, modify, and/or distribute this software for any
 purpose with or without fee is hereby granted, provided that the above
 copyright notice and this permission notice appear in all copies.

Files: lib/hooves.c
Copyright: 2003 D
License: GPL-2+ and hooves

Files: lib/mane.c
Copyright: 2003 E
License: mane

License: hooves
 Permission is hereby granted, free of charge, to any person obtaining a copy
 of this software and associated documentation files (the "Software"), to deal
 in the Software without restriction, provided that the above copyright notice
 and this permission notice appear in all copies.

License: mane
 You may comb it.
"""


def test_the_machine_readable_form() -> None:
    parts = parse_copyright(MACHINE)
    assert parts[0] == CopyrightPart(("*",), "GPL-2+ or Artistic")
    assert parts[3] == CopyrightPart(("lib/stripes.c",), "stripes", ("ISC",))
    assert parts[4] == CopyrightPart(("lib/hooves.c",), "GPL-2+ and (MIT)")
    assert len(parts) == 6


def test_what_only_builds_the_source_is_left_out() -> None:
    assert stated_licenses(parse_copyright(MACHINE)) == (
        "GPL-2.0-or-later OR Artistic-1.0-Perl",
        "ISC",
        "GPL-2.0-or-later AND MIT",
        "mane",
    )


def test_free_words() -> None:
    text = b"""This package was debianized by A.

    This program is free software; you can redistribute it and/or modify
    it under the terms of the GNU General Public License as published by
    the Free Software Foundation; either version 2 of the License, or
    (at your option) any later version.

On Debian systems, the complete text of the GNU General Public License can be
found in /usr/share/common-licenses/GPL-2. The library is under the Lesser one:
/usr/share/common-licenses/LGPL-2.1.
"""
    assert stated_licenses(parse_copyright(text)) == ("GPL-2.0-or-later", "LGPL-2.1-only")


def test_nothing_is_stated() -> None:
    assert stated_licenses(parse_copyright(b"")) == ()
    assert stated_licenses(parse_copyright(b"Ask the author.\n")) == ()
    assert stated_licenses(parse_copyright(b"\xff\0\n\n\n" * 50)) == ()
