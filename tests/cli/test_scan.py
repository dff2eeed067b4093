"""`lading scan` and `lading packages` from arguments to output, with the image and the database faked."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lading.cli import environment as environment_module
from lading.cli.environment import UpstreamDatabase
from lading.cli.main import main
from lading.database.provider import Advisories, DownloadedDatabase, StarterDatabase
from lading.engine import scan as engine_scan
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.model.advisory import ShardName
from lading.model.diagnostic import Diagnostic
from lading.model.package import Inventory
from lading.model.ports import Progress
from lading.model.report import InventoryResult
from lading.safeio.limits import Limits
from tests.samples import IMAGE, FakeStore, FixedDatabase, deb, inventory, shop, shop_store
from tests.support.settings import options_of

PROVIDER = environment_module.provider_of
Seen = list[tuple[str, ScanOptions, bool]]


@pytest.fixture
def seen() -> Seen:
    """The images asked for, with what options, and whether anything is kept."""
    return []


@pytest.fixture
def provider() -> Callable[..., object]:
    """What makes the real provider."""
    return PROVIDER


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch, seen: Seen) -> None:
    """The image is the sample, the database holds what it needs, and nothing may be fetched. What is called is seen
    here, and not in another process."""
    monkeypatch.setenv("LADING_SANDBOX", "false")
    give(monkeypatch, seen, shop(), shop_store())


def give(
    monkeypatch: pytest.MonkeyPatch, seen: Seen, inventory: Inventory, store: FakeStore, *said: Diagnostic
) -> None:
    def take(target: str, options: ScanOptions, environment: Environment) -> InventoryResult:
        seen.append((target, options_of(options), environment.layer_cache is not None))
        return InventoryResult(IMAGE, inventory, said)

    monkeypatch.setattr(engine_scan, "list_target", take)
    monkeypatch.setattr(environment_module, "provider_of", lambda options: FixedDatabase(store))


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), 0),
        (("--fail-on", "critical"), 1),
        (("--fail-on", "any"), 1),
        (("--fail-on", "critical", "--allow-incomplete"), 1),
    ],
)
def test_findings_fail_only_when_asked(options: tuple[str, ...], status: int) -> None:
    assert main(["scan", "x", *options]) == status


@pytest.mark.parametrize(("options", "status"), [(("--offline",), 3), (("--offline", "--allow-incomplete"), 0)])
def test_incomplete_coverage_has_its_own_status(
    options: tuple[str, ...],
    status: int,
    seen: Seen,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    give(monkeypatch, seen, inventory(deb("tar", "1")), FakeStore({}))
    assert main(["scan", "x", *options]) == status
    shown = " ".join(capsysbinary.readouterr().out.decode().split())
    assert "the advisories debian-12 are not downloaded; run: lading db update debian-12 (deb debian 12)" in shown


def test_what_the_image_needs_is_fetched_and_a_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    asked = []

    class Failing:
        def provide(self, shards: Sequence[ShardName], progress: Progress) -> Advisories:
            asked.append(shards)
            failure = Diagnostic("warning", "update-failed", "debian-12: no route to host")
            return Advisories(shop_store(), diagnostics=(failure,))

    monkeypatch.setattr(environment_module, "provider_of", lambda options: Failing())
    assert main(["scan", "x"]) == 0
    assert "warning     debian-12: no route to host\n" in capsysbinary.readouterr().out.decode()
    assert asked == [("debian-12", "epss", "kev")]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ((), UpstreamDatabase),
        (("--db-source", "https://mirror.example"), UpstreamDatabase),
        (("--offline",), DownloadedDatabase),
        (("--db", "2026-01-31"), DownloadedDatabase),
        (("--starter",), StarterDatabase),
    ],
)
def test_the_options_say_where_advisories_come_from(
    options: tuple[str, ...], kind: type, provider: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def make(*arguments: object) -> FixedDatabase:
        made.append(provider(*arguments))
        return FixedDatabase(shop_store())

    monkeypatch.setattr(environment_module, "provider_of", make)
    assert main(["scan", "x", *options]) == 0
    assert [type(one) for one in made] == [kind]


def test_several_outputs_come_from_one_result(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "report.json"
    assert main(["scan", "x", "-o", "table", "-o", f"json={file}", "--fail-on", "high"]) == 1
    document = json.loads(file.read_bytes())
    assert [len(rule["failing"]) for rule in document["decision"]["rules"]] == [2]
    shown = capsysbinary.readouterr().out.decode()
    assert shown.startswith("docker.io/library/shop:1.4\n")
    assert "--fail-on high: failed by 2 vulnerabilities.\n" in shown


def test_image_options_reach_the_reader(seen: Seen, tmp_path: Path) -> None:
    certificates = tmp_path / "ca.pem"
    certificates.touch()
    arguments = ["--platform", "linux/arm64", "--plain-http", "--insecure", "--ca-cert", str(certificates)]
    arguments += ["--no-cache", "--limit", "total=200GB", "--limit", "ratio=9"]
    assert main(["scan", "reg/x:1", *arguments]) == 0
    assert main(["packages", "reg/x:1", *arguments]) == 0
    limits = Limits(total=200_000_000_000, ratio=9)
    options = ScanOptions(platform="linux/arm64", plain_http=True, insecure=True, ca_cert=certificates, limit=limits)
    assert seen == [("reg/x:1", options, False), ("reg/x:1", options, False)]


def test_packages_are_listed(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["packages", "x"]) == 0
    shown = capsysbinary.readouterr().out.decode()
    assert ["libssl3", "3.0.9-1", "deb", "amd64", "openssl", "1"] in [line.split() for line in shown.splitlines()]


def test_packages_as_json(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["packages", "x", "-o", "json"]) == 0
    document = json.loads(capsysbinary.readouterr().out)
    assert [package["name"] for package in document["packages"]] == [package.name for package in shop().packages]


@pytest.mark.parametrize(("options", "status"), [((), 3), (("--allow-incomplete",), 0)])
def test_an_inventory_can_be_incomplete(
    options: tuple[str, ...], status: int, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, seen, shop(), shop_store(), Diagnostic("incomplete", "unreadable", "cannot be read", "etc"))
    assert main(["packages", "x", *options]) == status


@pytest.mark.parametrize("target", ["dir:{0}", "{0}", "purl:{0}/list.txt", "pkg:npm/lodash@4", "file:{0}/one.jar"])
def test_what_has_no_digest_is_refused_before_it_is_read(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "one.jar").write_bytes(b"PK")
    monkeypatch.setattr(engine_scan, "list_target", lambda *_: pytest.fail("it was read"))
    name = target.format(tmp_path)
    assert main(["scan", "--offline", "-o", "in-toto", name]) == 2
    said = f"lading: -o in-toto: speaks of an image by its digest, and {name} has none: scan the image itself\n"
    assert capsys.readouterr().err == said
