"""One image in every place that images are read from: always the same findings."""

import gzip
import lzma
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import lading
from lading.engine.options import ScanOptions
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.image import Platform
from lading.model.report import Report
from lading.net.engines import EngineHosts
from lading.net.network import Network
from lading.safeio.tar_writer import NewEntry
from tests.support.engines import current_docker, docker_engine, podman_engine
from tests.support.registry import serve_registry

_POM = "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion={}\n"
_PROPERTIES = "META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties"
_STATUS = "Package: {}\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n"


def _jar(version: str) -> bytes:
    import io
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(_PROPERTIES), _POM.format(version))
    return file.getvalue()


_LAYERS = (
    LayerSpec(
        "ADD base /",
        (
            NewEntry("etc/os-release", data=b"ID=debian\nVERSION_ID=12\n"),
            NewEntry("var/lib/dpkg/status", data=(_STATUS.format("zlib1g") + _STATUS.format("bash")).encode()),
            NewEntry("opt/old/log4j-core-2.14.0.jar", data=_jar("2.14.0")),
            NewEntry("opt/kept/log4j-core-2.14.1.jar", data=_jar("2.14.1")),
        ),
    ),
    LayerSpec("ENV A=b"),
    LayerSpec("RUN rm", (NewEntry("opt/old/.wh.log4j-core-2.14.0.jar"),)),
    LayerSpec(
        "COPY app /srv",
        (
            NewEntry("srv/log4j-core-2.15.0.jar", data=_jar("2.15.0")),
            NewEntry("var/lib/dpkg/status", data=_STATUS.format("curl").encode()),
        ),
    ),
)

Place = tuple[str, EngineHosts]
_NOWHERE = EngineHosts()


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _copy(layout: Path, target: str, *options: str) -> None:
    _run("skopeo", "--insecure-policy", "copy", "--quiet", *options, f"oci:{layout}:1", target)


def _scanned(place: Place, *, all_of_it: bool = True) -> Report:
    reference, hosts = place
    environment = lading.Environment(database=lading.StarterDatabase(), network=Network(engines=hosts))
    platform = "linux/amd64" if all_of_it else ""
    return lading.scan(reference, ScanOptions(platform=platform, plain_http=True), environment)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "layout"
    write_oci_layout(path, _LAYERS, tag="1", platform=Platform("linux", "amd64"))
    return path


@pytest.fixture(scope="module")
def expected(layout: Path) -> Report:
    report = _scanned((f"oci:{layout}:1", _NOWHERE))
    (target,) = report.targets
    assert [(one.name, one.version) for one in target.packages if one.type == "maven"] == [
        ("org.apache.logging.log4j:log4j-core", "2.14.1"),
        ("org.apache.logging.log4j:log4j-core", "2.15.0"),
    ]
    assert "CVE-2021-44228" in {one.id for one in target.findings}
    return report


@pytest.fixture(scope="module")
def archive(layout: Path) -> Path:
    path = layout.parent / "docker.tar"
    _copy(layout, f"docker-archive:{path}:team/app:1")
    return path


