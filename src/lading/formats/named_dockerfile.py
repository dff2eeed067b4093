"""The images that a Dockerfile builds on, and those that it copies from."""

from collections.abc import Iterator, Mapping
from typing import Final

from lading.formats.decoders.dockerfile import copied_images, parse_dockerfile
from lading.formats.named_image import NamedImage

_SCRATCH: Final = "scratch"
_PLATFORM: Final = {
    name: value
    for side in ("BUILD", "TARGET")
    for name, value in ((f"{side}PLATFORM", "linux/amd64"), (f"{side}OS", "linux"), (f"{side}ARCH", "amd64"))
}
"""What BuildKit gives for these when nothing else is asked for, on the machines that most builds run on."""


def images_of_dockerfile(
    data: bytes, path: str, arguments: Mapping[str, str] | None = None, contexts: Mapping[str, str] | None = None
) -> Iterator[NamedImage]:
    """Every image of a FROM that is no stage, and those of `COPY --from=` and `RUN --mount=from=`. `arguments` are what
    a build is given for its ARGs, `contexts` the names that it is given something else for. Raises FormatError."""
    stages = parse_dockerfile(data, path, arguments, _PLATFORM)
    bases = [(one.base, one.origin.line) for one in stages if one.parent is None]
    copied = [(name, one.line) for name, one in copied_images(stages)]
    for name, line in sorted((*bases, *copied), key=lambda one: one[1]):
        if name.lower() != _SCRATCH and name not in (contexts or {}):
            yield NamedImage(name, f"{path}:{line}")
