"""Databases carried, pinned and matched against, through the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lading.advisories import sets
from tests.databases import FIRST, SECOND, advisory, publish
from tests.support.program import Lading
from tests.support.registry import serve_registry
from tests.support.reports import open_findings

SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [{"type": "library", "name": "a", "version": "1.5", "purl": "pkg:pypi/a@1.5"}],
}


@pytest.fixture
def image(tmp_path: Path) -> str:
    """An SBOM with one package, a 1.5."""
    (tmp_path / "bom.json").write_text(json.dumps(SBOM))
    return f"sbom:{tmp_path / 'bom.json'}"


@pytest.fixture
def database(own_home: Path) -> Path:
    return own_home / ".local" / "share" / "lading" / "db"


def grow(database: Path, built: str, *ids: str) -> str:
    """A state of the database, in which a 1.5 has these vulnerabilities; gives the digest of its set."""
    publish(database, "pypi", *(advisory(id, "a", "2.0") for id in ids), built=built)
    return sets.record(database).digest


def scan(lading: Lading, image: str, *options: str | Path) -> str:
    return lading("scan", image, "-o", "json", *options, status=None).stdout


def found(report: str) -> tuple[list[str], str]:
    document = json.loads(report)
    return [finding["id"] for finding in open_findings(document)], document["database"]


def test_a_file_a_digest_and_a_date_give_the_same_bytes_for_ever(
    lading: Lading, image: str, database: Path, tmp_path: Path
) -> None:
    first = grow(database, FIRST, "CVE-2026-1")
    file = tmp_path / "db.tar.zst"
    lading("db", "export", file)
    lading("db", "pin")
    by_file, by_digest, by_date = (scan(lading, image, "--db", name) for name in (file, first, "2026-01-01"))
    assert found(by_file) == (["CVE-2026-1"], first)
    assert by_file == by_digest == by_date
    # A database that was named is as old as it is meant to be.
    assert by_file.count('"pinned": true') == 1
    assert found(by_file) == found(scan(lading, image, "--offline"))
    assert lading("explain", image, "CVE-2026-1", "--db", first, "-o", "json").stdout == (
        lading("explain", image, "CVE-2026-1", "--db", file, "-o", "json").stdout
    )
    second = grow(database, SECOND, "CVE-2026-2")
    for path in (database / "sets").iterdir():
        path.unlink()
    assert grow(database, SECOND, "CVE-2026-2") == second
    assert scan(lading, image, "--db", file) == by_file
    assert scan(lading, image, "--db", first[:19]) == by_file
    assert scan(lading, image, "--db", "2026-01-01T23:00:00Z") == by_file
    assert found(scan(lading, image, "--db", "2026-01-02")) == (["CVE-2026-2"], second)
    assert found(scan(lading, image, "--offline")) == (["CVE-2026-2"], second)
    assert "The set of shards is " + second[:19] + ".\n" in lading("scan", image, "--offline", status=None).stdout
    lading("db", "unpin", first)
    # The exported file goes by that digest, too.
    assert scan(lading, image, "--db", first) == by_file


def test_a_database_directory(lading: Lading, image: str, tmp_path: Path) -> None:
    digest = grow(tmp_path / "other", FIRST, "CVE-2026-1")
    assert found(scan(lading, image, "--db", tmp_path / "other")) == (["CVE-2026-1"], digest)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--db", "nothing"), "--db nothing: neither a file or directory, nor a digest (sha256:…) or a date"),
        (("--db", "."), "--db .: is not a database: it has no directory shards"),
        (
            ("--db", "2026-01-01"),
            "no set of shards is downloaded that is not later than 2026-01-01; none is downloaded at all",
        ),
        (("--db", "x", "--starter"), "--db and --starter exclude each other: each names what to match against"),
    ],
)
def test_what_cannot_be_matched_by(lading: Lading, image: str, options: tuple[str, ...], message: str) -> None:
    outcome = lading("scan", image, *options, status=2)
    assert outcome.stderr.startswith(f"lading: {message}")
    assert outcome.stderr.count("\n") == 1


def test_export_and_import(lading: Lading, database: Path, tmp_path: Path) -> None:
    digest = grow(database, FIRST, "CVE-2026-1")
    file, other = tmp_path / "file", {"XDG_DATA_HOME": str(tmp_path / "other")}
    assert lading("db", "export", file, "pypi").stdout.startswith(f"{file}: 1 shard, ")
    assert lading("db", "import", file, "--keep", variables=other).stdout == (
        f"{file}: 1 new shard (pypi), 0 unchanged; now {digest}\n"
    )
    assert lading("db", "status", variables=other).stdout.splitlines()[-1] == (
        f"{digest[:19]}  {FIRST}       1  current pinned"
    )
    key = tmp_path / "key.pub"
    key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGd4O9R+OsVUviHvhkb8GK90CMd9BobT42Z6ogJAlIp site\n")
    for arguments, variables in ((("--key", key), {}), ((), {"LADING_DB_KEY": str(key)})):
        refused = lading("db", "import", file, *arguments, variables={**other, **variables}, status=2)
        assert refused.stderr == f"lading: {file}: refused: it is not signed; the trusted keys are in {key}\n"
    refused = lading("db", "export", file, "--sign", key, status=2)
    assert refused.stderr == (f"lading: {key}: is not a private key of OpenSSH (ssh-keygen -t ed25519 makes one)\n")


def test_a_database_signed_by_a_key_in_pem(lading: Lading, database: Path, tmp_path: Path) -> None:
    grow(database, FIRST, "CVE-2026-1")
    private = generate_private_key(SECP256R1())
    (tmp_path / "key").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pub").write_bytes(public)
    file, other = tmp_path / "file", {"XDG_DATA_HOME": str(tmp_path / "other")}
    lading("db", "export", file, "--sign", tmp_path / "key")
    assert "1 new shard" in lading("db", "import", file, "--key", tmp_path / "key.pub", variables=other).stdout
    stranger = generate_private_key(SECP256R1()).public_key()
    (tmp_path / "key.pub").write_bytes(stranger.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    refused = lading("db", "import", file, "--key", tmp_path / "key.pub", variables=other, status=2)
    assert refused.stderr.startswith(f"lading: {file}: refused: its signature is not of a trusted key, or not of this")


def test_search_and_diff(lading: Lading, database: Path) -> None:
    outcome = lading("db", "search", "CVE-2026-1", status=2)
    assert outcome.stderr == f"lading: {database}: holds no shards; lading db update fetches them\n"
    first = grow(database, FIRST, "CVE-2026-1")
    grow(database, SECOND, "CVE-2026-1", "CVE-2026-2")
    assert [one["id"] for one in json.loads(lading("db", "search", "a", "-o", "json").stdout)["mentions"]] == [
        "CVE-2026-2",
        "CVE-2026-1",
    ]
    assert lading("db", "search", "cve-2026-1").stdout == (
        "CVE-2026-1\n\nshard  package  affected\npypi   a        before 2.0\n"
    )
    assert len(json.loads(lading("db", "search", "a", "--db", first, "-o", "json").stdout)["mentions"]) == 1
    assert lading("db", "diff", first).stdout.endswith("\n+ a CVE-2026-2\n")
    assert json.loads(lading("db", "diff", "2026-01-01", "2026-01-02", "-o", "json").stdout)["shards"] == [
        {
            "shard": "pypi",
            "presence": "both",
            "added": 1,
            "removed": 0,
            "changed": 0,
            "changes": [{"change": "added", "package": "a", "id": "CVE-2026-2", "note": ""}],
        }
    ]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "registry").mkdir()
    with serve_registry(tmp_path / "registry") as address:
        yield address


@pytest.mark.debian("docker-registry")
def test_a_scan_takes_its_shards_from_a_registry(
    lading: Lading, image: str, database: Path, registry: str, tmp_path: Path
) -> None:
    digest = grow(database, FIRST, "CVE-2026-1")
    name = f"{registry}/lading-db"
    assert lading("db", "push", name).stdout.startswith(f"{name}: 2026-01-01 latest: 1 shard, 1 of them sent; sha256:")
    for number, way in enumerate((("--db-source", f"oci+http://{name}"), ())):
        variables = {"XDG_DATA_HOME": str(tmp_path / str(number))}
        if not way:
            variables["LADING_DB_SOURCE"] = f"oci+http://{name}"
        outcome = lading("scan", image, "-o", "json", *way, variables=variables, status=None)
        assert found(outcome.stdout) == (["CVE-2026-1"], digest)
        assert [
            one["message"]
            for one in json.loads(outcome.stdout)["targets"][0]["diagnostics"]
            if one["code"] == "update-failed"
        ] == [f"oci+http://{name}: has no shard epss, kev"]
    other = {"XDG_DATA_HOME": str(tmp_path / "other")}
    assert lading("db", "pull", name, "--plain-http", variables=other).stdout == (
        f"{name}: 1 new shard (pypi), 0 unchanged; now {digest}\n"
    )


def test_the_last_unpacked_files_are_kept(lading: Lading, image: str, database: Path, own_home: Path) -> None:
    unpacked = own_home / ".cache" / "lading" / "databases"
    digests = []
    for number in range(4):
        digests.append(grow(database, f"2026-02-0{number + 1}T00:00:00Z", f"CVE-2026-{number}"))
        lading("db", "export", own_home / f"file{number}")
        lading("db", "search", "a", "--db", own_home / f"file{number}")
    kept = sorted(path.name for path in unpacked.iterdir() if path.is_dir())
    assert kept == sorted(digest.removeprefix("sha256:") for digest in digests[1:])
    assert lading("cache", "clear").stdout.splitlines()[1] == f"{unpacked}: removed 3 unpacked databases"
