"""The table for people."""

import re

import pytest
from msgspec import structs

from lading.formats.encoders.text.inventory import write_inventory_table
from lading.formats.encoders.text.report import View, write_table
from lading.formats.encoders.text.text import instruction, listed, printable
from lading.match.inventory import match
from lading.model.advisory import Advisory
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Report
from lading.model.image import Base
from lading.policy.gate import with_gate
from tests.samples import (
    BOOKWORM,
    DEBIAN_12,
    IMAGE,
    FakeStore,
    deb,
    fixed_vulnerability,
    inventory,
    open_vulnerability,
    shop,
    shop_store,
)

SHOP = match(IMAGE, shop(), (), shop_store())

TABLE = """\
docker.io/library/shop:1.4
Debian GNU/Linux 12 (bookworm) · linux/amd64 · 9 packages · 2 layers · sha256:9b1c9b1c9b1c

1 critical   1 high   2 low   1 unrated   1 known to be exploited

── Fixed in a newer version · 3 vulnerabilities in 2 packages ────────────────────────────────────────────────
curl 7.88.1-10 → 7.88.1-10+deb12u4
  critical 9.8 (nvd)  CVE-2023-38545  KEV  → 7.88.1-10+deb12u4  curl overflows a heap buffer in the…
    layer 2: curl  ← RUN apt-get install curl

openssl 3.0.9-1 → 3.0.11-1~deb12u2
  high (debian)       CVE-2023-5363        → 3.0.11-1~deb12u2   A bug in the processing of key and…
  low (debian)        CVE-2023-3817        → 3.0.10-1~deb12u1
    layer 1: libssl3  ← ADD file:4f2c4f2c4f2c in /
    layer 2: openssl  ← RUN apt-get install curl

── No fix yet · 2 vulnerabilities in 2 packages ──────────────────────────────────────────────────────────────
tar 1.34+dfsg-1.2
  low (debian)  CVE-2005-2541
    layer 1: tar  ← ADD file:4f2c4f2c4f2c in /

openssl 3.0.9-1
  unrated       CVE-2024-13176
    layer 1: libssl3  ← ADD file:4f2c4f2c4f2c in /
    layer 2: openssl  ← RUN apt-get install curl

── Hidden · --all shows them ───────────────────────────────────────────────────────────────────────
1 minor, 1 won't be fixed, 1 negligible, 1 not decided upstream, 20 in kernel headers

── Matched against ───────────────────────────────────────────────────────────────────────────────────────
deb debian 12    9 packages  debian-12 of 2023-07-14  sha256:ab12ab12ab12
known exploited              kev of 2023-07-14        sha256:ab12ab12ab12

── Result ──────────────────────────────────────────────────────────────────────────────────────────
3 vulnerabilities can be fixed by upgrading 2 packages; 2 have no fix yet; 24 are hidden.
"""


def test_the_whole_table() -> None:
    assert write_table(SHOP, View(100)) == TABLE


@pytest.mark.parametrize(
    ("base", "line"),
    [
        (Base(2, "debian:12", "named", "because"), "base: debian:12 (layers 1 to 2 of 2; because)"),
        (Base(1, "", "history", "because"), "base: of unknown name (layer 1 of 2; because)"),
        (Base(0, "a\x1bb", "annotation", "be\u202ecause"), "base: a\\x1bb (be\\u202ecause)"),
    ],
)
def test_the_base_is_shown_with_its_evidence_and_marks_its_layers(base: Base, line: str) -> None:
    shown = write_table(structs.replace(SHOP, image=structs.replace(IMAGE, base=base)), View(100))
    expected = TABLE.replace("\n\n1 critical", f"\n{line}\n\n1 critical")
    for layer in range(1, base.layers + 1):
        expected = expected.replace(f"layer {layer}: ", f"layer {layer} (base): ")
    assert shown == expected


@pytest.mark.parametrize("width", [80, 100, 160])
def test_nothing_but_a_name_or_version_makes_a_line_too_long(width: int) -> None:
    assert max(map(len, write_table(SHOP, View(width, show_all=True)).splitlines())) <= width


def test_without_colour_no_escape_is_written() -> None:
    assert "\x1b" not in write_table(SHOP, View(100))


def test_colour_changes_nothing_but_the_colour() -> None:
    coloured = write_table(SHOP, View(100, colour=True))
    assert "\x1b[1;31mcritical" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == TABLE.splitlines()


