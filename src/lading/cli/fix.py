"""`lading fix`."""

from pathlib import Path

import click
from msgspec import structs

from lading.cli.accounts import bind
from lading.cli.options import ATTACHED, DATABASE, IMAGE, PACKAGES, VEX, with_settings
from lading.cli.output import encode_outputs, formats_text, outputs_of, write_encoded
from lading.cli.processes.worker import Done, do_work
from lading.cli.results import result_bytes
from lading.engine.before import before_deciding
from lading.engine.environment import Environment
from lading.engine.results import parse_result
from lading.engine.settings import Settings
from lading.formats.encoders.registry import Subject
from lading.formats.view import View
from lading.model.decision import PASSED
from lading.model.errors import UsageError


@click.command()
@click.argument("image")
@click.option(
    "--apply",
    "copy",
    metavar="COPY",
    type=click.Path(path_type=Path),
    help="Write the Dockerfile of --dockerfile with the plan's instructions in it to COPY, which may not be there yet.",
)
@click.option(
    "--patch",
    metavar="PATCH",
    type=click.Path(path_type=Path),
    help="Write the change of that Dockerfile to PATCH, for git apply or patch -p1; it may not be there yet.",
)
@click.option(
    "--candidate",
    "candidates",
    metavar="REF",
    multiple=True,
    help="Scan this image too, and show what building on it in place of the base would change. Repeatable.",
)
@click.option(
    "--base-tags",
    is_flag=True,
    help="Ask the registry of the base for its tags, and take the base's own tag as it is today and the newest ones of "
    "the same form as candidates.",
)
@with_settings(
    "output", "all", "policy_file", "report_key", "ignore_file", "dockerfile", "severity_source",
    *PACKAGES, *VEX, *ATTACHED, *DATABASE, *IMAGE,
    formats=formats_text("fixes"),
)  # fmt: skip
def fix(
    image: str,
    copy: Path | None,
    patch: Path | None,
    candidates: tuple[str, ...],
    base_tags: bool,
    settings: Settings,
) -> int:
    """Show the fewest upgrades that clear what can be cleared of IMAGE, and what stays.

    Each package moves to the least version that clears most and that the packages around it accept; registries are
    asked what an upgrade brings along only with --ask-registries. Upgrades in the image are instructions for its
    Dockerfile, to paste or by --dockerfile FILE --apply COPY; what is compiled in changes in the source. What is left
    is matched again with the new versions.
    """
    from lading.engine.dockerfile import fixed_dockerfile
    from lading.engine.fix import plan

    written = {option: path for option, path in (("--apply", copy), ("--patch", patch)) if path is not None}
    for option, path in written.items():
        if settings.dockerfile is None:
            raise UsageError(f"{option}: add --dockerfile FILE to say which Dockerfile to change")
        if path.exists():
            raise UsageError(f"{option} {path}: is there already; name a file that is not")
    if settings.ask_registries and settings.offline and settings.origins["ask_registries"].level == "flag":
        raise UsageError("--ask-registries: cannot be had with --offline")
    if base_tags:
        from lading.cli.choosing import near_bases

        candidates = tuple(dict.fromkeys((*candidates, *near_bases(image, settings))))
    settings = bind(settings, image, *candidates)
    scanned = [result_bytes(one, structs.replace(settings, base="", dockerfile=None)) for one in candidates]
    outputs = outputs_of(settings, "fixes")
    policy, equip = before_deciding(settings)

    def work(environment: Environment) -> Done:
        fixed = fixed_dockerfile(settings.dockerfile) if written and settings.dockerfile else None
        others = [parse_result(data, name) for data, name in zip(scanned, candidates, strict=True)]
        found = plan(image, settings, equip(environment), policy, others)
        values: dict[Subject, object] = {"fixes": found}
        encoded = encode_outputs(outputs, values, View(show_all=settings.all))
        return Done(PASSED, (*encoded, *((text,) for text in fixed(found))) if fixed else encoded)

    done = do_work(work, image, settings, [settings.dockerfile] if settings.dockerfile else [])
    write_encoded(outputs, done.outputs[: len(outputs)])
    for option, path in written.items():
        try:
            with path.open("xb") as file:
                file.writelines(done.outputs[-2 if option == "--apply" else -1])
        except OSError as error:
            raise UsageError(f"{option} {path}: cannot be written: {error.strerror}") from error
    return done.status
