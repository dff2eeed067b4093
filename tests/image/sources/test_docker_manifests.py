"""Images of engines that keep manifests, as Docker has done since version 29: which platforms there are, and what an
export has to name. The engine answers as a dockerd of API 1.56 was seen to answer."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import pytest

from lading.image.open import OpenOptions, open_image
from lading.image.resolve import OfferedError
from lading.model.errors import LadingError
from lading.net.engines import EngineHosts
from lading.net.network import Network
from tests.image.images import AMD64, APP, ARM64, BASE, INDEX, Blobs, Json, contents, pack, tagged, write_files
from tests.support.engines import said_by_engine

_NAMED_ARM64 = quote(json.dumps({"os": "linux", "architecture": "arm64"}))
_ATTESTED = {"os": "unknown", "architecture": "unknown"}
_NOT_ALL = b'{"message":"unable to create manifests file: NotFound: content digest sha256:e5: not found"}'


class _Engine:
    """An engine that has of `app`, which is made for amd64 and arm64 and has an attestation, what is `here`."""

    def __init__(self, here: Sequence[Json], own: Json = AMD64) -> None:
        blobs = Blobs()
        images = {"amd64": (AMD64, (BASE,)), "arm64": (ARM64, (BASE, APP))}
        made = {
            name: {**blobs.image(tars, platform), "platform": platform} for name, (platform, tars) in images.items()
        }
        proof = {**blobs.add_json({"schemaVersion": 2, "config": {}, "layers": []}, ""), "platform": _ATTESTED}
        index = blobs.index(*made.values(), proof)
        self.asked: list[str] = []
        self.digest = index["digest"]
        children = [
            *({"Kind": "image", "Available": one["platform"] in here, "Descriptor": one} for one in made.values()),
            {"Kind": "attestation", "Available": True, "Descriptor": proof},
        ]
        is_whole = own in here
        told = {"Id": self.digest, "Config": {}, "RootFS": {}, "Descriptor": {**index, "mediaType": INDEX}}
        told |= {"Architecture": own["architecture"] if is_whole else "", "Os": own["os"] if is_whole else ""}
        for one in made.values():
            if one["platform"] not in here:
                del blobs.held[one["digest"]]
        arm64 = blobs.files(tagged(made["arm64"], "1"))
        self._answers = {
            "/images/app/json": (200, json.dumps(told).encode()),
            "/images/app/json?manifests=1": (200, json.dumps({**told, "Manifests": children}).encode()),
            "/images/app/get": (200, pack(blobs.files(tagged(index, "1")))) if is_whole else (404, _NOT_ALL),
            f"/images/app/get?platform={_NAMED_ARM64}": (200, pack(arm64)),
        }

    def serving(self) -> AbstractContextManager[str]:
        return said_by_engine(self._answers, {"Api-Version": "1.56"}, self.asked)


def _options(socket: str, platform: str) -> OpenOptions:
    network = Network(engines=EngineHosts(docker_host=f"unix://{socket}"))
    return OpenOptions(platform=platform, network=network)


@pytest.mark.parametrize(
    ("here", "platform", "tars", "export"),
    [
        ((AMD64, ARM64), "linux/amd64", [BASE], "/images/app/get"),
        ((AMD64, ARM64), "linux/arm64", [BASE, APP], "/images/app/get"),
        ((AMD64,), "linux/amd64", [BASE], "/images/app/get"),
        ((ARM64,), "linux/arm64", [BASE, APP], f"/images/app/get?platform={_NAMED_ARM64}"),
    ],
)
def test_what_there_is_of_an_image(here: Sequence[Json], platform: str, tars: Sequence[bytes], export: str) -> None:
    engine = _Engine(here)
    with engine.serving() as socket:
        opened = open_image("docker:app", _options(socket, platform))
        assert str(opened.image.platform) == platform
        assert len(contents(opened)) == len(tars)
        assert opened.image.index_digest == ("" if "?" in export else engine.digest)
        assert set(engine.asked[2:]) == {export}


@pytest.mark.parametrize(
    ("here", "platform", "said"),
    [
        (
            (AMD64,),
            "linux/arm64",
            "app: docker has it for linux/amd64, not for linux/arm64: "
            "docker pull --platform linux/arm64 app fetches it",
        ),
        (
            (AMD64,),
            "linux/s390x",
            "app: docker has it for linux/amd64, not for linux/s390x; it is made for linux/amd64, linux/arm64",
        ),
        (
            (),
            "linux/amd64",
            "app: docker has it for no platform: docker pull --platform linux/amd64 app fetches it",
        ),
    ],
)
def test_platforms_that_there_are_not(here: Sequence[Json], platform: str, said: str) -> None:
    engine = _Engine(here)
    with engine.serving() as socket, pytest.raises(LadingError) as raised:
        open_image("docker:app", _options(socket, platform))
    assert str(raised.value) == said
    assert engine.asked == ["/images/app/json", "/images/app/json?manifests=1"]


def test_all_platforms_are_those_that_are_here() -> None:
    engine = _Engine((ARM64,))
    with engine.serving() as socket, pytest.raises(OfferedError) as raised:
        open_image("docker:app", _options(socket, "all"))
    assert [str(one) for one in raised.value.platforms] == ["linux/arm64"]


def test_a_layout_of_an_image_that_was_fetched_for_one_platform(tmp_path: Path) -> None:
    """As `docker save` and containerd have it, whose index names all."""
    blobs = Blobs()
    amd64, arm64 = ({**blobs.image((BASE,), one), "platform": one} for one in (AMD64, ARM64))
    index = blobs.index(amd64, arm64)
    del blobs.held[arm64["digest"]]
    reference = f"oci:{write_files(tmp_path / 'layout', blobs.files(tagged(index, '1')))}"
    contents(open_image(reference, OpenOptions(platform="linux/amd64")))
    with pytest.raises(LadingError) as raised:
        open_image(reference, OpenOptions(platform="linux/arm64"))
    assert str(raised.value) == (
        f"{tmp_path}/layout: its index names an image for linux/arm64, whose manifest {arm64['digest'][:19]} is not "
        "here: it was fetched for other platforms alone, or is damaged"
    )


def test_an_engine_says_why_it_gives_no_export() -> None:
    answers = {
        "/images/app/json": (200, json.dumps({"Id": "x", "Descriptor": {"digest": "sha256:1"}}).encode()),
        "/images/app/get": (404, _NOT_ALL),
    }
    with said_by_engine(answers, {}) as socket, pytest.raises(LadingError) as raised:
        open_image("docker:app", _options(socket, "linux/amd64"))
    assert str(raised.value) == (
        f"unix://{socket}: answered 404 Not Found to the request for the export of app: "
        "unable to create manifests file: NotFound: content digest sha256:e5: not found"
    )
