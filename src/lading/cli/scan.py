"""`lading scan`."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click
from msgspec import Struct, structs

from lading.cli.accounts import bind
from lading.cli.choosing import Places, images_in, with_places
from lading.cli.log import say, took
from lading.cli.options import ATTACHED, CHECKS, DATABASE, IMAGE, KEEPING, VEX, sign_files_option, with_settings
from lading.cli.output import (
    Output,
    Signing,
    encode_outputs,
    formats_text,
    outputs_of,
    signing_of,
    with_template,
    write_encoded,
)
from lading.cli.processes.worker import Done, files_to_read, run_work
from lading.cli.results import baseline_of, result_bytes
from lading.cli.selection import tell_unselected, with_benchmark, with_selection
from lading.engine.before import before_deciding
from lading.engine.environment import Environment, utc_now
from lading.engine.scan import scan_inventories
from lading.engine.settings import Settings
from lading.formats.encoders.registry import Subject
from lading.formats.view import View
from lading.model.checks import FAMILIES
from lading.model.decision import Scanned
from lading.model.errors import UsageError

if TYPE_CHECKING:
    from lading.cli.many import Item
    from lading.cli.many_results import Collected, Evaluate, Keeper
    from lading.policy.policy import Policy

GATE = (
    "fail_on",
    "fail_on_unmanaged",
    "ignore_unfixed",
    "ignore_base",
    "only_base",
    "in_use",
    "policy_file",
    "policy_key",
    "ignore_file",
    "baseline",
    "report_key",
    "exit_code",
    "severity_source",
    "allow_incomplete",
    "max_db_age",
)


@click.command()
@click.argument("images", nargs=-1, metavar="IMAGE…")
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="FILE",
    help="Scan the images that this file names too, one in each line (- is standard input). Repeatable.",
)
@click.option(
    "--images-of",
    "sources",
    multiple=True,
    metavar="FILE|DIR",
    type=click.Path(exists=True, path_type=Path),
    help="Scan the images that a Dockerfile, a Compose file or Kubernetes manifests name too, or all such files below "
    "a directory. Repeatable; --from FILE does the same.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Of a run over the same images that was cut off, take what it has done, and scan the others.",
)
@with_places
@sign_files_option
@with_settings(
    "output",
    "all",
    "group_by",
    "template",
    *CHECKS,
    "compliance",
    "dockerfile",
    "sbom_author",
    "sbom_supplier",
    *GATE,
    *VEX,
    *ATTACHED,
    *DATABASE,
    *IMAGE,
    *KEEPING,
    formats=formats_text("report", "scanned", "inventory", "fleet"),
)
@with_selection
def scan(
    images: tuple[str, ...],
    lists: tuple[str, ...],
    sources: tuple[Path, ...],
    resume: bool,
    places: Places,
    sign: Path | None,
    settings: Settings,
    view: View,
) -> int:
    """Show the known vulnerabilities of IMAGE, and what can be done about them; of several images one summary.

    IMAGE is a reference (alpine:3.20, registry.example/app@sha256:…), or a path to an OCI layout, an image archive,
    a root filesystem or a single file; a prefix says which when it is not clear: docker:, podman:, registry:, oci:,
    docker-archive:, dir:, file:. With sbom:FILE what a CycloneDX or SPDX document lists is matched, with purl:FILE a
    list of package URLs. - is standard input.

    \b
    Exit status: 0 done, and no rule failed, 1 a rule (--fail-on, or a policy's)
    failed, 2 usage or operational error, 3 coverage is incomplete.
    """
    from lading.cli.references import images_named

    settings, view = _with_benchmark(settings, view)
    if not (images or lists or sources or places):
        raise click.UsageError("Missing argument 'IMAGE'.", click.get_current_context())
    if len(images) == 1 and not (lists or sources or resume or places or settings.origins["store"].level == "flag"):
        return run_scan(images[0], settings, view, sign)
    names = images_named(images, lists, sources) if images or lists or sources else ()
    asked = (*names, *places.registries, *places.engines, repr(places.choice))
    if places:
        names = tuple(dict.fromkeys((*names, *images_in(places, settings))))
    return run_many(names, settings, view, sign, asked=asked, resume=resume)


def _with_benchmark(settings: Settings, view: View) -> tuple[Settings, View]:
    """What a benchmark asks for: every check, and to be shown by its rules."""
    if settings.compliance == "none":
        return settings, view
    return structs.replace(settings, checks=FAMILIES), with_benchmark(view, settings)


def run_many(
    names: tuple[str, ...], settings: Settings, view: View, sign: Path | None, *, asked: Sequence[str], resume: bool
) -> int:
    """Scans images, keeps the results, writes one summary or one report on all, and gives the exit status of the whole.
    `asked` is what names the images, by which a run that was cut off is found again. Raises LadingError for what
    concerns all of them."""
    from lading.cli.many import items_of

    settings = bind(settings, *names)
    return run_items(partial(items_of, names), settings, view, sign, asked=asked, resume=resume)


def run_items(
    items_by: "Callable[[Settings, Callable[[Environment], Environment]], Sequence[Item]]",
    settings: Settings,
    view: View,
    sign: Path | None,
    *,
    asked: Sequence[str],
    resume: bool = False,
    noun: str = "image",
) -> int:
    """The same for what need not be images by name: `items_by` gives them for the settings, and what puts into an
    environment what was read before. `noun` is what one is called."""
    from lading.cli.many import scan_many

    run = prepared_run(settings, view, sign, "fleet", "report")
    collected, keeper = run.collected(), run.keeper(asked, resume=resume)
    scan_many(items_by(settings, run.equip), settings, collected, keeper, resume=resume, noun=noun)
    summary = collected.summary(keeper)
    values: dict[Subject, object] = {"fleet": summary}
    if run.writes_report:
        values["report"] = collected.evaluated()
    write_encoded(run.outputs, encode_outputs(run.outputs, values, run.view), run.signing)
    return summary.exit_status


class PreparedRun(Struct, frozen=True):
    """What a run over many images goes by, read before anything is done: where its results go and how, what each report
    is held to (`evaluate`), and what puts into an environment what was read (`equip`)."""

    settings: Settings
    view: View
    outputs: tuple[Output, ...]
    signing: Signing | None
    evaluate: "Evaluate"
    equip: Callable[[Environment], Environment]

    @property
    def writes_report(self) -> bool:
        """Whether the report on all images is to be written."""
        return any(one.format.subject == "report" for one in self.outputs)

    def collected(self) -> "Collected":
        """What the outcomes are collected in."""
        from lading.cli.many_results import Collected

        return Collected(self.evaluate, whole=self.writes_report)

    def keeper(self, asked: Sequence[str], *, resume: bool) -> "Keeper":
        """What the outcomes are kept in. `asked` is what names the images. Raises UsageError, StoreError."""
        from lading.cli.many_results import Keeper, run_key, store_place
        from lading.store.store import ResultStore

        place = store_place(self.settings, many=True)
        if place is None and resume:
            raise UsageError("--resume: nothing is kept that could be taken up again (--store none)")
        keeper = Keeper(ResultStore(place) if place is not None else None, run_key(asked, self.settings))
        if not resume and (done := keeper.cut_off()):
            said = "1 was done: --resume takes that" if done == 1 else f"{done:,} were done: --resume takes these"
            say("info", f"an earlier run of these images was cut off when {said}")
        return keeper


def prepared_run(settings: Settings, view: View, sign: Path | None, *subjects: Subject) -> PreparedRun:
    """A run whose results are these subjects. Raises LadingError."""
    from lading.policy.gate import evaluate

    outputs = outputs_of(settings, *subjects)
    signing = signing_of(sign, "report", outputs)
    tell_unselected(outputs, view)
    view = with_template(view, settings, outputs)
    policy, equip = before_deciding(settings)
    _check_status(settings, policy)
    baseline = baseline_of(result_bytes(settings.baseline, settings) if settings.baseline else b"", settings.baseline)
    held_to = partial(evaluate, policy=policy, today=utc_now().date(), baseline=baseline)
    return PreparedRun(settings, view, outputs, signing, held_to, equip)


def run_scan(image: str, settings: Settings, view: View, sign: Path | None = None) -> int:
    """Scans an image, writes the results, signed by the key in the file `sign`, and gives the exit status. Raises
    LadingError."""
    from lading.policy.gate import evaluate

    settings = bind(settings, image)
    outputs = outputs_of(settings, "report", "scanned", "inventory")
    signing = signing_of(sign, "report", outputs)
    tell_unselected(outputs, view)
    _check_platforms(settings, outputs)
    view = with_template(view, settings, outputs)
    view = structs.replace(view, author=settings.sbom_author, supplier=settings.sbom_supplier)
    policy, equip = before_deciding(settings)
    _check_status(settings, policy)
    earlier = result_bytes(settings.baseline, settings) if settings.baseline else b""

    def work(environment: Environment) -> Done:
        environment = equip(environment)
        baseline = baseline_of(earlier, settings.baseline)
        _check_digest(image, outputs)
        began = monotonic()
        listed, report = scan_inventories(image, settings, environment)
        found = listed[0]
        began = took(f"reading and matching {len(found.inventory.packages):,} packages", began)
        evaluated = evaluate(report, policy, environment.clock().date(), baseline=baseline)
        values: dict[Subject, object] = {
            "report": evaluated,
            "scanned": Scanned(found, evaluated),
            "inventory": found,
        }
        encoded = encode_outputs(outputs, values, view)
        took(f"deciding, and writing {', '.join(one.format.id for one in outputs)}", began)
        return Done(evaluated.decision.exit_status, encoded)

    read = files_to_read(settings)
    return run_work(work, image, settings, outputs, read, signing=signing)


def _check_status(settings: Settings, policy: "Policy") -> None:
    """Raises UsageError for a status of failed rules where there is none."""
    if settings.exit_code and settings.origins["exit_code"].level == "flag" and not policy.is_gate:
        raise UsageError(
            f"--exit-code {settings.exit_code}: there is no rule that could fail: add --fail-on any (for whatever is "
            "found), --fail-on high or the like, or a policy"
        )


def _check_digest(image: str, outputs: Sequence[Output]) -> None:
    """Raises UsageError for an output that speaks of a digest, where there will be none, before anything is read."""
    by_digest = next((one.format.id for one in outputs if one.format.of_digest), None)
    if by_digest is None or image == "-":
        return
    from lading.engine.documents import SBOM, document_path
    from lading.image.open import has_digest

    is_document = document_path(image) is not None
    if (is_document and not image.startswith(SBOM)) or not (is_document or has_digest(image)):
        raise UsageError(
            f"-o {by_digest}: speaks of an image by its digest, and {image} has none: scan the image itself"
        )


def _check_platforms(settings: Settings, outputs: Sequence[Output]) -> None:
    """Raises UsageError for an output that holds one image, where several are asked for."""
    single = next((one for one in outputs if one.format.subject != "report"), None)
    if settings.platform == "all" and single is not None:
        raise UsageError(
            f"--platform all: -o {single.format.id} holds one image: name a platform, or write another format"
        )
