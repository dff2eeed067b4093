"""The images that files of a repository name: Dockerfiles, Compose and Bake files, Kubernetes manifests (also as Helm
renders them).

Source of the last: Kubernetes API reference, PodSpec.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lading.formats.named_bake import parse_bake
from lading.formats.named_compose import ComposeReader
from lading.formats.named_dockerfile import images_of_dockerfile
from lading.formats.named_image import Named, NamedImage, Read
from lading.model.errors import FormatError
from lading.safeio.yaml_text import YamlValue, parse_documents

_DOCKERFILE: Final = re.compile(r"(?:Docker|Container)file(?:[.-].*)?|.+[.-](?:docker|container)file", re.IGNORECASE)
_YAML: Final = (".yaml", ".yml")
_CONTAINERS: Final = frozenset(
    {"containers", "initContainers", "ephemeralContainers", "steps", "sidecars", "container", "script", "stepTemplate"}
)
"""Where pods have their containers, and those of Tekton and of Argo Workflows."""
_BAKE: Final = re.compile(r"(?:.*[.-])?bake(?:[.-].*)?\.(?:hcl|json)")
_HCL: Final = ".hcl"
_SERVICES: Final = frozenset({"services", "include"})
_FROM: Final = re.compile(rb"^[ \t]*FROM[ \t]", re.MULTILINE | re.IGNORECASE)
_MOST_VALUES: Final = 1_000_000


def may_name_images(name: str) -> bool:
    """Whether a file of that name (without its directory) is one of those that name images."""
    return bool(_DOCKERFILE.fullmatch(name) or _BAKE.fullmatch(name)) or name.endswith(_YAML)


def parse_named(data: bytes, path: str, variables: Mapping[str, str], read: Read) -> Named:
    """What a file names. `variables` are those that a Compose file is read with, `read` gives the files that it
    names in turn. Raises FormatError."""
    name = path.rpartition("/")[2]
    if _BAKE.fullmatch(name) or name.endswith(_HCL):
        return parse_bake(data, path, read)
    is_text = not name.endswith((*_YAML, ".json"))
    if _DOCKERFILE.fullmatch(name) or (is_text and _FROM.search(data)):
        return Named(tuple(images_of_dockerfile(data, path)))
    try:
        documents = parse_documents(data)
    except FormatError as error:
        hint = "; render templates first (helm template)" if b"{{" in data else ""
        raise FormatError(f"{path}: {error}{hint}") from error
    images: list[NamedImage] = []
    compose = ComposeReader(variables, read)
    for document in documents:
        if isinstance(document, dict) and "kind" not in document and _SERVICES & document.keys():
            images += compose.images(document, path)
        else:
            images += _iter_manifest(document, path)
    return Named(tuple(images), tuple(compose.notes))


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
        for image in _images_in(value):
            yield NamedImage(image, f"{path}: {what}" if what else path)
        waiting += ((one, what) for one in reversed(value.values()))


def _images_in(value: Mapping[str, YamlValue]) -> Iterator[str]:
    """The images of containers, of volumes that are images, and of resources that state one right in their `spec`."""
    for key, stated in value.items():
        for one in stated if isinstance(stated, list) else [stated]:
            image = one.get("image") if isinstance(one, dict) else None
            if isinstance(image, str) and image:
                if key in _CONTAINERS or (key == "spec" and ("/" in image or ":" in image)):
                    yield image
            elif key == "volumes" and isinstance(image, dict) and isinstance(image.get("reference"), str):
                yield str(image["reference"])


def _title(value: Mapping[str, YamlValue]) -> str:
    """ "Deployment web" for a resource, empty for another part of one."""
    kind, metadata = value.get("kind"), value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{kind} {name}" if isinstance(kind, str) and isinstance(name, str) else ""
