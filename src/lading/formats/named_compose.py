"""The images of the services of a Compose file, with what it includes and what its services extend.

Source: https://github.com/compose-spec/compose-spec (services, interpolation, fragments, include, extends). Services of
every profile count.
"""

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from typing import Final

from lading.formats.decoders.dockerfile import expand
from lading.formats.named_dockerfile import images_of_dockerfile
from lading.formats.named_image import NamedImage, Read
from lading.model.errors import FormatError
from lading.safeio.yaml_text import YamlValue, parse_documents

_MOST_MERGES: Final = 100
_DEEPEST: Final = 20


class ComposeReader:
    """Reads Compose files, each once; `notes` are lines on what names no image."""

    def __init__(self, variables: Mapping[str, str], read: Read) -> None:
        self._variables = variables
        self._read = read
        self._seen: set[str] = set()
        self.notes: list[str] = []

    def images(self, document: Mapping[str, YamlValue], path: str, depth: int = 0) -> Iterator[NamedImage]:
        """What the services of a document name, then those of the files that it includes."""
        self._seen.add(normpath(path))
        stated = document.get("services")
        services = stated if isinstance(stated, dict) else {}
        for name, service in services.items():
            if isinstance(service, dict):
                yield from self._of_service(name, service, path, services)
        included = document.get("include")
        for one in included if isinstance(included, list) else ():
            for file in _paths_of(one):
                other = normpath(join(dirname(path), expand(file, self._variables)))
                if other not in self._seen and depth < _DEEPEST:
                    yield from self._of_file(other, path, depth + 1)

    def _of_file(self, other: str, path: str, depth: int) -> Iterator[NamedImage]:
        try:
            for one in parse_documents(self._read(other)):
                if isinstance(one, dict):
                    yield from self.images(one, other, depth)
        except FormatError as error:
            self.notes.append(f"{path}: include {other}: {error}")

    def _of_service(
        self, name: str, service: Mapping[str, YamlValue], path: str, services: Mapping[str, YamlValue]
    ) -> Iterator[NamedImage]:
        where = f"{path}: service {name}"
        image = self._value(service, "image", path, services)
        if isinstance(image, str) and image:
            yield NamedImage(expand(image, self._variables).replace("$$", "$"), where)
            return
        build = self._value(service, "build", path, services)
        inline = build.get("dockerfile_inline") if isinstance(build, dict) else None
        if isinstance(inline, str):
            try:
                yield from images_of_dockerfile(expand(inline, {}).encode(), where)
            except FormatError as error:
                self.notes.append(str(error))
        elif build:
            self.notes.append(f"{where} is built and names no image: name what was built, or its Dockerfile")

    def _value(
        self,
        service: Mapping[str, YamlValue],
        key: str,
        path: str,
        services: Mapping[str, YamlValue],
        depth: int = 0,
    ) -> YamlValue:
        """A value of a service, or else of the one that it extends, in the same file or another one."""
        value = _merged(service, key)
        extended = _merged(service, "extends")
        if value or not extended or depth > _DEEPEST:
            return value
        file = extended.get("file") if isinstance(extended, dict) else None
        name = extended.get("service") if isinstance(extended, dict) else extended
        if isinstance(file, str):
            path = normpath(join(dirname(path), expand(file, self._variables)))
            try:
                document = next(iter(parse_documents(self._read(path))), None)
            except FormatError as error:
                self.notes.append(str(error))
                return ""
            found = document.get("services") if isinstance(document, dict) else None
            services = found if isinstance(found, dict) else {}
        other = services.get(name) if isinstance(name, str) else None
        return self._value(other, key, path, services, depth + 1) if isinstance(other, dict) else ""


def _paths_of(included: YamlValue) -> Iterator[str]:
    paths = included.get("path") if isinstance(included, dict) else included
    for one in paths if isinstance(paths, list) else [paths]:
        if isinstance(one, str) and one and "://" not in one:
            yield one


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
