"""What upstreams say of inventories, and what Lading says of them: the truth set (README.md)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest

from lading.advisories.store import ShardStore
from lading.feeds.registry import unit_for
from lading.feeds.sources import DirectorySource
from lading.feeds.update import update
from lading.match.groups import package_groups
from lading.model.advisory import EPSS, KEV, NVD, ShardName, fallback_shard
from lading.model.finding import Finding
from lading.model.image import Image, Platform
from lading.model.ports import NoProgress
from tests.samples import match
from tests.truth.format import Case, Row, TruthFile

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
FILES = {file.name: file for file in map(TruthFile, sorted((HERE / "rows").glob("*.txt")))}
IMAGE = Image(name="truth", source="registry", platform=Platform("linux", "amd64"))
HELD = HERE.parent.parent.parent / "shared" / "feeds"
FACTS = {EPSS, KEV, NVD, ShardName("redhat-repositories")}

LARGE = {"alpine", "gitlab", "osv", "ubuntu"}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...], Path], ShardStore]:
    """The database of some feeds, made when it is first asked for."""

    @cache
    def store(feeds: tuple[str, ...], shared: Path) -> ShardStore:
        database = tmp_path_factory.mktemp("database")
        names: Iterable[str] = ()
        if feeds == ("own",):
            root = HERE / "feeds"
        elif feeds == ("shared",):
            root = shared
            held = DirectorySource(shared).held()
            names = sorted({_asked(shard, held) for shard in _shards(feeds) | FACTS} - {""})
        else:
            document, layout_path = feeds
            root = tmp_path_factory.mktemp("feeds")
            (root / layout_path).parent.mkdir(parents=True)
            (root / layout_path).symlink_to(shared / document)
        # Of a lesser source there need not be a document: the rows tell when a shard is missed.
        update(tuple(names), DirectorySource(root), database, NoProgress())
        return ShardStore(database)

    return store


@pytest.mark.parametrize("name", FILES)
def test_truth(name: str, stores: Callable[[tuple[str, ...], Path], ShardStore]) -> None:
    file = FILES[name]
    if not HELD.is_dir() and any(case.feeds != ("own",) for case in file.cases):
        pytest.skip("the directory shared/ is not beside the repository")
    wrong = [text for case in file.cases for text in wrongs(case, stores(case.feeds, HELD))]
    assert not wrong, "\n".join([f"{len(wrong)} wrong of {len(file.rows)} rows", *wrong])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ABSENT CVE-2024-5535", "unlabelled: affected CVE-2023-5363"),
        ("NOT_AFFECTED CVE-2023-5363", "forbidden: line 5"),
        ("AFFECTED CVE-2023-5363\nAFFECTED CVE-2022-3602", "missed: line 6"),
        ("UNDER_INVESTIGATION CVE-2023-5363", "mismatched: line 5"),
        ("AFFECTED CVE-2023-5363 fixed=3.2-r0", "differs: line 5"),
    ],
)
def test_what_is_not_true_is_told(
    text: str, said: str, tmp_path: Path, stores: Callable[[tuple[str, ...], Path], ShardStore]
) -> None:
    head = "feeds own\npage https://x/\ninventory wolfi\npkg:apk/wolfi/libssl3@3.1.3-r0?upstream=openssl\n"
    (tmp_path / "made-up.txt").write_text(f"{head}{text}\n")
    (case,) = TruthFile(tmp_path / "made-up.txt").cases
    (wrong,) = wrongs(case, stores(("own",), HELD))
    assert wrong.startswith(said)


def test_the_set_covers_many_systems_and_every_kind_of_status() -> None:
    rows = [row for file in FILES.values() for row in file.rows]
    systems = {case.distribution.id for file in FILES.values() for case in file.cases if case.distribution}
    statuses = Counter(row.status for row in rows)
    assert (len(systems) >= 14, len(rows) >= 400) == (True, True)
    assert min(statuses["AFFECTED"], statuses["NOT_AFFECTED"], statuses["ABSENT"]) >= 50


def _asked(shard: ShardName, held: Sequence[str]) -> str:
    """What to update for a shard: of large feeds itself, of others the whole feed. Empty where no document is held."""
    found = unit_for(shard)
    if found is None or not found[0].units(held):
        return ""
    return shard if found[0].name in LARGE else found[0].name


def _shards(feeds: tuple[str, ...]) -> set[ShardName]:
    """Those that match the inventories with these feeds."""
    inventories = [case.inventory() for file in FILES.values() for case in file.cases if case.feeds == feeds]
    shards = {shard for one in inventories for group in package_groups(one) for shard in group.shards}
    return shards | {instead for shard in shards if (instead := fallback_shard(shard)) is not None}


def wrongs(case: Case, store: ShardStore) -> list[str]:
    """Rows that do not hold, and findings that no row foretells."""
    findings = match(IMAGE, case.inventory(), (), store).findings
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.package.purl, []).append(finding)
    texts = [text for row in case.rows if (text := wrong(row, found.get(row.package.purl, [])))]
    labelled = {(row.package.purl, row.vulnerability) for row in case.rows}
    return texts + [
        f"unlabelled: {_text(finding)}"
        for finding in findings
        if not any((finding.package.purl, name) in labelled for name in (finding.id, *finding.aliases))
    ]


def wrong(row: Row, findings: list[Finding]) -> str:
    """Why a row does not hold, by the findings of its package; empty when it does."""
    of_vulnerability = [finding for finding in findings if row.vulnerability in (finding.id, *finding.aliases)]
    texts = "; ".join(map(_text, of_vulnerability))
    if row.status in ("NOT_AFFECTED", "ABSENT"):
        return f"forbidden: {row}: {texts}" if of_vulnerability else ""
    if len(of_vulnerability) != 1 or of_vulnerability[0].status.upper() != row.status:
        return f"{'mismatched' if of_vulnerability else 'missed'}: {row} {texts}"
    is_value = _values(of_vulnerability[0])
    differing = [f"{key} is {is_value[key] or '-'}" for key, value in row.expected.items() if is_value[key] != value]
    return f"differs: {row}: {', '.join(differing)}" if differing else ""


def _values(finding: Finding) -> dict[str, str]:
    return {
        "fixed": finding.fixed_version or "-",
        "severity": finding.severity.label,
        "fix_state": finding.fix_state,
        "kind": finding.kind,
        "hidden_reason": finding.hidden_reason or "-",
    }


def _text(finding: Finding) -> str:
    names = ", ".join((finding.id, *finding.aliases))
    fixed = finding.fixed_version or "-"
    why = f"by {finding.basis.shard} ({finding.fix_state})"
    return f"{finding.status} {names} in {finding.package.purl} fixed={fixed} {why}"
