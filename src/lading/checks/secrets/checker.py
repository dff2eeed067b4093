"""Secrets: what was left in files, variables, labels and instructions of an image, and in files deleted since."""

from collections.abc import Iterator
from typing import Final

from lading.checks.secrets.files import CONFIGURATION, FILES, Scanners, hits_in, prepared, scanner, scanners
from lading.checks.secrets.places import is_published_example
from lading.checks.secrets.rule import built_in, by_id
from lading.checks.secrets.scanner import Hit
from lading.model.checks import (
    Case,
    Checker,
    CheckInputs,
    CheckResult,
    CheckText,
    Issue,
    IssueHidden,
    IssuePlace,
    SeenFile,
)
from lading.model.package import INTO

_FIX: Final = (
    "Revoke or change it where it was issued: whoever has the image has it. Then build the image without it, from a "
    "build secret (RUN --mount=type=secret) or at run time; deleting it in a later layer leaves it in the image."
)
_DOCS: Final = "https://docs.docker.com/build/building/secrets/"
_CONTROLS: Final = ("docker-cis 4.10", "nist-800-190 4.1.4")
_NAMED: Final = 200


def run(case: Case) -> CheckResult:
    """The issues of an image."""
    found = scanners(case.examined.inputs)
    issues = [issue for file in case.files(FILES.name) for issue in _in_file(file, found)]
    issues += _in_configuration(case)
    return CheckResult(tuple(dict.fromkeys(issues)))


def _in_file(file: SeenFile, found: Scanners) -> Iterator[Issue]:
    for hit in hits_in(file):
        is_example = is_published_example(file.path, hit.member)
        example = hit.unreal or ("lies in documentation or tests of a package" if is_example else "")
        hidden: IssueHidden = "shipped" if file.shipped else ""
        yield _issue(
            hit,
            found,
            "file",
            path=f"{file.path}{INTO}{hit.member}" if hit.member else file.path,
            layer=file.layer,
            removed=file.removed,
            package=file.owner,
            hidden="allowed" if hit.allowed else "example" if example else hidden,
            why=hit.allowed or example,
        )


def _in_configuration(case: Case) -> Iterator[Issue]:
    config = case.examined.config
    if config is None:
        return
    known = _Known(scanners(case.examined.inputs), case.examined.inputs)
    for variable in config.environment:
        name = variable.partition("=")[0]
        yield from _in_text(variable, "configuration", f"ENV {name}", known)
    for label, value in config.labels.items():
        yield from _in_text(f"{label}={value}", "configuration", f"LABEL {label}", known)
    for words, texts in (
        ("ENTRYPOINT", config.entrypoint),
        ("CMD", config.command),
        ("HEALTHCHECK", config.healthcheck),
    ):
        yield from _in_text(" ".join(texts), "configuration", words, known)
    layer = 0
    for step in config.history:
        layer += step.has_layer and config.layered
        instruction = masked_text(step.created_by, known.inputs)[:_NAMED]
        yield from _in_text(step.created_by, "history", instruction, known, layer if step.has_layer else 0)
        yield from _in_text(step.comment, "history", instruction, known, layer if step.has_layer else 0)


class _Known:
    """What has been found in a configuration, and with what."""

    def __init__(self, scanners: Scanners, inputs: CheckInputs) -> None:
        self.scanners = scanners
        self.inputs = inputs
        self.hits: set[tuple[str, str]] = set()


def _in_text(text: str, place: IssuePlace, instruction: str, known: "_Known", layer: int = 0) -> Iterator[Issue]:
    """The secrets in a text of the configuration; each once."""
    if not text:
        return
    scan, own = known.scanners
    data = text.encode("utf-8", "replace")
    hits = scan.scan(CONFIGURATION, data, _free).hits
    if own is not None:
        hits += own.scan(CONFIGURATION, data, _free, scan.fingerprints).hits
    for hit in hits:
        key = (hit.rule, hit.fingerprint)
        if key in known.hits:
            continue
        known.hits.add(key)
        hidden: IssueHidden = "allowed" if hit.allowed else "example" if hit.unreal else ""
        why = hit.allowed or hit.unreal
        yield _issue(hit, known.scanners, place, instruction=instruction, layer=layer, hidden=hidden, why=why)


def masked_text(text: str, inputs: CheckInputs) -> str:
    """A text of an image with the secrets in it masked."""
    own = scanners(inputs).own
    text = scanner().masked(text)
    return own.masked(text) if own is not None else text


def _issue(
    hit: Hit,
    found: Scanners,
    place: IssuePlace,
    *,
    path: str = "",
    layer: int = 0,
    removed: int = 0,
    instruction: str = "",
    package: str = "",
    hidden: IssueHidden = "",
    why: str = "",
) -> Issue:
    rule = by_id(scanner().rules).get(hit.rule)
    often = f"{hit.count:,} times" if hit.count > 1 else ""
    return Issue(
        id=hit.rule,
        kind="secret",
        title=rule.title if rule is not None else _own_title(hit.rule, found),
        severity=hit.severity,
        message=", ".join(filter(None, (hit.note, often, why))),
        place=place,
        path=path,
        line=hit.line if path else 0,
        layer=layer,
        removed=removed,
        instruction=instruction,
        evidence=hit.shown,
        subject=hit.fingerprint,
        package=package,
        fix=_FIX,
        url=_DOCS,
        controls=_CONTROLS,
        hidden_reason=hidden,
        values=hit.values,
    )


def _own_title(id: str, found: Scanners) -> str:
    """What a rule of the user's own is called."""
    rules = found.own.rules if found.own is not None else ()
    return next((one.table.title for one in rules if one.table.id == id and one.table.title), f"Secret ({id})")


def _free(steps: int) -> None:
    """The configuration of an image is small."""


def texts() -> tuple[CheckText, ...]:
    """What each kind of secret is. Their examples would be taken for secrets where they stand."""
    return tuple(
        CheckText(one.id, "secrets", one.severity, one.title, _WHY, _FIX, references=(_DOCS,), controls=_CONTROLS)
        for one in built_in().rules
    )


_WHY: Final = "Whoever has the image has it, also where a later layer deleted the file."

CHECKER = Checker(
    "secrets",
    (FILES,),
    run,
    deleted=True,
    mask=masked_text,
    texts=texts,
    inputs=("fingerprint_key", "secret_rules", "secret_tables", "secret_values"),
    prepared=prepared,
)