@pytest.fixture(scope="module")
def docker(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_engine(tmp_path_factory.mktemp("docker")) as socket:
        _run("docker", "--host", f"unix://{socket}", "load", "--quiet", "--input", archive)
        yield f"unix://{socket}"


@pytest.fixture(scope="module")
def docker29(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    directory = tmp_path_factory.mktemp("docker29")
    with current_docker(directory) as socket:
        _run("docker", "--host", f"unix://{socket}", "load", "--quiet", "--input", archive)
        yield f"unix://{socket}", directory / "data"


@pytest.fixture(scope="module")
def podman(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with podman_engine(tmp_path_factory.mktemp("podman")) as socket:
        command = ["curl", "--silent", "--fail", "--unix-socket", socket, "--data-binary", f"@{archive}"]
        _run(*command, "--header", "Content-Type: application/x-tar", "http://e/images/load")
        yield f"unix://{socket}"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def _oci_archive(layout: Path, path: Path) -> Place:
    _copy(layout, f"oci-archive:{path}:1")
    return f"oci-archive:{path}:1", _NOWHERE


def _packed(pack: Callable[[bytes], bytes]) -> Callable[[Path, Path], Place]:
    def make(layout: Path, path: Path) -> Place:
        _copy(layout, f"docker-archive:{path}.tar:team/app:1")
        path.write_bytes(pack(path.with_name(f"{path.name}.tar").read_bytes()))
        return f"docker-archive:{path}", _NOWHERE

    return make


def _skopeo_dir(layout: Path, path: Path) -> Place:
    _copy(layout, f"dir:{path}")
    return f"dir:{path}", _NOWHERE


def _zstd_layout(layout: Path, path: Path) -> Place:
    _copy(layout, f"oci:{path}:1", "--dest-compress-format=zstd")
    return f"oci-dir:{path}:1", _NOWHERE


def _storage(layout: Path, path: Path) -> Place:
    if os.geteuid():
        pytest.skip("containers-storage by overlay needs root")
    try:
        _copy(layout, f"containers-storage:[overlay@{path}/root+{path}/run]team/app:1")
    except subprocess.CalledProcessError:
        pytest.skip("skopeo cannot keep images by overlay here")
    finally:
        subprocess.run(["umount", path / "root/overlay"], capture_output=True, check=False)
    return f"containers-storage:[overlay@{path}/root]team/app:1", _NOWHERE


@pytest.mark.debian("skopeo")
@pytest.mark.parametrize(
    "make",
    [
        _oci_archive,
        _packed(bytes),
        _packed(gzip.compress),
        _packed(lzma.compress),
        _skopeo_dir,
        _zstd_layout,
        _storage,
    ],
    ids=["oci-archive", "docker-archive", "gzip", "xz", "dir", "zstd", "containers-storage"],
)
def test_files(make: Callable[[Path, Path], Place], layout: Path, expected: Report, tmp_path: Path) -> None:
    _check(make(layout, tmp_path / "image"), expected)


@pytest.mark.debian("docker.io", "skopeo")
def test_docker(docker: str, expected: Report) -> None:
    for reference in ("docker:team/app:1", "docker-daemon:team/app:1", "team/app:1"):
        _check((reference, EngineHosts(docker_host=docker)), expected)


@pytest.mark.debian("docker.io", "skopeo")
def test_what_docker_saves(docker: str, expected: Report, tmp_path: Path) -> None:
    path = tmp_path / "saved.tar"
    _run("docker", "--host", docker, "save", "--output", path, "team/app:1")
    _check((str(path), _NOWHERE), expected)


@pytest.mark.debian("docker.io", "skopeo")
def test_docker_that_keeps_manifests(docker29: tuple[str, Path], expected: Report, tmp_path: Path) -> None:
    """Of version 29 and later: an image's ID is its manifest's digest, and the export is a layout."""
    host, data = docker29
    engine = ("docker", "--host", host)
    hosts = EngineHosts(docker_host=host)
    asked = (*engine, "image", "inspect", "--format", "{{.Id}}", "team/app:1")
    image_id = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    names = ("team/app:1", image_id, image_id.removeprefix("sha256:")[:12], f"team/app@{image_id}")
    for name in names:
        _check((f"docker:{name}", hosts), expected)
    (target,) = _scanned(("docker:team/app:1", hosts)).targets
    assert target.image.digest == image_id
    path = tmp_path / "saved.tar"
    _run(*engine, "save", "--output", path, "team/app:1")
    _check((str(path), _NOWHERE), expected)
    _check((f"containerd:[{data}/containerd/daemon]team/app:1", _NOWHERE), expected)


@pytest.mark.debian("podman", "skopeo")
def test_podman(podman: str, expected: Report) -> None:
    for reference in ("podman:team/app:1", "team/app:1"):
        _check((reference, EngineHosts(container_host=podman)), expected)


@pytest.mark.debian("docker-registry", "skopeo")
def test_a_registry(registry: str, layout: Path, expected: Report) -> None:
    _copy(layout, f"docker://{registry}/team/app:1", "--dest-tls-verify=false")
    for reference in (f"{registry}/team/app:1", f"registry:{registry}/team/app:1", f"docker://{registry}/team/app:1"):
        _check((reference, _NOWHERE), expected)


@pytest.mark.debian("docker.io", "skopeo", "squashfs-tools", "e2fsprogs")
def test_root_filesystems(docker: str, expected: Report, tmp_path: Path) -> None:
    packed, tree = tmp_path / "root.tar", tmp_path / "root"
    engine = ("docker", "--host", docker)
    _run(*engine, "create", "--name", "exported", "team/app:1", "/none")
    _run(*engine, "export", "--output", packed, "exported")
    _run(*engine, "rm", "exported")
    tree.mkdir()
    _run("tar", "-xf", packed, "-C", tree)
    _run("mksquashfs", tree, tmp_path / "squashfs", "-quiet", "-no-progress")
    _run("mke2fs", "-q", "-t", "ext4", "-d", tree, tmp_path / "ext4", "16M")
    places = [
        f"dir:{tree}",
        f"rootfs-archive:{packed}",
        f"file:{packed}",
        str(tmp_path / "squashfs"),
        str(tmp_path / "ext4"),
    ]
    for reference in places:
        (target,) = _scanned((reference, _NOWHERE), all_of_it=False).targets
        known = [(one.id, one.package.name, one.package.version, one.status) for one in expected.findings]
        found = [(one.id, one.package.name, one.package.version, one.status) for one in target.findings]
        assert found == known, reference


def _check(place: Place, expected: Report) -> None:
    (found,), (known,) = _scanned(place).targets, expected.targets
    assert found.packages == known.packages, place
    assert found.findings == known.findings, place
    assert [one.occurrence for one in found.findings] == [one.occurrence for one in known.findings]
    assert found.image.config_digest == known.image.config_digest
    assert [one.created_by for one in found.image.layers] == [one.created_by for one in known.image.layers]
