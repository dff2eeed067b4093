"""What Lading calls the ecosystems of OSV."""

import pytest

from lading.formats.decoders.osv.ecosystems import ECOSYSTEMS, ecosystem_of, shard_name


@pytest.mark.parametrize(
    ("ecosystem", "shard", "scheme", "type"),
    [
        ("PyPI", "pypi", "pep440", "pypi"),
        ("crates.io", "crates.io", "semver", "cargo"),
        ("Julia", "julia", "julia", "julia"),
        ("GitHub Actions", "github-actions", "semver", "github"),
        ("Debian:12", "debian-12", "deb", "deb"),
        ("Alpine:v3.20", "alpine-3.20", "apk", "apk"),
        ("Alpaquita:stream", "alpaquita-stream", "apk", "apk"),
        ("Rocky Linux:8", "rocky-linux-8", "rpm", "rpm"),
        ("AlmaLinux:10", "almalinux-10", "rpm", "rpm"),
        ("Azure Linux:3", "azurelinux-3.0", "rpm", "rpm"),
        ("Azure Linux:2", "mariner-2.0", "rpm", "rpm"),
        ("Photon OS:5.0", "photon-5.0", "rpm", "rpm"),
        ("Ubuntu:22.04:LTS", "ubuntu-22.04", "deb", "deb"),
        ("Ubuntu:24.10", "ubuntu-24.10", "deb", "deb"),
        ("Ubuntu:Pro:16.04:LTS", "ubuntu-pro-16.04", "deb", "deb"),
        ("SUSE:Linux Enterprise Server 15 SP5", "sles-15.5", "rpm", "rpm"),
        ("SUSE:Linux Enterprise Server 15 SP5-LTSS", "sles-15.5", "rpm", "rpm"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP6", "sles-15.6", "rpm", "rpm"),
        ("SUSE:Linux Enterprise Server for SAP Applications 12", "sles-12.0", "rpm", "rpm"),
        ("SUSE:Linux Enterprise Micro 5.5", "sle-micro-5.5", "rpm", "rpm"),
        ("SUSE:Linux Micro 6.0", "sle-micro-6.0", "rpm", "rpm"),
        ("SUSE:Package Hub 12", "suse-package-hub-12", "rpm", "rpm"),
        ("openSUSE:Leap 15.5", "opensuse-leap-15.5", "rpm", "rpm"),
        ("openSUSE:Tumbleweed", "opensuse-tumbleweed", "rpm", "rpm"),
        ("Red Hat:rhel_eus:9.2::appstream", "red-hat", "rpm", "rpm"),
        ("Docker Hardened Images:Alpine:3.23", "dhi-alpine-3.23", "apk", "apk"),
        ("Docker Hardened Images:Debian:trixie", "dhi-debian-13", "deb", "deb"),
        ("Root:Alpine:3.18", "root-alpine-3.18", "apk", "apk"),
        ("Root:Ubuntu:22.04", "root-ubuntu-22.04", "deb", "deb"),
        ("Root:PyPI", "root-pypi", "pep440", "pypi"),
        ("Root:Ruby", "root-rubygems", "gem", "gem"),
        ("TuxCare:Debian:10", "tuxcare-debian-10", "deb", "deb"),
        ("TuxCare:AlmaLinux:9.2", "tuxcare-almalinux-9.2", "rpm", "rpm"),
        ("TuxCare:RHEL:8", "tuxcare-rhel-8", "rpm", "rpm"),
        ("TuxCare:OracleLinux:7", "tuxcare-oracle-7", "rpm", "rpm"),
        ("TuxCare:CentOS-Stream:8", "tuxcare-centos-stream-8", "rpm", "rpm"),
        ("TuxCare:Maven", "tuxcare-maven", "maven", "maven"),
        ("Seal:Debian", "seal-debian", "deb", "deb"),
        ("Seal:Red Hat:8", "seal-red-hat-8", "rpm", "rpm"),
        ("Seal:Alpine", "seal-alpine", "apk", "apk"),
        ("Seal:Go", "seal-go", "golang", "golang"),
        ("FreeBSD:ports:14.3", "freebsd-ports-14.3", "generic", "freebsd"),
        ("Unheard Of", "unheard-of", "", ""),
    ],
)
def test_names_of_ecosystems(ecosystem: str, shard: str, scheme: str, type: str) -> None:
    known = ecosystem_of(ecosystem)
    assert (shard_name(ecosystem), known.scheme, known.type) == (shard, scheme, type)


def test_every_ecosystem_of_osv_has_a_row() -> None:
    every = (
        "AlmaLinux Alpaquita Alpine Android Azure_Linux BellSoft_Hardened_Containers Bioconductor Bitnami "
        "CRAN Chainguard CleanStart ConanCenter Debian Docker_Hardened_Images Echo FreeBSD GHC GIT GitHub_Actions Go "
        "Hackage Hex Julia Kubernetes Linux Mageia Maven MinimOS NuGet OSS-Fuzz Packagist Photon_OS Pub PyPI "
        "Red_Hat Rocky_Linux Root RubyGems SUSE SwiftURL TuxCare Ubuntu VSCode Wolfi crates.io npm opam "
        "openEuler openSUSE"
    )
    assert sorted(ECOSYSTEMS) == sorted(name.replace("_", " ") for name in every.split())
