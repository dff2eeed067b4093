"""The image as its manifest and configuration describe it."""

from typing import Literal

from msgspec import Struct

SourceKind = Literal["oci-layout", "oci-archive", "docker-archive", "registry", "rootfs", "sbom"]
"""Where an image was read; "sbom" when all that is known of it is what another program's document says."""


class Platform(Struct, frozen=True, order=True, omit_defaults=True):
    """Operating system and processor, in the words of the OCI image index (`linux`, `arm64`, `v8`)."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Layer(Struct, frozen=True, omit_defaults=True):
    """One layer. `index` counts from 1 at the base.

    `diff_id` is the digest of the uncompressed tar as the image configuration states it (empty for a root filesystem);
    `digest` and `size` are those of the blob as stored (empty and 0 where the source has none); `created_by` is the
    instruction that made the layer, from the configuration's history, empty when not recorded.
    """

    index: int
    diff_id: str = ""
    digest: str = ""
    size: int = 0
    created_by: str = ""


class Image(Struct, frozen=True, omit_defaults=True):
    """One image of one platform. `name` is what people call it (`docker.io/library/debian:12`, a path).

    `digest` is that of the manifest, `config_digest` that of the configuration (the image ID); both are empty for a
    root filesystem, `digest` also for a docker archive. `created` is when it was built (RFC 3339) as its configuration
    states it, empty when it does not.
    """

    name: str
    source: SourceKind
    digest: str = ""
    config_digest: str = ""
    platform: Platform | None = None
    layers: tuple[Layer, ...] = ()
    created: str = ""
