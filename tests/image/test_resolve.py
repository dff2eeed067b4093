"""Which image of an index is taken: the one that Docker, containerd and Podman take, or none where they differ."""

import json
import platform
from collections.abc import Mapping
from typing import Any

import pytest

from lading.image.manifest import Descriptor, parse_manifest
from lading.image.platforms import parse_platform
from lading.image.resolve import Resolver
from lading.model.errors import ImageError
from lading.safeio.tar_writer import build_gzip
from tests.image.images import AMD64, APP, ARM64, BASE, CONFIG, INDEX, Blobs, Json, config, sha256

ATTESTATION = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
ZSTD = {"annotations": {"io.github.containers.compression.zstd": "true"}}
V1 = {**AMD64, "variant": "v1"}
WINDOWS = {"os": "windows", "architecture": "amd64"}
UNKNOWN = {"os": "unknown", "architecture": "unknown"}


class Documents:
    """Documents in memory."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        return self._blobs.held[descriptor.digest]

    def read_config(self, descriptor: Descriptor) -> bytes:
        return self._blobs.held[descriptor.digest]


def _resolve(blobs: Blobs, *children: Json, wanted: str = "linux/amd64") -> str:
    """The digest of the image that an index of these entries gives."""
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}).encode()
    resolver = Resolver(Documents(blobs), parse_platform(wanted), "x")
    return resolver.resolve(sha256(index), parse_manifest(index, "x")).digest


def _refused(blobs: Blobs, *children: Json, wanted: str = "linux/amd64") -> str:
    with pytest.raises(ImageError) as raised:
        _resolve(blobs, *children, wanted=wanted)
    return str(raised.value)


def _entry(image: Json, platform: Mapping[str, Any] | None, **changes: object) -> Json:
    return {**image, **({} if platform is None else {"platform": platform}), **changes}


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        # Measured with Docker 20.10 and 29, containerd 1.6 and Podman 4.3, each of which takes the same.
        (_entry({}, AMD64), _entry({}, AMD64), 1),
        (_entry({}, AMD64, **ATTESTATION), _entry({}, AMD64), 1),
        (_entry({}, AMD64, artifactType="application/spdx+json"), _entry({}, AMD64), 1),
        (_entry({}, {**AMD64, "os.version": "6"}), _entry({}, AMD64), 1),
        (_entry({}, {**AMD64, "variant": "v2"}), _entry({}, AMD64), 2),
        (_entry({}, AMD64), _entry({}, {**AMD64, "os.features": ["x"]}), 1),
        (_entry({}, AMD64), _entry({}, None), 1),
        (_entry({}, {}), _entry({}, AMD64), 2),
        (_entry({}, {"os": "linux"}), _entry({}, AMD64), 2),
        (_entry({}, UNKNOWN), _entry({}, AMD64), 2),
        (_entry({}, ARM64), _entry({}, AMD64), 2),
        (_entry({}, None), _entry({}, None), 1),
        (_entry({}, {}), _entry({}, None), 2),
        (_entry({}, None, **ATTESTATION), _entry({}, None), 1),
    ],
)
def test_one_of_two(first: Json, second: Json, taken: int) -> None:
    blobs = Blobs()
    one, two = {**blobs.image((BASE,)), **first}, {**blobs.image((APP,)), **second}
    assert _resolve(blobs, one, two) == (one if taken == 1 else two)["digest"]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (_entry({}, {"os": "Linux", "architecture": "AMD64"}), _entry({}, AMD64), "linux/amd64"),
        (_entry({}, {"os": "linux", "architecture": "x86_64"}), _entry({}, AMD64), "linux/amd64"),
        (_entry({}, {"architecture": "amd64"}), _entry({}, AMD64), "linux/amd64"),
        (_entry({}, V1), _entry({}, AMD64), "linux/amd64"),
        (_entry({}, AMD64), _entry({}, V1), "linux/amd64"),
        (_entry({}, {"os": "linux", "architecture": "aarch64"}), _entry({}, {**ARM64, "variant": "v9"}), "linux/arm64"),
        (_entry({}, AMD64), _entry({}, AMD64, **ZSTD), "linux/amd64"),
        # Docker 29 takes another one than Podman.
        (_entry({}, {**AMD64, "os.features": ["x"]}), _entry({}, AMD64), "linux/amd64"),
        (
            _entry({}, {**WINDOWS, "os.version": "10.0.17763"}),
            _entry({}, {**WINDOWS, "os.version": "10.0.20348"}),
            "windows/amd64",
        ),
    ],
)
def test_engines_take_different_ones(first: Json, second: Json, wanted: str) -> None:
    blobs = Blobs()
    one, two = {**blobs.image((BASE,)), **first}, {**blobs.image((APP,)), **second}
    assert _refused(blobs, one, two, wanted=wanted) == (
        f"x: holds several images for {wanted}, of which engines take different ones; "
        f"name one by its digest: @{one['digest']}, @{two['digest']}"
    )
    same = {**blobs.image((BASE,), annotations={"a": "b"}), **second}
    assert same["digest"] != one["digest"]
    assert _resolve(blobs, one, same, wanted=wanted) == one["digest"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (_entry({}, AMD64), _entry({}, {**AMD64, "variant": "v2"})),
        (_entry({}, AMD64), _entry({}, {**AMD64, "variant": "v3"})),
        (_entry({}, {**AMD64, "variant": "v2"}), _entry({}, {**AMD64, "variant": "v3"})),
    ],
)
def test_docker_takes_the_highest_variant_that_its_machine_runs(
    first: Json, second: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker 29 does where no platform is asked for; Podman 4.3 takes the one without a variant, or none."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    blobs = Blobs()
    one, two = {**blobs.image((BASE,)), **first}, {**blobs.image((APP,)), **second}
    for children in ([one, two], [two, one]):
        assert "of which engines take different ones" in _refused(blobs, *children, wanted="")
        assert _resolve(blobs, *children, wanted="linux/amd64") == one["digest"]
        assert _resolve(blobs, *children, wanted="linux/amd64/v3") == two["digest"]


@pytest.mark.parametrize("plain", [True, False])
def test_docker_reads_the_platform_of_an_entry_that_states_none(plain: bool) -> None:
    """Docker 29 takes it before others of that platform that come later, Podman 4.3 where there is no other."""
    blobs = Blobs()
    one, two = blobs.image((BASE,)), blobs.image((APP,))
    first = one if plain else blobs.index(_entry(one, AMD64))
    assert _refused(blobs, first, _entry(two, AMD64)) == (
        "x: holds several images for linux/amd64, of which engines take different ones; "
        f"name one by its digest: @{two['digest']}, @{first['digest']}"
    )
    assert _resolve(blobs, _entry(two, AMD64), first) == two["digest"]
    assert _resolve(blobs, blobs.image((BASE,), ARM64), _entry(two, AMD64)) == two["digest"]
    spelled = _entry(two, {"os": "linux", "architecture": "x86_64"})
    assert "of which engines take different ones" in _refused(blobs, spelled, first)
    featured = _entry(two, {**AMD64, "os.features": ["x"]})
    assert "of which engines take different ones" in _refused(blobs, featured, first)


@pytest.mark.parametrize("kind", ["", "application/json", "Application/VND.OCI.image.manifest.v1+json"])
@pytest.mark.parametrize(
    ("stated", "others"), [(AMD64, AMD64), (AMD64, ARM64), (AMD64, None), (None, None), (None, ARM64)]
)
def test_an_image_that_is_said_to_be_something_else(kind: str, stated: Json | None, others: Json | None) -> None:
    """Podman 4.3 takes the first, Docker 29 the second."""
    blobs = Blobs()
    one, two = blobs.image((BASE,)), blobs.image((APP,))
    first = _entry(one, stated, mediaType=kind)
    assert _refused(blobs, first, _entry(two, others)) == (
        f"x: its index says of {one['digest'][:19]} that it is something else than an image, so that engines take "
        f"different ones; name one by its digest: @{one['digest']}, @{two['digest']}"
    )
    assert _resolve(blobs, first, _entry(two, UNKNOWN)) == one["digest"]
    assert _resolve(blobs, first, _entry(blobs.image((BASE,), annotations={"a": "b"}), others)) == one["digest"]
    if stated is None:
        assert _resolve(blobs, first, _entry(two, AMD64)) == two["digest"]


def test_an_artifact_for_the_platform_is_not_passed_over() -> None:
    blobs = Blobs()
    empty = blobs.add(b"{}", "application/vnd.oci.empty.v1+json")
    artifact = blobs.image((), config=empty, artifactType="application/spdx+json")
    image = blobs.image()
    assert _refused(blobs, _entry(artifact, AMD64), _entry(image, AMD64)) == (
        "x: not a container image but an artifact ('application/spdx+json')"
    )
    assert _resolve(blobs, _entry(artifact, UNKNOWN), _entry(image, AMD64)) == image["digest"]
    assert _resolve(blobs, artifact, image) == image["digest"]
    assert _refused(blobs, artifact) == "x: holds no image"


def test_nested_indexes() -> None:
    blobs = Blobs()
    one, two = blobs.image((BASE,)), blobs.image((APP,))
    nested = blobs.index(_entry(one, AMD64))
    assert _resolve(blobs, _entry(nested, AMD64), _entry(two, AMD64)) == one["digest"]
    assert _resolve(blobs, nested, _entry(two, ARM64)) == one["digest"]
    assert _refused(blobs, nested, _entry(two, ARM64), wanted="linux/s390x") == (
        "x: no image for linux/s390x: there is linux/amd64, linux/arm64; choose with --platform"
    )


def test_nothing_for_the_platform() -> None:
    blobs = Blobs()
    arm, amd = blobs.image((BASE,), ARM64), blobs.image((APP,))
    assert _refused(blobs, _entry(amd, {})) == (
        "x: no image for linux/amd64: there is none that is named; choose with --platform"
    )
    assert _refused(blobs, arm, amd) == (
        "x: is for linux/arm64 only, not for linux/amd64: --platform linux/arm64 takes it"
    )
    assert _refused(blobs, _entry(arm, UNKNOWN)) == "x: holds no image"
    assert _refused(blobs) == "x: holds no image"


def test_an_index_said_to_be_a_manifest() -> None:
    blobs = Blobs()
    nested = {**blobs.index(_entry(blobs.image(), AMD64)), "mediaType": "Application/vnd.oci.image.index.v1+json"}
    assert _refused(blobs, nested) == f"x: {nested['digest'][:19]} is an index, though it is said to be a manifest"


def test_more_documents_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lading.image.resolve._MOST_DOCUMENTS", 1)
    blobs = Blobs()
    assert _refused(blobs, blobs.index(_entry(blobs.image(), AMD64))) == (
        "x: more than 1 manifests; name one by its tag or digest"
    )


@pytest.mark.parametrize(
    "kind", ["application/octet-stream", f"{CONFIG.title()}", "application/vnd.cncf.helm.config.v1+json"]
)
def test_an_image_whose_configuration_is_said_to_be_something_else(kind: str) -> None:
    """Docker and containerd run it."""
    blobs = Blobs()
    image = blobs.image((BASE,), config=blobs.add_json(config((BASE,)), kind))
    other = blobs.image((APP,))
    assert _resolve(blobs, _entry(image, AMD64), _entry(other, AMD64)) == image["digest"]
    assert _resolve(blobs, image, other) == image["digest"]
    fewer = blobs.image((BASE,), config=blobs.add_json(config((BASE, APP)), kind))
    assert _refused(blobs, _entry(fewer, AMD64)) == f"x: not a container image but an artifact ({kind!r})"


def test_an_image_whose_layer_is_said_to_be_an_attestation() -> None:
    """Docker, containerd and Podman run it."""
    blobs = Blobs()
    layer = {**blobs.add(build_gzip(BASE), "application/vnd.in-toto+json")}
    image = blobs.image((BASE,), layers=[layer])
    assert _resolve(blobs, _entry(image, AMD64), _entry(blobs.image((APP,)), AMD64)) == image["digest"]
    proof = blobs.image((BASE,), UNKNOWN, layers=[layer])
    assert _refused(blobs, _entry(proof, AMD64)) == (
        "x: not a container image but an attestation; name the image it is about"
    )
