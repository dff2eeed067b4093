"""Names of releases and ecosystems against shards."""

import pytest

from lading.feeds.upstreams.ubuntu.pockets import Pocket, archive_of, pocket_of, pocket_of_ecosystem


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jammy", Pocket("", "22.04")),
        ("ubuntu/warty", Pocket("", "4.10")),
        ("trusty/esm", Pocket("pro", "14.04", "esm")),
        ("esm-infra-legacy/trusty", Pocket("pro", "14.04", "esm-infra-legacy")),
        ("esm-apps/noble", Pocket("pro", "24.04", "esm-apps")),
        ("fips/xenial", Pocket("pro-fips", "16.04")),
        ("fips-preview/jammy", Pocket("pro-fips-preview", "22.04")),
        ("realtime/noble", Pocket("pro-realtime", "24.04")),
        ("ros-esm/focal/noetic", Pocket("pro-ros-esm-noetic", "20.04")),
        ("bluefield/jammy", Pocket("bluefield", "22.04")),
        ("vivid/ubuntu-core", Pocket("ubuntu-core", "15.04")),
        ("upstream", None),
        ("devel", None),
        ("../jammy", None),
        ("", None),
    ],
)
def test_releases_of_the_tracker(name: str, expected: Pocket | None) -> None:
    assert pocket_of(name) == expected


@pytest.mark.parametrize(
    ("ecosystem", "distribution", "expected"),
    [
        ("Ubuntu:22.04:LTS", "jammy", Pocket("", "22.04")),
        ("Ubuntu:25.10", "questing", Pocket("", "25.10")),
        ("Ubuntu:Pro:18.04:LTS", "esm-infra/bionic", Pocket("pro", "18.04", "esm-infra")),
        ("Ubuntu:Pro:18.04:LTS", "", Pocket("pro", "18.04")),
        ("Ubuntu:Pro:FIPS:16.04:LTS", "fips/xenial", Pocket("pro-fips", "16.04")),
        ("Ubuntu:Pro:22.04:LTS:Realtime:Kernel", "realtime/jammy", Pocket("pro-realtime", "22.04")),
        ("Ubuntu:Pro:Realtime:22.04:LTS", "realtime/jammy", Pocket("pro-realtime", "22.04")),
        ("Ubuntu:Nvidia-BlueField:22.04:LTS", "bluefield/jammy", Pocket("bluefield", "22.04")),
        ("Ubuntu", "", None),
        ("Ubuntu:Pro:a/../b:22.04", "", None),
        ("Debian:12", "", None),
    ],
)
def test_ecosystems(ecosystem: str, distribution: str, expected: Pocket | None) -> None:
    assert pocket_of_ecosystem(ecosystem, distribution) == expected


def test_shards() -> None:
    assert Pocket("", "22.04").shard == "ubuntu-22.04"
    assert Pocket("pro-fips-updates", "22.04").shard == "ubuntu-pro-fips-updates-22.04"
    assert archive_of("ubuntu-pro-22.04") == "ubuntu-22.04"
