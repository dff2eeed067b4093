"""The images that the targets of `docker buildx bake` build on.

Source: https://docs.docker.com/build/bake/reference/. Targets inherit from others; contexts are images as
`docker-image://NAME`; functions, conditions and matrices are not worked out.
"""

from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname, join, normpath
from typing import Any, Final

import msgspec

from lading.formats.decoders.dockerfile import expand
from lading.formats.hcl import HclBlock, HclValue, parse_hcl
from lading.formats.named_dockerfile import images_of_dockerfile
from lading.formats.named_image import Named, NamedImage, Read
from lading.model.errors import FormatError

_IMAGE: Final = "docker-image://"
_ELSEWHERE: Final = ("https://", "http://", "git@", "git://", "target:", "oci-layout://")
_MOST_PARENTS: Final = 100

_Target = Mapping[str, HclValue]


def parse_bake(data: bytes, path: str, read: Read) -> Named:
    """What the targets of a file name, those of the Dockerfiles that they build too; variables have their defaults.
    Raises FormatError."""
    try:
        blocks = _of_json(data) if path.endswith(".json") else parse_hcl(data)
    except (FormatError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FormatError(f"{path}: {error}") from error
    known: dict[str, str] = {}
    for one in blocks:
        default = one.attributes.get("default") if one.kind == "variable" and one.labels else None
        if isinstance(default, str):
            known[one.labels[0]] = expand(default, known)
    targets = {one.labels[0]: one.attributes for one in blocks if one.kind == "target" and one.labels}
    images: list[NamedImage] = []
    notes: list[str] = []
    for name in _meant(targets, blocks):
        where = f"{path}: target {name}"
        target = _inherited(name, targets)
        contexts = _texts(target.get("contexts"), known)
        images += [NamedImage(one.removeprefix(_IMAGE), where) for one in contexts.values() if one.startswith(_IMAGE)]
        try:
            images += _built(target, where, path, known, contexts, read)
        except FormatError as error:
            notes.append(f"{where}: {error}")
    return Named(tuple(images), tuple(notes))


def _of_json(data: bytes) -> list[HclBlock]:
    document = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    return [
        HclBlock(kind, (name,), attributes)
        for kind in ("variable", "group", "target")
        if kind in document
        for name, attributes in msgspec.json.decode(document[kind], type=dict[str, dict[str, Any]]).items()
    ]


def _meant(targets: Mapping[str, _Target], blocks: Sequence[HclBlock]) -> Iterator[str]:
    """The targets that are to be built: not those that others inherit from, unless a group has them or a build without
    names takes them."""
    grouped = {"default"} | {
        one for block in blocks if block.kind == "group" for one in _names(block.attributes.get("targets"))
    }
    parents = {one for target in targets.values() for one in _names(target.get("inherits"))}
    return (one for one in targets if one in grouped or not (one in parents or one.startswith("_")))


def _names(values: HclValue) -> list[str]:
    return [one for one in values if isinstance(one, str)] if isinstance(values, list) else []


def _inherited(name: str, targets: Mapping[str, _Target]) -> _Target:
    """A target with what it has from others; of several the later one counts, and maps are put together."""
    order: list[str] = []

    def visit(one: str) -> None:
        if one not in targets or len(order) > _MOST_PARENTS or one in busy:
            return
        busy.add(one)
        for parent in _names(targets[one].get("inherits")):
            visit(parent)
        order.append(one)

    busy: set[str] = set()
    visit(name)
    found: dict[str, HclValue] = {}
    for one in order:
        for key, value in targets[one].items():
            before = found.get(key)
            found[key] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    return found


def _texts(values: HclValue, known: Mapping[str, str]) -> dict[str, str]:
    pairs = values.items() if isinstance(values, dict) else ()
    return {name: expand(value, known) for name, value in pairs if isinstance(value, str)}


def _text(value: HclValue, default: str, known: Mapping[str, str]) -> str:
    return expand(value, known) if isinstance(value, str) else default


def _built(
    target: _Target, where: str, path: str, known: Mapping[str, str], contexts: Mapping[str, str], read: Read
) -> Iterator[NamedImage]:
    arguments = _texts(target.get("args"), known)
    inline = target.get("dockerfile-inline")
    context = _text(target.get("context"), ".", known)
    if isinstance(inline, str):
        yield from images_of_dockerfile(inline.encode(), where, arguments, contexts)
    elif not context.startswith(_ELSEWHERE):
        file = normpath(join(dirname(path), context, _text(target.get("dockerfile"), "Dockerfile", known)))
        yield from images_of_dockerfile(read(file), file, arguments, contexts)