def test_all_opens_every_hidden_line() -> None:
    table = write_table(SHOP, View(100, show_all=True))
    assert "Hidden" not in table
    for id in {finding.id for finding in SHOP.findings}:
        assert id in table
    headings = [line.strip("─ ") for line in table.splitlines() if line.startswith("──")]
    assert headings == [
        "Fixed in a newer version · 3 vulnerabilities in 2 packages",
        "No fix yet · 2 vulnerabilities in 2 packages",
        "Minor: no advisory will be issued · 1 vulnerability in 1 package",
        "Will not be fixed · 1 vulnerability in 1 package",
        "Negligible · 1 vulnerability in 1 package",
        "Not decided upstream · 1 vulnerability in 1 package",
        "Kernel vulnerabilities in packages without a kernel · 20 vulnerabilities in 1 package",
        "Matched against",
        "Result",
    ]


def result_of(report: Report, status: int) -> str:
    return write_table(report, View(100, status=status)).rpartition("── Result ")[2].partition("\n")[2]


def test_a_clean_result_names_what_was_matched() -> None:
    clean = match(IMAGE, inventory(deb("tar", "1")), (), FakeStore({DEBIAN_12: (), "kev": ()}))
    assert result_of(clean, 0) == "No known vulnerabilities in 1 package.\n"


def test_the_result_counts_vulnerabilities_whatever_comes_first() -> None:
    def result(*vulnerabilities: Advisory) -> str:
        return result_of(
            match(IMAGE, inventory(deb("tar", "1")), (), FakeStore({DEBIAN_12: vulnerabilities, "kev": ()})), 0
        ).splitlines()[0]

    minor = structs.replace(open_vulnerability("CVE-1-3", "tar"), state="minor")
    fixed = fixed_vulnerability("CVE-1-1", "tar", "2")
    assert result(open_vulnerability("CVE-1-2", "tar")) == "1 vulnerability has no fix yet."
    assert result(minor, open_vulnerability("CVE-1-2", "tar"), open_vulnerability("CVE-1-4", "tar")) == (
        "2 vulnerabilities have no fix yet; 1 is hidden."
    )
    assert result(minor) == "1 vulnerability is hidden."
    assert result(fixed, minor) == "1 vulnerability can be fixed by upgrading 1 package; 1 is hidden."


def test_an_incomplete_result_never_looks_clean() -> None:
    empty = match(IMAGE, inventory(distribution=None), (), FakeStore({}))
    assert result_of(empty, 3) == (
        "No vulnerabilities were found in what could be matched.\n"
        "Exit 3: not everything could be matched, see Remarks; --allow-incomplete makes that 0.\n"
    )
    assert result_of(empty, 0).endswith("Exit 0, though not everything could be matched, see Remarks.\n")


def test_the_gate_is_answered() -> None:
    assert "Gate --fail-on low: failed by 5 vulnerabilities, 1 of them hidden.\n" in result_of(
        with_gate(SHOP, "low"), 1
    )
    clean = match(IMAGE, inventory(deb("tar", "1")), (), FakeStore({DEBIAN_12: (), "kev": ()}))
    assert result_of(with_gate(clean, "low"), 0).endswith("Gate --fail-on low: passed.\n")
    unrated = match(
        IMAGE,
        inventory(deb("tar", "1")),
        (),
        FakeStore({DEBIAN_12: (open_vulnerability("CVE-1-1", "tar"),), "kev": ()}),
    )
    assert "Gate --fail-on low: passed as far as it could be matched.\n" in result_of(with_gate(unrated, "low"), 3)


def test_the_starter_set_is_said_first_and_last() -> None:
    lines = write_table(structs.replace(SHOP, starter=True), View(100)).splitlines()
    assert lines[0] == lines[-1]
    assert "NOT the full database" in lines[0]


def test_versions_that_cannot_be_compared_are_shown_with_the_reason() -> None:
    store = FakeStore({DEBIAN_12: (fixed_vulnerability("CVE-1-1", "tar", "2"),), "kev": ()})
    table = write_table(match(IMAGE, inventory(deb("tar", "not a version!")), (), store), View(60))
    assert "── Cannot be matched · 1 vulnerability in 1 package" in table
    assert 'the installed version "not a version!" cannot be' in table


EVIL = "e\x1b[31m\x1b]0;owned\x07\u202e\r\n\u2028l"


