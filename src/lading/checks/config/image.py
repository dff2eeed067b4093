"""Facts that an image states of itself: its configuration, its history, and what packages it has."""

import re
from collections.abc import Iterator
from typing import Final

from lading.checks.config.facts import Fact, PlacedFact
from lading.formats.instructions import bare_instruction
from lading.model.checks import Case
from lading.model.image import ImageConfig
from lading.model.package import DISTRIBUTED

_MINIMAL: Final = 15
"""System packages of an image that is meant to have nothing but a program: distroless images have fewer."""
_ARGUMENTS: Final = re.compile(r"(?:RUN )?\|\d+ (.*?)(?:/usr)?/bin/\w*sh -")
_ASSIGNMENT: Final = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|\S*)""")
_LONGEST: Final = 20_000


def image_facts(case: Case) -> Iterator[PlacedFact]:
    """The facts of the configuration, none where there is none; and of packages."""
    for package in case.packages:
        values: dict[str, str | int | bool] = {"type": package.type, "name": package.name, "version": package.version}
        yield PlacedFact(Fact("package", values), None, package.layer)
    config = case.examined.config
    if config is None:
        return
    yield PlacedFact(Fact("image", _image_values(config, case)))
    for variable in config.environment:
        name, _, value = variable.partition("=")
        yield PlacedFact(Fact("variable", {"name": name, "value": value}))
    for name, value in config.labels.items():
        yield PlacedFact(Fact("label", {"name": name, "value": value}))
    for port in config.ports:
        number, _, protocol = port.partition("/")
        for one in _ports(number):
            yield PlacedFact(Fact("port", {"port": one, "protocol": protocol or "tcp"}))
    for path in config.volumes:
        yield PlacedFact(Fact("volume", {"path": path}))
    yield from _instructions(case, config)


def runs_as_root(config: ImageConfig) -> bool:
    """Whether the user is root, by name or number, or none is named."""
    name = config.user.partition(":")[0]
    return name in ("", "root") or (name.isascii() and name.isdecimal() and int(name[:20]) == 0)


def build_arguments(created_by: str) -> list[tuple[str, str]]:
    """The arguments that a builder wrote before an instruction (`|2 A=1 B=2 /bin/sh -c …`)."""
    found = _ARGUMENTS.match(created_by[:_LONGEST])
    return [(name, value.strip("\"'")) for name, value in _ASSIGNMENT.findall(found[1])] if found else []


def _image_values(config: ImageConfig, case: Case) -> dict[str, str | int | bool]:
    started = " ".join((*config.entrypoint, *config.command))
    system = sum(one.type in DISTRIBUTED for one in case.packages)
    return {
        "user": config.user,
        "root": runs_as_root(config),
        "named": f"the configuration names {f'the user {config.user}' if config.user else 'no user'}",
        "healthcheck": " ".join(config.healthcheck),
        "has_healthcheck": bool(config.healthcheck) and config.healthcheck[0].upper() != "NONE",
        "entrypoint": " ".join(config.entrypoint),
        "command": " ".join(config.command),
        "program": started,
        "workdir": config.workdir,
        "packages": len(case.packages),
        "minimal": 0 < system <= _MINIMAL,
    }


def _instructions(case: Case, config: ImageConfig) -> Iterator[PlacedFact]:
    layer = 0
    for number, step in enumerate(config.history):
        layer += step.has_layer
        text = bare_instruction(step.created_by[:_LONGEST])
        name = text.partition(" ")[0]
        at = layer if step.has_layer and config.layered else 0
        values: dict[str, str | int | bool] = {
            "name": name if name.isupper() else "",
            "text": text,
            "number": number + 1,
            "base": config.layered and case.image.is_base(layer) and not _is_after_base(case, layer, step.has_layer),
            "first": number == 0,
        }
        yield PlacedFact(Fact("instruction", values), None, at)


def _is_after_base(case: Case, layer: int, has_layer: bool) -> bool:
    """Whether an instruction without a layer stands behind the last layer of the base: whose it is cannot be told."""
    return not has_layer and case.image.base is not None and layer >= case.image.base.layers


def _ports(text: str) -> Iterator[int]:
    first, _, last = text.partition("-")
    if first.isascii() and first.isdecimal() and len(first) < 6:
        end = int(last) if last.isascii() and last.isdecimal() and len(last) < 6 else int(first)
        yield from range(int(first), min(end, int(first) + 1000) + 1)
