"""The database in a real registry: pushed, pulled in part, signed, gone on with."""

import base64
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lading.advisories import sets
from lading.advisories.incoming import Received
from lading.advisories.store import ShardStore
from lading.database import artifacts
from lading.database.artifacts import Pushed, Registry, pull_database, pull_stale, push_database
from lading.image import upload
from lading.image.artifact import ArtifactLayer
from lading.model.advisory import Provenance, ShardName
from lading.model.errors import AdvisoryError, ImageError, LadingError, NetError, UsageError
from lading.model.ports import NoProgress
from lading.net.docker_config import DockerConfig
from lading.net.network import Network
from lading.safeio.trusted_keys import TrustedKeys, read_trusted_keys
from tests.databases import FIRST, SECOND, advisory, publish
from tests.net.tls import make_certificate
from tests.support.registry import serve_registry

pytestmark = pytest.mark.debian("docker-registry", "skopeo")

NOW = datetime(2026, 11, 28, tzinfo=UTC)
PLAIN = Registry(plain_http=True)
_JO = "jo:$2b$04$kUtImwQJRnVZwG6xfzbJc.54qUtHmrfhPAEI3y8ltI3U4xx3J7vzq"  # the password is "secret"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry without TLS and accounts."""
    with serve_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def name(registry: str, tmp_path: Path) -> str:
    """A repository that nothing is in."""
    return f"{registry}/security/{tmp_path.name.replace('_', '-').lower()}"


def make(database: Path, version: str = "1.0", built: str = FIRST) -> None:
    publish(database, "npm", advisory("CVE-1", "b", "1.0"))
    publish(database, "pypi", advisory("CVE-1", "a", version), built=built)


def push(name: str, database: Path, key: Path | None = None) -> Pushed:
    return push_database(name, ShardStore(database), database, PLAIN, key, NoProgress())


def pull(
    name: str, database: Path, *names: str, trust: TrustedKeys | None = None, allow_older: bool = False
) -> Received:
    return pull_database(name, names, database, PLAIN, trust or TrustedKeys(), NoProgress(), allow_older=allow_older)


def test_what_was_pushed_is_pulled(name: str, tmp_path: Path) -> None:
    make(tmp_path / "site")
    pushed = push(name, tmp_path / "site")
    assert (pushed.name, pushed.tags, pushed.shards, pushed.sent) == (name, ("2026-01-01", "latest"), 2, 2)
    assert push(name, tmp_path / "site") == Pushed(name, pushed.digest, pushed.tags, 2, 0)
    received = pull(name, tmp_path / "other")
    assert received.summary == "2 new shards (npm, pypi), 0 unchanged"
    assert sets.current_set(tmp_path / "other") == sets.current_set(tmp_path / "site")
    ShardStore(tmp_path / "other").check(ShardName("npm"))
    assert pull(f"{name}@{pushed.digest}", tmp_path / "again").set == received.set


