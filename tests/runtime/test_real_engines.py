"""Real containers of Docker and containerd: a package installed, a program replaced, a file removed since the start."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.database.provider import StarterDatabase
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.model.package import Location, Package
from lading.model.report import Target
from lading.model.runtime import ChangedFile, ChangedPackage
from lading.net.engines import EngineHosts
from lading.net.network import Network
from lading.runtime.containers import Place, list_containers
from lading.runtime.scan import Running, scan_container
from lading.runtime.sight import look
from tests.fleet import CURL, OS_RELEASE, dpkg_status
from tests.support.containerd import serve_containerd
from tests.support.engines import docker_engine

BUSYBOX = Path("/bin/busybox")
CHANGE = f"""
printf '\\nPackage: {CURL[0]}\\nStatus: install ok installed\\nVersion: {CURL[1]}\\nArchitecture: amd64\\n' \
  >> /var/lib/dpkg/status
echo /usr/bin/curl > /var/lib/dpkg/info/curl.list
/bin/busybox cp /bin/busybox /usr/bin/curl
/bin/busybox cp /bin/busybox /bin/new
/bin/busybox mv /bin/new /bin/tool
/bin/busybox rm /bin/gone
/bin/busybox touch /etc/os-release
"""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A root filesystem as a tar: a shell, and two packages."""
    if not BUSYBOX.exists():
        pytest.skip("busybox-static is not installed")
    root = tmp_path / "rootfs"
    for name in ("bin", "etc", "proc", "dev", "sys", "tmp", "usr/bin", "var/lib/dpkg/info"):
        (root / name).mkdir(parents=True)
    shutil.copy2(BUSYBOX, root / "bin/busybox")
    (root / "bin/sh").symlink_to("busybox")
    (root / "bin/tool").write_text("#!/bin/sh\nexec true\n")
    (root / "bin/gone").write_text("#!/bin/sh\nexec true\n")
    (root / "etc/os-release").write_bytes(OS_RELEASE)
    (root / "var/lib/dpkg/status").write_bytes(dpkg_status([("busybox-static", "1:1.35.0-4"), ("tool", "1")]))
    (root / "var/lib/dpkg/info/busybox-static.list").write_text("/bin\n/bin/busybox\n")
    (root / "var/lib/dpkg/info/tool.list").write_text("/bin\n/bin/tool\n/bin/gone\n")
    with tarfile.open(tmp_path / "rootfs.tar", "w") as tar:
        tar.add(root, ".")
    return tmp_path / "rootfs.tar"


def run(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]} cannot run containers here: {done.stderr.strip()[:200]}")
    return done.stdout.strip()


@pytest.fixture
def docker(image: Path, tmp_path: Path) -> Iterator[tuple[Place, EngineHosts]]:
    (tmp_path / "docker").mkdir()
    with docker_engine(tmp_path / "docker") as socket:
        docker = ("docker", "--host", f"unix://{socket}")
        run(*docker, "import", image, "web:1")
        run(*docker, "run", "--detach", "--name", "web", "--network", "none", "web:1", "/bin/busybox", "sleep", "9999")
        try:
            run(*docker, "exec", "web", "/bin/sh", "-ec", CHANGE)
            yield "docker", EngineHosts(docker_host=f"unix://{socket}")
        finally:
            subprocess.run([*docker, "rm", "--force", "web"], capture_output=True, check=False)


@pytest.fixture
def containerd(image: Path, tmp_path: Path) -> Iterator[tuple[Place, EngineHosts]]:
    run("umoci", "init", "--layout", tmp_path / "layout")
    run("umoci", "new", "--image", f"{tmp_path}/layout:1")
    run("umoci", "insert", "--image", f"{tmp_path}/layout:1", tmp_path / "rootfs", "/")
    run("tar", "-C", tmp_path / "layout", "-cf", tmp_path / "oci.tar", ".")
    with serve_containerd(tmp_path) as socket:
        ctr = ("ctr", "--address", socket)
        name = f"web-{tmp_path.stat().st_ino}"  # runc keeps names for all of the machine
        run(*ctr, "images", "import", "--base-name", "localhost/web", tmp_path / "oci.tar")
        run(*ctr, "run", "--detach", "localhost/web:1", name, "/bin/busybox", "sleep", "9999")
        (tmp_path / "containerd").symlink_to(Path(socket).parent / "state")
        try:
            run(*ctr, "tasks", "exec", "--exec-id", "1", name, "/bin/sh", "-ec", CHANGE)
            yield "containerd", EngineHosts(containerd_roots=(tmp_path / "root",), runtime=str(tmp_path), is_root=True)
        finally:
            subprocess.run([*ctr, "tasks", "delete", "--force", name], capture_output=True, check=False)


@pytest.mark.debian("docker.io", "busybox-static")
def test_a_container_of_docker(docker: tuple[Place, EngineHosts]) -> None:
    check(*docker, image="web:1")


@pytest.mark.debian("containerd", "umoci", "busybox-static")
def test_a_container_of_containerd(containerd: tuple[Place, EngineHosts]) -> None:
    check(*containerd, image="localhost/web:1")


def check(place: Place, hosts: EngineHosts, image: str) -> None:
    target = scanned(place, hosts)
    container = target.container
    assert container is not None
    assert container.name.partition("-")[0] == "web"
    assert (container.image, target.image.name) == (image, image)
    assert [(one.name, one.program) for one in container.processes] == [("busybox", "bin/busybox")]
    assert container.drift is not None
    pid = container.processes[0].pid
    assert container.drift.files == (
        ChangedFile("bin/gone", "removed", package="tool"),
        ChangedFile("bin/tool", "changed", "program", "tool"),
        ChangedFile("usr/bin/curl", "added", "program", "curl"),
        ChangedFile("var/lib/dpkg/info/curl.list", "added", "database"),
        ChangedFile("var/lib/dpkg/status", "changed", "database"),
    )
    assert container.drift.packages == (ChangedPackage("deb", "curl", "", CURL[1]),)
    assert container.drift.touched == 1
    packages = {one.name: one for one in target.packages if one.type == "deb"}
    assert {name: one.usage.in_use if one.usage else None for name, one in packages.items()} == {
        "busybox-static": True, "curl": False, "tool": False,
    }  # fmt: skip
    assert packages["busybox-static"].usage is not None
    assert packages["busybox-static"].usage.by == (f"busybox ({pid})",)
    assert place_of(packages["curl"]) == (0, Location("var/lib/dpkg/status", 0, "container"))
    assert any(one.package.name == "curl" and one.is_open for one in target.findings)


def place_of(package: Package) -> tuple[int, Location]:
    return package.layer, package.locations[0]


def scanned(place: Place, hosts: EngineHosts) -> Target:
    environment = Environment(database=StarterDatabase(), network=Network(engines=hosts))
    (listed,) = list_containers(place, ScanOptions(), environment).containers
    sight = look([listed.container])[listed.container.id]
    assert sight.is_whole
    _, report = scan_container(Running(listed, sight), ScanOptions(), environment)
    (target,) = report.targets
    return target
