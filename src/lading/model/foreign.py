"""What another scanner's report says: the vulnerable packages it names, as far as they can be compared with ours."""

import re
from typing import Final

from msgspec import Struct

from lading.model.advisory import SeverityLabel

_WITHIN: Final = re.compile(r"CVE-\d{4}-\d{4,19}(?!\d)|GHSA(?:-[0-9a-z]{4}){3}(?![0-9a-z])")


class ForeignPackage(Struct, frozen=True, order=True, omit_defaults=True):
    """A package as another scanner names it. `type` is the package URL type, empty where the report does not tell;
    `name` the full name of that type ("group:artifact" for Maven), or what the report has of it."""

    type: str
    name: str
    version: str = ""


class ForeignRow(Struct, frozen=True, omit_defaults=True):
    """One vulnerability of one package. `id` is the name the report shows, `aliases` what else it goes by there;
    `paths` are where the package lies, without a leading slash. `source` is whose data the report names for it.
    `left_out` says why the report itself counts it no more (a rule, a statement), `withdrawn` that it calls the
    advisory withdrawn or rejected."""

    id: str
    package: ForeignPackage
    aliases: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    fixed_version: str = ""
    severity: SeverityLabel = "unknown"
    source: str = ""
    left_out: str = ""
    withdrawn: bool = False

    @property
    def names(self) -> frozenset[str]:
        """All names of the vulnerability, those too that are part of another one (`UBUNTU-CVE-2024-1`)."""
        stated = (self.id, *self.aliases)
        return frozenset((*stated, *(match[0] for name in stated if (match := _WITHIN.search(name)))))


class ForeignReport(Struct, frozen=True, omit_defaults=True):
    """A report of another scanner. `tool` is its name and version, `target` what it calls the image, `created` when it
    was made (as it says), empty where it does not tell. `packages` are all the packages it saw, None where it lists
    only those with a vulnerability. `config_digest` and `diff_ids` name the image's content, where the report does.
    `only_fixed` tells that it was asked to leave out what has no fix. `skipped` counts the entries that are about no
    vulnerability of a package, or that do not say of which."""

    tool: str
    rows: tuple[ForeignRow, ...]
    target: str = ""
    created: str = ""
    packages: tuple[ForeignPackage, ...] | None = None
    config_digest: str = ""
    diff_ids: tuple[str, ...] = ()
    only_fixed: bool = False
    skipped: int = 0
