"""Which distribution an image is, from the files that tell."""

import pytest

from lading.inventory.distribution import contradiction_of, detect, parse_os_release
from lading.model.package import Distribution

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n'
FORKY = 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\nID=debian\n'


def release(**texts: str) -> str:
    found = detect({path.replace("__", "/"): text for path, text in texts.items()})
    return found.release if found else "none"


def test_os_release_assignments_and_quoting() -> None:
    text = '# comment\nID=debian\nNAME="a \\"b\\" \\$c"\nPRETTY_NAME=\'single\'\nEMPTY=\nbad line\n  VERSION_ID="12"\n'
    assert parse_os_release(text) == {
        "ID": "debian",
        "NAME": 'a "b" $c',
        "PRETTY_NAME": "single",
        "EMPTY": "",
        "VERSION_ID": "12",
    }


def test_debian_stable() -> None:
    assert detect({"etc/os-release": BOOKWORM, "etc/debian_version": "12.5\n"}) == Distribution(
        id="debian",
        version_id="12",
        codename="bookworm",
        pretty="Debian GNU/Linux 12 (bookworm)",
        release="debian-12",
        path="etc/os-release",
    )


def test_usr_lib_serves_when_etc_is_missing_or_says_nothing() -> None:
    assert release(usr__lib__os_release="x") == "none"
    assert detect({"usr/lib/os-release": BOOKWORM}) is not None
    found = detect({"etc/os-release": "# empty\n", "usr/lib/os-release": BOOKWORM})
    assert found is not None and found.path == "usr/lib/os-release"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"etc/os-release": FORKY, "etc/debian_version": "forky/sid"}, "debian-14"),
        (
            {
                "etc/os-release": FORKY,
                "etc/debian_version": "forky/sid",
                "etc/apt/sources.list.d/debian.sources": "Types: deb\nURIs: x\nSuites: sid\nComponents: main\n",
            },
            "debian-sid",
        ),
        (
            {"etc/os-release": FORKY, "etc/apt/sources.list": "deb http://deb.debian.org/debian unstable main\n"},
            "debian-sid",
        ),
        ({"etc/os-release": "ID=debian\n", "etc/debian_version": "trixie/sid\n"}, "debian-13"),
        ({"etc/debian_version": "8.11\n"}, "debian-8"),
        ({"etc/debian_version": "7.8"}, "debian-7"),
        ({"etc/debian_version": "3.1"}, "debian-3.1"),
        ({"etc/debian_version": "gibberish"}, ""),
        ({"etc/os-release": "ID=debian\nVERSION_ID=junk\n"}, ""),
        ({"etc/os-release": "ID=alpine\nVERSION_ID=3.20.3\n"}, "alpine-3.20"),
        ({"etc/os-release": "ID=alpine\nVERSION_ID=3.21_alpha20240807\n"}, "alpine-edge"),
        ({"etc/alpine-release": "3.10.2\n"}, "alpine-3.10"),
        (
            {
                "etc/os-release": "ID=alpine\nVERSION_ID=3.18.1\n",
                "etc/apk/repositories": "https://m/alpine/v3.19/main\n",
            },
            "alpine-3.19",
        ),
        (
            {
                "etc/os-release": "ID=alpine\nVERSION_ID=3.18.1\n",
                "etc/apk/repositories": "https://m/alpine/edge/main\n",
            },
            "alpine-edge",
        ),
        (
            {
                "etc/os-release": "ID=alpine\nVERSION_ID=3.18.1\n",
                "etc/apk/repositories": "#https://m/alpine/edge/main\n@edge https://m/alpine/edge/testing\n",
            },
            "alpine-3.18",
        ),
        ({"etc/os-release": "ID=alpine\n"}, ""),
        ({"etc/os-release": "ID=wolfi\nVERSION_ID=20230201\n"}, "wolfi"),
        ({"etc/os-release": "ID=chainguard\nVERSION_ID=20230214\n"}, "chainguard"),
        ({"etc/os-release": 'ID="ubuntu"\nVERSION_ID="22.04"\n'}, "ubuntu-22.04"),
        ({"etc/os-release": "ID=ubuntu\nVERSION_CODENAME=jammy\n"}, "ubuntu-22.04"),
        ({"etc/os-release": "ID=ubuntu\nUBUNTU_CODENAME=noble\n"}, "ubuntu-24.04"),
        ({"etc/os-release": "ID=ubuntu\nVERSION_CODENAME=unheard\n"}, ""),
        ({"etc/os-release": 'ID="rhel"\nVERSION_ID="9.4"\n'}, "rhel-9"),
        ({"etc/os-release": 'ID="amzn"\nVERSION_ID="2018.03"\n'}, "amazon-1"),
        ({"etc/os-release": 'ID="amzn"\nVERSION_ID="2023"\n'}, "amazon-2023"),
        ({"etc/os-release": 'ID="sles"\nVERSION_ID="15"\n'}, "sles-15.0"),
        ({"etc/os-release": 'ID="opensuse-tumbleweed"\nVERSION_ID="20240101"\n'}, "opensuse-tumbleweed"),
        ({"etc/os-release": 'ID="centos"\nVERSION_ID="8"\n'}, "rhel-8"),
        ({"etc/os-release": 'ID="sle_hpc"\nVERSION_ID="15.5"\n'}, "sles-15.5"),
        ({"etc/os-release": 'ID="sl-micro"\nVERSION_ID="6.1"\n'}, "sle-micro-6.1"),
        ({"etc/os-release": 'ID="sle-micro-rancher"\nVERSION_ID="5.2"\n'}, "sle-micro-5.2"),
        ({"etc/os-release": 'ID="opensuse-microos"\nVERSION_ID="20240101"\n'}, "opensuse-tumbleweed"),
        ({"etc/os-release": 'ID=opensuse\nVERSION_ID="13.2"\n'}, "opensuse-13.2"),
        ({"etc/os-release": 'ID=opensuse\nVERSION_ID="42.3"\n'}, "opensuse-leap-42.3"),
        ({"etc/os-release": 'ID="leap-micro"\nVERSION_ID="5.2"\n'}, "opensuse-leap-micro-5.2"),
        ({"etc/os-release": 'ID="alpaquita"\nVERSION_ID="23"\n'}, "alpaquita-23"),
        ({"etc/os-release": 'ID="alpaquita"\nVERSION_ID="stream"\n'}, "alpaquita-stream"),
        (
            {"etc/os-release": "ID=bellsoft-hardened-containers\nVERSION_ID=stream\n"},
            "bellsoft-hardened-containers-stream",
        ),
        (
            {"etc/os-release": 'ID="openEuler"\nVERSION="24.03 (LTS-SP1)"\nVERSION_ID="24.03"\n'},
            "openeuler-24.03-lts-sp1",
        ),
        ({"etc/os-release": 'ID="openEuler"\nVERSION="22.03 LTS"\nVERSION_ID="22.03"\n'}, "openeuler-22.03"),
        ({"etc/os-release": "ID=mageia\nVERSION_ID=9\n"}, "mageia-9"),
        ({"etc/os-release": "ID=minimos\nVERSION_ID=20240101\n"}, "minimos"),
        ({"etc/os-release": "ID=echo\nVERSION_ID=1\n"}, "echo"),
        ({"etc/os-release": 'ID="rocky"\nVERSION_ID="junk"\n'}, ""),
        ({"etc/os-release": 'ID="plan9"\nVERSION_ID="4"\n'}, ""),
    ],
)
def test_releases(texts: dict[str, str], expected: str) -> None:
    found = detect(texts)
    assert found is not None
    assert found.release == expected


