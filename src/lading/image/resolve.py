"""From a manifest or index to the one image that serves the wanted platform.

An index is read as the engines do. Docker, containerd and Podman take the first entry whose stated platform serves,
whatever else is said of it; only where none serves, the first entry that states no platform. Where they would take
different entries, those must hold the same layers.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from lading.image.config import Config, check_layer_count, parse_config
from lading.image.manifest import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    REF_NAME,
    Descriptor,
    Index,
    Manifest,
    parse_manifest,
    printable,
)
from lading.image.platforms import Wanted, is_higher, normalise
from lading.model.errors import ImageError, SafeIOError
from lading.model.image import Platform

_DEEPEST: Final = 5
_UNKNOWN: Final = "unknown"
_MOST_DOCUMENTS: Final = 500
_INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_LIST, ""})
_IMAGE_TYPES: Final = frozenset({OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST})


class OfferedError(ImageError):
    """No platform was asked for, but which there are: `platforms`, as an index orders them."""

    def __init__(self, name: str, offered: "Sequence[Platform | None]") -> None:
        self.platforms = tuple(dict.fromkeys(one for one in offered if one and one.os != _UNKNOWN))
        there = ", ".join(map(str, self.platforms)) or "none that is named"
        super().__init__(f"{name}: --platform all is for lading scan; here there is {there}")


class AbsentError(SafeIOError):
    """A local image names a document of this `digest`, which does not lie there."""

    def __init__(self, message: str, digest: str) -> None:
        super().__init__(message)
        self.digest = digest


class NotAnImageError(ImageError):
    """A manifest that is sound, but describes something else than a container image."""


class Documents(Protocol):
    """Where manifests, indexes and configurations are had from: verified against their descriptors, and bounded."""

    def read_manifest(self, descriptor: Descriptor) -> bytes: ...
    def read_config(self, descriptor: Descriptor) -> bytes: ...


class Found(Struct, frozen=True):
    """One image. `digest` is that of its manifest; `platform` the one its index states, else its configuration's."""

    digest: str
    manifest: Manifest
    config: Config
    platform: Platform | None


class Serving(Struct, frozen=True):
    """An image that serves the wanted platform, and the entry of the layout that leads to it."""

    entry: Descriptor
    found: Found


