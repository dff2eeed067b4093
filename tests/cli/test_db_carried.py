"""What an exported database carries beside its shards, from one site to another."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.cli.main import main
from lading.safeio.zstd import ZstdDecompressor, compress
from tests.databases import advisory, publish
from tests.fleet import write_image

VEX = """{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://x.example/1", "author": "x", "version": 1,
"timestamp": "2026-01-01T00:00:00Z", "statements": [{"vulnerability": {"name": "CVE-1-1"}, "status": "not_affected",
"products": [{"@id": "pkg:deb/debian/curl"}], "justification": "vulnerable_code_not_present"}]}"""
POLICY = '[[ignore]]\nvulnerability = "CVE-1-2"\nreason = "x"\n'


@pytest.fixture
def site(own_home: Path, tmp_path: Path) -> Path:
    """A site with a network: its database, an image, a VEX document and a policy."""
    database = own_home / ".local/share/lading/db"
    for name, scheme, package in (
        ("debian-12", "deb", "curl"),
        ("pypi", "pep440", "a"),
        ("kev", "", "b"),
        ("epss", "", "c"),
    ):
        publish(database, name, advisory("CVE-1-1", package, "9"), advisory("CVE-1-2", package, "9"), scheme=scheme)
    write_image(tmp_path, "image", (("curl", "7.88.1-10"),))
    (tmp_path / "vex").mkdir()
    (tmp_path / "vex/shop.openvex.json").write_text(VEX)
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "images.txt").write_text(f"oci:{tmp_path}/image\n")
    return tmp_path


@pytest.fixture
def elsewhere(site: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Moves on to another site; gives where its data are."""

    def move() -> Path:
        monkeypatch.setenv("XDG_DATA_HOME", str(site / "there"))
        return site / "there/lading"

    return move


def export(site: Path, *more: str) -> Path:
    file = site / "db.tar.zst"
    options = ("--list", site / "images.txt", "--vex", site / "vex", "--policy", site / "policy.toml", "--offline")
    assert main(["db", "export", *map(str, (*options, *more, file))]) == 0
    return file


def test_what_a_list_of_images_needs_and_what_is_named_goes_along(
    site: Path, elsewhere: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = export(site)
    assert capsys.readouterr().out.startswith(f"{file}: 3 shards, 1 VEX document, 1 policy, ")
    again = file.read_bytes()
    assert export(site).read_bytes() == again
    there = elsewhere()
    capsys.readouterr()
    assert main(["db", "import", str(file)]) == 0
    policy, vex = there / "carried/policy/0001-policy.toml", there / "carried/vex"
    told = capsys.readouterr()
    assert told.err == f"lading: documents came with it; scans take them by --vex {vex} --policy {policy}\n"
    assert sorted(one.name for one in (there / "db").glob("shards/*.json")) == [
        "debian-12.json",
        "epss.json",
        "kev.json",
    ]
    assert (policy.read_text(), (vex / "0001-shop.openvex.json").read_text()) == (POLICY, VEX)
    image = f"oci:{site}/image"
    for options, status in (((), 1), (("--vex", vex, "--policy", policy), 0)):
        scan = ["scan", image, "--offline", "--fail-on", "any", "--platform", "linux/amd64", "--max-db-age", "36500"]
        assert main([*scan, *map(str, options), "--allow-incomplete"]) == status


def test_documents_of_a_later_file_take_the_place_of_the_earlier(site: Path, elsewhere: Callable[[], Path]) -> None:
    first = export(site).rename(site / "first.tar.zst")
    (site / "vex/other.openvex.json").write_text(VEX)
    second = export(site, "--since", str(first))
    there = elsewhere()
    for file, names in ((first, ["0001-shop"]), (second, ["0001-other", "0002-shop"])):
        assert main(["db", "import", str(file)]) == 0
        assert sorted(one.name.partition(".")[0] for one in (there / "carried/vex").iterdir()) == names
    assert [one.name for one in there.iterdir() if one.name.startswith(".")] == []


def test_a_policy_that_is_none_is_not_carried(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "policy.toml").write_text("nonsense")
    options = ["--policy", str(site / "policy.toml"), str(site / "db.tar.zst")]
    assert main(["db", "export", *options]) == 2
    assert str(site / "policy.toml") in capsys.readouterr().err


def members(file: Path) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(ZstdDecompressor().decompress(file.read_bytes()))) as archive:
        return [(one.name, (archive.extractfile(one) or io.BytesIO()).read()) for one in archive]


def rewrite(file: Path, entries: list[tuple[str, bytes]]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    file.write_bytes(compress(buffer.getvalue()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda name, data: (name, data + b" "), "damaged or cut short"),
        (lambda name, data: (name, data.replace(b"reason", b"raeson")), "is damaged or tampered with"),
        (lambda name, data: (f"{name}x", data), "lacks the document policy/0001-policy.toml"),
        (lambda name, data: None, "lacks the document policy/0001-policy.toml"),
    ],
)
def test_documents_that_are_not_as_the_list_says_are_refused(
    site: Path,
    elsewhere: Callable[[], Path],
    capsys: pytest.CaptureFixture[str],
    change: Callable[[str, bytes], tuple[str, bytes] | None],
    said: str,
) -> None:
    file = export(site)
    found = [change(*one) if one[0].startswith("policy/") else one for one in members(file)]
    rewrite(file, [one for one in found if one is not None])
    there = elsewhere()
    assert main(["db", "import", str(file)]) == 2
    assert said in capsys.readouterr().err
    assert not (there / "carried").exists()
    assert not list((there / "db").glob("shards/*.json"))


def test_a_list_that_leads_elsewhere_is_refused(
    site: Path, elsewhere: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = export(site)
    old, new = b"policy/0001-policy.toml", b"policy/../../../escaped"
    rewrite(file, [(name.replace(old.decode(), new.decode()), data.replace(old, new)) for name, data in members(file)])
    elsewhere()
    assert main(["db", "import", str(file)]) == 2
    assert "carried.json is none of this version of Lading" in capsys.readouterr().err


def test_documents_are_signed_with_the_database(
    site: Path, elsewhere: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    key = site / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    file = export(site, "--sign", str(key))
    signed = members(file)
    elsewhere()
    words = ["db", "import", "--key", f"{key}.pub", str(file)]
    assert main(words) == 0
    rewrite(file, [one for one in signed if one[0] != "carried.json.sig"])
    assert main(words) == 2
    assert "carried.json: " in capsys.readouterr().err.splitlines()[-1]
