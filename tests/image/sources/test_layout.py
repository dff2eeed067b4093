"""OCI layouts, as directories and packed: which image is taken, and what is wrong with those that are not."""

import gzip
import json
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.image.open import OpenOptions, open_image
from lading.image.store import DirectoryStore
from lading.model.errors import ImageError, SafeIOError
from lading.model.image import Layer, Platform
from lading.safeio.tar_writer import build_gzip
from lading.safeio.zstd import compress
from tests.image.images import (
    AMD64,
    APP,
    ARM64,
    BASE,
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    Blobs,
    Json,
    contents,
    pack,
    read,
    sha256,
    tagged,
    write_files,
)

_ON_AMD64 = OpenOptions(platform="linux/amd64")


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def _refused(reference: str, options: OpenOptions = OpenOptions()) -> str:  # noqa: B008
    with pytest.raises(ImageError) as raised:
        open_image(reference, options)
    return str(raised.value)


def _layout(tmp_path: Path, blobs: Blobs, *entries: Json) -> str:
    return str(write_files(tmp_path / "layout", blobs.files(*entries)))


@pytest.mark.parametrize("prefix", ["", "oci:"])
@pytest.mark.parametrize(
    ("wrap", "source"),
    [
        (None, "oci-layout"),
        (bytes, "oci-archive"),
        (gzip.compress, "oci-archive"),
        (compress, "oci-archive"),
    ],
)
def test_image_is_the_same_from_everywhere(
    tmp_path: Path, prefix: str, wrap: Callable[[bytes], bytes] | None, source: str
) -> None:
    blobs = Blobs()
    manifest = blobs.image()
    files = blobs.files(tagged(manifest, "1"))
    path = tmp_path / "image"
    if wrap is None:
        write_files(path, files)
    else:
        path.write_bytes(wrap(pack(files)))
    opened = open_image(f"{prefix}{path}", OpenOptions())
    image = opened.image
    assert (image.name, image.source, image.digest) == (str(path), source, manifest["digest"])
    assert image.platform == Platform("linux", "amd64")
    assert image.layers == (
        Layer(1, sha256(BASE), sha256(build_gzip(BASE)), len(build_gzip(BASE)), "RUN step 1"),
        Layer(2, sha256(APP), sha256(build_gzip(APP)), len(build_gzip(APP)), "RUN step 2"),
    )
    assert [source.layer for source in opened.layers] == list(image.layers)
    assert [source.cache_key for source in opened.layers] == [sha256(BASE), sha256(APP)]
    assert opened.sequential == (wrap in (gzip.compress, compress))
    assert contents(opened) == [build_gzip(BASE), build_gzip(APP)]


def test_tag_and_digest_choose(tmp_path: Path) -> None:
    blobs = Blobs()
    one, two = blobs.image((BASE,)), blobs.image((APP,))
    path = _layout(tmp_path, blobs, tagged(one, "one"), tagged(two, "docker.io/library/app:two"))
    for selector, digest in [
        (":one", one["digest"]),
        (":two", two["digest"]),
        (":docker.io/library/app:two", two["digest"]),
        (f"@{one['digest']}", one["digest"]),
    ]:
        opened = open_image(f"oci:{path}{selector}", OpenOptions())
        assert (opened.image.name, opened.image.digest) == (f"{path}{selector}", digest)
        opened.close()
    assert _refused(path) == (
        f"{path}: holds several images; add one of these to its name: docker.io/library/app:two, one"
    )
    assert _refused(f"oci:{path}:three") == (
        f"{path}: no image with the tag 'three': there is docker.io/library/app:two, one"
    )
    other = "sha256:" + "0" * 64
    assert _refused(f"oci:{path}@{other}") == f"{path}: no image with the digest {other}"
    assert _refused(f"oci:{path}@sha256:00") == (
        f"{path}@sha256:00: not a digest; expected @sha256: and 64 hexadecimal digits"
    )


def test_one_image_under_two_tags_is_one_image(tmp_path: Path) -> None:
    blobs = Blobs()
    manifest = blobs.image()
    open_image(_layout(tmp_path, blobs, tagged(manifest, "1"), tagged(manifest, "latest")), OpenOptions()).close()


