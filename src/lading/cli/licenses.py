"""`lading licenses`."""

import click

from lading.cli.options import ATTACHED, IMAGE, with_settings
from lading.cli.output import encode_outputs, outputs_of
from lading.cli.processes.worker import Done, run_work
from lading.engine.before import before_listing
from lading.engine.environment import Environment
from lading.engine.settings import Settings
from lading.model.decision import INCOMPLETE, PASSED
from lading.policy.coverage import EVERY

_NOTICES = "notices"


@click.command()
@click.argument("image")
@click.option("--notices", is_flag=True, help="Write a notices file: packages, and the license texts in the image.")
@with_settings(
    "output",
    "policy_file",
    "allow_incomplete",
    *ATTACHED,
    *IMAGE,
    formats="table (the default), json, notices",
)
def licenses(image: str, notices: bool, settings: Settings) -> int:
    """List what the packages of IMAGE are under, by category and license.

    A policy may have categories of its own (docs/licenses.md). `lading scan --checks licenses` holds them to it.

    Exits with 3 when part of the image could not be read.
    """
    from lading.engine.licenses import list_licenses
    from lading.engine.policies import policy_of
    from lading.policy.licenses import terms_of

    among = (_NOTICES,) if notices else ("table", "json", _NOTICES)
    outputs, equip = outputs_of(settings, "licenses", among=among), before_listing(settings)
    terms = terms_of(policy_of(settings).licenses)
    with_texts = notices or any(one.format.id == _NOTICES for one in outputs)

    def work(environment: Environment) -> Done:
        listed, found = list_licenses(image, settings, equip(environment), terms, texts=with_texts)
        status = INCOMPLETE if listed.incomplete and EVERY not in settings.allow_incomplete else PASSED
        return Done(status, encode_outputs(outputs, {"licenses": found}))

    return run_work(work, image, settings, outputs)
