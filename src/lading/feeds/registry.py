"""The one table of feeds."""

from lading.feeds.feed import Feed, Unit
from lading.feeds.upstreams import (
    alpine,
    amazon,
    arch,
    azurelinux,
    bottlerocket,
    chainguard_libraries,
    cvelist,
    debian,
    endoflife,
    epss,
    fedora,
    friendsofphp,
    gentoo,
    ghsa,
    gitlab,
    kev,
    kev_others,
    nvd,
    nvd_overrides,
    oracle,
    osv,
    photon,
    rapidfort,
    redhat,
    rocky,
    rubysec,
    seal,
    suse,
    ubuntu,
    wolfi,
)
from lading.model.advisory import ShardName

FEEDS: tuple[Feed, ...] = (
    alpine.FEED,
    amazon.FEED,
    arch.FEED,
    azurelinux.FEED,
    bottlerocket.FEED,
    chainguard_libraries.FEED,
    cvelist.FEED,
    debian.FEED,
    endoflife.FEED,
    epss.FEED,
    fedora.FEED,
    friendsofphp.FEED,
    gentoo.FEED,
    ghsa.FEED,
    gitlab.FEED,
    kev.FEED,
    kev_others.FEED,
    nvd.FEED,
    nvd_overrides.FEED,
    oracle.FEED,
    osv.FEED,
    photon.FEED,
    rapidfort.FEED,
    redhat.FEED,
    rocky.FEED,
    rubysec.FEED,
    seal.FEED,
    suse.FEED,
    ubuntu.FEED,
    wolfi.FEED,
)


def unit_for(shard: ShardName) -> tuple[Feed, Unit] | None:
    """The feed and unit that make a shard, None when no feed does."""
    for feed in FEEDS:
        unit = feed.unit_for(shard)
        if unit is not None:
            return feed, unit
    return None
