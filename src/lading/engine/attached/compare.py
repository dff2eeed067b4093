"""Bills of materials that are attached to an image, beside what was found in it. One that a trusted key has signed adds
what is not seen in the image, such as libraries that are linked into programs; others are compared alone."""

from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from msgspec import Struct, structs

from lading.engine.attached.weigh import Weighed
from lading.formats.decoders.sbom import parse_sbom
from lading.model.attached import Attached, AttachedToImage
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError
from lading.model.package import DISTRIBUTED, Inventory, Package, package_order
from lading.safeio.json_text import MOST_OBJECTS, has_too_many_objects

_SHOWN: Final = 10
_MOST_LISTED: Final = 1000
_NOT_COMPARED: Final = frozenset({"", "docker", "generic", "github", "githubactions", "oci"})
"""Types of package URLs that stand for no package which a scan finds by its own record."""

_WRAPPED: Final = (b'"', b'{"Data":')
"""How a document begins that is no JSON of its own."""

_Key = tuple[str, str, str]


class Compared(Struct, frozen=True):
    """The inventory with what a trusted bill adds; what is attached, with what each bill lists; and what has to be
    told."""

    inventory: Inventory
    attached: AttachedToImage
    diagnostics: tuple[Diagnostic, ...] = ()


def compare(weighed: Iterable[Weighed], attached: AttachedToImage, inventory: Inventory) -> Compared:
    """What the bills of materials among attached things say beside an inventory."""
    comparing = _Comparing(inventory)
    known: dict[Attached, Attached] = {}
    for one in sorted(weighed, key=lambda one: one.attached):
        if one.attached.kind == "sbom" and one.content and not one.attached.refused:
            known[one.attached] = comparing.bill(one)
    items = tuple(sorted(known.get(one, one) for one in attached.items))
    added = {one.id: one for one in comparing.added}
    packages = tuple(sorted((*inventory.packages, *added.values()), key=package_order))
    inventory = structs.replace(inventory, packages=packages) if added else inventory
    return Compared(inventory, structs.replace(attached, items=items), tuple(comparing.diagnostics))


class _Wrapped(Struct, rename="pascal"):
    data: str


class _Comparing:
    def __init__(self, inventory: Inventory) -> None:
        self._found = frozenset(map(_key, inventory.packages))
        self._versions: dict[tuple[str, str], str] = {(type, name): version for type, name, version in self._found}
        self._systems = frozenset(one.type for one in inventory.packages if one.type in DISTRIBUTED)
        self.added: list[Package] = []
        self.diagnostics: list[Diagnostic] = []

    def bill(self, weighed: Weighed) -> Attached:
        """What a bill lists, and was found or not."""
        attached = weighed.attached
        try:
            content = _unwrapped(weighed.content)
            if has_too_many_objects(content):
                raise FormatError(f"more than {MOST_OBJECTS:,} objects")
            listed = parse_sbom(content, attached.digest[:19]).inventory.packages
        except FormatError as error:
            why = str(error).removeprefix(f"{attached.digest[:19]}: ")
            self.diagnostics.append(
                diagnostic("attachment-refused", f"{attached.type} cannot be read: {why}", attached.digest)
            )
            return structs.replace(attached, why=f"cannot be read: {why}", refused=True)
        bill = {_key(one): one for one in listed if one.type not in _NOT_COMPARED and one.version}
        absent = [one for key, one in sorted(bill.items()) if key not in self._found]
        added = [one for one in absent if self._adds(one)] if attached.signer else []
        self.added += [structs.replace(one, evidence="sbom", layer=0, locations=(), files=()) for one in added]
        if absent:
            self.diagnostics.append(_differs(attached, absent, len(added)))
        return structs.replace(
            attached,
            packages=len(bill),
            not_found=tuple(_named(one) for one in absent[:_MOST_LISTED]),
            not_listed=sum(key not in bill for key in self._found if key[0] not in _NOT_COMPARED),
        )

    def _adds(self, package: Package) -> bool:
        """Whether a package that is listed may be there unseen: the image's own record of its system's packages counts
        before a bill, and so does another version that was found."""
        return package.type not in self._systems and (package.type, package.name.lower()) not in self._versions


def _key(package: Package) -> _Key:
    return package.type, package.name.lower(), package.version


def _named(package: Package) -> str:
    return package.purl or f"{package.name} {package.version} ({package.type})"


def _differs(attached: Attached, absent: Collection[Package], added: int) -> Diagnostic:
    shown = [f"{one.name} {one.version} ({one.type})" for one in list(absent)[:_SHOWN]]
    more = f" and {len(absent) - len(shown):,} more" if len(absent) > len(shown) else ""
    count = "1 package that was" if len(absent) == 1 else f"{len(absent):,} packages that were"
    what = f"the SBOM that is attached ({attached.type}) lists {count} not found: {', '.join(shown)}{more}"
    taken = f"; {added:,} of them count, as a trusted key has signed it" if added else ""
    return diagnostic("sbom-differs", f"{what}{taken}", attached.digest)


def _unwrapped(content: bytes) -> bytes:
    """The document itself, of which cosign makes a text, or a field of one, where it is no JSON of a type it knows."""
    if not content.startswith(_WRAPPED):
        return content
    try:
        found = msgspec.json.decode(content, type=str | _Wrapped)
    except (ValueError, RecursionError):
        return content
    return (found if isinstance(found, str) else found.data).encode()
