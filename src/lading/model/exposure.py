"""Which of the images whose results are kept have a package or a vulnerability, by what, and what to rebuild first."""

from typing import Literal

from msgspec import Struct

from lading.model.advisory import SeverityLabel
from lading.model.finding import Status
from lading.model.image import Origin


class Carried(Struct, frozen=True, omit_defaults=True):
    """A package in an image, and where it is asked about a vulnerability, how it stands to it. `layer` is the number of
    the layer that brought it (1 is the lowest), `diff_id` that layer's content and `instruction` what made it; `origin`
    tells whether that layer is the base image's, `verified` that this is known by the layer's content."""

    type: str
    name: str
    version: str
    purl: str = ""
    layer: int = 0
    diff_id: str = ""
    instruction: str = ""
    origin: Origin = "unknown"
    verified: bool = False
    vulnerability: str = ""
    status: Status | Literal[""] = ""
    severity: SeverityLabel = "unknown"
    fixed_version: str = ""
    exploited: bool = False
    hidden: bool = False


class ExposedImage(Struct, frozen=True, omit_defaults=True):
    """One image of one platform that carries what was asked about. `first_seen` is when a scan found that in it first,
    `last_seen` when a scan found it last (RFC 3339, UTC); of a package, when the image was scanned first and last."""

    name: str
    carried: tuple[Carried, ...]
    digest: str = ""
    platform: str = ""
    distribution: str = ""
    base: str = ""
    first_seen: str = ""
    last_seen: str = ""


class Rebuild(Struct, frozen=True, omit_defaults=True):
    """Something to build anew, and the `images` that are rid of it then. `kind` says if it is a base image, by its
    name or by another image of the store that has just these layers, a layer that several images share, whose image
    is not known, or the image itself. `upgrades` are the versions to move to, as "name → version"."""

    kind: Literal["base", "layer", "image"]
    name: str
    images: tuple[str, ...]
    diff_id: str = ""
    instruction: str = ""
    upgrades: tuple[str, ...] = ()


class Exposure(Struct, frozen=True):
    """The answer. `query` is what was asked about, and `kind` what it was taken for; `asked` counts the images whose
    results are kept, `stale` those of them that were matched against other data than the newest results of the
    store, `unmatched` those with packages that were matched with nothing, or without any. `images` are the exposed
    ones, `rebuilds` what to build anew, what frees most images first."""

    query: str
    kind: Literal["vulnerability", "package"]
    asked: int
    images: tuple[ExposedImage, ...] = ()
    rebuilds: tuple[Rebuild, ...] = ()
    stale: int = 0
    unmatched: int = 0
