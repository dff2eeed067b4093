"""Names of SUSE's products against the shards their packages are matched against."""

import pytest

from lading.feeds.upstreams.suse.products import places_of

SAP = "SUSE Linux Enterprise Server for SAP Applications"


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        ("openSUSE Tumbleweed", ["opensuse-tumbleweed"]),
        ("openSUSE Leap 15.5", ["opensuse-leap-15.5"]),
        ("openSUSE Leap 15.2 NonFree", ["opensuse-leap-15.2"]),
        ("openSUSE Leap Micro 5.2", ["opensuse-leap-micro-5.2"]),
        ("openSUSE 13.2", ["opensuse-13.2"]),
        ("suse102", ["opensuse-10.2"]),
        ("SUSE Linux Enterprise Server 15 SP5", ["sles-15.5"]),
        ("SUSE Linux Enterprise Server 15", ["sles-15.0"]),
        ("SUSE Linux Enterprise Server 16.0", ["sles-16.0"]),
        ("SUSE Linux Enterprise Desktop 15 SP4", ["sles-15.4"]),
        ("SUSE Linux Enterprise High Performance Computing 15 SP5", ["sles-15.5"]),
        ("SUSE Linux Enterprise Module for Basesystem 15 SP5", ["sles-15.5"]),
        ("SUSE Linux Enterprise Module for Python 3 15 SP6", ["sles-15.6"]),
        ("SUSE Linux Enterprise Software Development Kit 12 SP5", ["sles-12.5"]),
        ("SUSE Linux Enterprise Module for Web and Scripting 12", [f"sles-12.{pack}" for pack in range(6)]),
        ("SUSE Linux Enterprise Server 15 SP1-LTSS", ["sles-15.1 in LTSS"]),
        ("SUSE Linux Enterprise Server 15-LTSS", ["sles-15.0 in LTSS"]),
        ("SUSE Linux Enterprise Server 11 SP4 LTSS", ["sles-11.4 in LTSS"]),
        ("SUSE Linux Enterprise Server LTSS Extended Security 12 SP5", ["sles-12.5 in LTSS"]),
        ("SUSE Linux Enterprise High Performance Computing 15 SP3-ESPOS", ["sles-15.3 in ESPOS"]),
        ("SUSE Linux Enterprise Server 12 SP2-BCL", ["sles-12.2 in BCL"]),
        (f"{SAP} 15 SP3", [f"sles-15.3 in {SAP}"]),
        ("SUSE Linux Enterprise Real Time 15 SP3", ["sles-15.3 in SUSE Linux Enterprise Real Time"]),
        ("SUSE Linux Enterprise Micro 5.5", ["sle-micro-5.5"]),
        ("SUSE Linux Enterprise Micro for Rancher 5.2", ["sle-micro-5.2"]),
        ("SUSE Linux Micro 6.1", ["sle-micro-6.1"]),
        ("SUSE Package Hub 15 SP5", ["sles-15.5", "opensuse-leap-15.5"]),
        ("openSUSE Backports SLE-15-SP5", ["sles-15.5", "opensuse-leap-15.5"]),
        ("sles10-sp4", ["sles-10.4"]),
        ("core9", ["sles-9.0"]),
        ("SUSE Linux Enterprise Server Teradata 12 SP3-LTSS", []),
        ("SUSE Linux Enterprise Storage 7", []),
        ("SUSE Manager Server 4.2", []),
        ("Container bci/golang", []),
        ("kernel-default-4.12.14-150.72.1", []),
        ("", []),
    ],
)
def test_products(product: str, expected: list[str]) -> None:
    places = places_of(product)
    assert [f"{one.shard} in {one.channel}" if one.channel else one.shard for one in places] == expected