class Resolver:
    """Looks for an image in documents of one place. `name` is the image's name in errors."""

    def __init__(self, documents: Documents, wanted: Wanted, name: str) -> None:
        self._documents = documents
        self._wanted = wanted
        self._name = name
        self._left = _MOST_DOCUMENTS

    def resolve(self, digest: str, document: Manifest | Index) -> Found:
        """The image that a manifest is, or the one of an index that serves. Raises ImageError when none does."""
        if isinstance(document, Manifest):
            found = self._load(digest, document)
            check_platform(self._wanted, found.platform, self._name)
            return found
        try:
            return self._choose(document.manifests, (digest,))
        except _NoneServesError as error:
            raise self._missing(error.offered) from None

    def resolve_one_of(self, entries: Iterable[Descriptor]) -> Serving:
        """Like `resolve`, for the entries of a layout, where images of several names may lie side by side: more than
        one that serves is an ImageError that lists their tags. With the entry that leads to it."""
        survey = self._survey(entries)
        if not survey.serving:
            raise survey.artifact if survey.artifact and not survey.offered else self._missing(survey.offered)
        if len({one.found.digest for one in survey.serving}) > 1:
            names = sorted({_tag(one.entry) or f"@{one.entry.digest}" for one in survey.serving})
            raise ImageError(f"{self._name}: holds several images; add one of these to its name: {', '.join(names)}")
        return survey.serving[0]

    def serving(self, entries: Iterable[Descriptor]) -> "list[Serving]":
        """The images of a layout that serve best, each with its entry. Raises ImageError for one that is not sound."""
        return self._survey(entries).serving

    def _survey(self, entries: Iterable[Descriptor]) -> "_Survey":
        """What each entry of a layout leads to. Engines go by its name and not by what is stated of it, so that need
        only agree with what it leads to."""
        held = [entry for entry in entries if not entry.has_no_platform]
        alone = len({entry.digest for entry in held}) == 1
        survey = _Survey()
        ranked: list[tuple[int, Serving]] = []
        for entry in held:
            stated = _stated(entry)
            if stated and not alone and self._wanted.rank(stated) is None:
                survey.offered.append(stated)
                continue
            try:
                found = self._follow(entry, ())
            except _NoneServesError as error:
                survey.offered.extend(error.offered)
                continue
            except NotAnImageError as error:
                survey.artifact = error
                continue
            ranks = [self._wanted.rank(one) for one in (stated, found.platform) if one]
            if None in ranks:
                survey.offered.append(found.platform or stated)
            else:
                ranked.append((next(filter(None, ranks), 0), Serving(entry, found)))
        best = min((rank for rank, _ in ranked), default=0)
        survey.serving = [one for rank, one in ranked if rank == best]
        return survey

    def _choose(self, children: Sequence[Descriptor], path: tuple[str, ...]) -> Found:
        """The image of an index that the engines take. `path` holds the digests of the indexes above, this one's too.
        Raises _NoneServesError."""
        offered: list[Platform | None] = []
        ranked: list[tuple[int, Descriptor]] = []
        for child in children:
            if child.platform is not None and not child.has_no_platform:
                rank = self._wanted.rank(child.platform)
                if rank is None:
                    offered.append(_stated(child))
                else:
                    ranked.append((rank, child))
        if ranked:
            first, found = self._choose_stated(ranked, path)
            self._check_seen_by_all(first, found, children, path)
            self._check_unstated(first, found, children, path)
            return found
        for child in children:
            if child.platform is None:
                try:
                    found = self._follow(child, path)
                except NotAnImageError:
                    continue
                except _NoneServesError as error:
                    raise _NoneServesError([*offered, *error.offered]) from None
                if found.platform is None or self._wanted.rank(found.platform) is not None:
                    self._check_seen_by_all(child, found, children, path)
                    return found
                raise _NoneServesError([*offered, found.platform])
        raise _NoneServesError(offered)

    def _choose_stated(
        self, ranked: Sequence[tuple[int, Descriptor]], path: tuple[str, ...]
    ) -> tuple[Descriptor, Found]:
        best = min(rank for rank, _ in ranked)
        first = next(child for rank, child in ranked if rank == best)
        try:
            found = self._follow(first, path)
        except AbsentError as error:
            if error.digest != first.digest:
                raise
            raise ImageError(
                f"{self._name}: its index names an image for {first.platform}, whose manifest {first.digest[:19]} is "
                "not here: it was fetched for other platforms alone, or is damaged"
            ) from error
        for rank, rival in ranked:
            if rival.digest == first.digest or not self._may_be_preferred(rival, first, tied=rank == best):
                continue
            if self._follow(rival, path).config.diff_ids != found.config.diff_ids:
                raise self._several(child for _, child in ranked)
        return first, Found(found.digest, found.manifest, found.config, first.platform)

    def _check_seen_by_all(
        self, chosen: Descriptor, found: Found, children: Sequence[Descriptor], path: tuple[str, ...]
    ) -> None:
        """Docker and containerd pass over entries of other media types than those of images, and take another, be it
        for another platform, where Podman goes by the content. Raises ImageError where that has other layers."""
        if chosen.media_type in _IMAGE_TYPES:
            return
        for rival in children:
            if rival.media_type not in _IMAGE_TYPES or rival.has_no_platform:
                continue
            try:
                other = self._follow(rival, path)
            except (NotAnImageError, _NoneServesError):
                continue
            if other.config.diff_ids != found.config.diff_ids:
                raise ImageError(
                    f"{self._name}: its index says of {chosen.digest[:19]} that it is something else than an image, so "
                    f"that engines take different ones; name one by its digest: @{chosen.digest}, @{rival.digest}"
                )

    def _several(self, children: Iterable[Descriptor]) -> ImageError:
        digests = ", ".join(f"@{child.digest}" for child in children)
        choose = "" if self._wanted.explicit else "choose with --platform, or "
        return ImageError(
            f"{self._name}: holds several images for {_name(self._wanted)}, of which engines take different "
            f"ones; {choose}name one by its digest: {digests}"
        )

    def _check_unstated(
        self, chosen: Descriptor, found: Found, children: Sequence[Descriptor], path: tuple[str, ...]
    ) -> None:
        """Docker reads the platform of an entry that states none in its configuration, where others take such entries
        last; but Podman takes them before one that is stated in other words. Raises ImageError where an engine would
        take one of them instead, with other layers."""
        wanted, stated = self._wanted.platform, chosen.platform or Platform("", "")
        is_exact = (stated.os, stated.architecture) == (wanted.os, wanted.architecture)
        is_plain = is_exact and not chosen.os_features and not normalise(stated).variant
        position = children.index(chosen)
        for number, rival in enumerate(children):
            if rival.platform is not None or rival.digest == chosen.digest:
                continue
            if is_exact and rival.media_type not in _IMAGE_TYPES:
                continue
            try:
                other = self._follow(rival, path)
            except (NotAnImageError, _NoneServesError):
                continue
            if other.platform is None or self._wanted.rank(other.platform) is None:
                continue
            may_be = number < position or not is_plain or is_higher(other.platform, stated)
            if may_be and other.config.diff_ids != found.config.diff_ids:
                raise self._several((chosen, rival))

    def _may_be_preferred(self, rival: Descriptor, first: Descriptor, *, tied: bool) -> bool:
        """Whether an engine may take another entry than the first of those that serve best: Podman compares platforms
        letter by letter and prefers zstd, Docker prefers the highest variant that its machine runs where none was asked
        for, and passes over features that it does not know, and Windows has its version to go by."""
        wanted, stated = self._wanted.platform, first.platform
        if stated is None or (stated.os, stated.architecture) != (wanted.os, wanted.architecture):
            return True
        if not self._wanted.explicit and rival.platform is not None and is_higher(rival.platform, stated):
            return True
        return tied and (_marks(rival) != _marks(first) or rival.os_features != first.os_features != ())

    def _follow(self, child: Descriptor, path: tuple[str, ...]) -> Found:
        """The image that an entry leads to."""
        self._left -= 1
        if self._left < 0:
            raise ImageError(f"{self._name}: more than {_MOST_DOCUMENTS} manifests; name one by its tag or digest")
        document = parse_manifest(self._documents.read_manifest(child), self._name)
        if isinstance(document, Manifest):
            return self._load(child.digest, document)
        if child.media_type not in _INDEX_TYPES:
            raise ImageError(f"{self._name}: {child.digest[:19]} is an index, though it is said to be a manifest")
        if child.digest in path or len(path) >= _DEEPEST:
            raise ImageError(f"{self._name}: its indexes nest in a loop or more than {_DEEPEST} deep; refused")
        return self._choose(document.manifests, (*path, child.digest))

    def _load(self, digest: str, manifest: Manifest) -> Found:
        config = self._read_claimed(manifest) if manifest.claim else self._read_config(manifest)
        check_layer_count(config, len(manifest.layers), self._name)
        return Found(digest, manifest, config, config.platform)

    def _read_config(self, manifest: Manifest) -> Config:
        return parse_config(self._documents.read_config(manifest.config), f"{self._name}: configuration")

    def _read_claimed(self, manifest: Manifest) -> Config:
        """The configuration of what says that it is no image. Raises NotAnImageError when that is true: containerd, and
        Docker for some types, run it where the configuration is one of an image with these layers."""
        try:
            config = self._read_config(manifest)
        except (ImageError, SafeIOError) as error:
            raise NotAnImageError(f"{self._name}: {manifest.claim}") from error
        unknown = config.platform is not None and config.platform.os == _UNKNOWN
        if unknown or not config.diff_ids or len(config.diff_ids) != len(manifest.layers):
            raise NotAnImageError(f"{self._name}: {manifest.claim}")
        return config

    def _missing(self, offered: "Sequence[Platform | None]") -> ImageError:
        if self._wanted.is_survey and offered:
            return OfferedError(self._name, offered)
        platforms = sorted({one for one in offered if one and one.os != _UNKNOWN})
        if not offered:
            return ImageError(f"{self._name}: holds no image")
        if len(offered) == 1 and platforms:
            return _unfit(self._wanted, platforms[0], self._name)
        there = ", ".join(map(str, platforms)) or "none that is named"
        return ImageError(f"{self._name}: no image for {_name(self._wanted)}: there is {there}; choose with --platform")


