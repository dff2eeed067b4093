"""The image as its manifest and configuration describe it."""

from typing import Literal

from msgspec import Struct

BaseEvidence = Literal["named", "annotation", "index", "history", "provenance"]
"""What tells the base, from what is certain to what is likely: the user names it; the image's annotations name it, and
its diff IDs are known and agree unless `layers` is 0; its diff IDs are known; only the image's history speaks; only the
provenance of its build does, which is attached to it."""


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
    instruction that made the layer, from the configuration's history, empty when not recorded. `line` and `last_line`
    are those of that instruction in the image's Dockerfile, 0 where that is not known.
    """

    index: int
    diff_id: str = ""
    digest: str = ""
    size: int = 0
    created_by: str = ""
    line: int = 0
    last_line: int = 0


class Base(Struct, frozen=True, omit_defaults=True):
    """The image that another was built on: its `layers` are the lowest ones of the other, 0 when it is not known which.

    `name` is empty where only the history tells. `detail` says for people what `evidence` says for programs.
    `unchecked` are the numbers of those of its layers whose content was not checked against their diff IDs.
    """

    layers: int
    name: str
    evidence: BaseEvidence
    detail: str
    unchecked: tuple[int, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether its layers are known by their content, not by what the image says of itself."""
        return self.layers > 0 and self.evidence != "history" and not self.unchecked


Origin = Literal["base", "application", "unknown"]


class LayerOrigin(Struct, frozen=True):
    """Whether a layer came with the base image or is the application's own; `verified` when the base is known by the
    content of its layers, not by what the image says of itself."""

    kind: Origin
    verified: bool = False


class Image(Struct, frozen=True, omit_defaults=True):
    """One image of one platform. `name` is what people call it (`docker.io/library/debian:12`, a path). `source` is
    where it was read, by the id of its kind in `image/sources/registry.py` ("oci-layout" and "oci-archive" for the two
    forms of a layout); "sbom" when all that is known of it is what another program's document says.

    `digest` is that of the manifest, `config_digest` that of the configuration (the image ID); both are empty for a
    root filesystem, `digest` also for a docker archive. `index_digest` is that of the index that it was chosen from,
    empty where there is none. `created` is when it was built (RFC 3339) as its configuration
    states it, empty when it does not. `base` is None when nothing tells of one. `user` is whom it runs as (a name or
    number, with or without a group), as its configuration states it; empty where that names nobody, which means root,
    and where there is no configuration. `dockerfile` is the path of the file that `Layer.line` is in, as who named it
    sees it; empty without one.
    """

    name: str
    source: str
    digest: str = ""
    config_digest: str = ""
    platform: Platform | None = None
    layers: tuple[Layer, ...] = ()
    created: str = ""
    base: Base | None = None
    user: str = ""
    dockerfile: str = ""
    index_digest: str = ""

    def layer(self, number: int) -> Layer | None:
        """The layer of a number; None for one that there is not."""
        return self.layers[number - 1] if 1 <= number <= len(self.layers) else None

    def is_base(self, layer: int) -> bool:
        """Whether the layer of this number came with the base."""
        return self.base is not None and 1 <= layer <= self.base.layers

    def goes_by_diff_id(self, layer: int) -> bool:
        """Whether the content of a layer is held against its diff ID: where its blob has no digest of its own, and
        where it counts as a known base's because of its diff ID. Elsewhere the blob's digest alone says what is in it,
        and the diff ID is what the configuration states."""
        found = self.layer(layer)
        if found is None or not found.digest:
            return True
        known = self.base is not None and self.base.evidence != "history" and layer not in self.base.unchecked
        return known and self.is_base(layer)

    def origin(self, layer: int) -> LayerOrigin:
        """Whose the layer of a number is."""
        if self.base is None or not self.base.layers or self.layer(layer) is None:
            return LayerOrigin("unknown")
        return LayerOrigin("base" if self.is_base(layer) else "application", self.base.verified)


class Step(Struct, frozen=True):
    """One instruction of an image's history. `comment` is what its builder says of itself."""

    created_by: str
    has_layer: bool
    comment: str = ""


class ImageConfig(Struct, frozen=True):
    """What an image says of how it runs and was made: the configuration's own words, for checks. `environment` are
    `NAME=VALUE`, `healthcheck` the test (`CMD-SHELL`, `NONE` …), empty without one; `history` is complete, from the
    oldest instruction on, also where it does not tell which instruction made which layer (`layered` is then off)."""

    user: str = ""
    environment: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    workdir: str = ""
    labels: dict[str, str] = {}
    healthcheck: tuple[str, ...] = ()
    stop_signal: str = ""
    history: tuple[Step, ...] = ()
    layered: bool = True


class Clues(Struct, frozen=True):
    """What an image says of its base and of what it holds: annotations of its manifest; its history from the oldest
    instruction on, empty when it does not tell which instruction made which layer; the variables it sets. `config` is
    all of its configuration, None without one."""

    base_name: str = ""
    base_digest: str = ""
    history: tuple[Step, ...] = ()
    environment: tuple[str, ...] = ()
    config: ImageConfig | None = None
