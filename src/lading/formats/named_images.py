"""The images that files of a repository name: Dockerfiles, Compose files, Kubernetes manifests (also as Helm renders
them).

Source: https://docs.docker.com/reference/dockerfile/, https://github.com/compose-spec/compose-spec (`services`,
interpolation, fragments), Kubernetes API reference, PodSpec.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from lading.formats.decoders.dockerfile import expand, parse_dockerfile
from lading.model.errors import FormatError
from lading.safeio.yaml_text import YamlValue, parse_documents

_DOCKERFILE: Final = re.compile(r"(?:Docker|Container)file(?:[.-].*)?|.+[.-](?:docker|container)file", re.IGNORECASE)
_YAML: Final = (".yaml", ".yml")
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")
_FROM: Final = re.compile(rb"^[ \t]*FROM[ \t]", re.MULTILINE | re.IGNORECASE)
_SCRATCH: Final = "scratch"
_MOST_VALUES: Final = 1_000_000
_MOST_MERGES: Final = 100


class NamedImage(Struct, frozen=True):
    """A reference as a file has it, with the variables put in that are known, and where in the file it stands."""

    name: str
    where: str


class Named(Struct, frozen=True):
    """What a file names, in its order, and a line for each part of it that names no image but is made into one."""

    images: tuple[NamedImage, ...]
    notes: tuple[str, ...] = ()


def may_name_images(name: str) -> bool:
    """Whether a file of that name (without its directory) is one of those that name images."""
    return _DOCKERFILE.fullmatch(name) is not None or name.endswith(_YAML)


def parse_named(data: bytes, path: str, variables: Mapping[str, str]) -> Named:
    """What a file names. `variables` are those that a Compose file is read with. Raises FormatError."""
    name = path.rpartition("/")[2]
    is_text = not name.endswith((*_YAML, ".json"))
    if _DOCKERFILE.fullmatch(name) or (is_text and _FROM.search(data)):
        return _of_dockerfile(data, path)
    try:
        documents = parse_documents(data)
    except FormatError as error:
        hint = "; render templates first (helm template)" if b"{{" in data else ""
        raise FormatError(f"{path}: {error}{hint}") from error
    images: list[NamedImage] = []
    notes: list[str] = []
    for document in documents:
        services = document.get("services") if isinstance(document, dict) and "kind" not in document else None
        if isinstance(services, dict):
            _read_services(services, path, variables, images, notes)
        else:
            images += _iter_manifest(document, path)
    return Named(tuple(images), tuple(notes))


def _of_dockerfile(data: bytes, path: str) -> Named:
    stages = parse_dockerfile(data, path)
    return Named(
        tuple(
            NamedImage(one.base, f"{path}:{one.origin.line}")
            for one in stages
            if one.parent is None and one.base.lower() != _SCRATCH
        )
    )


def _read_services(
    services: Mapping[str, YamlValue],
    path: str,
    variables: Mapping[str, str],
    images: list[NamedImage],
    notes: list[str],
) -> None:
    for name, service in services.items():
        if not isinstance(service, dict):
            continue
        image = _merged(service, "image")
        if isinstance(image, str) and image:
            images.append(NamedImage(expand(image, variables), f"{path}: service {name}"))
        elif _merged(service, "build"):
            notes.append(f"{path}: service {name} is built and names no image: name what was built, or its Dockerfile")


def _merged(service: Mapping[str, YamlValue], key: str) -> YamlValue:
    """A value of a mapping, or of those that are merged into it (`<<`)."""
    waiting: list[YamlValue] = [dict(service)]
    for _ in range(_MOST_MERGES):
        if not waiting:
            break
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting = [*one[:_MOST_MERGES], *waiting]
        elif isinstance(one, dict):
            if key in one:
                return one[key]
            if "<<" in one:
                waiting.insert(0, one["<<"])
    return ""


def _iter_manifest(document: YamlValue, path: str) -> Iterator[NamedImage]:
    """The images of every pod in a manifest, wherever it stands in it (lists, templates, resources of others)."""
    waiting: list[tuple[YamlValue, str]] = [(document, "")]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_VALUES:
        value, what = waiting.pop()
        if id(value) in seen or isinstance(value, str):
            continue
        seen.add(id(value))
        if isinstance(value, list):
            waiting += ((one, what) for one in reversed(value))
            continue
        what = _title(value) or what
        for key, containers in value.items():
            if key not in _CONTAINERS:
                continue
            for one in containers if isinstance(containers, list) else ():
                image = one.get("image") if isinstance(one, dict) else None
                if isinstance(image, str) and image:
                    yield NamedImage(image, f"{path}: {what}" if what else path)
        waiting += ((one, what) for one in reversed(value.values()))


def _title(value: Mapping[str, YamlValue]) -> str:
    """ "Deployment web" for a resource, empty for another part of one."""
    kind, metadata = value.get("kind"), value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{kind} {name}" if isinstance(kind, str) and isinstance(name, str) else ""
