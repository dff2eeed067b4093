"""The table for people."""

import re
from datetime import timedelta
from functools import partial

import pytest
from msgspec import structs

from lading.formats.encoders.text.inventory import encode_inventory_table
from lading.formats.encoders.text.report import encode_report_table
from lading.formats.encoders.text.text import cells, counted, listed, padded, printable, shorten, wrap
from lading.formats.instructions import instruction
from lading.formats.view import View
from lading.model.advisory import Advisory
from lading.model.decision import Evaluated
from lading.model.diagnostic import Diagnostic
from lading.model.image import Base
from lading.model.package import Inventory
from lading.model.report import InventoryResult, Report
from lading.policy import gate
from lading.policy.policy import Policy
from tests.samples import (
    BOOKWORM,
    DAY,
    DEBIAN_12,
    IMAGE,
    FakeStore,
    deb,
    fixed_vulnerability,
    inventory,
    open_vulnerability,
    report_on,
    shop,
    shop_store,
)

decide = partial(gate.decide, today=DAY)
SHOP = report_on(IMAGE, shop(), (), shop_store())


def table_of(
    report: Report,
    width: int | None = 100,
    *,
    policy: Policy | None = None,
    colour: bool = False,
    show_all: bool = False,
) -> str:
    evaluated = Evaluated(report, decide(report, policy or Policy()))
    return encode_report_table(evaluated, View(width, colour, show_all)).decode()


TABLE = """\
docker.io/library/shop:1.4
Debian GNU/Linux 12 (bookworm) · linux/amd64 · 9 of 9 packages matched · 2 layers
sha256:9b1c9b1c9b1c

1 critical   1 high   2 low   1 unrated   1 known to be exploited

── Fixed in a newer version · 3 vulnerabilities in 2 packages ──────────────────────────────────────
curl 7.88.1-10 → 7.88.1-10+deb12u4
  risk 94  critical 9.8 (nvd)  CVE-2023-38545  KEV                      curl overflows a heap buffe…
    layer 2: curl  ← RUN apt-get install curl

openssl 3.0.9-1 → 3.0.11-1~deb12u2  clears 2 of 2
  risk 22  high (debian)       CVE-2023-5363                            A bug in the processing of…
  risk 10  low (debian)        CVE-2023-3817        → 3.0.10-1~deb12u1
    layer 1: libssl3  ← ADD file:4f2c4f2c4f2c in /
    layer 2: openssl  ← RUN apt-get install curl

── No fix yet · 2 vulnerabilities in 2 packages ────────────────────────────────────────────────────
openssl 3.0.9-1
  risk 16  unrated       CVE-2024-13176
    layer 1: libssl3  ← ADD file:4f2c4f2c4f2c in /
    layer 2: openssl  ← RUN apt-get install curl

tar 1.34+dfsg-1.2
  risk 10  low (debian)  CVE-2005-2541
    layer 1: tar  ← ADD file:4f2c4f2c4f2c in /

── Hidden by default · --all shows them ────────────────────────────────────────────────────────────
1 minor, 1 won't be fixed, 1 negligible, 1 not decided upstream, 20 in kernel headers

── Matched against ─────────────────────────────────────────────────────────────────────────────────
deb debian 12  9 packages  debian-12 of 2023-07-14  sha256:ab12ab12ab12
CISA KEV                   kev of 2023-07-14        sha256:ab12ab12ab12

── Result ──────────────────────────────────────────────────────────────────────────────────────────
3 vulnerabilities can be fixed by upgrading 2 packages; 2 have no fix yet; 24 are hidden by default.
"""


def test_the_whole_table() -> None:
    assert table_of(SHOP, 100) == TABLE


@pytest.mark.parametrize(
    ("base", "line"),
    [
        (Base(2, "debian:12", "named", "because"), "base: debian:12 (layers 1 to 2 of 2; because)"),
        (Base(1, "", "history", "because"), "base: of unknown name (layer 1 of 2; unverified; because)"),
        (
            Base(2, "debian:12", "index", "because", (2,)),
            "base: debian:12 (layers 1 to 2 of 2; unverified, as layer 2 could not be read to the end; because)",
        ),
        (Base(0, "a\x1bb", "annotation", "be\u202ecause"), "base: a\\x1bb (be\\u202ecause)"),
    ],
)
def test_the_base_is_shown_with_its_evidence_and_marks_its_layers(base: Base, line: str) -> None:
    shown = table_of(report_on(structs.replace(IMAGE, base=base), shop(), (), shop_store()))
    expected = TABLE.replace("\n\n1 critical", f"\n{line}\n\n1 critical")
    for layer in range(1, base.layers + 1):
        word = "base" if base.verified else "base, unverified"
        expected = expected.replace(f"layer {layer}: ", f"layer {layer} ({word}): ")
    assert shown == expected


