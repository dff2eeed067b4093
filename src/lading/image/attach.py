"""Attaching things to a manifest in a registry (OCI distribution specification 1.1, "Pushing Manifests with Subject",
"Referrers Tag Schema")."""

import tempfile
from collections.abc import Mapping
from typing import Final

import msgspec

from lading.image.artifact import EMPTY, EMPTY_DIGEST, EMPTY_TYPE
from lading.image.manifest import ACCEPT, MANIFEST_LIMIT, OCI_INDEX, OCI_MANIFEST, Descriptor, Index, parse_manifest
from lading.image.repository import Repository
from lading.image.upload import push_blob, push_manifest
from lading.model.errors import ImageError, NetError
from lading.model.ports import NoProgress
from lading.safeio.verify import digest_of

_NO_LISTS: Final = (400, 404, 405, 406, 501)
_NOT_FOUND: Final = 404


def push_referrer(
    repository: Repository, subject: Descriptor, type: str, data: bytes, annotations: Mapping[str, str]
) -> str:
    """Attaches a blob of a media type to a manifest; gives the digest of what holds it. Where the registry keeps no
    lists of what refers to a manifest, the tag that stands for one gets it too. Raises NetError, ImageError."""
    for blob, title in ((EMPTY, "configuration"), (data, type)):
        with tempfile.TemporaryFile() as file:
            file.write(blob)
            file.seek(0)
            push_blob(repository, digest_of(blob), len(blob), file, NoProgress(), title)
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": type,
        "config": {"mediaType": EMPTY_TYPE, "digest": EMPTY_DIGEST, "size": len(EMPTY)},
        "layers": [{"mediaType": type, "digest": digest_of(data), "size": len(data)}],
        "subject": {"mediaType": subject.media_type, "digest": subject.digest, "size": subject.size},
        "annotations": dict(annotations),
    }
    manifest = msgspec.json.encode(document)
    digest = digest_of(manifest)
    push_manifest(repository, digest, manifest, OCI_MANIFEST)
    if not _is_listed(repository, subject.digest, digest):
        entry = {"mediaType": OCI_MANIFEST, "digest": digest, "size": len(manifest), "artifactType": type}
        _add_to_tag(repository, subject.digest, {**entry, "annotations": dict(annotations)})
    return digest


def _is_listed(repository: Repository, subject: str, digest: str) -> bool:
    """Whether the registry lists what was pushed."""
    where = f"{repository.reference}: what refers to {subject[:19]}"
    try:
        for data in repository.iter_referrers(subject, where):
            document = parse_manifest(data, where)
            if isinstance(document, Index) and any(one.digest == digest for one in document.manifests):
                return True
    except NetError as error:
        if error.status not in _NO_LISTS:
            raise
    return False


def _add_to_tag(repository: Repository, subject: str, entry: Mapping[str, object]) -> None:
    """Puts an entry into the index that stands for a list; what others put there stays."""
    tag = subject.replace(":", "-")
    where = f"{repository.reference}: {tag}"
    entries: list[object] = []
    try:
        data = repository.get_manifest(tag, ACCEPT).read_all(MANIFEST_LIMIT)
    except NetError as error:
        if error.status != _NOT_FOUND:
            raise
    else:
        if not isinstance(parse_manifest(data, where), Index):
            raise ImageError(f"{where}: is a manifest where the list of what refers to the image is expected")
        entries = msgspec.json.decode(data)["manifests"]
    entries = [one for one in entries if not (isinstance(one, dict) and one.get("digest") == entry["digest"])]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*entries, entry]}
    push_manifest(repository, tag, msgspec.json.encode(index), OCI_INDEX)