def test_platform_chooses_among_images(tmp_path: Path) -> None:
    blobs = Blobs()
    arm = blobs.image((APP,), ARM64)
    amd = blobs.image((BASE,))
    path = _layout(tmp_path, blobs, arm, {**amd, "platform": AMD64})
    for wanted, digest in [("", amd["digest"]), ("linux/arm64/v8", arm["digest"]), ("linux/amd64", amd["digest"])]:
        opened = open_image(path, OpenOptions(platform=wanted))
        assert opened.image.digest == digest
        opened.close()
    assert _refused(path, OpenOptions(platform="linux/s390x")) == (
        f"{path}: no image for linux/s390x: there is linux/amd64, linux/arm64; choose with --platform"
    )


def test_nested_indexes_and_attestations(tmp_path: Path) -> None:
    blobs = Blobs()
    amd, arm = blobs.image((BASE,)), blobs.image((APP,), ARM64)
    proof = blobs.image((BASE, APP), {"os": "unknown", "architecture": "unknown"})
    unknown = {"os": "unknown", "architecture": "unknown"}
    nested = blobs.index(
        {**amd, "platform": AMD64},
        {**proof, "platform": unknown},
        {**proof, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
    )
    path = _layout(tmp_path, blobs, tagged(blobs.index(nested, {**arm, "platform": ARM64}), "1"))
    opened = open_image(f"{path}:1", OpenOptions())
    assert opened.image.digest == amd["digest"]
    opened.close()
    assert _refused(path, OpenOptions(platform="windows/amd64")) == (
        f"{path}: no image for windows/amd64: there is linux/amd64, linux/arm64; choose with --platform"
    )


def test_single_image_of_another_platform(tmp_path: Path) -> None:
    blobs = Blobs()
    path = _layout(tmp_path, blobs, blobs.image(platform=ARM64))
    assert _refused(path) == (
        f"{path}: is for linux/arm64 only, not for linux/amd64 (this machine): --platform linux/arm64 takes it"
    )
    assert _refused(path, OpenOptions(platform="linux/s390x")) == (
        f"{path}: is for linux/arm64 only, not for linux/s390x: --platform linux/arm64 takes it"
    )
    open_image(path, OpenOptions(platform="linux/arm64")).close()


def test_index_that_misstates_its_only_image(tmp_path: Path) -> None:
    blobs = Blobs()
    path = _layout(tmp_path, blobs, {**blobs.image(platform=ARM64), "platform": AMD64})
    assert _refused(path, _ON_AMD64) == (
        f"{path}: is for linux/arm64 only, not for linux/amd64: --platform linux/arm64 takes it"
    )


def test_image_without_architecture_is_taken(tmp_path: Path) -> None:
    blobs = Blobs()
    opened = open_image(_layout(tmp_path, blobs, blobs.image(platform={})), _ON_AMD64)
    assert opened.image.platform is None
    opened.close()


def test_index_by_content_whatever_its_type(tmp_path: Path) -> None:
    blobs = Blobs()
    manifest = blobs.image()
    path = _layout(tmp_path, blobs, {**manifest, "mediaType": INDEX})
    opened = open_image(path, OpenOptions())
    assert opened.image.digest == manifest["digest"]
    opened.close()


def test_children_without_type_are_told_by_content(tmp_path: Path) -> None:
    blobs = Blobs()
    amd, arm = blobs.image((BASE,)), blobs.image((APP,), ARM64)
    nested = {**blobs.index({**amd, "platform": AMD64}, {**arm, "platform": ARM64}), "mediaType": ""}
    opened = open_image(_layout(tmp_path, blobs, nested), OpenOptions(platform="linux/arm64"))
    assert opened.image.digest == arm["digest"]
    opened.close()


def test_artifacts_beside_an_image_are_passed_over(tmp_path: Path) -> None:
    blobs = Blobs()
    image = blobs.image()
    empty = blobs.add(b"{}", "application/vnd.oci.empty.v1+json")
    signature = blobs.image(config=empty, artifactType="application/vnd.example.signature")
    bill = {**blobs.image((), config=empty), "artifactType": "application/spdx+json"}
    path = _layout(tmp_path, blobs, signature, image, bill)
    opened = open_image(path, OpenOptions())
    assert opened.image.digest == image["digest"]
    opened.close()
    assert _refused(f"oci:{path}@{signature['digest']}") == (
        f"{path}@{signature['digest']}: not a container image but an artifact ('application/vnd.example.signature')"
    )
    assert _refused(path, OpenOptions(platform="linux/s390x")) == (
        f"{path}: is for linux/amd64 only, not for linux/s390x: --platform linux/amd64 takes it"
    )


def test_indexes_nested_without_end(tmp_path: Path) -> None:
    blobs = Blobs()
    nested = blobs.image()
    for _ in range(7):
        nested = blobs.index(nested)
    path = _layout(tmp_path, blobs, nested)
    assert _refused(path) == f"{path}: its indexes nest in a loop or more than 5 deep; refused"


def test_no_history_gives_no_instructions(tmp_path: Path) -> None:
    blobs = Blobs()
    bare = {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": [sha256(BASE)]}, "history": None}
    path = _layout(tmp_path, blobs, blobs.image((BASE,), config=blobs.add_json(bare, CONFIG)))
    opened = open_image(path, OpenOptions())
    assert [layer.created_by for layer in opened.image.layers] == [""]
    opened.close()


def test_empty_image(tmp_path: Path) -> None:
    blobs = Blobs()
    opened = open_image(_layout(tmp_path, blobs, blobs.image(())), OpenOptions())
    assert opened.image.layers == ()
    opened.close()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": sha256(b""), "size": 0}},
            "not a container image but an artifact ('application/vnd.cncf.helm.config.v1+json')",
        ),
        (
            {"manifests": []},
            "is a manifest and an index at once; refused, as tools differ in what they see",
        ),
        (
            {"schemaVersion": 1, "config": None},
            "Docker schema 1, a retired format; push the image again with a present tool",
        ),
        ({"config": None}, f"neither an image manifest nor an index ('{MANIFEST}')"),
        (
            {"layers": [{"mediaType": LAYER, "digest": "sha256:../../../etc/shadow", "size": 1}]},
            "refers to 'sha256:../../../etc/shadow', which is no SHA-256 or SHA-512 digest",
        ),
        (
            {"layers": []},
            "the manifest has 0 layers and the configuration 2: the image is damaged: build or fetch it again",
        ),
        (
            {"layers": [{"mediaType": f"{LAYER}+encrypted", "digest": sha256(b""), "size": 1}]},
            "layer sha256:e3b0c44298fc is encrypted; scan the image before encryption",
        ),
        (
            {"layers": [{"mediaType": LAYER, "digest": sha256(b""), "size": -1}]},
            "sha256:e3b0c44298fc has a negative size",
        ),
    ],
)
def test_manifests_that_are_refused(tmp_path: Path, changes: Json, message: str) -> None:
    blobs = Blobs()
    path = _layout(tmp_path, blobs, blobs.image(**changes))
    assert _refused(path) == f"{path}: {message}"