@pytest.mark.parametrize("width", [80, 100, 160])
def test_nothing_but_a_name_or_version_makes_a_line_too_long(width: int) -> None:
    assert max(map(len, table_of(SHOP, width, show_all=True).splitlines())) <= width


def test_without_colour_no_escape_is_written() -> None:
    assert "\x1b" not in table_of(SHOP, 100)


def test_colour_changes_nothing_but_the_colour() -> None:
    coloured = table_of(SHOP, 100, colour=True)
    assert "\x1b[1;31mcritical" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == TABLE.splitlines()


def test_all_opens_every_hidden_line() -> None:
    table = table_of(SHOP, 100, show_all=True)
    assert "Hidden by default" not in table
    for id in {finding.id for finding in SHOP.findings if finding.is_open}:
        assert id in table
    headings = [line.strip("─ ") for line in table.splitlines() if line.startswith("──")]
    assert headings == [
        "Fixed in a newer version · 3 vulnerabilities in 2 packages",
        "No fix yet · 2 vulnerabilities in 2 packages",
        "Minor: no advisory will be issued · 1 vulnerability in 1 package",
        "Will not be fixed · 1 vulnerability in 1 package",
        "Negligible · 1 vulnerability in 1 package",
        "Not decided upstream · 1 vulnerability in 1 package",
        "In kernel packages without a kernel · 20 vulnerabilities in 1 package",
        "Matched against",
        "Result",
    ]


def result_of(report: Report, policy: Policy | None = None) -> str:
    return table_of(report, policy=policy).rpartition("── Result ")[2].partition("\n")[2]


def tar(*vulnerabilities: Advisory, held: Inventory | None = None) -> Report:
    store = FakeStore({DEBIAN_12: vulnerabilities, "kev": ()})
    return report_on(IMAGE, held or inventory(deb("tar", "1")), (), store)


def test_a_clean_result_names_what_was_matched() -> None:
    assert result_of(tar()) == "No known vulnerabilities in 1 package.\n"


def test_a_clean_result_counts_what_could_not_be_matched() -> None:
    model = structs.replace(deb("llama", "2"), type="huggingface", source="", source_version="")
    report = tar(held=inventory(deb("tar", "1"), model))
    assert result_of(report) == "None found in 1 of 2 packages. Not matched: 1 package.\n"


def test_the_result_counts_vulnerabilities_whatever_comes_first() -> None:
    def result(*vulnerabilities: Advisory) -> str:
        return result_of(tar(*vulnerabilities)).splitlines()[0]

    minor = structs.replace(open_vulnerability("CVE-1-3", "tar"), state="minor")
    fixed = fixed_vulnerability("CVE-1-1", "tar", "2")
    assert result(open_vulnerability("CVE-1-2", "tar")) == "1 vulnerability has no fix yet."
    assert result(minor, open_vulnerability("CVE-1-2", "tar"), open_vulnerability("CVE-1-4", "tar")) == (
        "2 vulnerabilities have no fix yet; 1 is hidden by default."
    )
    assert result(minor) == "1 vulnerability is hidden by default."
    assert result(fixed, minor) == "1 vulnerability can be fixed by upgrading 1 package; 1 is hidden by default."


def test_an_incomplete_result_never_looks_clean() -> None:
    empty = report_on(IMAGE, inventory(distribution=None), (), FakeStore({}))
    assert result_of(empty) == (
        "Nothing could be matched.\n"
        "Exit 3: not everything could be read or matched, see Diagnostics; --allow-incomplete makes that 0.\n"
        "\n"
        "To accept that for a reason, put such an entry into lading.toml (or a file that --policy names):\n"
        "  [[accept]]\n"
        '  code = "no-packages"\n'
        '  reason = "say why"\n'
    )
    accepted = result_of(empty, Policy(allow_incomplete=True))
    assert accepted.endswith("Exit 0, though not everything could be read or matched, see Diagnostics.\n")


def entry_of(policy: Policy, *vulnerabilities: Advisory) -> list[str]:
    """What tells how to accept something, line by line."""
    found = vulnerabilities or (fixed_vulnerability("CVE-1-1", "tar", "2"),)
    return result_of(tar(*found), structs.replace(policy, fail_on="negligible", fail_on_unrated=True)).splitlines()[3:]


def test_an_entry_is_what_the_policy_asks_for() -> None:
    how = "To accept that for a reason, put such an entry into lading.toml (or a file that --policy names)"
    keys = ["  [[ignore]]", '  vulnerability = "CVE-1-1"', '  package = "tar"', '  reason = "say why"']
    dated = Policy(grace={"high": 1})
    assert entry_of(Policy()) == [f"{how}:", *keys]
    assert entry_of(dated) == [f"{how}:", *keys, f"  expires = {DAY + timedelta(days=90)}"]
    assert entry_of(structs.replace(dated, longest=30, required=("expires", "owner", "reason"))) == [
        f"{how}:", *keys, '  owner = "say who answers for it"', f"  expires = {DAY + timedelta(days=30)}"
    ]  # fmt: skip
    first, second, *rest = entry_of(Policy(locked="org.toml", exceptions=("legacy", "tools")))
    assert f"{first} {second}" == f"{how}, by what the organisation leaves (legacy, tools):"
    assert rest == [keys[0], '  exception = "legacy"', *keys[1:]]
    locked = result_of(tar(fixed_vulnerability("CVE-1-1", "tar", "2")), Policy("any", locked="org.toml"))
    assert locked.endswith("Only the organisation's policy can ignore that, or leave an exception.\n")
    assert "[[ignore]]" not in locked


