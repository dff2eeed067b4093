"""From a manifest or index to the one image that serves the wanted platform."""

from collections.abc import Iterable
from typing import Final, Protocol

from msgspec import Struct

from lading.image.manifest import (
    DOCKER_LIST,
    OCI_INDEX,
    OCI_MANIFEST,
    REF_NAME,
    Config,
    Descriptor,
    Index,
    Manifest,
    NotAnImageError,
    check_layer_count,
    parse_config,
    parse_manifest,
    printable,
)
from lading.image.platforms import Wanted
from lading.model.errors import ImageError
from lading.model.image import Platform

_DEEPEST: Final = 5
_MOST_DOCUMENTS: Final = 500
_INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_LIST, ""})


class Documents(Protocol):
    """Where manifests, indexes and configurations are had from: verified against their descriptors, and bounded."""

    def read_manifest(self, descriptor: Descriptor) -> bytes: ...
    def read_config(self, descriptor: Descriptor) -> bytes: ...


class Found(Struct, frozen=True):
    """One image. `digest` is that of its manifest."""

    digest: str
    manifest: Manifest
    config: Config
    platform: Platform | None


class Resolver:
    """Looks for an image in documents of one place. `name` is the image's name in errors."""

    def __init__(self, documents: Documents, wanted: Wanted, name: str) -> None:
        self._documents = documents
        self._wanted = wanted
        self._name = name
        self._left = _MOST_DOCUMENTS

    def resolve(self, digest: str, document: Manifest | Index) -> Found:
        """The image that a manifest is, or the best one of an index. Raises ImageError when no platform serves."""
        if isinstance(document, Manifest):
            found = self._load(digest, document)
            self._check(found.platform)
            return found
        return self._resolve_leaves(list(self._leaves(document.manifests, (digest,)).values()), exclusive=False)

    def resolve_one_of(self, descriptors: Iterable[Descriptor]) -> Found:
        """Like `resolve`, for the entries of a layout, where images of several names may lie side by side: more than
        one that serves is an ImageError that lists their tags."""
        return self._resolve_leaves(list(self._leaves(tuple(descriptors), ()).values()), exclusive=True)

    def _resolve_leaves(self, leaves: "list[_Leaf]", *, exclusive: bool) -> Found:
        offers = self._offers(leaves)
        if not offers:
            raise ImageError(f"{self._name}: holds no image")
        if len(offers) == 1:
            return self._only(offers[0][0])
        ranks = [self._wanted.rank(platform) if platform else None for _, platform in offers]
        best = min((rank for rank in ranks if rank is not None), default=None)
        if best is None:
            raise self._missing({platform for _, platform in offers if platform})
        serving = [offer for offer, rank in zip(offers, ranks, strict=True) if rank == best]
        if exclusive and len(serving) > 1:
            raise self._ambiguous([leaf for leaf, _ in serving])
        leaf, platform = serving[0]
        found = self._read(leaf.descriptor)
        return Found(found.digest, found.manifest, found.config, platform)

    def _offers(self, leaves: "list[_Leaf]") -> "list[tuple[_Leaf, Platform | None]]":
        """Each image with its platform: the one the index states, else the configuration's."""
        if len(leaves) == 1:
            return [(leaves[0], None)]
        offers = []
        for leaf in leaves:
            try:
                offers.append((leaf, leaf.descriptor.platform or self._read(leaf.descriptor).platform))
            except NotAnImageError:
                continue
        return offers

    def _only(self, leaf: "_Leaf") -> Found:
        found = self._read(leaf.descriptor)
        self._check(leaf.descriptor.platform)
        self._check(found.platform)
        return found

    def _leaves(self, children: tuple[Descriptor, ...], path: tuple[str, ...], tag: str = "") -> "dict[str, _Leaf]":
        """The manifests below, by digest. `path` holds the digests of the indexes above."""
        found: dict[str, _Leaf] = {}
        for child in children:
            name = tag or child.annotations.get(REF_NAME, "")
            if child.is_companion:
                continue
            if child.media_type not in _INDEX_TYPES:
                found.setdefault(child.digest, _Leaf(child, name))
                continue
            if child.digest in path or len(path) >= _DEEPEST:
                raise ImageError(f"{self._name}: its indexes nest in a loop or more than {_DEEPEST} deep; refused")
            document = self._document(child)
            nested = document.manifests if isinstance(document, Index) else (_as_manifest(child),)
            for digest, leaf in self._leaves(nested, (*path, child.digest), name).items():
                found.setdefault(digest, leaf)
        return found

    def _read(self, descriptor: Descriptor) -> Found:
        document = self._document(descriptor)
        if isinstance(document, Index):
            raise ImageError(f"{self._name}: {descriptor.digest[:19]} is an index, though it is said to be a manifest")
        return self._load(descriptor.digest, document)

    def _load(self, digest: str, manifest: Manifest) -> Found:
        config = parse_config(self._documents.read_config(manifest.config), f"{self._name}: configuration")
        check_layer_count(config, len(manifest.layers), self._name)
        return Found(digest, manifest, config, config.platform)

    def _document(self, descriptor: Descriptor) -> Manifest | Index:
        self._left -= 1
        if self._left < 0:
            raise ImageError(f"{self._name}: more than {_MOST_DOCUMENTS} manifests; name one by its tag or digest")
        return parse_manifest(self._documents.read_manifest(descriptor), self._name)

    def _check(self, platform: Platform | None) -> None:
        check_platform(self._wanted, platform, self._name)

    def _missing(self, platforms: set[Platform]) -> ImageError:
        there = ", ".join(map(str, sorted(platforms))) or "none that is named"
        return ImageError(f"{self._name}: no image for {_name(self._wanted)}: there is {there}; choose with --platform")

    def _ambiguous(self, leaves: "list[_Leaf]") -> ImageError:
        names = sorted(printable(leaf.tag) or f"@{leaf.descriptor.digest}" for leaf in leaves)
        return ImageError(f"{self._name}: holds several images; add one of these to its name: {', '.join(names)}")


def check_platform(wanted: Wanted, platform: Platform | None, name: str) -> None:
    """Raises ImageError when the only image there is serves another platform. None, an unstated one, serves all."""
    if platform is not None and wanted.rank(platform) is None:
        raise ImageError(f"{name}: is for {platform} only, not for {_name(wanted)}: --platform {platform} takes it")


class _Leaf(Struct, frozen=True):
    descriptor: Descriptor
    tag: str


def _as_manifest(child: Descriptor) -> Descriptor:
    return Descriptor(child.digest, child.size, OCI_MANIFEST, child.platform, child.annotations)


def _name(wanted: Wanted) -> str:
    return str(wanted.platform) if wanted.explicit else f"{wanted.platform} (this machine)"
