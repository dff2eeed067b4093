"""The same image from a real registry and from everything skopeo writes."""

import base64
import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.image.open import OpenOptions, open_image
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.errors import NetError
from lading.model.image import Platform
from lading.net.docker_config import DockerConfig
from lading.net.network import Network
from lading.safeio.inflate import open_inflated
from lading.safeio.tar_writer import NewEntry
from tests.image.images import read
from tests.net.tls import make_certificate
from tests.support.registry import serve_registry
from tests.tars import BytesStream

pytestmark = pytest.mark.debian("docker-registry", "skopeo")

_LAYERS = (
    LayerSpec("ADD base /", (NewEntry("etc", "directory"), NewEntry("etc/motd", data=b"hello\n"))),
    LayerSpec("CMD sh"),
    LayerSpec("COPY big /", (NewEntry("big", data=bytes(range(256)) * 2000),)),
)
_JO = "jo:$2b$04$kUtImwQJRnVZwG6xfzbJc.54qUtHmrfhPAEI3y8ltI3U4xx3J7vzq"  # the password is "secret"
_OPTIONS = OpenOptions(platform="linux/amd64", plain_http=True)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry without TLS and accounts."""
    with serve_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "layout"
    write_oci_layout(path, _LAYERS, tag="1", platform=Platform("linux", "amd64"))
    return path


def _copy(source: str, target: str, *options: str) -> None:
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", *options, source, target], check=True)


def _tars(reference: str) -> list[tuple[str, str, bytes]]:
    """Each layer's diff ID, instruction and uncompressed bytes."""
    opened = open_image(reference, _OPTIONS)
    found = []
    for source in opened.layers:
        stream = open_inflated(BytesStream(read(source)), "layer")
        pieces = []
        while piece := stream.read(65536):
            pieces.append(piece)
        found.append((source.layer.diff_id, source.layer.created_by, b"".join(pieces)))
    opened.close()
    return found


def test_layers_are_the_same_from_everywhere(registry: str, layout: Path, tmp_path: Path) -> None:
    oci, docker = tmp_path / "oci.tar", tmp_path / "docker.tar"
    _copy(f"oci:{layout}:1", f"docker://{registry}/team/app:1", "--dest-tls-verify=false")
    _copy(f"oci:{layout}:1", f"docker://{registry}/team/app:s2", "--dest-tls-verify=false", "--format=v2s2")
    _copy(f"oci:{layout}:1", f"oci-archive:{oci}:1")
    _copy(f"oci:{layout}:1", f"docker-archive:{docker}:team/app:1")
    compressed = tmp_path / "docker.tar.gz"
    with docker.open("rb") as source, gzip.open(compressed, "wb", compresslevel=1) as target:
        shutil.copyfileobj(source, target)

    expected = _tars(f"oci:{layout}:1")
    assert [created_by for _, created_by, _ in expected] == ["ADD base /", "COPY big /"]
    for reference in [
        f"{registry}/team/app:1",
        f"registry:{registry}/team/app:s2",
        f"{oci}",
        f"oci:{oci}:1",
        f"{docker}",
        f"docker-archive:{docker}:team/app:1",
        f"{compressed}",
    ]:
        assert _tars(reference) == expected, reference


def test_unknown_tag(registry: str, layout: Path) -> None:
    _copy(f"oci:{layout}:1", f"docker://{registry}/team/app:1", "--dest-tls-verify=false")
    with pytest.raises(NetError) as raised:
        open_image(f"{registry}/team/app:none", _OPTIONS)
    assert str(raised.value) == (
        f"{registry}/team/app:none: not found at {registry} (404 Not Found: manifest unknown); "
        "check the name and the tag"
    )


def test_a_plain_registry_on_this_machine(registry: str, layout: Path) -> None:
    _copy(f"oci:{layout}:1", f"docker://{registry}/team/app:1", "--dest-tls-verify=false")
    opened = open_image(f"{registry}/team/app:1", OpenOptions(platform="linux/amd64"))
    assert [len(read(source)) for source in opened.layers] == [layer.size for layer in opened.image.layers]
    opened.close()


@pytest.mark.debian("openssl")
def test_registry_with_certificate_and_account(layout: Path, tmp_path: Path) -> None:
    network = Network(credentials=DockerConfig(tmp_path / "config.json"))
    certificate = make_certificate(tmp_path)
    accounts = tmp_path / "htpasswd"
    accounts.write_text(f"{_JO}\n")
    tls = {"certificate": str(certificate), "key": str(certificate)}
    options = OpenOptions(platform="linux/amd64", ca_cert=certificate, network=network)
    with serve_registry(tmp_path, tls, auth={"htpasswd": {"realm": "test", "path": str(accounts)}}) as address:
        name = f"{address}/team/app:1"
        _copy(f"oci:{layout}:1", f"docker://{name}", "--dest-tls-verify=false", "--dest-creds=jo:secret")
        with pytest.raises(NetError) as raised:
            open_image(name, options)
        assert str(raised.value) == (
            f"{name}: {address} denies access (401 Unauthorized: authentication required), or has no such image; "
            f"tried no credentials ({tmp_path}/config.json does not exist; lading registry login {address} makes it)"
        )
        login = {"auth": base64.b64encode(b"jo:secret").decode()}
        (tmp_path / "config.json").write_text(json.dumps({"auths": {address: login}}))
        opened = open_image(name, options)
        assert [len(read(source)) for source in opened.layers] == [layer.size for layer in opened.image.layers]
        opened.close()