def test_documents_that_are_no_json(tmp_path: Path) -> None:
    blobs = Blobs()
    path = _layout(tmp_path, blobs, blobs.add(b'{"x":' + b"[" * 100_000, MANIFEST))
    assert _refused(path) == f"{path}: cannot be read (it nests too deeply)"
    path = _layout(tmp_path, blobs, blobs.add(b"{", MANIFEST))
    assert _refused(path) == f"{path}: cannot be read (malformed JSON at character 1)"


def test_manifest_of_another_digest(tmp_path: Path) -> None:
    blobs = Blobs()
    manifest = blobs.image()
    files = blobs.files(manifest)
    name = f"blobs/{manifest['digest'].replace(':', '/')}"
    files[name] = files[name].replace(b"2", b"3", 1)
    path = str(write_files(tmp_path / "layout", files))
    assert _refused(path) == (
        f"{path}: manifest {manifest['digest'][:19]}: its digest is {sha256(files[name])}, "
        f"expected {manifest['digest']}: the image is damaged: fetch it again"
    )


def test_layer_of_another_digest(tmp_path: Path) -> None:
    blobs = Blobs()
    files = blobs.files(blobs.image((BASE,)))
    blob = build_gzip(BASE)
    damaged = blob[:-1] + b"\xff"
    files[f"blobs/{sha256(blob).replace(':', '/')}"] = damaged
    path = str(write_files(tmp_path / "layout", files))
    opened = open_image(path, OpenOptions())
    with pytest.raises(SafeIOError) as raised:
        contents(opened)
    assert str(raised.value) == (
        f"{path}: layer 1 ({sha256(blob)[:19]}): its digest is {sha256(damaged)}, expected {sha256(blob)}: "
        "the image is damaged: fetch it again"
    )