def test_numbers_beyond_measure() -> None:
    huge = "9" * 5000
    for texts in (
        {"etc/alpine-release": f"3.{huge}\n"},
        {"etc/alpine-release": "3.20", "etc/apk/repositories": f"https://m/alpine/v{huge}.{huge}/main\n"},
        {"etc/os-release": f"ID=debian\nVERSION_ID={huge}\n"},
        {"etc/os-release": f"ID=sles\nVERSION_ID={huge}.{huge}\n"},
        {"etc/os-release": f'ID=openEuler\nVERSION_ID="{huge}.{huge}"\n'},
    ):
        found = detect(texts)
        assert found is not None
        assert len(found.release) < 40


def test_versions_are_kept_or_taken_from_code_names() -> None:
    stated = detect({"etc/os-release": 'ID=ubuntu\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'})
    named = detect({"etc/os-release": "ID=ubuntu\nVERSION_CODENAME=jammy\n"})
    assert stated is not None and stated == named
    assert (stated.version_id, stated.codename) == ("22.04", "jammy")


def test_rolling_distributions_have_no_version() -> None:
    found = detect({"etc/os-release": "ID=wolfi\nVERSION_ID=20230201\nPRETTY_NAME=Wolfi\n"})
    assert found == Distribution(id="wolfi", pretty="Wolfi", release="wolfi", path="etc/os-release")