def test_no_string_of_the_image_can_drive_the_terminal() -> None:
    image = structs.replace(
        IMAGE, name=EVIL, layers=tuple(structs.replace(layer, created_by=f"RUN {EVIL}") for layer in IMAGE.layers)
    )
    package = structs.replace(deb("tar", "1"), name=EVIL, source=EVIL, arch=EVIL)
    held = inventory(package, distribution=structs.replace(BOOKWORM, pretty=EVIL, version_id=EVIL))
    remarks = (Diagnostic("incomplete", "x", EVIL, EVIL),)
    vulnerabilities = (open_vulnerability("CVE-1-1" + EVIL, EVIL), fixed_vulnerability("CVE-1-2", EVIL, "2" + EVIL))
    report = match(image, held, remarks, FakeStore({DEBIAN_12: vulnerabilities, "kev": ()}))
    tables = write_table(report, View(100)), write_inventory_table(image, held, remarks, width=100, colour=False)
    for table in tables:
        assert {char for char in table if not char.isprintable()} == {"\n"}
        assert "\\x1b[31m" in table
        assert "\\u202e" in table


def test_printable_leaves_other_scripts_alone() -> None:
    assert printable("Größe 日本 ↯") == "Größe 日本 ↯"
    assert printable("a\tb\udcff") == "a\\tb\\udcff"


@pytest.mark.parametrize(
    ("created_by", "shown"),
    [
        ("", ""),
        ('/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'),
        ("/bin/sh -c #(nop) ADD file:" + "ab" * 32 + " in / ", "ADD file:abababababab in /"),
        ("/bin/sh -c make install", "RUN make install"),
        ("RUN /bin/sh -c apk add --no-cache curl # buildkit", "RUN apk add curl"),
        ("RUN |2 A=1 B=two words /bin/sh -c make # buildkit", "RUN make"),
        ("|1 A=1 /bin/bash -o pipefail -c make", "RUN make"),
        ("/bin/bash -euxo pipefail -c make", "RUN make"),
        ("COPY /src /dst # buildkit", "COPY /src /dst"),
        ("# debian.sh --arch 'amd64' out/ 'bookworm'", "debian.sh --arch 'amd64' out/ 'bookworm'"),
        (
            "RUN /bin/sh -c set -eux;   apt-get update;  apt-get install -y --no-install-recommends  git curl;"
            " rm -rf /var/lib/apt/lists/* # buildkit",
            "RUN apt-get install git curl",
        ),
        ('ENTRYPOINT ["/bin/sh" "-c"]', 'ENTRYPOINT ["/bin/sh" "-c"]'),
    ],
)
def test_instructions_are_shown_as_their_author_wrote_them(created_by: str, shown: str) -> None:
    assert instruction(created_by) == shown


def test_names_are_listed_as_far_as_there_is_room() -> None:
    names = ("alpha", "beta", "gamma")
    assert listed(names, 40) == "alpha, beta, gamma"
    assert listed(names, 17) == "alpha and 2 more"
    assert listed(names, 3) == "alpha and 2 more"
    assert listed(("alphabet",), 3) == "alphabet"


def test_the_inventory_table() -> None:
    held = inventory(
        deb("bash", "5.2.15-2+b2", source_version="5.2.15-2"),
        deb("libssl3", "3.0.9-1", source="openssl"),
        deb("openssl", "3.0.9-1", layer=2),
    )
    remarks = (Diagnostic("warning", "x", "a remark", "layer 1"),)
    assert (
        write_inventory_table(IMAGE, held, remarks, width=80, colour=False)
        == """\
docker.io/library/shop:1.4
Debian GNU/Linux 12 (bookworm) · linux/amd64 · 3 packages · 2 layers
sha256:9b1c9b1c9b1c

NAME     VERSION      TYPE       FROM           LAYER
bash     5.2.15-2+b2  deb amd64  bash 5.2.15-2  1
libssl3  3.0.9-1      deb amd64  openssl        1
openssl  3.0.9-1      deb amd64                 2

── 3 packages · 3 deb ──────────────────────────────────────────────────────────
layer 1: 2 packages  ← ADD file:4f2c4f2c4f2c in /
layer 2: 1 package  ← RUN apt-get install curl

── Remarks ─────────────────────────────────────────────────────────────────────
warning     a remark (layer 1)
"""
    )
