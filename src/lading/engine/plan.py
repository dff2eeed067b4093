"""Which advisory shards an inventory needs."""

from lading.model.advisory import ShardName
from lading.model.package import Distribution, Inventory

KEV = ShardName("kev")

_PACKAGE_TYPES = {"debian": "deb", "alpine": "apk", "wolfi": "apk", "chainguard": "apk"}
"""The package type that the shards of a distribution judge, by the first word of the shard's name."""


def shards_for(inventory: Inventory) -> tuple[ShardName, ...]:
    """The shards to match by, sorted; nothing when nothing on board can be judged."""
    shards = {shard_of(package.type, inventory.distribution) for package in inventory.packages}
    named = sorted(shard for shard in shards if shard is not None)
    return (*named, KEV) if named else ()


def shard_of(package_type: str, distribution: Distribution | None) -> ShardName | None:
    """The shard that judges packages of a type in a distribution, None when Lading knows none."""
    if distribution is None or not distribution.release:
        return None
    family = distribution.release.partition("-")[0]
    return ShardName(distribution.release) if _PACKAGE_TYPES.get(family) == package_type else None
