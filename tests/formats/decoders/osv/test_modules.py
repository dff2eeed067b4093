"""The modules of AlmaLinux's and Rocky Linux's packages."""

import json

import pytest

from lading.formats.decoders.osv.advisories import to_advisories
from lading.formats.decoders.osv.modules import modules_of
from lading.formats.decoders.osv.records import parse_osv
from lading.model.advisory import Advisory, Condition, Range


def record(summary: str, **fixes: str) -> bytes:
    affected = [
        {
            "package": {"ecosystem": "AlmaLinux:8", "name": name},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        }
        for name, fixed in fixes.items()
    ]
    return json.dumps({"id": "ALSA-1", "summary": summary, "affected": affected, "related": ["CVE-2024-1"]}).encode()


@pytest.mark.parametrize(
    ("summary", "modules"),
    [
        ("Moderate: ruby:3.3 security, bug fix, and enhancement update", ("ruby:3.3",)),
        ("Low: virt:rhel and virt-devel:rhel security update", ("virt:rhel", "virt-devel:rhel")),
        ("pmdk:1_fileformat_v6 bug fix update", ("pmdk:1_fileformat_v6",)),
        ("Important: php:7.4, php:8.0 security update", ("php:7.4", "php:8.0")),
        ("Moderate: ruby security update", ("ruby:rhel8", "ruby:2", "ruby:2.5")),
        (
            "Moderate: container-tools security update",
            ("container-tools:rhel8", "container-tools:3", "container-tools:3.1"),
        ),
        ("", ("?",)),
    ],
)
def test_modules_by_the_summary(summary: str, modules: tuple[str, ...]) -> None:
    read = parse_osv(record(summary, gem="3.1-1.module_el8.5.0+1+a", ruby="1:2.5.9-112.module_el8.10.0+3871+342e2c2f"))
    assert read.affected is not None
    assert modules_of(read, read.affected[0]) == modules


def test_packages_of_no_module() -> None:
    ((_, advisory),) = to_advisories(parse_osv(record("Important: log4j:2 security update", log4j="2-1.el8")))
    assert advisory.condition is None


def test_the_advisories_of_a_module() -> None:
    found = to_advisories(parse_osv(record("Low: virt:rhel and virt-devel:rhel update", a="1-1.module+el8.4.0+557+4")))
    assert found == [
        (
            "AlmaLinux:8",
            Advisory(
                id="CVE-2024-1",
                package="a",
                ranges=(Range(fixed="1-1.module+el8.4.0+557+4"),),
                severities=advisory.severities,
                note="ALSA-1",
                condition=Condition(module=module),
            ),
        )
        for module, (_, advisory) in zip(("virt:rhel", "virt-devel:rhel"), found, strict=True)
    ]
