"""Licences by their own words."""

import pytest

from lading.formats.licenses.texts import licenses_in, tags_in

REDISTRIBUTION = """Redistribution and use in source and binary forms, with or without modification, are permitted
provided that the following conditions are met: 1. Redistributions of source code must retain the above copyright
notice. 2. Redistributions in binary form must reproduce the above copyright notice."""
NO_ENDORSEMENT = "3. Neither the name of Zebra nor the names of its contributors may be used to endorse products."
ADVERTISING = "3. All advertising materials mentioning features or use of this software must display: Zebra."
PERMISSION = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction, subject to the following
conditions: The above copyright notice and this permission notice shall be included in all copies."""
GRANT = """# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU {family}General Public License as published by
# the Free Software Foundation, either version {version} of the License, or
# (at your option) any later version."""


@pytest.mark.parametrize(
    ("text", "licenses"),
    [
        (REDISTRIBUTION, ("BSD-2-Clause",)),
        (f"{REDISTRIBUTION} {NO_ENDORSEMENT}", ("BSD-3-Clause",)),
        (f"{REDISTRIBUTION} {ADVERTISING} {NO_ENDORSEMENT}", ("BSD-4-Clause",)),
        (f"{REDISTRIBUTION}\n\n{REDISTRIBUTION} {NO_ENDORSEMENT}", ("BSD-2-Clause", "BSD-3-Clause")),
        (PERMISSION, ("MIT",)),
        (f"{PERMISSION} Except as contained in this notice, the name of Zebra shall not be used.", ("X11",)),
        (f"{PERMISSION} The Software shall be used for Good, not Evil.", ("JSON",)),
        (f"{PERMISSION}\n{REDISTRIBUTION}", ("MIT", "BSD-2-Clause")),
        (GRANT.format(family="", version="3"), ("GPL-3.0-or-later",)),
        (GRANT.format(family="Lesser ", version="2.1"), ("LGPL-2.1-or-later",)),
        (GRANT.format(family="Affero ", version="3"), ("AGPL-3.0-or-later",)),
        (GRANT.format(family="", version="2").partition(", or")[0] + ".", ("GPL-2.0-only",)),
        ("GNU GENERAL PUBLIC LICENSE\n Version 2, June 1991\n How to Apply These Terms " + GRANT.format(
            family="", version="2"), ("GPL-2.0-only",)),
        ('Licensed under the Apache License, Version 2.0 (the "License");', ("Apache-2.0",)),
        ("The sources are in the public domain now. This code is in the public domain.", ("LicenseRef-public-domain",)),
        ("Public domain means that copyright has expired.", ()),
        ("Unlike the GNU General Public License, version 2, this one is short.", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_licenses_by_their_words(text: str, licenses: tuple[str, ...]) -> None:
    assert licenses_in(text) == licenses


@pytest.mark.parametrize("text", ["gnu ", "gnu general public license version 2 ", "a", "\0", "public domain "])
def test_long_texts_are_bounded(text: str) -> None:
    licenses_in(text * 200_000)


def test_tags() -> None:
    text = "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n# SPDX-License-Identifier: MIT\n"
    assert tags_in(text) == ("MIT OR Apache-2.0", "MIT")
