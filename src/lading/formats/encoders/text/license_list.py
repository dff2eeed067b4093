"""What the packages of an image are under, for people: by category and license; and its notices."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas
from lading.formats.encoders.text.text import counted, printable
from lading.formats.view import View
from lading.model.licenses import CATEGORIES, SEVERITIES, LicenseCategory, LicensedPackage, LicenseList

_NAMES: Final = 8
"""So many packages are named of each license."""


def encode_license_table(licenses: LicenseList, view: View) -> bytes:
    """The licenses of each category with their packages, those that ask for the most first."""
    canvas = Canvas(view.width, colour=view.colour)
    canvas.add((printable(licenses.image), "bold"))
    canvas.add((counted(len(licenses.packages), "package"), "dim"))
    for category, rows in _by_category(licenses.packages).items():
        packages = {id(one) for members in rows.values() for one in members}
        canvas.heading(category, f"{counted(len(rows), 'license')}, {counted(len(packages), 'package')}")
        style = STYLES.get(SEVERITIES.get(category, "negligible"), "")
        cells = [(printable(name), f"{len(members):,}", _names(members)) for name, members in rows.items()]
        canvas.table(cells, [(style, "", "dim")] * len(cells), right=(1,))
    return canvas.render()


def encode_notices(licenses: LicenseList, view: View) -> bytes:
    """A notices file: every package with its licenses, then every license and notice text that lies in the image, each
    once."""
    return "".join(_notices(licenses)).encode("utf-8", "replace")


def _notices(licenses: LicenseList) -> Iterator[str]:
    rule = f"{'-' * 79}\n"
    yield f"Notices of {printable(licenses.image)}\n\n"
    yield f"It holds {counted(len(licenses.packages), 'package')}, each under the licenses beside its name.\n"
    several = len(licenses.texts) != 1
    follow = "that lie in it follow below" if several else "that lies in it follows below"
    yield f"{counted(len(licenses.texts), 'license and notice text')} {follow}.\n\n"
    for package in sorted(licenses.packages, key=lambda one: (one.type, one.name, one.version)):
        named = " AND ".join(f"({one.license})" if " OR " in one.license else one.license for one in package.licenses)
        yield f"{printable(package.type)}  {printable(package.name)} {printable(package.version)}  {named}\n"
    for text in licenses.texts:
        yield f"\n{rule}"
        yield from (f"/{printable(path)}\n" for path in text.paths)
        yield f"{' AND '.join(text.licenses)}\n" if text.licenses else ""
        yield f"{rule}\n"
        yield from (f"{printable(line)}\n" for line in text.text.strip().splitlines())


def _by_category(
    packages: Sequence[LicensedPackage],
) -> Mapping[LicenseCategory, Mapping[str, Sequence[LicensedPackage]]]:
    """By category and license, the packages: the most common licenses first."""
    found: defaultdict[LicenseCategory, defaultdict[str, list[LicensedPackage]]]
    found = defaultdict(lambda: defaultdict(list))
    for package in packages:
        for one in package.licenses:
            found[one.category][one.license].append(package)
    return {
        category: dict(sorted(found[category].items(), key=lambda row: (-len(row[1]), row[0])))
        for category in CATEGORIES
        if category in found
    }


def _names(packages: Sequence[LicensedPackage]) -> str:
    names = list(dict.fromkeys(printable(one.name) for one in packages))
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return f"{', '.join(names[:_NAMES])}{more}"
