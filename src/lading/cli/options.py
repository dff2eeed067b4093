"""Options that several commands share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lading.engine.options import ScanOptions
from lading.model.package import Scope
from lading.safeio.limits import Limits


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say where an image is had from, each a keyword of its own."""
    return _with_options(function, _SOURCE_OPTIONS)


def registry_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say how to talk to a registry, each a keyword of its own."""
    return _with_options(function, _REGISTRY_OPTIONS)


def image_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options and hands them over as two keywords, `options` (ScanOptions) and `cached`. Raises UsageError for
    a bad limit."""

    @functools.wraps(function)
    def command(
        *,
        platform: str,
        plain_http: bool,
        insecure: bool,
        ca_cert: Path | None,
        no_cache: bool,
        limit: tuple[str, ...],
        scope: Scope,
        lock_files: bool,
        base: str,
        **rest: object,
    ) -> object:
        options = ScanOptions(
            platform=platform,
            plain_http=plain_http,
            insecure=insecure,
            ca_cert=ca_cert,
            base=base,
            scope=scope,
            lock_files=lock_files,
            limits=functools.reduce(Limits.with_option, limit, Limits()),
        )
        return function(options=options, cached=not no_cache, **rest)

    return _with_options(command, _SOURCE_OPTIONS + _IMAGE_OPTIONS)


_Options = tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...]


def _with_options(function: Callable[..., Any], options: _Options) -> Callable[..., Any]:
    for option in reversed(options):
        function = option(function)
    return function


_REGISTRY_OPTIONS: _Options = (
    click.option("--plain-http", is_flag=True, help="Talk to the registry over HTTP, without encryption."),
    click.option("--insecure", is_flag=True, help="Do not verify the registry's certificate."),
    click.option(
        "--ca-cert",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Trust the certificates in this PEM file too.",
    ),
)
_SOURCE_OPTIONS: _Options = (
    click.option(
        "--platform", metavar="OS/ARCH[/VARIANT]", default="", help="Platform to take; default: this machine's."
    ),
    *_REGISTRY_OPTIONS,
)

_IMAGE_OPTIONS: _Options = (
    click.option(
        "--base",
        metavar="REF",
        default="",
        help="The image it was built on, to tell its layers apart; default: found by the layers or the history.",
    ),
    click.option(
        "--scope",
        type=click.Choice(["squashed", "all-layers", "deleted"]),
        default="squashed",
        help="What the container sees (squashed, the default), what any layer held, or what a later layer deleted.",
    ),
    click.option(
        "--lock-files",
        is_flag=True,
        help="Read lock files and manifests in images too; in project directories they are always read.",
    ),
    click.option("--no-cache", is_flag=True, help="Read every layer, and keep nothing."),
    click.option(
        "--limit",
        multiple=True,
        metavar="NAME=VALUE",
        help="Raise or lower a bound on what one layer may hold, such as total=200GB. Repeatable.",
    ),
)
