"""The index of known base images."""

from pathlib import Path

import pytest
from msgspec import structs

from lading.image.bases import KnownBase, add_base, read_bases, remove_bases
from lading.model.diagnostic import Diagnostic
from lading.model.errors import EngineError, ImageError
from lading.model.image import Image, Layer, Platform

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")
DEBIAN = Image("debian:12", "registry", "sha256:m", "sha256:c", Platform("linux", "amd64"), (Layer(1, ONE),))
RENEWED = structs.replace(DEBIAN, layers=(Layer(1, TWO), Layer(2, ONE)), digest="", platform=None)


def test_what_is_added_is_read_and_removed(tmp_path: Path) -> None:
    directory = tmp_path / "bases"
    assert read_bases(directory) == ((), ())
    first = add_base(directory, DEBIAN, "debian:12", "2026-11-20")
    second = add_base(directory, RENEWED, "debian:12", "2026-11-21")
    other = add_base(directory, structs.replace(DEBIAN, layers=(Layer(1, TWO),)), "alpine:3", "2026-11-22")
    assert first == KnownBase("debian:12", "2026-11-20", "linux/amd64", "sha256:m", "sha256:c", (ONE,))
    assert second == KnownBase("debian:12", "2026-11-21", "", "", "sha256:c", (TWO, ONE))
    assert read_bases(directory) == ((other, first, second), ())
    assert remove_bases(directory, ("debian", "debian:12")) == (first, second)
    assert remove_bases(directory, ("debian:12",)) == ()
    assert read_bases(directory) == ((other,), ())


def test_the_same_layers_are_known_by_their_latest_name(tmp_path: Path) -> None:
    add_base(tmp_path, DEBIAN, "debian:12", "2026-11-20")
    latest = add_base(tmp_path, DEBIAN, "golden", "2026-11-21")
    assert read_bases(tmp_path) == ((latest,), ())


@pytest.mark.parametrize("layers", [(), (Layer(1),), (Layer(1, ONE), Layer(2))])
def test_an_image_without_layers_is_no_base(layers: tuple[Layer, ...], tmp_path: Path) -> None:
    with pytest.raises(ImageError) as raised:
        add_base(tmp_path, structs.replace(DEBIAN, layers=layers), "x", "2026-11-20")
    assert str(raised.value) == "debian:12: has no layers by which it could be known as a base"
    assert list(tmp_path.iterdir()) == []


def test_damaged_files_are_told_and_passed_over(tmp_path: Path) -> None:
    good = add_base(tmp_path, DEBIAN, "debian:12", "2026-11-20")
    (path,) = tmp_path.iterdir()
    damages = {
        "0.json": (b"", "Input data was truncated"),
        "1.json": (b"[" * 100_000, None),
        "2.json": (b"\xff", None),
        "3.json": (b"{}", "Object missing required field `name`"),
        "4.json": (path.read_bytes(), "its diff IDs are not those it is named by"),
        "5.json": (path.read_bytes().replace(ONE.encode(), b""), "its diff IDs are not those it is named by"),
    }
    for name, (content, _) in damages.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "6.json").mkdir()
    held, remarks = read_bases(tmp_path)
    assert held == (good,)
    assert [(one.level, one.code, one.where) for one in remarks] == [
        ("warning", "base-unreadable", str(tmp_path / name)) for name in [*damages, "6.json"]
    ]
    expected = {**{name: reason for name, (_, reason) in damages.items()}, "6.json": "Is a directory"}
    for remark in remarks:
        if reason := expected.get(Path(remark.where).name):
            text = f"a base image in the index cannot be read and was passed over ({reason}): delete its file"
            assert remark == Diagnostic("warning", "base-unreadable", text, remark.where)
    assert remove_bases(tmp_path, ("debian:12",)) == (good,)


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    add_base(tmp_path, DEBIAN, "debian:12", "2026-11-20")
    (path,) = tmp_path.iterdir()
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(EngineError) as raised:
        remove_bases(tmp_path, ("debian:12",))
    assert str(raised.value) == f"{path}: cannot be removed: Permission denied"
