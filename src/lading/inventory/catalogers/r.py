"""R: packages of CRAN and Bioconductor.

Source: "Writing R Extensions", section 1.1.1 (DESCRIPTION, in Debian's control format); R adds `Built` when it installs
a package.
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded, debian_relations
from lading.inventory.unread import left_out
from lading.model.reader import WantedFile
from lading.safeio.lines import LONGEST, beginning

_FIELD = re.compile(r"^([A-Za-z][\w/@.]*):(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_NEEDS = ("depends", "imports", "linkingto")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*", re.ASCII)
_VERSION = re.compile(r"\d+([.-]\d+)*", re.ASCII)


def parse_description(file: WantedFile) -> CatalogerResult:
    """The package of one DESCRIPTION. Files of that name are of many kinds: what is not R's gives nothing."""
    text = beginning(file.content).replace("\r\n", "\n")
    fields = {match[1].lower(): " ".join(match[2].split()) for match in _FIELD.finditer(text)}
    name, version = fields.get("package", ""), fields.get("version", "")
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        # R adds `Built` to what it installs; what is that long may hold it further on.
        is_r = "built" in fields or (name and len(file.content) > LONGEST)
        fault = f"package {name[:100]} has no version" if is_r else ""
        return CatalogerResult(diagnostics=(left_out(file.path, fault),) if fault else ())
    is_bioconductor = "bioconductor.org" in fields.get("git_url", "")
    directory = file.path.rpartition("/")[0]
    package = FoundPackage(
        type="bioconductor" if is_bioconductor else "cran",
        name=name,
        version=version,
        licenses=(fields["license"],) if fields.get("license") else (),
        maintainer=fields.get("maintainer", ""),
        files=(f"{directory}/",) if directory else (),
        requires=bounded(name for key in _NEEDS for name in debian_relations(fields.get(key, "")) if name != "R"),
        evidence="installed" if "built" in fields else "declared",
    )
    return CatalogerResult(packages=(package,))


CATALOGER = Cataloger(name="r", version=2, parse=parse_description, patterns=("**/DESCRIPTION",))
