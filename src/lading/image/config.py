"""Image configurations (OCI image specification 1.1, config.md; Docker image specification 1.2), and what follows from
one and from the blobs of its layers."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from lading.image.go_json import decode, is_time
from lading.image.manifest import Descriptor, StatedPlatform, check_digest, joined, printable
from lading.model.errors import ImageError
from lading.model.image import Clues, ImageConfig, Layer, Platform, Step

CONFIG_LIMIT: Final = 8 * 1024 * 1024
BASE_NAME: Final = "org.opencontainers.image.base.name"
BASE_DIGEST: Final = "org.opencontainers.image.base.digest"
_MOST_LAYERS: Final = 1000
"""Twice what overlayfs can stack (the kernel's OVL_MAX_STACK); Docker takes 125."""


class Config(Struct, frozen=True):
    """What is needed of an image configuration. `platform` is None when it states no architecture; `history` is empty
    when it does not tell which instruction made which layer; `created` is the date it states (RFC 3339);
    `environment` the variables it sets (`NAME=VALUE`), `user` whom it runs as; `stated` is all it says."""

    platform: Platform | None
    diff_ids: tuple[str, ...]
    history: tuple[Step, ...]
    created: str = ""
    environment: tuple[str, ...] = ()
    user: str = ""
    stated: ImageConfig | None = None


def parse_config(data: bytes, where: str) -> Config:
    """An image configuration. Raises ImageError."""
    config = decode(data, _Config, where)
    diff_ids = tuple(diff_id or "" for diff_id in config.rootfs.diff_ids)
    if len(diff_ids) > _MOST_LAYERS:
        raise ImageError(f"{where}: has {len(diff_ids):,} layers; no container engine runs more than {_MOST_LAYERS:,}")
    for diff_id in diff_ids:
        check_digest(diff_id, where)
    made = [step or _Step() for step in config.history]
    for created in (config.created, *(step.created for step in made)):
        _check_time(created, where)
    steps = tuple(Step(step.created_by, not step.empty_layer, step.comment) for step in made)
    history = steps if sum(step.has_layer for step in steps) == len(diff_ids) else ()
    environment = tuple(variable or "" for variable in config.config.env)
    created, user = printable(config.created or ""), printable(config.config.user)
    stated = stated_config(config.config, steps, layered=bool(history) or not steps)
    return Config(_platform(config), diff_ids, history, created, environment, user, stated)


def image_layers(config: Config, blobs: tuple[Descriptor, ...], where: str) -> tuple[Layer, ...]:
    """The layers of an image from its configuration and its manifest. Raises ImageError when they disagree."""
    check_layer_count(config, len(blobs), where)
    steps = [step.created_by for step in config.history if step.has_layer] or [""] * len(blobs)
    return tuple(
        Layer(number, diff_id, blob.digest, blob.size, step)
        for number, (diff_id, blob, step) in enumerate(zip(config.diff_ids, blobs, steps, strict=True), 1)
    )


def clues_of(config: Config, annotations: Mapping[str, str]) -> Clues:
    """What an image says of its base and of what it holds."""
    base = annotations.get(BASE_NAME, ""), annotations.get(BASE_DIGEST, "")
    return Clues(*base, config.history, config.environment, config.stated)


def stated_config(settings: "StatedSettings", steps: tuple[Step, ...], *, layered: bool) -> ImageConfig:
    """What an image says of how it runs and was made, of which all `steps` are known, and whether they tell which of
    them made which layer."""
    return ImageConfig(
        user=printable(settings.user),
        environment=tuple(one or "" for one in settings.env),
        ports=tuple(sorted(settings.exposed_ports)),
        volumes=tuple(sorted(settings.volumes)),
        entrypoint=_words(settings.entrypoint),
        command=_words(settings.cmd),
        workdir=settings.working_dir,
        labels={name: value or "" for name, value in settings.labels.items()},
        healthcheck=_healthcheck(settings.healthcheck),
        stop_signal=settings.stop_signal,
        history=steps,
        layered=layered,
    )


def check_layer_count(config: Config, count: int, where: str) -> None:
    """Raises ImageError when the manifest's number of layers is not the configuration's."""
    if count != len(config.diff_ids):
        raise ImageError(
            f"{where}: the manifest has {count} layers and the configuration {len(config.diff_ids)}: "
            "the image is damaged: build or fetch it again"
        )


# What engines decode with the same types, also where it is of no use here: they refuse an image of others.
_Marks = Mapping[str, Mapping[str, object] | None]
_Texts = tuple[str | None, ...]


class _RootFs(Struct, frozen=True):
    type: str = ""
    diff_ids: _Texts = ()


class _Step(Struct, frozen=True):
    created: str | None = None
    created_by: str = ""
    author: str = ""
    empty_layer: bool = False
    comment: str = ""


class StatedSettings(Struct, frozen=True, rename=joined):
    """How an image runs, as its configuration and engines say it. Docker takes one word of a command for a list of
    it."""

    user: str = ""
    exposed_ports: _Marks = {}
    env: _Texts = ()
    entrypoint: _Texts | str = ()
    cmd: _Texts | str = ()
    volumes: _Marks = {}
    working_dir: str = ""
    labels: Mapping[str, str | None] = {}
    stop_signal: str = ""
    healthcheck: object = None


class _Config(StatedPlatform, frozen=True):
    rootfs: _RootFs = _RootFs()
    history: tuple[_Step | None, ...] = ()
    created: str | None = None
    author: str = ""
    config: StatedSettings = StatedSettings()


def _check_time(text: str | None, where: str) -> None:
    if text is not None and not is_time(text):
        raise ImageError(f"{where}: {printable(text[:40])!r} is no date; container engines refuse the image")


def _words(command: _Texts | str) -> tuple[str, ...]:
    return (command,) if isinstance(command, str) else tuple(word or "" for word in command)


def _healthcheck(stated: object) -> tuple[str, ...]:
    """The test of a health check, which Docker alone knows; whatever else stands there is none."""
    if not isinstance(stated, dict):
        return ()
    test = next((value for name, value in stated.items() if str(name).lower() == "test"), ())
    return tuple(map(str, test)) if isinstance(test, list) else ()


def _platform(config: _Config) -> Platform | None:
    stated = config.platform()
    return Platform(stated.os or "linux", stated.architecture, stated.variant) if stated.architecture else None
