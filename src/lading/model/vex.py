"""What others state about vulnerabilities in products (VEX): documents of every format in one form, and what came of
their statements for an image.

The words are those of OpenVEX 0.2.0 (https://github.com/openvex/spec), which CSAF and CycloneDX are read into.
"""

from typing import Literal

from msgspec import Struct

from lading.model.diagnostic import Diagnostic
from lading.model.finding import Justification, Status, VexOutcome, VexTrust

VexFormat = Literal["openvex", "csaf", "cyclonedx"]


class VexProduct(Struct, frozen=True, omit_defaults=True):
    """What a statement is about. `name` is what its document calls it; `purls`, `cpes` and `digests`
    (`sha256:…`, of the thing itself) identify it, each alone. `version` is one version and `versions` a range in the
    notation of package URLs (`vers:deb/<2`), where a document states either apart from the package URL.
    `subcomponents` are the parts of it that have the vulnerability; none for the product itself."""

    name: str
    purls: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    version: str = ""
    versions: str = ""
    subcomponents: tuple["VexProduct", ...] = ()


class VexStatement(Struct, frozen=True, omit_defaults=True):
    """`vulnerability` goes by `aliases` too. `place` says where in its document the statement is, `author` and `time`
    (UTC, `2024-05-01T12:00:00Z`) whose word it is and of when; `time` is empty where nothing tells. `justification`
    and `impact` say why a product is not affected, `action` what to do where it is, `notes` anything else."""

    vulnerability: str
    status: Status
    products: tuple[VexProduct, ...]
    place: str
    aliases: tuple[str, ...] = ()
    justification: Justification = ""
    impact: str = ""
    action: str = ""
    notes: str = ""
    author: str = ""
    time: str = ""


class VexDocument(Struct, frozen=True, omit_defaults=True):
    """One document. `id` and `version` tell editions of one document apart. `revoked` says why none of it holds any
    more, or does not yet; empty where it does. `diagnostics` are about what of it could not be read."""

    format: VexFormat
    id: str
    author: str = ""
    version: str = ""
    time: str = ""
    statements: tuple[VexStatement, ...] = ()
    revoked: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


class HeldVex(Struct, frozen=True, omit_defaults=True):
    """A document, where it is from (a path, an address, `image:usr/share/vex/app.json`), why it counts and in words
    (`why`: "named by --vex", "signed by SHA256:…", "not signed"). `layer` is that of the image it was found in, 0
    elsewhere. `approved` tells that the organisation names it, or the key that has signed it."""

    document: VexDocument
    where: str
    trust: VexTrust
    why: str
    layer: int = 0
    approved: bool = False

    @property
    def is_trusted(self) -> bool:
        """Whether its statements decide."""
        return self.trust != "found" and not self.document.revoked


class VexResult(Struct, frozen=True, omit_defaults=True):
    """What came of one statement for an image. `findings` are the occurrence IDs that it speaks of, `nearest` the
    package or image that comes nearest to its product, and why it is not that."""

    vulnerability: str
    status: Status
    outcome: VexOutcome
    where: str
    products: tuple[str, ...]
    author: str = ""
    time: str = ""
    trust: VexTrust = "named"
    findings: tuple[str, ...] = ()
    nearest: str = ""
    note: str = ""
