"""A small image with known vulnerabilities, and a store in memory, for the tests of matching and rendering."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct, structs

from lading.database.provider import Advisories
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import match as match_result
from lading.formats.go_functions import read_functions
from lading.match.inventory import MatchOptions
from lading.model.advisory import (
    EPSS,
    NVD,
    Advisory,
    AdvisoryText,
    KnownExploited,
    LifeCycle,
    Names,
    Provenance,
    Range,
    Severity,
    ShardName,
    VulnerabilityRecord,
    VulnerabilityRecords,
)
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image, Layer, Platform
from lading.model.package import Distribution, Inventory, Location, Package
from lading.model.ports import AdvisoryStore, Progress
from lading.model.report import InventoryResult, Report, Target

DEBIAN_12 = ShardName("debian-12")
DAY = date(2023, 7, 16)
"""A day on which the store is fresh."""
BOOKWORM = Distribution(
    id="debian",
    version_id="12",
    codename="bookworm",
    pretty="Debian GNU/Linux 12 (bookworm)",
    release="debian-12",
    path="etc/os-release",
)
IMAGE = Image(
    name="docker.io/library/shop:1.4",
    source="registry",
    digest="sha256:" + "9b1c" * 16,
    config_digest="sha256:" + "77aa" * 16,
    platform=Platform("linux", "amd64"),
    layers=(
        Layer(1, "sha256:a1", "sha256:b1", 31, "/bin/sh -c #(nop) ADD file:" + "4f2c" * 16 + " in / "),
        Layer(2, "sha256:a2", "sha256:b2", 92, "RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit"),
    ),
)


def deb(name: str, version: str, *, source: str = "", source_version: str = "", layer: int = 1) -> Package:
    """A Debian package as the inventory gives it."""
    return Package(
        name=name,
        version=version,
        type="deb",
        arch="amd64",
        source=source or name,
        source_version=source_version or version,
        layer=layer,
        locations=(Location("var/lib/dpkg/status", layer),),
        files=(f"usr/share/doc/{name}/copyright",),
    )


def apk(name: str, version: str, origin: str = "") -> Package:
    """An Alpine or Wolfi package as the inventory gives it."""
    return Package(name=name, version=version, type="apk", source=origin or name, source_version=version, layer=1)


def inventory(*packages: Package, distribution: Distribution | None = BOOKWORM) -> Inventory:
    """Packages in the inventory's order."""
    order = sorted(packages, key=lambda package: (package.type, package.name, package.version, package.arch))
    return Inventory(distribution, tuple(order))


def rated(label: str, source: str = "debian", score: float = 0.0) -> Severity:
    """A severity; `label` one of SEVERITY_ORDER."""
    return Severity(label, source, score, label)  # type: ignore[arg-type]


def open_vulnerability(id: str, package: str, *severities: Severity) -> Advisory:
    """A vulnerability without a fix."""
    return Advisory(id, package, ranges=(Range(),), severities=severities)


def fixed_vulnerability(id: str, package: str, fixed: str, *severities: Severity) -> Advisory:
    """A vulnerability in every version before `fixed`."""
    return Advisory(id, package, ranges=(Range(fixed=fixed),), severities=severities)


class FakeStore:
    """An AdvisoryStore over advisories given by shard."""

    def __init__(
        self,
        shards: dict[str, tuple[Advisory, ...]],
        *,
        texts: Iterable[AdvisoryText] = (),
        exploited: Iterable[str] = (),
        upstream_date: str = "2023-07-14",
        facts: Iterable[tuple[str, VulnerabilityRecord]] = (),
        life_cycles: Iterable[LifeCycle] = (),
        names: Mapping[str, Names] = {},
        schemes: Mapping[str, str] = {},
    ) -> None:
        self._shards = shards
        self._texts = {text.id: (text,) for text in texts}
        self._exploited = set(exploited)
        self._upstream_date = upstream_date
        self._facts = {(shard, one.id): one for shard, one in facts}
        self._life = {one.product: one for one in life_cycles}
        self._names = names
        self._schemes = {"debian": "deb", "kev": ""} | dict(schemes)

    def provenance(self, shard: ShardName) -> Provenance | None:
        if shard not in self._shards:
            return None
        scheme = self._schemes.get(shard) or self._schemes.get(shard.partition("-")[0], "apk")
        return Provenance(
            shard,
            "sha256:" + "ab12" * 16,
            10,
            scheme,
            "fake",
            upstream_date=self._upstream_date,
            built="2023-07-15",
            names=self._names.get(shard, "source"),
        )

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        found: dict[str, tuple[Advisory, ...]] = {}
        for name in packages:
            of_package = tuple(advisory for advisory in self._shards[shard] if advisory.package == name)
            if of_package:
                found[name] = tuple(sorted(of_package, key=lambda advisory: advisory.id))
        return found

    def mentions(self, shard: ShardName, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        wanted = set(names)
        found: dict[str, tuple[Advisory, ...]] = {}
        for one in self._shards.get(shard, ()):
            if wanted & {one.id, one.note, *one.aliases}:
                found[one.package] = (*found.get(one.package, ()), one)
        return found

    def artifacts(self, shard: ShardName, names: Iterable[str]) -> frozenset[str]:
        return frozenset(names) & {one.package.rpartition(":")[2] for one in self._shards.get(shard, ())}

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, tuple[AdvisoryText, ...]]:
        return {id: self._texts[id] for id in ids if id in self._texts}

    def records(self, ids: Iterable[str]) -> VulnerabilityRecords:
        exploited = {id: KnownExploited(id, "2023-11-21") for id in ids if id in self._exploited}
        epss, nvd = ({id: self._facts[shard, id] for id in ids if (shard, id) in self._facts} for shard in (EPSS, NVD))
        return VulnerabilityRecords(exploited, epss, nvd)

    def life_cycles(self, products: Iterable[str]) -> dict[str, LifeCycle]:
        return {product: self._life[product] for product in products if product in self._life}


