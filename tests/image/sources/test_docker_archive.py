"""Archives of docker save: both forms, and what can be wrong with them."""

import gzip
import json
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from lading.image import store
from lading.image.open import OpenOptions, list_images, open_image
from lading.model.errors import ImageError, SafeIOError
from lading.model.image import Clues, ImageConfig, Layer, Step
from lading.safeio.zstd import compress
from tests.image.images import APP, ARM64, BASE, config, contents, pack, sha256

_CONFIG = json.dumps(config((BASE, APP))).encode()
_CONFIG_NAME = sha256(_CONFIG).removeprefix("sha256:")
_NAME = "shop:1"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def _manifest(*entries: tuple[str, list[str] | None, list[str]]) -> bytes:
    return json.dumps([{"Config": c, "RepoTags": tags, "Layers": layers} for c, tags, layers in entries]).encode()


def _old_form() -> dict[str, bytes | str]:
    """A directory per layer; a layer that is there twice is a symlink the second time."""
    layers = ["one/layer.tar", "two/layer.tar"]
    return {
        "one/VERSION": b"1.0",
        "one/json": b"{}",
        "one/layer.tar": BASE,
        f"{_CONFIG_NAME}.json": _CONFIG,
        "two/layer.tar": "../three/layer.tar",
        "three/layer.tar": APP,
        "manifest.json": _manifest((f"{_CONFIG_NAME}.json", [_NAME], layers)),
        "repositories": b'{"shop": {"1": "two"}}',
    }


def _new_form() -> dict[str, bytes | str]:
    """Blobs by digest, beside the files of an OCI layout."""
    names = [f"blobs/{sha256(tar).replace(':', '/')}" for tar in (BASE, APP)]
    return {
        f"blobs/sha256/{_CONFIG_NAME}": _CONFIG,
        names[1]: APP,
        names[0]: BASE,
        "index.json": b'{"schemaVersion": 2, "manifests": []}',
        "manifest.json": _manifest((f"blobs/sha256/{_CONFIG_NAME}", [_NAME], names)),
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
    }


def _write(tmp_path: Path, files: Mapping[str, bytes | str], wrap: Callable[[bytes], bytes] = bytes) -> str:
    path = tmp_path / "image.tar"
    path.write_bytes(wrap(pack(files)))
    return str(path)


def _refused(reference: str, options: OpenOptions = OpenOptions()) -> str:  # noqa: B008
    with pytest.raises(ImageError) as raised:
        open_image(reference, options)
    return str(raised.value)


@pytest.mark.parametrize("files", [_old_form(), _new_form()], ids=["old", "new"])
@pytest.mark.parametrize("prefix", ["", "docker-archive:"])
@pytest.mark.parametrize("wrap", [bytes, gzip.compress, compress])
def test_both_forms_plain_and_compressed(
    tmp_path: Path, files: Mapping[str, bytes | str], prefix: str, wrap: Callable[[bytes], bytes]
) -> None:
    path = _write(tmp_path, files, wrap)
    opened = open_image(f"{prefix}{path}", OpenOptions())
    image = opened.image
    assert (image.name, image.source, image.digest, image.config_digest) == (
        path,
        "docker-archive",
        "",
        sha256(_CONFIG),
    )
    assert image.layers == (
        Layer(1, sha256(BASE), "", len(BASE), "RUN step 1"),
        Layer(2, sha256(APP), "", len(APP), "RUN step 2"),
    )
    steps = (Step("RUN step 1", True), Step("RUN step 2", True), Step("CMD sh", False))
    assert opened.clues == Clues(history=steps, config=ImageConfig(history=steps))
    assert opened.sequential == (wrap is not bytes)
    assert contents(opened) == [BASE, APP]


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_layers_are_known_by_their_diff_ids_and_the_file(
    tmp_path: Path, wrap: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path, _new_form(), wrap)
    assert _keys(path) == ["", ""]  # it may still change without a trace
    monkeypatch.setattr(store, "_TIMES_APART", 0)
    first, second = _keys(path)
    assert first.startswith(f"{sha256(BASE)}, file ") and second.startswith(f"{sha256(APP)}, file ")
    assert _keys(path) == [first, second]
    os.utime(path, ns=(1, 1))
    assert not {first, second} & set(_keys(path))


def test_layers_of_an_archive_are_ordered_as_they_lie_in_it(tmp_path: Path) -> None:
    with closing(open_image(_write(tmp_path, _new_form()), OpenOptions())) as opened:
        first, second = (getattr(source, "order", 0) for source in opened.layers)
        assert first > second > 0


def _keys(path: str) -> list[str]:
    with closing(open_image(path, OpenOptions())) as opened:
        return [source.cache_key for source in opened.layers]


