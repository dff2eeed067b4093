"""`lading vex`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from msgspec import structs

from lading.cli.log import say
from lading.cli.options import sign_files_option, with_settings
from lading.cli.output import formats_text, outputs_of, signing_of, write_outputs
from lading.engine.settings import Settings
from lading.model.errors import UsageError
from lading.model.finding import Justification

if TYPE_CHECKING:
    from lading.policy.vex.writing import Written

_AUTHOR = "Unknown Author"


def _with_names(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every command that writes a document has."""
    options = (
        click.option("--author", default="", help=f"Whose word the document is; default: {_AUTHOR}."),
        click.option("--id", default="", help="The document's identifier; default: made of its content."),
        sign_files_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group()
def vex() -> None:
    """Write VEX documents: of what a policy ignores, or of other documents."""


@vex.command()
@click.argument(
    "reports", nargs=-1, metavar="[REPORT]...", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--product", default="", help="The product that the statements are about; default: the report's image.")
@click.option(
    "--justification",
    type=click.Choice([one for one in get_args(Justification) if one]),
    help="Why the product is not affected, in a word of OpenVEX, for all ignores that state nothing themselves.",
)
@_with_names
@with_settings("output", "policy_file", "report_key", formats=formats_text("vex"))
def create(
    reports: Sequence[Path],
    product: str,
    justification: Justification | None,
    author: str,
    id: str,
    sign: Path | None,
    settings: Settings,
) -> None:
    """Write what is ignored as VEX.

    A statement says what the ignore states (its keys status and justification); of one that states nothing that the
    product is affected, and that this is accepted.

    With a REPORT of a scan (lading scan -o json) that is what the policy ignores in it, package by package, as parts of
    its image. Without one it is every ignore of the policy that names a vulnerability and a purl, or is meant for
    --product.

    \b
    lading vex create --policy ignores.toml report.json -o openvex=shop.openvex.json
    """
    from lading.engine.environment import utc_now
    from lading.engine.policies import policy_of
    from lading.engine.results import parse_result, read_result
    from lading.policy.ignores import Ignores
    from lading.policy.vex.writing import statements_of, statements_on

    policy, now = policy_of(settings), utc_now()
    word = justification or ""
    if reports:
        read = [parse_result(read_result(path, settings), str(path)) for path in reports]
        if policy.ignores:
            read = [Ignores(policy).suppress(one, now.date()).report for one in read]
        written = statements_on(read, product, word, _time())
    elif policy.ignores:
        written = statements_of(policy.ignores, product, word, _time(), now.date())
    else:
        raise UsageError("nothing is ignored: name a policy with --policy, or reports in which something is")
    _write(written, author, id, sign, settings)


@vex.command()
@click.argument("documents", nargs=-1, required=True, metavar="FILE|DIR|URL...")
@_with_names
@with_settings("output", "ca_cert", "insecure", "timeout", formats=formats_text("vex"))
def merge(documents: Sequence[str], author: str, id: str, sign: Path | None, settings: Settings) -> None:
    """Write several documents as one.

    They may be OpenVEX, CSAF or CycloneDX.

    Each statement stands there once, the oldest first. Documents that a newer edition takes the place of, and those
    that are withdrawn, are left out.
    """
    from functools import partial

    from lading.engine.environment import utc_now
    from lading.engine.vex.gather import gather_vex, read_named_vex
    from lading.engine.vex.opening import open_vex_web
    from lading.policy.vex.writing import merged
    from lading.safeio.trusted_keys import TrustedKeys

    web = partial(open_vex_web, settings, settings.network, utc_now)
    named = read_named_vex(documents, TrustedKeys(), web)
    gathered = gather_vex(named, ())
    for one in (*gathered.diagnostics, *(told for held in gathered.documents for told in held.document.diagnostics)):
        _tell(f"{one.where}: {one.message}")
    _write(merged(gathered.documents), author, id, sign, settings)


def _write(written: "Written", author: str, id: str, sign: Path | None, settings: Settings) -> None:
    """Writes a document, signed by a key where one is given, and tells what was left out of it. Raises UsageError
    where nothing is left."""
    from lading.formats.encoders.openvex import is_expressible
    from lading.model.vex import VexDocument

    outputs = outputs_of(settings, "vex")
    signing = signing_of(sign, "vex", outputs)
    for note in written.notes:
        _tell(note)
    statements = []
    for one in written.statements:
        products = tuple(product for product in one.products if is_expressible(product))
        if len(products) < len(one.products):
            _tell(
                f"{one.vulnerability}: products with a range of versions are left out: the formats have no words for it"
            )
        if products:
            statements.append(structs.replace(one, products=products))
    if not statements:
        raise UsageError("no statement is left to be written; the lines above tell why")
    authors = {one.author for one in statements}
    author = author or (next(iter(authors)) if len(authors) == 1 else "") or _AUTHOR
    document = VexDocument("openvex", id, author, "1", _time(), tuple(statements))
    write_outputs(outputs, {"vex": document}, signing=signing)


def _time() -> str:
    from lading.engine.environment import utc_now

    return utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _tell(note: str) -> None:
    say("warning", note)