def shop() -> Inventory:
    """An inventory with one package of every kind that the table shows differently."""
    return inventory(
        deb("libssl3", "3.0.9-1", source="openssl"),
        deb("openssl", "3.0.9-1", layer=2),
        deb("curl", "7.88.1-10", layer=2),
        deb("tar", "1.34+dfsg-1.2"),
        deb("coreutils", "9.1-1"),
        deb("zlib1g", "1:1.2.13.dfsg-1", source="zlib"),
        deb("bash", "5.2.15-2+b2", source_version="5.2.15-2"),
        deb("linux-libc-dev", "6.1.38-1", source="linux", layer=2),
        deb("krb5-locales", "1.20.1-2", source="krb5"),
    )


def shop_store() -> FakeStore:
    """Advisories for `shop`."""
    vulnerabilities = (
        fixed_vulnerability("CVE-2023-5363", "openssl", "3.0.11-1~deb12u2", rated("high")),
        fixed_vulnerability("CVE-2023-3817", "openssl", "3.0.10-1~deb12u1", rated("low")),
        open_vulnerability("CVE-2024-13176", "openssl"),
        fixed_vulnerability("CVE-2023-38545", "curl", "7.88.1-10+deb12u4", rated("critical", "nvd", 9.8)),
        open_vulnerability("CVE-2005-2541", "tar", rated("low")),
        structs.replace(open_vulnerability("CVE-2016-2781", "coreutils", rated("low")), state="wont_fix"),
        structs.replace(open_vulnerability("CVE-2023-45853", "zlib"), state="minor"),
        Advisory("CVE-2023-99999", "bash", state="under_investigation"),
        open_vulnerability("CVE-2018-5709", "krb5", rated("negligible")),
        *(open_vulnerability(f"CVE-2023-2{number:03}", "linux", rated("high")) for number in range(20)),
    )
    texts = (
        AdvisoryText(
            "CVE-2023-5363", "A bug in the processing of key and\ninitialisation vector lengths.", "https://x"
        ),
        AdvisoryText("CVE-2023-38545", "curl overflows a heap buffer in the SOCKS5 handshake."),
    )
    return FakeStore({DEBIAN_12: vulnerabilities, "kev": ()}, texts=texts, exploited=("CVE-2023-38545",))


MATCHING = MatchOptions(read_functions)
"""What matching is given beside an inventory and a store."""


class FixedDatabase(Struct, frozen=True):
    """A DatabaseProvider that has these advisories and no others."""

    store: AdvisoryStore
    starter: bool = False

    def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
        return Advisories(self.store, starter=self.starter)


def report_on(
    image: Image,
    inventory: Inventory,
    diagnostics: Iterable[Diagnostic],
    store: AdvisoryStore,
    *,
    starter: bool = False,
    severity_order: Sequence[str] = (),
) -> Report:
    """The report on an inventory by the advisories of a store."""
    found = InventoryResult(image, inventory, tuple(diagnostics))
    options = ScanOptions(severity_source=tuple(severity_order))
    return match_result(found, options, Environment(database=FixedDatabase(store, starter)))


def match(
    image: Image,
    inventory: Inventory,
    diagnostics: Iterable[Diagnostic],
    store: AdvisoryStore,
    *,
    starter: bool = False,
    severity_order: Sequence[str] = (),
) -> Target:
    """What such a report says of its one target, without what is not affected."""
    report = report_on(image, inventory, diagnostics, store, starter=starter, severity_order=severity_order)
    (target,) = report.targets
    return structs.replace(target, findings=tuple(one for one in target.findings if one.is_open))
