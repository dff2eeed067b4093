"""Matching only what changed rows are about gives what matching everything again gives, or nothing at all."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pytest
from msgspec import Struct, structs

from lading.match.inventory import Matched, match_inventory
from lading.match.touched import Before, Changes, Touched, match_touched
from lading.model.advisory import (
    EPSS,
    NVD,
    Advisory,
    AdvisoryText,
    Range,
    ShardName,
    VulnerabilityRecord,
)
from lading.model.package import Inventory, Location, Package
from tests.samples import (
    BOOKWORM,
    IMAGE,
    MATCHING,
    FakeStore,
    apk,
    deb,
    fixed_vulnerability,
    inventory,
    open_vulnerability,
    rated,
)

ALPINE: Final = structs.replace(BOOKWORM, id="alpine", version_id="3.20.1", release="alpine-3.20")


class Data(Struct, frozen=True):
    """What a store holds."""

    shards: dict[str, tuple[Advisory, ...]]
    texts: tuple[AdvisoryText, ...] = ()
    exploited: tuple[str, ...] = ()
    chances: tuple[VulnerabilityRecord, ...] = ()

    @property
    def store(self) -> FakeStore:
        facts = [(EPSS, one) for one in self.chances]
        shards = {**self.shards, "kev": (), EPSS: ()}
        return FakeStore(shards, texts=self.texts, exploited=self.exploited, facts=facts)


def changes(old: Data, new: Data) -> Changes:
    """The rows in which two stores differ."""
    advisories = {shard: _differing(_by_package(old, shard), _by_package(new, shard)) for shard in old.shards}
    texts = _differing({one.id: one for one in old.texts}, {one.id: one for one in new.texts})
    chances = _differing({one.id: one for one in old.chances}, {one.id: one for one in new.chances})
    return Changes(
        {shard: names for shard, names in advisories.items() if names},
        dict.fromkeys(old.shards, texts) if texts else {},
        frozenset({*chances, *set(old.exploited) ^ set(new.exploited)}),
    )


def _by_package(data: Data, shard: str) -> dict[str, set[Advisory]]:
    found: dict[str, set[Advisory]] = defaultdict(set)
    for one in data.shards[shard]:
        found[one.package].add(one)
    return found


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> frozenset[str]:
    return frozenset(key for key in {*old, *new} if old.get(key) != new.get(key))


def whole(held: Inventory, data: Data) -> Matched:
    return match_inventory(IMAGE, held, (), data.store, MATCHING)


def touched(held: Inventory, old: Data, new: Data) -> Touched | None:
    before = whole(held, old)
    given = Before(before.findings, before.coverage, changes(old, new))
    return match_touched(IMAGE, held, (), new.store, MATCHING, given)


def system_package(name: str, version: str, source: str) -> Package:
    return structs.replace(deb(name, version, source=source), purl=f"pkg:deb/debian/{name}@{version}")


def python(name: str, version: str, owner: str = "") -> Package:
    path = f"usr/lib/python3/dist-packages/{name}.dist-info/METADATA"
    return Package(name, version, "pypi", layer=1, locations=(Location(path, 1),), owner=owner)


def random_data(generator: random.Random) -> Data:
    """Advisories of two shards on thirty packages, of which some are known by several names."""

    def advisory(number: int) -> Advisory:
        fixed = generator.choice(("", "2", "3", "4"))
        aliases = (f"GHSA-{number}",) if number % 3 == 0 else ()
        return Advisory(
            f"CVE-{number}",
            f"pkg{number % 30}",
            aliases=aliases,
            ranges=(Range(fixed=fixed),),
            severities=(rated(generator.choice(("low", "high"))),),
        )

    debian = [advisory(number) for number in generator.sample(range(90), 60)]
    others = [advisory(number) for number in generator.sample(range(90), 60)]
    return Data(
        {"debian-12": tuple(debian), "pypi": tuple(others)},
        tuple(AdvisoryText(f"CVE-{number}", f"text {number}") for number in range(0, 90, 4)),
        tuple(f"CVE-{number}" for number in generator.sample(range(90), 5)),
        tuple(VulnerabilityRecord(f"CVE-{number}", epss=0.1, percentile=0.2) for number in range(0, 90, 2)),
    )


def random_change(data: Data, generator: random.Random) -> Data:
    """The same with a few rows changed."""
    other = random_data(generator)
    kinds = generator.sample(("debian-12", "pypi", "texts", "exploited", "chances"), 2)
    shards = dict(data.shards)
    for shard in shards.keys() & set(kinds):
        names = {f"pkg{one}" for one in generator.sample(range(30), 3)}
        shards[shard] = tuple(
            sorted(
                [
                    *(one for one in data.shards[shard] if one.package not in names),
                    *(one for one in other.shards[shard] if one.package in names),
                ],
                key=lambda one: one.id,
            )
        )
    number = generator.randrange(90)
    texts = tuple(one for one in data.texts if one.id != f"CVE-{number}")
    chances = (
        *(one for one in data.chances if one.id != f"CVE-{number}"),
        VulnerabilityRecord(f"CVE-{number}", epss=0.9, percentile=0.9),
    )
    return Data(
        shards,
        (*texts, AdvisoryText(f"CVE-{number}", "other")) if "texts" in kinds else data.texts,
        (*data.exploited[1:], f"CVE-{number}") if "exploited" in kinds else data.exploited,
        chances if "chances" in kinds else data.chances,
    )


def random_packages(generator: random.Random) -> Iterable[Package]:
    system = [
        system_package(f"bin{one}", generator.choice("123"), f"pkg{one % 30}")
        for one in generator.sample(range(60), 20)
    ]
    yield from system
    for one in generator.sample(range(30), 8):
        owner = generator.choice(system).purl if generator.random() < 0.3 else ""
        yield python(f"pkg{one}", generator.choice(("1", "2", "3", "nonsense")), owner)


def test_it_is_what_matching_everything_gives() -> None:
    generator = random.Random(15)
    found = 0
    for _ in range(150):
        old = random_data(generator)
        new = random_change(old, generator)
        held = inventory(*random_packages(generator))
        part, expected, before = touched(held, old, new), whole(held, new), whole(held, old)
        if part is None:
            continue
        found += 1
        assert part.matched == expected
        others = (one for one in before.findings if one not in expected.findings)
        differing = {
            one.package.id for one in (*others, *(one for one in expected.findings if one not in before.findings))
        }
        assert differing <= part.packages
    assert found > 80


def test_only_packages_of_changed_rows_are_asked_for() -> None:
    class Asked(FakeStore):
        names: tuple[str, ...] = ()

        def advisories(self, shard: object, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
            self.names = (*self.names, *(held := tuple(packages)))
            return super().advisories(shard, held)  # type: ignore[arg-type]

    held = inventory(deb("curl", "1"), deb("libcurl", "1", source="curl"), deb("tar", "1"))
    old = {"debian-12": (open_vulnerability("CVE-1", "curl"), open_vulnerability("CVE-2", "tar")), "kev": ()}
    new = {**old, "debian-12": (open_vulnerability("CVE-2", "tar"),)}
    before = match_inventory(IMAGE, held, (), FakeStore(old), MATCHING)
    given = Before(before.findings, before.coverage, Changes({"debian-12": frozenset({"curl"})}, {}, frozenset()))
    store = Asked(new)
    part = match_touched(IMAGE, held, (), store, MATCHING, given)
    assert part is not None
    assert store.names == ("curl",)
    assert [(one.id, one.package.name) for one in part.matched.findings] == [("CVE-2", "tar")]
    assert len(part.packages) == 2


YAML: Final = system_package("python3-yaml", "1", "pyyaml")


@pytest.mark.parametrize(
    ("held", "shard", "old", "new"),
    [
        # What a distribution answers for depends on what its advisories know.
        (
            (YAML, python("pyyaml", "1", YAML.purl)),
            "debian-12",
            (),
            (fixed_vulnerability("CVE-1", "pyyaml", "2"),),
        ),
    ],
)
def test_what_hangs_together_is_matched_as_a_whole(
    held: Sequence[Package], shard: str, old: tuple[Advisory, ...], new: tuple[Advisory, ...]
) -> None:
    rest: dict[str, tuple[Advisory, ...]] = {"debian-12": (), "pypi": ()}
    assert touched(inventory(*held), Data({**rest, shard: old}), Data({**rest, shard: new})) is None


def test_what_the_nvd_adds_to_alpine_is_matched_as_a_whole() -> None:
    held = inventory(apk("curl", "1"), distribution=ALPINE)
    old = Data({"alpine-3.20": (), NVD: ()})
    alpine = Data({"alpine-3.20": (fixed_vulnerability("CVE-1", "curl", "2"),), NVD: ()})
    assert touched(held, old, Data({"alpine-3.20": (), NVD: (open_vulnerability("CVE-1", "haxx:curl"),)})) is None
    part = touched(held, old, alpine)
    assert part is not None
    assert part.matched == whole(held, alpine)


def test_jars_of_no_group_are_asked_about_again() -> None:
    held = inventory(Package("shop", "1.0", "maven", properties={"relationship": "root"}))
    old = Data({ShardName("maven"): (fixed_vulnerability("CVE-1", "a:core", "2"),)})
    new = Data({ShardName("maven"): (*old.shards["maven"], fixed_vulnerability("CVE-2", "a:shop", "2"))})
    part = touched(held, old, new)
    assert part is not None
    assert part.matched == whole(held, new)
    assert [(row.matched, row.packages) for row in part.matched.coverage[:1]] == [(0, 1)]
