"""What packages are under as JSON of our own (docs/schema/licenses-1.json)."""

from msgspec import Struct

from lading.formats.view import View
from lading.model.licenses import LicensedPackage, LicenseList, LicenseText
from lading.safeio.json_text import encode_document

LICENSES_SCHEMA = "https://lading.dev/schema/licenses-1.json"


class LicensesDocument(Struct, frozen=True):
    """Every package of an `image` with its licenses and their categories; `counts` has the packages of each category,
    one of several categories in each. `texts` are the license and notice files, where these were asked for."""

    schema: str
    tool: str
    image: str
    counts: dict[str, int]
    packages: tuple[LicensedPackage, ...]
    texts: tuple[LicenseText, ...]


def encode_licenses(licenses: LicenseList, view: View) -> bytes:
    """A document (UTF-8, indented, ending in a newline)."""
    counts: dict[str, int] = {}
    for package in licenses.packages:
        for category in {one.category for one in package.licenses}:
            counts[category] = counts.get(category, 0) + 1
    return encode_document(
        LicensesDocument(
            schema=LICENSES_SCHEMA,
            tool=licenses.tool,
            image=licenses.image,
            counts=dict(sorted(counts.items())),
            packages=licenses.packages,
            texts=licenses.texts,
        )
    )
