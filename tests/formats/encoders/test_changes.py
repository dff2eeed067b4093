"""In what two results differ, as text and Markdown."""

import pytest
from msgspec import structs

from lading.formats.encoders.text.changes import encode_changes_table
from lading.formats.encoders.text.changes_markdown import encode_changes_markdown
from lading.formats.view import View
from lading.model.changes import EvaluatedChanges
from lading.model.diagnostic import Diagnostic
from lading.policy.diff import diff
from lading.policy.exit_on import decide_on, parse_exit_on
from tests.samples import IMAGE, FakeStore, deb, fixed_vulnerability, inventory, open_vulnerability, rated, report_on

DATA = FakeStore(
    {
        "debian-12": (
            fixed_vulnerability("CVE-1-1", "curl", "3", rated("high", "nvd", 7.5)),
            fixed_vulnerability("CVE-1-2", "curl", "2", rated("low")),
            open_vulnerability("CVE-1-3", "tar"),
            fixed_vulnerability("CVE-1-4", "a|b<x>", "2", rated("critical")),
        )
    }
)
GAP = Diagnostic("incomplete", "unread-list", "cannot be read", "opt/x")


def evaluated(*rules: str) -> EvaluatedChanges:
    old = report_on(IMAGE, inventory(deb("curl", "1"), deb("tar", "1")), (), DATA)
    image = structs.replace(IMAGE, name="shop:1.5", digest="sha256:" + "c" * 64)
    new = report_on(image, inventory(deb("curl", "2"), deb("a|b<x>", "1")), (GAP,), DATA)
    changes = diff(*(structs.replace(one, tool="lading 1") for one in (old, new)))
    return EvaluatedChanges(changes, decide_on(changes, parse_exit_on(rules)))


def test_text() -> None:
    shown = encode_changes_table(evaluated("new:high"), View(120)).decode().splitlines()
    assert shown == [
        "old  docker.io/library/shop:1.4",
        "     Debian GNU/Linux 12 (bookworm) · 2 packages · 3 vulnerabilities · sha256:9b1c9b1c9b1c · lading 1",
        "new  shop:1.5",
        "     Debian GNU/Linux 12 (bookworm) · 2 packages · 2 vulnerabilities · not all of it read and matched",
        "     sha256:cccccccccccc · lading 1",
        "",
        "1  introduced  1 by the image",
        "2  fixed       2 by the image",
        "1  changed     1 by the image",
        "0  the same",
        "",
        "── Introduced · 1 vulnerability " + "─" * 68,
        "CVE-1-4  a|b<x> 1  critical (debian)  fixed in 2",
        "    image: a|b<x> was added",
        "",
        "── Fixed · 2 vulnerabilities " + "─" * 71,
        "CVE-1-2  curl 1  low (debian)",
        "    image: curl went from 1 to 2",
        "CVE-1-3  tar 1  unrated",
        "    image: tar was removed",
        "",
        "── Changed · 1 vulnerability " + "─" * 71,
        "CVE-1-1  curl 2  high 7.5 (nvd)  fixed in 3",
        "    image: curl went from 1 to 2",
        "",
        "── Packages · 1 added, 1 removed, 1 upgraded " + "─" * 55,
        "+ deb a|b<x> 1",
        "- deb tar 1",
        "↑ deb curl 1 → 2",
        "",
        "── Only the new one could not look at or match · 1 gap " + "─" * 45,
        "cannot be read (opt/x)",
        "",
        "── Result " + "─" * 90,
        "--exit-on new:high: failed by 1 vulnerability.",
    ]


def test_a_result_with_new_gaps_says_why_it_does_not_pass() -> None:
    shown = encode_changes_table(evaluated("new:critical:data"), View(100)).decode().splitlines()
    assert shown[-2:] == [
        "--exit-on new:critical:data: passed.",
        "Exit 3: the new result has gaps that the old one has not; --allow-incomplete makes that 0.",
    ]


@pytest.mark.parametrize("width", [80, 200])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    shown = encode_changes_table(evaluated("new"), View(width)).decode().splitlines()
    assert max(map(len, shown)) <= width


def test_markdown() -> None:
    shown = encode_changes_markdown(evaluated("new:high"), View()).decode()
    assert (
        shown
        == """\
### Vulnerabilities: docker.io/library/shop:1.4 → shop:1.5

**1 introduced**, **2 fixed**, **1 changed**, 0 the same.

- `--exit-on new:high`: failed by 1 vulnerability

#### Introduced

| | package | severity | fixed in | cause |
|---|---|---|---|---|
| CVE-1-4 | a\\|b\\<x\\> 1 | critical | 2 | image: a\\|b\\<x\\> was added |

#### Fixed

| | package | severity | fixed in | cause |
|---|---|---|---|---|
| CVE-1-2 | curl 1 → 2 | low |  | image: curl went from 1 to 2 |
| CVE-1-3 | tar 1 | unknown |  | image: tar was removed |

#### Changed

| | package | severity | fixed in | cause |
|---|---|---|---|---|
| CVE-1-1 | curl 1 → 2 | high | 3 | image: curl went from 1 to 2 |

#### Only the new one could not look at or match

- cannot be read opt/x

<details>
<summary>3 packages changed</summary>

- added: deb a\\|b\\<x\\> 1
- removed: deb tar 1
- upgraded: deb curl 1 → 2

</details>

<sub>old: docker.io/library/shop:1.4 sha256:{old}, lading 1, data unknown; new: shop:1.5 sha256:{new}, lading 1, \
data unknown, not all of it read and matched</sub>
""".format(old="9b1c" * 16, new="c" * 64)
    )