def check_platform(wanted: Wanted, platform: Platform | None, name: str) -> None:
    """Raises ImageError when the only image there is serves another platform. None, an unstated one, serves all."""
    if wanted.is_survey:
        raise OfferedError(name, (platform,))
    if platform is not None and wanted.rank(platform) is None:
        raise _unfit(wanted, platform, name)


class _Survey:
    """The entries of a layout: those that serve, the platforms of those that do not, one that is no image."""

    def __init__(self) -> None:
        self.serving: list[Serving] = []
        self.offered: list[Platform | None] = []
        self.artifact: NotAnImageError | None = None


class _NoneServesError(Exception):
    """No entry of an index serves. `offered` are the platforms there are."""

    def __init__(self, offered: "Sequence[Platform | None]") -> None:
        super().__init__()
        self.offered = offered


def _stated(entry: Descriptor) -> Platform | None:
    """The platform that an entry states; some writers leave its words empty."""
    return entry.platform if entry.platform and entry.platform.architecture else None


def _marks(child: Descriptor) -> tuple[str, str, bool]:
    platform = child.platform or Platform("", "")
    return platform.variant, child.os_version if platform.os == "windows" else "", child.is_zstd


def _tag(entry: Descriptor) -> str:
    return printable(entry.annotations.get(REF_NAME, ""))


def _unfit(wanted: Wanted, platform: Platform, name: str) -> ImageError:
    return ImageError(f"{name}: is for {platform} only, not for {_name(wanted)}: --platform {platform} takes it")


def _name(wanted: Wanted) -> str:
    return str(wanted.platform) if wanted.explicit else f"{wanted.platform} (this machine)"
