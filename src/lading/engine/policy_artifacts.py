"""Policies in a registry: an OCI artifact with the policy as its first layer, and its signature, where it has one, as
the second: of OpenSSH (`ssh-keygen -Y sign`), or of cosign by key (`cosign sign-blob --key`)."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.database.artifacts import locate, opened, push_bytes, read_bytes
from lading.engine.registries import registry_of
from lading.engine.settings import Settings
from lading.engine.trust import keys_of
from lading.image.artifact import EMPTY, artifact_manifest, read_artifact
from lading.image.upload import push_manifest
from lading.model.errors import PolicyError, UsageError
from lading.model.ports import NoProgress
from lading.safeio.trust import check_demanded, sign_for
from lading.safeio.verify import digest_of

ARTIFACT_TYPE: Final = "application/vnd.lading.policy.v1"
_POLICY_TYPE: Final = "application/vnd.lading.policy.v1+toml"
_SIGNATURE_TYPE: Final = "application/vnd.lading.policy.signature.v1"
_MOST_BYTES: Final = 1_000_000


class StoredPolicy(Struct, frozen=True):
    """A policy of a registry: its name there with the digest of its manifest, its text, and by which key it is signed
    (`SHA256:…`, empty where nobody asked)."""

    name: str
    data: bytes
    signer: str = ""


def push_policy(
    data: bytes, text: str, settings: Settings, key: Path | None = None, signature: bytes | None = None
) -> str:
    """Uploads a policy to the reference `text`, signed by the private key of OpenSSH in a file, or with a signature
    that was made elsewhere; gives its name with the digest. Raises UsageError, ImageError, NetError, SafeIOError."""
    reference, registry = locate(text, registry_of(settings))
    if reference.digest:
        raise UsageError(f"{text}: a push gives the digest: leave it out")
    made = sign_for("policy", data, key) if key is not None else signature
    progress = NoProgress()
    with opened(reference, registry, push=True, what="policy") as repository:
        layers = [push_bytes(repository, data, "policy.toml", _POLICY_TYPE, progress)]
        if made is not None:
            layers.append(push_bytes(repository, made, "policy.toml.sig", _SIGNATURE_TYPE, progress))
        push_bytes(repository, EMPTY, "configuration", "", progress)
        manifest, media_type = artifact_manifest(ARTIFACT_TYPE, tuple(layers), {})
        push_manifest(repository, reference.tag, manifest, media_type)
    return f"{reference.host}/{reference.repository}@{digest_of(manifest)}"


def pull_policy(text: str, settings: Settings) -> StoredPolicy:
    """The policy that a reference names. Where keys are configured, one of them must have signed it. Raises
    PolicyError, ImageError, NetError, SafeIOError, AdvisoryError."""
    reference, registry = locate(text, registry_of(settings))
    keys = keys_of("policy", settings)
    with opened(reference, registry, what="policy") as repository:
        digest, layers = read_artifact(repository, ARTIFACT_TYPE)
        by_type = {layer.media_type: layer for layer in layers}
        for layer in layers:
            if layer.size > _MOST_BYTES:
                raise PolicyError(f"{reference}: {layer.title[:100]!r} is larger than any policy; refused")
        if _POLICY_TYPE not in by_type:
            raise PolicyError(f"{reference}: has no policy; push it again")
        data = read_bytes(repository, by_type[_POLICY_TYPE], str(reference))
        signed = by_type.get(_SIGNATURE_TYPE)
        signature = read_bytes(repository, signed, str(reference)) if signed is not None else None
    name = f"{reference.host}/{reference.repository}@{digest}"
    checked = check_demanded(data, signature, keys, "policy")
    if checked.why:
        raise PolicyError(f"{name}: {checked.why}")
    return StoredPolicy(name, data, checked.signer)