def test_the_version_of_a_release_with_a_service_pack() -> None:
    found = detect({"etc/os-release": 'ID="openEuler"\nVERSION="24.03 (LTS-SP1)"\nVERSION_ID="24.03"\n'})
    assert found is not None and found.version_id == "24.03"


def test_old_red_hat_files_and_nothing_at_all() -> None:
    found = detect({"etc/centos-release": "CentOS release 6.10 (Final)\n"})
    assert found == Distribution(
        id="centos",
        version_id="6.10",
        pretty="CentOS release 6.10 (Final)",
        release="rhel-6",
        path="etc/centos-release",
    )
    found = detect({"etc/system-release": "Amazon Linux AMI release 2018.03\n"})
    assert found is not None and (found.id, found.version_id, found.release) == ("amzn", "2018.03", "amazon-1")
    text = "Red Hat Enterprise Linux Server release 6.10 (Santiago), not CentOS 7"
    found = detect({"etc/centos-release": "?", "etc/redhat-release": text})
    assert found is not None and (found.id, found.release, found.path) == ("rhel", "rhel-6", "etc/redhat-release")
    assert detect({}) is None
    assert detect({"etc/os-release": "\0\0\0"}) is None


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"etc/os-release": BOOKWORM, "etc/debian_version": "12.5\n"}, ""),
        ({"etc/os-release": BOOKWORM, "usr/lib/os-release": BOOKWORM}, ""),
        (
            {"etc/os-release": BOOKWORM, "usr/lib/os-release": "ID=debian\nVERSION_ID=11\n"},
            "usr/lib/os-release is of debian-11, etc/os-release of debian-12",
        ),
        (
            {"etc/os-release": BOOKWORM, "etc/debian_version": "11.9\n"},
            "etc/debian_version is of debian-11, etc/os-release of debian-12",
        ),
        (
            {"etc/os-release": BOOKWORM.replace("CODENAME=bookworm", "CODENAME=bullseye")},
            "the code name bullseye is of debian-11, etc/os-release of debian-12",
        ),
        ({"etc/os-release": FORKY, "etc/debian_version": "forky/sid\n"}, ""),
        ({"etc/os-release": BOOKWORM, "usr/lib/os-release": "ID=ours\nVERSION_ID=1\n"}, ""),
        ({"etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\n", "etc/debian_version": "trixie/sid\n"}, ""),
        ({"etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\nVERSION_CODENAME=noble\n"}, ""),
        (
            {"etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\nVERSION_CODENAME=jammy\n"},
            "the code name jammy is of ubuntu-22.04, etc/os-release of ubuntu-24.04",
        ),
        ({"etc/os-release": "ID=alpine\nVERSION_ID=3.20.3\n", "etc/alpine-release": "3.20.3\n"}, ""),
        (
            {"etc/os-release": "ID=alpine\nVERSION_ID=3.2.0\n", "etc/alpine-release": "3.20.3\n"},
            "etc/alpine-release is of alpine-3.20, etc/os-release of alpine-3.2",
        ),
        ({"etc/os-release": "ID=alpine\nVERSION_ID=3.21.0_alpha2\n", "etc/alpine-release": "3.20.3\n"}, ""),
        ({"etc/os-release": "ID=rocky\nVERSION_ID=9.4\n", "etc/redhat-release": "Rocky Linux release 9.3 (Blue)"}, ""),
        (
            {"etc/os-release": "ID=rocky\nVERSION_ID=9.4\n", "etc/redhat-release": "Rocky Linux release 8.9 (Green)"},
            "etc/redhat-release is of rocky-linux-8, etc/os-release of rocky-linux-9",
        ),
        (
            {"etc/os-release": "ID=ol\nVERSION_ID=9.4\n", "etc/redhat-release": "Red Hat Enterprise Linux release 8.4"},
            "",
        ),
    ],
)
def test_what_contradicts_a_release(texts: dict[str, str], said: str) -> None:
    found = detect(texts)
    assert found is not None
    assert contradiction_of(found, texts) == said
