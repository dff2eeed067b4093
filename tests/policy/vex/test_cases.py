"""VEX statements of every format held against an image: what comes of them, through the library and through the command
line. `cases.json` has the cases: `held` tells how a document is had and signed, `expect` what becomes of findings that
change, `outcomes` what comes of each statement, `nearest` what the first one that matches nothing comes near to, `tell`
the codes of diagnostics."""

import base64
import json
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from msgspec import Struct, structs

import lading
from lading.cli.main import main
from lading.model.package import FoundVex
from lading.model.report import InventoryResult
from lading.safeio.signing import sign
from lading.safeio.trust import Trust
from lading.safeio.trusted_keys import read_trusted_keys
from tests.policy.vex.world import ADVISORIES, SCHEMES, WORLDS, target_of, write_database, write_inventory
from tests.samples import FakeStore, FixedDatabase


class Document(Struct):
    held: str
    content: dict[str, Any]


class Case(Struct):
    name: str
    world: Literal["shop", "alma"]
    documents: list[Document]
    expect: dict[str, str]
    outcomes: list[str]
    nearest: str = ""
    tell: list[str] = []


def cases() -> list[Case]:
    import msgspec

    return msgspec.json.decode(Path(__file__).with_name("cases.json").read_bytes(), type=list[Case])


CASES = cases()
each_case = pytest.mark.parametrize("case", CASES, ids=[one.name for one in CASES])


class Site(Struct):
    """The documents of a case as files, and as they lie in the image; the file of the trusted keys."""

    named: list[Path]
    lying: tuple[FoundVex, ...]
    keys: Path


class Keys:
    """A key of OpenSSH and one of cosign that are trusted, and one that is not."""

    def __init__(self, directory: Path) -> None:
        self.file, self.ssh, self.wrong = directory / "keys", directory / "id", directory / "other"
        lines = []
        for path in (self.ssh, self.wrong):
            key = Ed25519PrivateKey.generate()
            path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
            lines.append(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
        self.cosign: EllipticCurvePrivateKey = generate_private_key(SECP256R1())
        pem = self.cosign.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.file.write_bytes(lines[0] + b" site\n" + pem)

    def envelope(self, payload: bytes) -> bytes:
        kind = b"application/vnd.in-toto+json"
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        signature = base64.b64encode(self.cosign.sign(signed, ECDSA(SHA256()))).decode()
        encoded = base64.b64encode(payload).decode()
        document = {"payloadType": kind.decode(), "payload": encoded, "signatures": [{"keyid": "", "sig": signature}]}
        return json.dumps(document).encode()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def lay(case: Case, directory: Path, keys: Keys) -> Site:
    named: list[Path] = []
    lying: list[FoundVex] = []
    for number, document in enumerate(case.documents, 1):
        place, _, how = document.held.partition("+")
        data, signature = json.dumps(document.content).encode(), b""
        if how == "envelope":
            data = keys.envelope(data)
        elif how:
            signature = sign(data, keys.wrong if how == "wrong_key" else keys.ssh, "lading-vex")
            data += b"\n" * (how == "tampered")
        if place == "image":
            lying.append(FoundVex(f"usr/share/vex/{number}.json", 1, data, signature))
            continue
        path = directory / f"{number}.vex.json"
        path.write_bytes(data)
        if signature:
            path.with_name(f"{path.name}.sig").write_bytes(signature)
        named.append(path)
    return Site(named, tuple(lying), keys.file)


def expected(case: Case) -> dict[str, str]:
    """What becomes of every finding."""
    before = {f"{one.id} {one.package.name}": str(one.status) for one in target_of(case.world).findings}
    assert case.expect.keys() <= before.keys()
    return before | case.expect


@each_case
def test_through_the_library(case: Case, tmp_path: Path, keys: Keys) -> None:
    site = lay(case, tmp_path, keys)
    image, found = WORLDS[case.world]
    listed = InventoryResult(image, structs.replace(found, vex=site.lying))
    store = FakeStore(dict(ADVISORIES), schemes=SCHEMES)
    options = lading.ScanOptions(vex=tuple(map(str, site.named)))
    environment = lading.Environment(database=FixedDatabase(store), trust=Trust(vex=read_trusted_keys(site.keys)))
    (target,) = lading.match(listed, options, environment).targets
    came = {
        f"{one.id} {one.package.name}": "suppressed" if one.suppressions else str(one.status) for one in target.findings
    }
    assert came == expected(case)
    assert [one.outcome for one in target.vex] == case.outcomes
    assert next((one.nearest for one in target.vex if one.nearest), "") == case.nearest
    assert sorted({one.code for one in target.diagnostics if one.code.startswith("vex-")}) == sorted(case.tell)
    # Every finding is spoken of by those statements alone that say so.
    spoken = {one.occurrence for one in target.findings if one.vex}
    assert spoken == {occurrence for one in target.vex for occurrence in one.findings}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("database"))


@each_case
def test_through_the_command_line(
    case: Case, tmp_path: Path, keys: Keys, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = lay(case, tmp_path, keys)
    inventory = write_inventory(case.world, tmp_path / "inventory.json", site.lying)
    arguments = [part for path in site.named for part in ("--vex", str(path))]
    command = ["scan", f"sbom:{inventory}", "--db", str(database), "--vex-key", str(site.keys), *arguments]
    assert main([*command, "-o", "json"]) in (0, 3)
    (target,) = json.loads(capsys.readouterr().out)["targets"]
    packages = {one["id"]: one["name"] for one in target["packages"]}
    came = {
        f"{one['id']} {packages[one['package']]}": "suppressed" if one.get("suppressions") else one["status"]
        for one in target["findings"]
    }
    assert came == expected(case)
    assert [one["outcome"] for one in target["vex"]] == case.outcomes
    assert sorted({one["code"] for one in target["diagnostics"] if one["code"].startswith("vex-")}) == sorted(case.tell)


def test_there_are_cases_of_every_format() -> None:
    formats = {name: sum(one.name.startswith(name) for one in CASES) for name in ("openvex", "csaf", "cyclonedx")}
    assert formats == {"openvex": 60, "csaf": 19, "cyclonedx": 17}