def test_only_what_is_asked_for_and_changed_is_fetched(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    pull_shard = artifacts._pull_shard

    def note(repository: object, shard: Provenance, *rest: object) -> Path:
        fetched.append(shard.shard)
        return pull_shard(repository, shard, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(artifacts, "_pull_shard", note)
    make(tmp_path / "site")
    push(name, tmp_path / "site")
    pull(name, tmp_path / "other", "npm")
    assert ShardStore(tmp_path / "other").names() == ("npm",)
    assert fetched == ["npm"]
    pull(name, tmp_path / "other")
    make(tmp_path / "site", "2.0", SECOND)
    assert push(name, tmp_path / "site").sent == 1
    assert pull(name, tmp_path / "other").summary == "1 new shard (pypi), 1 unchanged"
    assert fetched == ["npm", "pypi", "pypi"]
    with pytest.raises(AdvisoryError, match=r"is older than what is downloaded of pypi; --allow-older"):
        pull(f"{name}:2026-01-01", tmp_path / "other")
    assert pull(f"{name}:2026-01-01", tmp_path / "other", allow_older=True).new[0].built == FIRST
    with pytest.raises(UsageError, match=r"has no shard cran; it has npm, pypi$"):
        pull(name, tmp_path / "other", "cran")


def test_other_tools_see_an_artifact(name: str, tmp_path: Path) -> None:
    make(tmp_path / "site")
    push(f"{name}:stable", tmp_path / "site")
    inspect = ["skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{name}:stable"]
    manifest = json.loads(subprocess.run(inspect, capture_output=True, check=True).stdout)
    assert manifest["artifactType"] == "application/vnd.lading.database.v1"
    assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    digest = sets.current_set(tmp_path / "site").digest
    assert (manifest["layers"][0]["digest"], manifest["layers"][0]["annotations"]) == (
        digest,
        {"org.opencontainers.image.title": "database.json"},
    )
    shard = ShardStore(tmp_path / "site").provenance(ShardName("pypi"))
    assert shard is not None
    assert manifest["layers"][2]["annotations"] == {
        "org.opencontainers.image.title": "pypi.sqlite",
        "org.opencontainers.image.created": FIRST,
        "dev.lading.shard.name": "pypi",
        "dev.lading.shard.digest": shard.digest,
        "dev.lading.shard.size": str(shard.size),
        "dev.lading.shard.feed": "test",
        "dev.lading.shard.records": "1",
        "dev.lading.shard.upstream-date": "2026-01-01",
    }
    # Another registry tool moves it, whole, and it is pulled from there.
    copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false"]
    subprocess.run([*copy, f"docker://{name}:stable", f"docker://{name}-copy:1"], check=True)
    assert pull(f"{name}-copy:1", tmp_path / "other").set.digest == digest


def test_large_shards_are_sent_in_pieces(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_PIECE", 100)
    make(tmp_path / "site")
    assert push(name, tmp_path / "site").sent == 2
    assert pull(name, tmp_path / "other").set == sets.current_set(tmp_path / "site")


def test_a_pull_that_was_cut_short_is_gone_on_with(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "site")
    push(name, tmp_path / "site")
    pull(name, tmp_path / "whole")
    starts: list[Path] = []
    read = artifacts._download

    def cut(repository: object, layer: ArtifactLayer, path: Path, *rest: object) -> None:
        read(repository, layer, path, *rest)  # type: ignore[arg-type]
        if layer.title == "pypi.sqlite" and not starts:
            starts.append(path)
            path.write_bytes(path.read_bytes()[:50])
            raise NetError("the cable was pulled")

    monkeypatch.setattr(artifacts, "_download", cut)
    with pytest.raises(NetError):
        pull(name, tmp_path / "other")
    assert ShardStore(tmp_path / "other").names() == ()
    left = sorted(path.name.partition(".")[0] for path in (tmp_path / "other" / "incoming").iterdir())
    assert left == ["npm", "pypi"]
    assert starts[0].stat().st_size == 50
    assert pull(name, tmp_path / "other").set == sets.current_set(tmp_path / "whole")
    assert not (tmp_path / "other" / "incoming").exists()


def test_a_part_that_was_spoilt_is_fetched_anew(name: str, tmp_path: Path) -> None:
    make(tmp_path / "site")
    push(name, tmp_path / "site")
    manifest = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{name}"], capture_output=True, check=True
    ).stdout
    digest = json.loads(manifest)["layers"][2]["digest"].removeprefix("sha256:")
    part = tmp_path / "other" / "incoming" / f"pypi.{digest}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 40)
    with pytest.raises(AdvisoryError) as caught:
        pull(name, tmp_path / "other")
    assert str(caught.value) == (f"{name}:latest: the shard pypi is damaged; pull it again, or push the database again")
    assert pull(name, tmp_path / "other").set == sets.current_set(tmp_path / "site")


@pytest.mark.debian("openssh-client")
def test_a_signed_database(name: str, tmp_path: Path) -> None:
    for key in ("key", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / key], check=True)
    make(tmp_path / "site")
    push(name, tmp_path / "site")
    trust, other = read_trusted_keys(tmp_path / "key.pub"), read_trusted_keys(tmp_path / "other.pub")
    with pytest.raises(AdvisoryError) as caught:
        pull(name, tmp_path / "taken", trust=trust)
    assert str(caught.value) == (
        f"{name}:latest: refused: it is not signed; the trusted keys are in {tmp_path / 'key.pub'}"
    )
    push(name, tmp_path / "site", tmp_path / "key")
    assert pull(name, tmp_path / "taken", trust=trust).set == sets.current_set(tmp_path / "site")
    with pytest.raises(AdvisoryError, match="refused: it is signed by a key that is not trusted"):
        pull(name, tmp_path / "taken", trust=other)


def test_what_is_missing_is_taken_for_a_scan(name: str, tmp_path: Path) -> None:
    make(tmp_path / "site")
    push(name, tmp_path / "site")
    wanted = [ShardName("pypi"), ShardName("kev")]
    source = f"oci+http://{name}"
    assert list(pull_stale(source, wanted, tmp_path / "other", TrustedKeys(), NoProgress(), NOW)) == [
        f"{source}: has no shard kev"
    ]
    assert ShardStore(tmp_path / "other").names() == ("pypi",)
    # What is newer here than there is left as it is.
    publish(tmp_path / "other", "pypi", advisory("CVE-1", "a", "3.0"), built=SECOND)
    assert pull_stale(source, wanted[:1], tmp_path / "other", TrustedKeys(), NoProgress(), NOW) == (
        f"{source}: has pypi of {FIRST}, which is older than what is downloaded, of {SECOND}: not taken; "
        "lading db pull --allow-older takes it",
    )
    held = ShardStore(tmp_path / "other").provenance(ShardName("pypi"))
    assert held is not None and held.built == SECOND
    (failure,) = pull_stale(f"{source}:none", wanted, tmp_path / "other", TrustedKeys(), NoProgress(), NOW)
    assert "not found at" in failure


def test_what_is_no_database(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        push(name, tmp_path / "empty")
    assert str(caught.value) == f"{tmp_path / 'empty'}: holds no shards; lading db update fetches them"
    make(tmp_path / "site")
    with pytest.raises(UsageError, match=r"a push gives the digest: leave it out$"):
        push(f"{name}@sha256:{'0' * 64}", tmp_path / "site")
    from lading.image.writer import LayerSpec, write_oci_layout
    from lading.model.image import Platform
    from lading.safeio.tar_writer import NewEntry

    write_oci_layout(
        tmp_path / "image", (LayerSpec("ADD", (NewEntry("a"),)),), tag="1", platform=Platform("linux", "amd64")
    )
    copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"]
    subprocess.run([*copy, f"oci:{tmp_path / 'image'}:1", f"docker://{name}:image"], check=True)
    with pytest.raises(ImageError) as raised:
        pull(f"{name}:image", tmp_path / "other")
    assert str(raised.value) == (f"{name}:image: is not an artifact of the type application/vnd.lading.database.v1")
    with pytest.raises(LadingError, match="not found at"):
        pull(f"{name}:none", tmp_path / "other")


@pytest.mark.debian("openssl")
def test_a_registry_with_certificate_and_account(tmp_path: Path) -> None:
    network = Network(credentials=DockerConfig(tmp_path / "config.json"))
    certificate = make_certificate(tmp_path)
    (tmp_path / "htpasswd").write_text(f"{_JO}\n")
    tls = {"certificate": str(certificate), "key": str(certificate)}
    make(tmp_path / "site")
    site = ShardStore(tmp_path / "site")
    auth = {"htpasswd": {"realm": "test", "path": str(tmp_path / "htpasswd")}}
    with serve_registry(tmp_path, tls, auth=auth) as address:
        name, registry = f"{address}/db", Registry(ca_cert=certificate, network=network)
        with pytest.raises(NetError, match="denies access"):
            push_database(name, site, tmp_path / "site", registry, None, NoProgress())
        login = {"auth": base64.b64encode(b"jo:secret").decode()}
        (tmp_path / "config.json").write_text(json.dumps({"auths": {address: login}}))
        assert push_database(name, site, tmp_path / "site", registry, None, NoProgress()).sent == 2
        received = pull_database(name, (), tmp_path / "other", registry, TrustedKeys(), NoProgress())
        assert received.set == sets.current_set(tmp_path / "site")
