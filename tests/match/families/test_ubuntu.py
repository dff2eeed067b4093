"""Paid channels that an image takes packages from."""

import pytest

from lading.match.families.ubuntu import ubuntu_tiers
from lading.match.groups import package_groups, shards_for
from lading.model.build_records import BuildRecord, ContentSets, UbuntuPro
from lading.model.package import Distribution, Inventory, Package

JAMMY = Distribution("ubuntu", "22.04", release="ubuntu-22.04")


@pytest.mark.parametrize(
    ("record", "tiers"),
    [
        (UbuntuPro(True, ("esm-apps", "esm-infra")), ("pro",)),
        (UbuntuPro(True, ("esm-infra", "fips-updates")), ("pro-fips-updates", "pro")),
        (UbuntuPro(True, ("livepatch",)), ()),
        (UbuntuPro(), ()),
        (ContentSets(("esm-infra",)), ()),
    ],
)
def test_what_an_image_is_subscribed_to(record: BuildRecord, tiers: tuple[str, ...]) -> None:
    assert ubuntu_tiers([record], ()) == tiers


def test_a_package_of_the_channel_tells_it_too() -> None:
    packages = (Package("bash", "5.1-6ubuntu1.1+esm1", "deb"),)
    assert ubuntu_tiers((), packages) == ("pro",)
    inventory = Inventory(JAMMY, packages)
    (group,) = package_groups(inventory)
    assert group.shards == (
        "ubuntu-pro-22.04",
        "ubuntu-22.04",
        "tracker-ubuntu-pro-22.04",
        "oval-ubuntu-pro-22.04",
        "tracker-ubuntu-22.04",
        "oval-ubuntu-22.04",
    )
    assert shards_for(inventory) == ("ubuntu-22.04", "ubuntu-pro-22.04", "epss", "kev")


def test_a_plain_image_asks_no_paid_channel() -> None:
    (group,) = package_groups(Inventory(JAMMY, (Package("bash", "5.1-6ubuntu1.1", "deb"),)))
    assert group.shards == ("ubuntu-22.04", "tracker-ubuntu-22.04", "oval-ubuntu-22.04")
