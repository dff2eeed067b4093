"""What others have attached to an image: signatures, and statements on it (bills of materials, VEX, provenance)."""

from typing import Literal

from msgspec import Struct

AttachedKind = Literal["signature", "sbom", "vex", "provenance", "vulnerabilities", "other"]

AttachedPlace = Literal["referrers", "referrers-tag", "cosign-tag", "index"]
"""Where it was found: in the registry's list of what refers to the image; in the same list under a tag
(`sha256-…`), of registries that keep none; under a tag as cosign gives them (`sha256-….sig`); in the index that the
image is of, as BuildKit puts it there."""


class Attached(Struct, frozen=True, order=True, omit_defaults=True):
    """One thing that is attached to an image. `type` is the type of its statement, or its media type where it is none;
    `digest` that of the manifest which holds it, `content` its own, empty where it was not read; `subject` that of what
    it is about: the image, or an index that led to it. `signer` is whose key or identity has signed it, of those that
    are trusted, empty where none has; `why` says then what is to be said of that. `refused` tells that it is about
    something else or damaged, and was not used.

    Of a bill of materials `packages` counts what it lists, `not_found` has the package URLs of what of that was not
    found in the image (the first thousand), `not_listed` counts what was found and is not in it. Of provenance
    `builder` is who built the image by its word, `bases` are the images that went into the build."""

    kind: AttachedKind
    type: str
    place: AttachedPlace
    digest: str
    subject: str
    content: str = ""
    signer: str = ""
    why: str = ""
    refused: bool = False
    packages: int = 0
    not_found: tuple[str, ...] = ()
    not_listed: int = 0
    builder: str = ""
    bases: tuple[str, ...] = ()


class AttachedToImage(Struct, frozen=True, omit_defaults=True):
    """All that is attached to an image, sorted; `whole` tells that nothing of it failed to be read."""

    items: tuple[Attached, ...] = ()
    whole: bool = True

    @property
    def signers(self) -> tuple[str, ...]:
        """The trusted ones that have signed the image, sorted."""
        return tuple(sorted({one.signer for one in self.items if one.kind == "signature" and one.signer}))

    @property
    def signed(self) -> bool | None:
        """Whether a trusted one has signed the image; None where that is not known."""
        return True if self.signers else False if self.whole else None

    @property
    def builders(self) -> tuple[str, ...]:
        """Who built the image by provenance that a trusted one has signed, sorted."""
        return tuple(sorted({one.builder for one in self.items if one.signer and one.builder}))

    @property
    def attested(self) -> tuple[AttachedKind, ...]:
        """What kinds of things a trusted one has signed, sorted."""
        return tuple(sorted({one.kind for one in self.items if one.signer}))