def test_tag_chooses(tmp_path: Path) -> None:
    other = json.dumps(config((APP,))).encode()
    entries = _manifest(
        ("a.json", ["shop:1", "a.example/team/shop:2"], ["l1", "l2"]), ("b.json", ["docker.io/library/base:9"], ["l2"])
    )
    files: dict[str, bytes | str] = {
        "a.json": _CONFIG,
        "b.json": other,
        "l1": BASE,
        "l2": APP,
        "manifest.json": entries,
    }
    path = _write(tmp_path, files)
    for tag, digest in [
        ("shop:1", sha256(_CONFIG)),
        ("docker.io/library/shop:1", sha256(_CONFIG)),
        ("a.example/team/shop:2", sha256(_CONFIG)),
        ("base:9", sha256(other)),
    ]:
        opened = open_image(f"docker-archive:{path}:{tag}", OpenOptions())
        assert (opened.image.name, opened.image.config_digest) == (f"{path}:{tag}", digest)
        opened.close()
    tags = "a.example/team/shop:2, docker.io/library/base:9, shop:1"
    assert _refused(path) == f"{path}: holds several images; add one of these to its name: {tags}"
    assert list_images(path, OpenOptions()) == tuple(
        f"docker-archive:{path}:{tag}" for tag in ("a.example/team/shop:2", "docker.io/library/base:9", "shop:1")
    )
    assert list_images(f"{path}:shop:1", OpenOptions()) == (f"{path}:shop:1",)
    assert _refused(f"{path}:shop:3") == f"{path}: no image with the tag 'shop:3': there is {tags}"


def test_image_of_another_platform(tmp_path: Path) -> None:
    files = {**_old_form(), "c.json": json.dumps(config((BASE,), ARM64)).encode()}
    files["manifest.json"] = _manifest(("c.json", None, ["one/layer.tar"]))
    path = _write(tmp_path, files)
    assert _refused(path) == (
        f"{path}: is for linux/arm64 only, not for linux/amd64 (this machine): --platform linux/arm64 takes it"
    )
    open_image(path, OpenOptions(platform="linux/arm64")).close()


def test_missing_layer(tmp_path: Path) -> None:
    files = _old_form()
    del files["three/layer.tar"]
    path = _write(tmp_path, files)
    assert _refused(path) == f"{path}: two/layer.tar is missing: the archive is damaged: save the image again"


def test_symlinks_in_a_loop(tmp_path: Path) -> None:
    path = _write(tmp_path, {**_old_form(), "three/layer.tar": "../two/layer.tar"})
    assert _refused(path) == f"{path}: two/layer.tar is missing: the archive is damaged: save the image again"


def test_symlink_out_of_the_archive(tmp_path: Path) -> None:
    path = _write(tmp_path, {**_old_form(), "three/layer.tar": "../../../../../../etc/passwd"})
    assert _refused(path) == f"{path}: two/layer.tar is missing: the archive is damaged: save the image again"


def test_configuration_of_another_digest(tmp_path: Path) -> None:
    damaged = _CONFIG + b" "
    path = _write(tmp_path, {**_old_form(), f"{_CONFIG_NAME}.json": damaged})
    assert _refused(path) == (
        f"{path}: configuration: its digest is {sha256(damaged)}, expected sha256:{_CONFIG_NAME}: "
        "the image is damaged: fetch it again"
    )


def test_more_layers_than_configured(tmp_path: Path) -> None:
    manifest = _manifest((f"{_CONFIG_NAME}.json", None, ["one/layer.tar"]))
    path = _write(tmp_path, {**_old_form(), "manifest.json": manifest})
    assert _refused(path) == (
        f"{path}: the manifest has 1 layers and the configuration 2: the image is damaged: build or fetch it again"
    )


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (b"[]", "holds no image"),
        (b"{}", "manifest.json: cannot be read (Expected `array`, got `object`)"),
        (b"[{}]", "manifest.json: names no configuration for one of its images"),
        (b"[null]", "manifest.json: names no configuration for one of its images"),
        (b"null", "manifest.json: cannot be read (Expected `array`, got `null`)"),
        (
            b'[{"Config": "a", "Layers": "b"}]',
            "manifest.json: cannot be read (Expected `array`, got `str` - at `$[0].layers`)",
        ),
        (
            b'[{"Config": "a", "config": "b"}]',
            "manifest.json: has the names 'Config' and 'config', which are one name to an engine; "
            "refused, as engines differ in what they see",
        ),
        (b"[]x", "manifest.json: cannot be read (malformed JSON at character 2)"),
        (b"[" + b"{}, " * 500 + b"{}]", "manifest.json: lists 501 images, above the limit of 500; refused"),
    ],
)
def test_manifests_that_are_refused(tmp_path: Path, manifest: bytes, message: str) -> None:
    path = _write(tmp_path, {**_old_form(), "manifest.json": manifest})
    assert _refused(path) == f"{path}: {message}"


def test_layout_named_as_docker_archive(tmp_path: Path) -> None:
    files = _new_form()
    del files["manifest.json"]
    path = _write(tmp_path, files)
    assert _refused(f"docker-archive:{path}") == (
        f"{path}: manifest.json is missing: not an archive of docker save, or one made before Docker 1.10"
    )


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_truncated_tar(tmp_path: Path, wrap: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(wrap(pack(_old_form())[:8000]))
    assert _refused(str(path)) == f"{path}: the tar archive ends too early (truncated): fetch the image again"


def test_truncated_gzip(tmp_path: Path) -> None:
    path = tmp_path / "image.tar.gz"
    path.write_bytes(gzip.compress(pack(_old_form()))[:-200])
    assert _refused(str(path)) == f"{path}: the compressed data ends too early: fetch the image again"


def test_archive_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path, _old_form(), gzip.compress)
    opened = open_image(path, OpenOptions())
    Path(path).write_bytes(gzip.compress(b"short"))
    with pytest.raises(SafeIOError):
        contents(opened)
