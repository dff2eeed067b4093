"""Signatures, held against ssh-keygen."""

import subprocess
from pathlib import Path

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.signatures import check_detached
from lading.safeio.signing import sign
from lading.safeio.ssh_signature import verified_by
from lading.safeio.trusted_keys import TrustedKeys, read_trusted_keys

DATA = b'{"shards": []}\n'

needs_ssh = pytest.mark.debian("openssh-client")


def run(*arguments: str | Path, data: bytes = b"") -> None:
    subprocess.run(["ssh-keygen", *map(str, arguments)], input=data, capture_output=True, check=True)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    run("-q", "-t", "ed25519", "-N", "", "-C", "site", "-f", tmp_path / "key")
    return tmp_path / "key"


@needs_ssh
def test_ssh_keygen_accepts_what_is_signed_here(key: Path, tmp_path: Path) -> None:
    (tmp_path / "data.sig").write_bytes(sign(DATA, key, "lading-db"))
    (tmp_path / "allowed").write_text("site " + key.with_suffix(".pub").read_text())
    verify = ("-Y", "verify", "-f", tmp_path / "allowed", "-I", "site", "-s", tmp_path / "data.sig", "-n")
    run(*verify, "lading-db", data=DATA)
    with pytest.raises(subprocess.CalledProcessError):
        run(*verify, "lading-db", data=DATA + b"x")


@needs_ssh
@pytest.mark.parametrize("algorithm", ["sha512", "sha256"])
def test_what_ssh_keygen_signs_is_accepted(key: Path, tmp_path: Path, algorithm: str) -> None:
    (tmp_path / "data").write_bytes(DATA)
    run("-Y", "sign", "-f", key, "-n", "lading-db", "-O", f"hashalg={algorithm}", tmp_path / "data")
    signature = (tmp_path / "data.sig").read_bytes()
    (public,) = read_trusted_keys(key.with_suffix(".pub")).ssh
    cut = signature[:-60] + signature[-40:]
    for data, made, namespace, expected in (
        (DATA, signature, "lading-db", (public, "")),
        (DATA + b"x", signature, "lading-db", (b"", "its signature is wrong")),
        (DATA, signature, "file", (b"", "its signature was made for another purpose")),
        (DATA, cut, "lading-db", (b"", "its signature cannot be read")),
        (DATA, b"", "lading-db", (b"", "its signature cannot be read")),
    ):
        assert verified_by(data, made, (namespace,)) == expected
    printed = subprocess.run(["ssh-keygen", "-lf", key], capture_output=True, text=True, check=True).stdout.split()[1]
    checked = check_detached(DATA, signature, TrustedKeys((bytes(32),)), ("lading-db",))
    assert checked.why == f"it is signed by a key that is not trusted ({printed})"


@needs_ssh
def test_a_file_of_several_signers(key: Path, tmp_path: Path) -> None:
    run("-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "next")
    signers = tmp_path / "signers"
    public = key.with_suffix(".pub").read_text()
    signers.write_text(f"# ours\n\nsite@example.org {public}{(tmp_path / 'next.pub').read_text()}")
    keys = read_trusted_keys(signers)
    assert len(keys.ssh) == 2
    signature = sign(DATA, tmp_path / "next", "lading-db")
    assert check_detached(DATA, signature, keys, ("lading-db",)).signer.startswith("SHA256:")
    signers.write_text(f'site namespaces="git" {public}')
    with pytest.raises(SafeIOError) as raised:
        read_trusted_keys(signers)
    assert str(raised.value) == (
        f"{signers}: line 1 is neither an Ed25519 public key of OpenSSH (ssh-ed25519 …), as ssh-keygen -t ed25519 "
        "makes it, without options before it, nor part of a PEM block (-----BEGIN PUBLIC KEY-----)"
    )


@needs_ssh
def test_keys_that_cannot_sign(tmp_path: Path) -> None:
    run("-q", "-t", "ed25519", "-N", "secret", "-f", tmp_path / "locked")
    run("-q", "-t", "ecdsa", "-N", "", "-f", tmp_path / "other")
    (tmp_path / "text").write_text("hello\n")
    for name, kind in (("cosign", "ENCRYPTED SIGSTORE PRIVATE"), ("broken", "EC PRIVATE")):
        (tmp_path / name).write_text(f"-----BEGIN {kind} KEY-----\nAAAA\n-----END {kind} KEY-----\n")
    for name, message in (
        (
            "locked",
            "is protected by a passphrase, which Lading does not ask for; use a key without one, or sign with "
            "ssh-keygen -Y sign",
        ),
        ("other", "is not an Ed25519 key (ssh-keygen -t ed25519 makes one)"),
        ("text", "is not a private key of OpenSSH (ssh-keygen -t ed25519 makes one)"),
        ("broken", "is not a private key (ssh-keygen -t ed25519 makes one)"),
        (
            "cosign",
            "is protected by a password, which Lading does not ask for; sign with cosign sign-blob --key, or use a key "
            "of OpenSSH (ssh-keygen -t ed25519 makes one)",
        ),
        ("none", "the key cannot be read: No such file or directory"),
    ):
        with pytest.raises(SafeIOError) as raised:
            sign(DATA, tmp_path / name, "lading-db")
        assert str(raised.value) == f"{tmp_path / name}: {message}"


def test_a_file_without_a_key(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n# nothing\n")
    with pytest.raises(SafeIOError, match=r"holds no public key$"):
        read_trusted_keys(tmp_path / "empty")
