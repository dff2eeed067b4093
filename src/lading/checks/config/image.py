"""Facts that an image states of itself: its configuration and its history."""

from collections.abc import Iterator

from lading.checks.config.facts import Fact, PlacedFact
from lading.model.checks import Case
from lading.model.image import ImageConfig


def image_facts(case: Case) -> Iterator[PlacedFact]:
    """The facts of the configuration; none where there is none."""
    config = case.examined.config
    if config is not None:
        named = f"the configuration names the user {config.user}" if config.user else "the configuration names no user"
        yield PlacedFact(Fact("image", {"user": config.user, "root": runs_as_root(config), "named": named}))


def runs_as_root(config: ImageConfig) -> bool:
    """Whether the user is root, by name or number, or none is named."""
    name = config.user.partition(":")[0]
    return name in ("", "root") or (name.isdecimal() and int(name[:20]) == 0)
