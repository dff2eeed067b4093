"""Registries that fail or mislead where what is attached is asked for."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import lading
from lading.database.provider import StarterDatabase
from lading.engine.scan import inventory
from lading.model.attached import AttachedToImage
from lading.safeio.trust import Trust
from lading.safeio.trusted_keys import TrustedKeys
from tests.image.images import CONFIG, INDEX, MANIFEST, Blobs, Json
from tests.net.scripted import Reply, Request, serve
from tests.support.attaching import BUNDLE, OPENVEX, SIGNED, SIMPLE_SIGNING, Signer, simple, statement

OURS = Signer()


class Registry:
    """A registry with one image that answers what a test says of everything that is attached."""

    def __init__(self, attached: Callable[[str, Blobs, Json], Reply | None]) -> None:
        self.blobs = Blobs()
        self.image = self.blobs.image()
        self.paths: list[str] = []
        self._attached = attached

    def answer(self, request: Request) -> Reply:
        self.paths.append(request.path)
        path = request.path.partition("?")[0].removeprefix("/v2/team/app/")
        found = self._attached(request.path.removeprefix("/v2/team/app/"), self.blobs, self.image)
        if found is not None:
            return found
        kind, _, name = path.partition("/")
        if kind == "manifests" and name == "1":
            return Reply(body=self.blobs.held[self.image["digest"]], headers={"Content-Type": MANIFEST})
        if name in self.blobs.held:
            return Reply(body=self.blobs.held[name], headers={"Content-Type": MANIFEST})
        return Reply(404)


def look(registry: Registry) -> lading.InventoryResult:
    keys = TrustedKeys(pem=(OURS.public.strip(),))
    environment = lading.Environment(database=StarterDatabase(), trust=Trust(image=keys, vex=keys))
    options = lading.ScanOptions(plain_http=True, platform="linux/amd64", timeout=20)
    with serve(registry.answer) as server:
        return inventory(f"{server.host}/team/app:1", options, environment)


def of(result: lading.InventoryResult) -> AttachedToImage:
    assert result.attached is not None
    return result.attached


def told(result: lading.InventoryResult, code: str) -> list[str]:
    return [re.sub(r"127\.0\.0\.1:\d+", "HOST", one.message) for one in result.diagnostics if one.code == code]


def listing(*entries: Json, next: str = "") -> Reply:
    headers = {"Content-Type": INDEX, **({"Link": f'<{next}>; rel="next"'} if next else {})}
    return Reply(
        body=json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode(), headers=headers
    )


def holding(blobs: Blobs, subject: Json, *layers: Json, **more: object) -> Json:
    """A manifest that refers to another."""
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": BUNDLE,
        "config": blobs.add(b"{}", CONFIG),
        "layers": layers,
        "subject": subject,
        **more,
    }
    return blobs.add_json(document, MANIFEST)


def signature(blobs: Blobs, image: Json) -> Json:
    return blobs.add_json(OURS.bundle(statement(image["digest"], SIGNED, {})), BUNDLE)


def test_lists_in_pages() -> None:
    """Each page is followed, by whatever address the registry gives."""

    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        if not path.startswith("referrers/"):
            return None
        if "page=2" in path:
            return listing(holding(blobs, image, signature(blobs, image)))
        return listing(next=f"/v2/team/app/{path}?page=2")

    found = look(Registry(attached))
    assert (of(found).signers, of(found).whole) == ((OURS.fingerprint,), True)
    assert told(found, "attachments-unread") == []


def test_pages_without_end() -> None:
    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        return listing(next=f"/v2/team/app/{path}") if path.startswith("referrers/") else None

    registry = Registry(attached)
    found = look(registry)
    assert (of(found).items, of(found).whole, of(found).signed) == ((), False, None)
    (message,) = told(found, "attachments-unread")
    assert message.endswith(": more than 20 pages are attached; the others are not read")
    assert sum("/referrers/" in one for one in registry.paths) == 21


@pytest.mark.parametrize("status", [400, 404, 405, 406, 501])
def test_registries_without_lists(status: int) -> None:
    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        return Reply(status) if path.startswith("referrers/") else None

    assert of(look(Registry(attached))) == AttachedToImage()


def test_a_page_for_people_is_no_list() -> None:
    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        html = {"Content-Type": "text/html"}
        return Reply(body=b"<html>", headers=html) if path.startswith("referrers/") else None

    assert of(look(Registry(attached))) == AttachedToImage()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("status", [401, 403, 500])
def test_what_cannot_be_asked_is_told(status: int) -> None:
    """Whether the image is signed is then not known, unless a signature was found."""
    holds = False

    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        if path.startswith("referrers/"):
            return Reply(status)
        if holds and path.endswith(".sig"):
            payload = simple(image["digest"])
            annotations = {"dev.cosignproject.cosign/signature": OURS.sign(payload)}
            layer = {**blobs.add(payload, SIMPLE_SIGNING), "annotations": annotations}
            document = {"schemaVersion": 2, "config": blobs.add(b"{}", CONFIG), "layers": [layer]}
            return Reply(body=json.dumps(document).encode())
        return None

    found = look(Registry(attached))
    assert (of(found).signed, of(found).whole) == (None, False)
    assert len(told(found, "attachments-unread")) == 1
    holds = True
    found = look(Registry(attached))
    assert (of(found).signed, of(found).whole) == (True, False)


def test_more_than_is_read() -> None:
    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        if not path.startswith("referrers/"):
            return None
        return listing(*(holding(blobs, image, annotations={"number": str(number)}) for number in range(105)))

    found = look(Registry(attached))
    assert (len(of(found).items), of(found).whole) == (100, False)
    (message,) = told(found, "attachments-unread")
    assert message.endswith(": more than 100 things are attached; the rest is not read")


def test_what_takes_more_memory_than_it_has_bytes() -> None:
    """Two bytes of text are an object: in a document, and in a statement within an envelope."""
    many = b"[" + b"{}," * 500_000 + b"{}]"

    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        if not path.startswith("referrers/"):
            return None
        payload = base64.b64encode(b'{"_type":"https://in-toto.io/Statement/v1","subject":' + many + b"}")
        envelope = {"payloadType": "application/vnd.in-toto+json", "payload": payload.decode(), "signatures": []}
        bill = blobs.add(b'{"bomFormat":"CycloneDX","components":' + many + b"}", "application/vnd.cyclonedx+json")
        wrapped = blobs.add_json({"dsseEnvelope": envelope}, BUNDLE)
        return listing(holding(blobs, image, bill), holding(blobs, image, wrapped))

    found = look(Registry(attached))
    assert sorted(one.why for one in of(found).items if one.refused) == [
        "cannot be read as an envelope",
        "has more than 500,000 objects",
    ]


def test_what_lies_about_its_content() -> None:
    """Another manifest, another blob, a blob without end, an image that refers to itself, what is deep or no statement:
    each is refused, and the others count."""

    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        if path.startswith("blobs/") and path.endswith(swapped["digest"]):
            return Reply(body=b"another")
        if path.startswith("blobs/") and path.endswith(endless["digest"]):
            return Reply(body=b"{}" * 100)
        if not path.startswith("referrers/"):
            return None
        good = holding(blobs, image, signature(blobs, image))
        nested = b'{"payload":' + b"[" * 100_000
        deep = {
            "payloadType": "application/vnd.in-toto+json",
            "payload": "W1tbW1tbW1tb",
            "signatures": [{"sig": "AA=="}],
        }
        return listing(
            good,
            {**good, "digest": f"sha256:{'1' * 64}"},
            holding(blobs, image, swapped),
            holding(blobs, image, endless),
            holding(blobs, image, blobs.add(nested, BUNDLE)),
            holding(blobs, image, blobs.add_json({"dsseEnvelope": deep}, BUNDLE)),
            holding(blobs, image, blobs.add_json({}, BUNDLE)),
            {**image},
        )

    registry = Registry(attached)
    swapped = registry.blobs.add(b'{"one": 1}', BUNDLE)
    endless = registry.blobs.add(b'{"two": 2}', BUNDLE)
    found = look(registry)
    assert of(found).signers == (OURS.fingerprint,)
    refused = sorted(re.sub(r"sha256:[0-9a-f]+", "DIGEST", one.why) for one in of(found).items if one.refused)
    assert refused == [
        "cannot be read as a bundle",
        "ends after 7 bytes, expected 10: the image is damaged: fetch it again",
        "goes on after the 10 bytes expected: the image is damaged: fetch it again",
        "holds no in-toto statement that can be read",
        "is a bundle without a signature",
        "says that it is about nothing",
    ]
    assert len(told(found, "attachments-unread")) == 1


def test_the_account_of_the_image_is_used(tmp_path: Path) -> None:
    """For everything that is asked, and for nothing of another host."""

    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        if not path.startswith("referrers/"):
            return None
        return listing(holding(blobs, image, signature(blobs, image)))

    registry = Registry(attached)
    account = base64.b64encode(b"me:secret").decode()

    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != f"Basic {account}":
            return Reply(401, headers={"WWW-Authenticate": 'Basic realm="registry"'})
        return registry.answer(request)

    keys = TrustedKeys(pem=(OURS.public.strip(),))
    with serve(answer) as server:
        (tmp_path / "config.json").write_text(json.dumps({"auths": {server.host: {"auth": account}}}))
        network = lading.Network(credentials=lading.DockerConfig(tmp_path / "config.json"))
        environment = lading.Environment(database=StarterDatabase(), trust=Trust(image=keys), network=network)
        options = lading.ScanOptions(plain_http=True, platform="linux/amd64", timeout=20)
        found = inventory(f"{server.host}/team/app:1", options, environment)
    assert (of(found).signers, of(found).whole) == ((OURS.fingerprint,), True)


def test_names_that_drive_terminals_are_shown_plainly() -> None:
    def attached(path: str, blobs: Blobs, image: Json) -> Reply | None:
        if not path.startswith("referrers/"):
            return None
        evil = blobs.add_json(OURS.bundle(statement(image["digest"], f"{OPENVEX}\x1b[2J", {})), BUNDLE)
        return listing(holding(blobs, image, evil), holding(blobs, image, artifactType="\u202etxt"))

    found = look(Registry(attached))
    assert sorted(one.type for one in of(found).items) == ["?txt", f"{OPENVEX}?[2J"]
