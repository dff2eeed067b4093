"""From a reference to an opened image."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from msgspec import structs

from lading.image.base import base_of, named_base
from lading.image.opened import Opened
from lading.image.places import open_named
from lading.image.platforms import ALL, parse_platform
from lading.image.reference import parse_registry_reference
from lading.image.resolve import OfferedError
from lading.image.source import NotHereError, OpenOptions, Request, Source, exists
from lading.image.sources.registry import DEFAULT, SOURCES, find_source, namesake
from lading.model.diagnostic import Diagnostic
from lading.model.errors import ImageError, NetError, SafeIOError, UsageError
from lading.model.image import Base
from lading.safeio import standard_input

__all__ = ["OpenOptions", "has_digest", "list_images", "local_path", "open_image", "reference_of", "registry_text"]

_PATH_LIKE: Final = re.compile(
    r"(?:\.{0,2}/|\.{1,2}$|~).*|[^:]*\.(?:tar|tgz|txz|tar\.(?:gz|zst|xz|bz2))|-(?:[:@].*)?", re.DOTALL
)


def open_image(reference: str, options: OpenOptions) -> Opened:
    """The image a reference names: by a prefix of the table in `sources/registry.py`, a path whose kind is told by what
    is there, or a name in a registry.

    Its base is told where that is known. To be closed by the caller. Raises UsageError, ImageError, NetError.
    """
    with _asked(reference, options) as (source, request):
        opened = source.open(request)
    try:
        return _with_base(opened, options)
    except BaseException:
        opened.close()
        raise


def list_images(reference: str, options: OpenOptions) -> tuple[str, ...]:
    """References to all images of one place (an archive, a layout), each to be opened by `open_image`. A reference to
    one image gives itself. Raises as `open_image` does."""
    with _asked(reference, options) as (source, request):
        if source.selectors is None or request.selector:
            return (reference,)
        path = f"{source.prefixes[0]}{request.path}"
        found = source.selectors(request)
        request.close()
        return tuple(f"{path}{one}" if one.startswith("@") else f"{path}:{one}" for one in found)


def list_platforms(reference: str, options: OpenOptions) -> tuple[str, ...]:
    """The platforms of the images that a reference names, each to be opened by `open_image`, as their index orders
    them; none of what has no platform. Raises as `open_image` does."""
    try:
        with _asked(reference, structs.replace(options, platform=ALL)) as (source, request):
            source.open(request).close()
    except OfferedError as error:
        return tuple(map(str, error.platforms))
    return ()


def has_digest(reference: str) -> bool:
    """Whether the image that a reference names goes by a digest: a tree of files, a disk and a single file do not.
    Raises as `open_image` does for a path that nothing is at."""
    if local_path(reference) is None:
        return True
    with _asked(reference, OpenOptions()) as (source, request):
        request.close()
        return source.has_digest


def local_path(reference: str) -> str | None:
    """The path that a reference names; None for an image in a registry, and for what no image is at."""
    try:
        source, text = find_source(reference)
        request = Request(text, parse_platform(""), OpenOptions())
        if (source is not None and not source.is_local) or (source is None and not _is_path(text)):
            return None
        return standard_input.PATH if request.is_standard_input else request.path
    except (ImageError, UsageError):
        return None


def registry_text(reference: str) -> str | None:
    """The name of an image in a registry, without its prefix; None for what is elsewhere, or named by no valid
    reference."""
    if local_path(reference) is not None:
        return None
    try:
        source, text = find_source(reference)
        if source not in (None, DEFAULT):
            return None
        parse_registry_reference(text)
    except (ImageError, UsageError):
        return None
    return text


def reference_of(name: str) -> str:
    """The reference to an image that somebody else's file names, as engines take it: never a path of this machine, and
    no prefix of ours. What is no name of an image is none of a registry, as `open_image` then says."""
    with suppress(UsageError):
        if find_source(name)[0] is None and not _is_path(name):
            return name
    return f"{DEFAULT.prefixes[0]}{name}"


def _with_base(opened: Opened, options: OpenOptions) -> Opened:
    base, unreadable = _base(opened, options)
    image = structs.replace(opened.image, base=base)
    late = None if opened.late is None else partial(_settle, opened.late, options)
    return structs.replace(opened, image=image, diagnostics=(*opened.diagnostics, *unreadable), late=late)


def _settle(late: Callable[[], Opened], options: OpenOptions) -> Opened:
    return _with_base(late(), options)


def _base(opened: Opened, options: OpenOptions) -> tuple[Base | None, tuple[Diagnostic, ...]]:
    """The image's base, and what of the known ones could not be read."""
    if not options.base:
        return base_of(opened, options.bases)
    platform = str(opened.image.platform or options.platform)
    with _asked(options.base, structs.replace(options, platform=platform)) as (source, request):
        named = source.open(request)
    named.close()
    return named_base(opened.image, named.image), ()


@contextmanager
def _asked(reference: str, options: OpenOptions) -> Iterator[tuple[Source, Request]]:
    """Who has an image, and what to ask; closes what was opened when that fails."""
    wanted = parse_platform(options.platform)
    source, text = find_source(reference)
    if not text:
        raise UsageError(f"{reference!r}: no image is named")
    request = Request(text, wanted, options)
    # A word alone may be a misspelt path as well as an image of Docker Hub.
    ambiguous = source is None and "/" not in text
    try:
        with _closing_on_failure(request):
            yield _particular(source, reference, request) if source else _detect(request), request
    except NotHereError as error:
        prefixed = namesake(reference) if source is not None else ""
        raise NotHereError(f"{error}{prefixed}") from error
    except NetError as error:
        if not ambiguous:
            raise
        raise NetError(f"{text}: no such file here, and not found as an image: {error}") from error
    except SafeIOError as error:
        raise ImageError(str(error)) from error
    except OSError as error:
        raise ImageError(f"{text}: cannot be read: {error.strerror}") from error


@contextmanager
def _closing_on_failure(request: Request) -> Iterator[None]:
    try:
        yield
    except BaseException:
        request.close()
        raise


def _particular(named: Source, reference: str, request: Request) -> Source:
    """The source that a prefix names, by what lies at the path where several share it."""
    if not named.is_local:
        return named
    for source in SOURCES:
        for prefix, is_this in source.shares.items():
            if reference.startswith(prefix) and is_this(request):
                return source
    return named


def _detect(request: Request) -> Source:
    """Who has an image that is named without a prefix. Raises ImageError."""
    if not _is_path(request.text):
        return _NAMED
    for source in SOURCES:
        if source.detects is not None and source.detects(request):
            return source
    from lading.image.members import NO_IMAGE

    raise ImageError(f"{request.path}: {NO_IMAGE}")


_NAMED: Final = Source("named", prefixes=(), open=open_named, is_local=False)
"""Images by a name alone."""


def _is_path(text: str) -> bool:
    return _PATH_LIKE.fullmatch(text) is not None or exists(text)
