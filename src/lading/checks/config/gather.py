"""All facts of an image."""

import re
from collections.abc import Iterator
from typing import Final

from lading.checks.config.facts import PlacedFact, facts_of
from lading.checks.config.files import READERS
from lading.checks.config.image import image_facts
from lading.model.checks import Case


def iter_facts(case: Case) -> Iterator[PlacedFact]:
    """Everything that is known of an image's configuration."""
    yield from image_facts(case)
    for reader in READERS:
        yield from facts_of(file for file in case.files(reader.name) if file.linked or not _DISABLED.match(file.path))


_DISABLED: Final = re.compile(r"etc/[\w-]+/(?:sites|mods|conf)-available/")
"""What counts only where a link enables it."""
