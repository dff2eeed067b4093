"""What is attached to an image in an image layout, or in a store of blobs on this machine."""

from collections.abc import Sequence
from typing import Final

from lading.image.blobs import Blobs
from lading.image.manifest import REF_NAME, Descriptor, Index, Manifest, parse_manifest
from lading.model.errors import LadingError

_COSIGN_KINDS: Final = {"dev.cosignproject.cosign/sigs": ".sig", "dev.cosignproject.cosign/atts": ".att"}
"""What `cosign save` writes as the `kind` of an entry that lies under a tag in a registry."""
_KIND: Final = "kind"
_MOST_LOOKED_AT: Final = 500


def is_attached(entry: Descriptor) -> bool:
    """Whether an entry of a layout is what cosign saved beside an image, and none itself."""
    return entry.annotations.get(_KIND, "") in _COSIGN_KINDS


class LocalAttachments:
    """Attachments of an image whose blobs lie here; `root` is what led to it, `entries` what else lies at the top."""

    def __init__(self, blobs: Blobs, image: str, root: Descriptor, entries: Sequence[Descriptor] = ()) -> None:
        self.subjects = tuple(dict.fromkeys((image, root.digest)))
        self._blobs = blobs
        self._root = root
        self._entries = entries

    def beside(self) -> tuple[Descriptor, ...]:
        """As the port says. Raises ImageError, SafeIOError."""
        document = parse_manifest(self._blobs.read_manifest(self._root), self._root.digest[:19])
        return document.manifests if isinstance(document, Index) else tuple(self._entries)

    def referrers(self, digest: str) -> tuple[Descriptor, ...] | None:
        """As the port says: a layout lists all manifests, so that those are looked at."""
        found = tuple(one for one in self._entries[:_MOST_LOOKED_AT] if self._subject(one) == digest)
        return found or None

    def tagged(self, tag: str) -> tuple[str, bytes] | None:
        """As the port says. Raises ImageError, SafeIOError."""
        for one in self._entries:
            name = one.annotations.get(REF_NAME, "")
            suffix = _COSIGN_KINDS.get(one.annotations.get(_KIND, ""), "")
            saved = suffix and tag == f"{self.subjects[-1].replace(':', '-')}{suffix}"
            if saved or name == tag or name.endswith(f":{tag}"):
                return one.digest, self._blobs.read_manifest(one)
        return None

    def manifest(self, descriptor: Descriptor) -> bytes:
        """As the port says. Raises SafeIOError."""
        return self._blobs.read_manifest(descriptor)

    def blob(self, descriptor: Descriptor, where: str) -> bytes:
        """As the port says. Raises SafeIOError."""
        return self._blobs.read_blob(descriptor, where)

    def _subject(self, entry: Descriptor) -> str:
        if entry.digest in self.subjects:
            return ""
        try:
            document = parse_manifest(self._blobs.read_manifest(entry), entry.digest[:19])
        except LadingError:
            return ""
        return document.subject if isinstance(document, Manifest) else ""