def test_layer_of_another_size(tmp_path: Path) -> None:
    blobs = Blobs()
    files = blobs.files(blobs.image((BASE,)))
    blob = build_gzip(BASE)
    files[f"blobs/{sha256(blob).replace(':', '/')}"] = blob[:-1]
    path = str(write_files(tmp_path / "layout", files))
    opened = open_image(path, OpenOptions())
    with pytest.raises(SafeIOError) as raised:
        contents(opened)
    assert str(raised.value) == (
        f"{path}: layer 1 ({sha256(blob)[:19]}): ends after {len(blob) - 1} bytes, expected {len(blob)}: "
        "the image is damaged: fetch it again"
    )


def test_layer_that_is_missing(tmp_path: Path) -> None:
    blobs = Blobs()
    files = blobs.files(blobs.image((BASE,)))
    digest = sha256(build_gzip(BASE))
    del files[f"blobs/{digest.replace(':', '/')}"]
    path = str(write_files(tmp_path / "layout", files))
    assert _refused(path) == f"{path}: blob {digest} is missing: the image is damaged: fetch it again"


def test_words_of_an_image_cannot_drive_the_terminal(tmp_path: Path) -> None:
    blobs = Blobs()
    one, two = blobs.image((BASE,)), blobs.image((APP,), {"os": "linux", "architecture": "\x1b[31mred"})
    path = _layout(tmp_path, blobs, tagged(one, "\x1b[2J"), tagged(two, "two\n"))
    assert _refused(f"oci:{path}:x") == f"{path}: no image with the tag 'x': there is ?[2J, two?"
    assert _refused(path, OpenOptions(platform="linux/s390x")) == (
        f"{path}: no image for linux/s390x: there is linux/?[31mred, linux/amd64; choose with --platform"
    )


def test_layout_without_index(tmp_path: Path) -> None:
    path = str(write_files(tmp_path / "layout", {"oci-layout": b"{}"}))
    assert _refused(path) == f"{path}: index.json is missing: the image layout is incomplete"


def test_layout_without_images(tmp_path: Path) -> None:
    path = _layout(tmp_path, Blobs())
    assert _refused(path) == f"{path}: holds no image"


def test_index_above_the_limit(tmp_path: Path) -> None:
    path = str(write_files(tmp_path / "layout", {"index.json": b" " * 5_000_000, "oci-layout": b"{}"}))
    assert _refused(path) == f"{path}: index.json: 5,000,000 bytes, above the limit of 4,194,304; refused"


def test_layers_of_a_compressed_archive_in_any_order(tmp_path: Path) -> None:
    blobs = Blobs()
    path = tmp_path / "image.tar.gz"
    path.write_bytes(gzip.compress(pack(blobs.files(blobs.image()))))
    opened = open_image(str(path), OpenOptions())
    first, second = opened.layers
    assert read(second) == build_gzip(APP)
    assert read(first) == build_gzip(BASE)
    one, two = first.open(), second.open()
    assert (one.read(4), two.read(4)) == (build_gzip(BASE)[:4], build_gzip(APP)[:4])
    one.close()
    two.close()
    assert contents(opened) == [build_gzip(BASE), build_gzip(APP)]


def test_config_is_kept_small(tmp_path: Path) -> None:
    blobs = Blobs()
    huge = blobs.add(json.dumps({"os": " " * 9_000_000}).encode(), CONFIG)
    path = _layout(tmp_path, blobs, blobs.image(config=huge))
    assert _refused(path) == (
        f"{path}: configuration {huge['digest'][:19]}: {huge['size']:,} bytes, above the limit of 8,388,608; refused"
    )


def test_what_cannot_be_looked_at_is_not_missing(tmp_path: Path) -> None:
    """As in the directory of another user: reading it says why it cannot be."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    held = {one: DirectoryStore(str(tmp_path / one)).has("index.json") for one in ("loop", "file", "nothing", "")}
    assert held == {"loop": True, "file": False, "nothing": False, "": False}
