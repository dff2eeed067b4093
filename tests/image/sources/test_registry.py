"""The table of sources: complete, unambiguous, and what a prefix means."""

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from lading.image import sources
from lading.image.open import OpenOptions, open_image
from lading.image.sources.registry import DEFAULT, NOT_READ, SOURCES, find_source
from lading.model.errors import UsageError
from tests.support.loopback import only_loopback


def test_every_source_stands_in_the_table() -> None:
    modules = [import_module(f"{sources.__name__}.{info.name}") for info in pkgutil.iter_modules(sources.__path__)]
    found = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    assert sorted(found, key=id) == sorted(SOURCES, key=id)
    assert DEFAULT in SOURCES


def test_the_table_loads_nothing_that_talks_to_servers() -> None:
    program = (
        "import sys, lading.image.open; print(sorted({'ssl', 'urllib3', 'lading.net.client'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_no_two_sources_share_a_name() -> None:
    ids = [source.id for source in SOURCES]
    prefixes = [prefix for source in SOURCES for prefix in source.prefixes]
    assert len(set(ids)) == len(ids)
    assert len(set(prefixes)) == len(prefixes)
    assert not set(prefixes) & NOT_READ.keys()
    assert all(":" in prefix for prefix in (*prefixes, *NOT_READ))


@pytest.mark.parametrize(
    ("reference", "expected", "text"),
    [
        ("oci:a:b", "oci", "a:b"),
        ("oci-archive:a.tar:b", "oci", "a.tar:b"),
        ("oci-dir:a:b", "oci", "a:b"),
        ("file:/bin/sh", "file", "/bin/sh"),
        ("singularity:/x.sif", "disk", "/x.sif"),
        ("disk:/x.img", "disk", "/x.img"),
        ("rootfs-archive:a.tar", "rootfs-archive", "a.tar"),
        ("docker-archive:a.tar", "docker-archive", "a.tar"),
        ("dir:/x", "rootfs", "/x"),
        ("skopeo-dir:x", "skopeo-dir", "x"),
        ("registry:debian", "registry", "debian"),
        ("docker://a.example/b:1", "registry", "a.example/b:1"),
        ("docker:24", "docker", "24"),
        ("docker-daemon:a.example/b:1", "docker", "a.example/b:1"),
        ("podman:x", "podman", "x"),
        ("containers-storage:localhost/x:1", "containers-storage", "localhost/x:1"),
        ("containerd:k8s.io/x:1", "containerd", "k8s.io/x:1"),
        ("registry:5000/app:1", None, "registry:5000/app:1"),
        ("docker:5000/app:1", None, "docker:5000/app:1"),
        ("debian:12", None, "debian:12"),
        ("docker", None, "docker"),
        ("docker/podman:1", None, "docker/podman:1"),
        ("./docker:24", None, "./docker:24"),
    ],
)
def test_prefixes(reference: str, expected: str | None, text: str) -> None:
    source, rest = find_source(reference)
    assert (source and source.id, rest) == (expected, text)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("purl:pkg:deb/a/b@1", "purl: is a package, not an image: it is only scanned as it is"),
        ("pkg:deb/a/b@1", "pkg: is a package, not an image: it is only scanned as it is"),
        ("sbom:/x.json", "sbom: is an SBOM, not an image: it is only scanned as it is"),
        ("https://a.example/b:1", "https: is no part of an image's name: give HOST/NAME:TAG alone"),
        (
            "ebs:/snap-1",
            "ebs: is not read: export the disk as a raw file (qemu-img convert -O raw) and scan disk:FILE",
        ),
    ],
)
def test_prefixes_that_are_not_read(reference: str, message: str) -> None:
    with only_loopback(), pytest.raises(UsageError) as raised:
        open_image(reference, OpenOptions())
    assert str(raised.value) == f"{reference}: {message}"


def test_a_password_in_an_address_is_not_shown() -> None:
    with only_loopback(), pytest.raises(UsageError) as raised:
        open_image("https://jo:s3@cret@a.example/app:1", OpenOptions())
    assert str(raised.value) == "…@a.example/app:1: https: is no part of an image's name: give HOST/NAME:TAG alone"


@pytest.mark.parametrize("prefix", NOT_READ)
@pytest.mark.parametrize("rest", ["x", "x:1", "a.example/b", "", "/x"])
def test_no_known_prefix_is_looked_up_in_a_registry(prefix: str, rest: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_image(f"{prefix}{rest}", OpenOptions())
    assert str(raised.value).startswith(f"{prefix}{rest}: {prefix} is ")
    assert "\n" not in str(raised.value)


def test_the_page_of_sources_has_every_prefix() -> None:
    page = (Path(__file__).parents[3] / "docs/sources.md").read_text()
    assert [prefix for source in SOURCES for prefix in source.prefixes if f"`{prefix}" not in page] == []
