"""Statements made of what is ignored, and of the statements of several documents."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from msgspec import Struct, structs

from lading.formats.sbom.purls import image_purl
from lading.model.finding import Finding, Justification, Suppression
from lading.model.image import Image
from lading.model.report import Report
from lading.model.vex import HeldVex, VexProduct, VexStatement
from lading.policy.document import IgnoreTable, texts
from lading.policy.ignores import suppression_of
from lading.policy.policy import Ignore
from lading.policy.vex.editions import with_editions

_IGNORE = "ignore"


class Written(Struct, frozen=True):
    """Statements, and a line for everything that none was made of."""

    statements: tuple[VexStatement, ...]
    notes: tuple[str, ...] = ()


def statements_on(reports: Iterable[Report], product: str, justification: Justification, time: str) -> Written:
    """A statement for each vulnerability that is ignored in reports, and each reason: about the packages in which it
    was found, as parts of the image, or of `product` where that is given. It says what the ignore states; of one that
    states nothing that it is not affected where a `justification` is given for all, else that it is affected, and that
    this is accepted."""
    made: dict[tuple[object, ...], VexStatement] = {}
    notes: list[str] = []
    for report in reports:
        for target in report.targets:
            whole = _image(target.image, product)
            for finding in target.findings:
                for ignored in (one for one in finding.suppressions if one.source == _IGNORE):
                    said = _said(ignored, justification)
                    if said is None:
                        notes.append(f"{ignored.where}: {finding.id}: {_NO_REASON}")
                    else:
                        _add(made, finding, structs.replace(said, author=ignored.author, time=time), whole)
    return Written(tuple(_numbered(made.values())), tuple(dict.fromkeys(notes)))


def statements_of(
    ignores: Sequence[Ignore], product: str, justification: Justification, time: str, today: date
) -> Written:
    """A statement for each entry of policies that is about vulnerabilities by name in packages by package URL, or in
    `product`, of which `statements_on` tells what it says."""
    made: list[VexStatement] = []
    notes: list[str] = []
    for one in ignores:
        said = _said(suppression_of(one), justification)
        why = _unfit(one, product, today) or ("" if said is not None else _NO_REASON)
        if why or said is None:
            notes.append(f"{one.where}: {one.label}: {why}")
            continue
        parts = tuple(VexProduct(purl, purls=(purl,)) for purl in texts(one.table.purl))
        products = (structs.replace(_product(product), subcomponents=parts),) if product else parts
        for name in texts(one.table.vulnerability):
            made.append(structs.replace(said, vulnerability=name, products=products, author=one.table.owner, time=time))
    return Written(tuple(_numbered(made)), tuple(notes))


def merged(documents: Sequence[HeldVex]) -> Written:
    """The statements of documents, the oldest first, each once. What newer editions take the place of, and what is
    withdrawn, is left out."""
    statements: dict[tuple[object, ...], VexStatement] = {}
    notes: list[str] = []
    for held, superseded in with_editions(documents):
        if superseded or held.document.revoked:
            notes.append(f"{held.where}: left out: {superseded or held.document.revoked}")
            continue
        for one in held.document.statements:
            statements.setdefault(structs.astuple(structs.replace(one, place="")), one)
    ordered = sorted(statements.values(), key=lambda one: one.time.removesuffix("Z"))
    return Written(tuple(_numbered(ordered)), tuple(notes))


def _said(ignored: Suppression, justification: Justification) -> VexStatement | None:
    """What an ignore comes to, of no vulnerability yet; None for one that says nothing of why it is not affected."""
    given = ignored.justification or ("" if ignored.status else justification)
    status = ignored.status or ("not_affected" if given else "affected")
    bare = VexStatement("", status, (), "")
    match status:
        case "not_affected":
            if not (given or ignored.reason):
                return None
            return structs.replace(bare, justification=given, impact=ignored.reason)
        case "affected":
            until = f" until {ignored.expires}" if ignored.expires else ""
            reason = f": {ignored.reason}" if ignored.reason else ""
            return structs.replace(bare, action=f"accepted{until}{reason}")
        case _:
            return structs.replace(bare, notes=ignored.reason)


_NO_REASON: Final = "gives no reason, which a statement needs that something is not affected"


def _add(made: dict[tuple[object, ...], VexStatement], finding: Finding, said: VexStatement, whole: VexProduct) -> None:
    """Adds a package to the statement on its vulnerability."""
    package = finding.package
    part = VexProduct(package.purl or package.name, purls=(package.purl,) if package.purl else ())
    key = (finding.id, *structs.astuple(said), whole)
    known = made.get(key)
    if known is not None:
        (product,) = known.products
        parts = tuple(dict.fromkeys((*product.subcomponents, part)))
        made[key] = structs.replace(known, products=(structs.replace(product, subcomponents=parts),))
        return
    made[key] = structs.replace(
        said,
        vulnerability=finding.id,
        aliases=tuple(one for one in finding.aliases if one != finding.id),
        products=(structs.replace(whole, subcomponents=(part,)),),
    )


def _unfit(one: Ignore, product: str, today: date) -> str:
    """Why no statement can be made of an entry; empty where one can."""
    table = one.table
    if one.refused:
        return one.refused
    if one.expires is not None and one.expires < today:
        return f"it expired on {one.expires}"
    names = texts(table.vulnerability)
    if not names or any("*" in name for name in names):
        return "names no single vulnerability"
    if _is_narrower(table) or (table.package and not table.purl):
        return "tells packages by other than their package URLs; name a report of a scan, in which they are found"
    if not (product or table.purl):
        return "names no product: give it a purl, name one with --product, or name a report of a scan"
    if any("*" in purl for purl in texts(table.purl)):
        return "its purl means several packages; name a report of a scan, in which they are found"
    return ""


def _is_narrower(table: IgnoreTable) -> bool:
    return table.in_use is not None or bool(
        table.type or table.version or table.path or table.layer or table.origin or table.fix_state
    )


def _image(image: Image, product: str) -> VexProduct:
    return _product(product or image_purl(image) or image.name)


def _product(name: str) -> VexProduct:
    return VexProduct(name, purls=(name,) if name.startswith("pkg:") else ())


def _numbered(statements: Iterable[VexStatement]) -> Iterator[VexStatement]:
    for number, one in enumerate(statements, 1):
        yield structs.replace(one, place=f"statement {number}")
