"""Examples as images: what a Dockerfile states, and files in an image, as checks see them."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import structs

from lading.checks.config.files import ACCOUNTS, ARTIFACTS, SETTINGS
from lading.formats.decoders.dockerfile import Instruction, parse_dockerfile
from lading.model.checks import Case, Examined, SeenFile
from lading.model.image import Image, ImageConfig, Layer, Step
from lading.model.reader import WantedFile

_IN_LAYERS: Final = ("ADD", "COPY", "RUN")
_NAME: Final = "example"


def case_of_dockerfile(text: str) -> Case:
    """The image that a Dockerfile makes, as far as it tells. Raises FormatError for what is none."""
    lines = text.splitlines()
    config = ImageConfig()
    steps = [Step("ADD file:0 in / ", has_layer=True)]
    for one in parse_dockerfile(text.encode(), _NAME)[-1].instructions:
        config = _with(config, one)
        written = " ".join(line.strip().removesuffix("\\").strip() for line in lines[one.line - 1 : one.last_line])
        steps.append(Step(written, has_layer=one.name in _IN_LAYERS))
    layers = [step for step in steps if step.has_layer]
    made = tuple(Layer(number, created_by=one.created_by) for number, one in enumerate(layers, 1))
    image = Image(_NAME, _NAME, layers=made)
    return Case(image, Examined(("config",), {}, structs.replace(config, history=tuple(steps))))


def case_of_files(files: Mapping[str, bytes]) -> Case:
    """An image of one layer that has nothing but these files, by their paths."""
    seen: dict[str, tuple[SeenFile, ...]] = {}
    for reader in (SETTINGS, ACCOUNTS, ARTIFACTS):
        for path, content in files.items():
            facts = reader.parse(WantedFile(path, 0o644, content)).facts
            if facts:
                seen[reader.name] = (*seen.get(reader.name, ()), SeenFile(path, 1, facts))
    return Case(Image(_NAME, _NAME, layers=(Layer(1),)), Examined(("config",), seen))


def _with(config: ImageConfig, one: Instruction) -> ImageConfig:
    match one.name:
        case "USER":
            return structs.replace(config, user=one.text)
        case "ENV":
            pairs = tuple(f"{name}={value}" for name, value in _pairs(one.text))
            return structs.replace(config, environment=(*config.environment, *pairs))
        case "LABEL":
            return structs.replace(config, labels={**config.labels, **dict(_pairs(one.text))})
        case "EXPOSE":
            ports = tuple(port if "/" in port else f"{port}/tcp" for port in one.text.split())
            return structs.replace(config, ports=(*config.ports, *ports))
        case "VOLUME":
            return structs.replace(config, volumes=(*config.volumes, *_list(one.text, one.text.split())))
        case "WORKDIR":
            return structs.replace(config, workdir=one.text)
        case "HEALTHCHECK":
            return structs.replace(config, healthcheck=tuple(one.text.split()))
        case "CMD":
            return structs.replace(config, command=_list(one.text, ["/bin/sh", "-c", one.text]))
        case "ENTRYPOINT":
            return structs.replace(config, entrypoint=_list(one.text, ["/bin/sh", "-c", one.text]), command=())
        case _:
            return config


def _pairs(text: str) -> list[tuple[str, str]]:
    """`A=1 B="2 3"`, or the old form `A 1`."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    if words and "=" not in words[0]:
        return [(words[0], " ".join(words[1:]))]
    return [(name, value) for name, _, value in (word.partition("=") for word in words)]


def _list(text: str, otherwise: Iterable[str]) -> tuple[str, ...]:
    """A command or list in JSON, or what it is where it is none."""
    try:
        document = json.loads(text)
    except ValueError:
        return tuple(otherwise)
    return tuple(map(str, document)) if isinstance(document, list) else tuple(otherwise)