def test_of_many_that_fail_the_others_are_not_forgotten() -> None:
    two = entry_of(Policy(), fixed_vulnerability("CVE-1-1", "tar", "2"), fixed_vulnerability("CVE-1-2", "tar", "3"))
    assert " ".join(two[5:]) == (
        "1 more vulnerability to be accepted likewise, or all at once: lading scan -o json=baseline.json keeps what is "
        "there now, and --baseline baseline.json then fails on what is new."
    )


def test_every_rule_is_answered() -> None:
    assert "--fail-on low: failed by 5 vulnerabilities, 1 of them hidden by default.\n" in result_of(
        SHOP, Policy("low")
    )
    assert result_of(tar(), Policy("low")).endswith("--fail-on low: passed.\n")
    unrated = tar(open_vulnerability("CVE-1-1", "tar"))
    assert "--fail-on low: passed as far as it could be applied.\n" in result_of(unrated, Policy("low"))


def test_one_upgrade_that_clears_many_is_said_once() -> None:
    table = table_of(tar(*(fixed_vulnerability(f"CVE-1-{number}", "tar", "2") for number in range(1, 4))))
    assert "tar 1 → 2  clears 3 of 3\n" in table
    assert table.count("→ 2") == 1


def test_the_starter_set_is_said_first_and_last() -> None:
    lines = table_of(structs.replace(SHOP, starter=True)).splitlines()
    assert lines[0] == lines[-1]
    assert "NOT the full database" in lines[0]


def test_versions_that_cannot_be_compared_are_shown_with_the_reason() -> None:
    table = table_of(tar(fixed_vulnerability("CVE-1-1", "tar", "2"), held=inventory(deb("tar", "not a version!"))), 60)
    assert "── Under investigation · 1 vulnerability in 1 package" in table
    assert 'the installed version "not a version!" cannot be' in table


def test_a_pipe_has_no_width() -> None:
    assert "curl overflows a heap buffer in the SOCKS5 handshake.\n" in table_of(SHOP, None)
    assert "curl overflows a heap buffer in the SOCKS5 handshake.\n" not in table_of(SHOP, 80)


def test_wide_characters_take_two_cells() -> None:
    assert (cells("日本"), padded("日本", 5), shorten("日本語", 5)) == (4, "日本 ", "日本…")
    assert wrap("日本日本日本日本日本 日本日本", 20) == ["日本日本日本日本日本", "日本日本"]
    held = inventory(deb("tar", "1"), deb("日本語", "1"))
    shown = encode_inventory_table(InventoryResult(IMAGE, held), View(80)).decode().splitlines()
    rows = [line for line in shown if "deb amd64" in line and "layer" not in line]
    assert {cells(line[: line.index("deb amd64")]) for line in rows} == {cells("日本語  VERSION  ")}


def test_counts_have_their_plural() -> None:
    assert [counted(1, "vulnerability"), counted(2, "vulnerability"), counted(1200, "package")] == [
        "1 vulnerability",
        "2 vulnerabilities",
        "1,200 packages",
    ]


EVIL = "e\x1b[31m\x1b]0;owned\x07\u202e\r\n\u2028l"


def test_no_string_of_the_image_can_drive_the_terminal() -> None:
    image = structs.replace(
        IMAGE, name=EVIL, layers=tuple(structs.replace(layer, created_by=f"RUN {EVIL}") for layer in IMAGE.layers)
    )
    package = structs.replace(deb("tar", "1"), name=EVIL, source=EVIL, arch=EVIL)
    held = inventory(package, distribution=structs.replace(BOOKWORM, pretty=EVIL, version_id=EVIL))
    said = (Diagnostic("incomplete", "x", EVIL, EVIL),)
    vulnerabilities = (open_vulnerability("CVE-1-1" + EVIL, EVIL), fixed_vulnerability("CVE-1-2", EVIL, "2" + EVIL))
    report = report_on(image, held, said, FakeStore({DEBIAN_12: vulnerabilities, "kev": ()}))
    tables = table_of(report), encode_inventory_table(InventoryResult(image, held, said), View(100)).decode()
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
    said = (Diagnostic("warning", "x", "something", "layer 1"),)
    assert (
        encode_inventory_table(InventoryResult(IMAGE, held, said), View(80)).decode()
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

── Diagnostics ─────────────────────────────────────────────────────────────────
warning     something (layer 1)
"""
    )
