"""Metrics, read by Prometheus's own parser."""

from msgspec import structs
from prometheus_client.parser import text_string_to_metric_families

from lading.formats.encoders.prometheus import encode_prometheus
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.report import Report
from tests.formats.encoders.special import HOSTILE, SPECIAL

_VIEW = View(tool="lading 1.0")
_Read = dict[str, dict[tuple[str, ...], float]]


def read(value: Evaluated) -> _Read:
    """The samples of each metric by the values of their labels."""
    text = encode_prometheus(value, _VIEW).decode()
    found: _Read = {}
    for family in text_string_to_metric_families(text):
        assert (family.type, bool(family.documentation)) == ("gauge", True)
        for sample in family.samples:
            labels = tuple(sample.labels.values())
            assert labels not in found.setdefault(sample.name, {})
            found[sample.name][labels] = sample.value
    return found


def test_what_is_counted() -> None:
    found = read(SPECIAL)
    about = ("docker.io/library/shop", "linux/amd64")
    assert found["lading_image_info"] == {(*about, "sha256:" + "9b1c" * 16): 1}
    assert {key[2:]: value for key, value in found["lading_vulnerabilities"].items() if value} == {
        ("unknown", "no"): 2, ("negligible", "no"): 1, ("high", "yes"): 1, ("critical", "yes"): 1,
    }  # fmt: skip
    assert len(found["lading_vulnerabilities"]) == 12
    assert {key[2:]: value for key, value in found["lading_vulnerabilities_suppressed"].items() if value} == {
        ("medium", "no"): 1, ("critical", "yes"): 1,
    }  # fmt: skip
    assert sum(found["lading_vulnerabilities_hidden"].values()) == 1
    assert found["lading_vulnerabilities_known_exploited"] == {about: 1}
    assert found["lading_risk_highest"] == {about: 91.5}
    assert found["lading_packages_unmatched"][(*about, "pypi")] == 1
    assert found["lading_files_unmanaged"] == {about: 1}
    assert found["lading_incomplete"] == {about: 1}
    assert found["lading_rule_failed"] == {("--fail-on high",): 1, ("--fail-on kev",): 0}
    assert found["lading_info"] == {("lading", "1.0", "sha256:" + "db" * 32): 1}


def test_an_image_of_a_hostile_name() -> None:
    (target,) = SPECIAL.report.targets
    name = HOSTILE + '"} 1\nother{a="'
    hostile = structs.replace(target, image=structs.replace(target.image, name=name))
    found = read(Evaluated(Report("", (hostile, hostile)), Decision()))
    assert set(found) == set(read(SPECIAL)) - {"lading_rule_failed"}
    assert [value for key, value in found["lading_vulnerabilities"].items() if key[2:] == ("high", "yes")] == [2]


def test_a_report_on_nothing() -> None:
    assert read(Evaluated(Report("", ()), Decision())) == {"lading_info": {("lading", "1.0", ""): 1}}
