"""Help for misspelt names."""

import pytest

from lading.model.spelling import doubt, meant

_NAMED = "not the name of a vulnerability or advisory: CVE-2023-38545, GHSA-…, DSA-5523-1, RHSA-2023:5763"


@pytest.mark.parametrize(
    "id",
    [
        "CVE-2023-38545",
        "cve-1999-0001",
        "GHSA-crjg-mmwx-rqqf",
        "DSA-5523-1",
        "RHSA-2023:5763",
        "ALAS2LIVEPATCH-2023-154",
        "GO-2024-2611",
        "TEMP-0000000-B3C5F2",
        "openSUSE-SU-2024:0123-1",
        "SNYK-JS-LODASH-567746",
    ],
)
def test_names_of_vulnerabilities_are_not_doubted(id: str) -> None:
    assert doubt(id) == ""


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("CVE2025-24813", "did you mean CVE-2025-24813?"),
        ("cve_2025_24813", "did you mean CVE-2025-24813?"),
        ("CVE-202524813", "did you mean CVE-2025-24813?"),
        ("2025-24813", "did you mean CVE-2025-24813?"),
        ("CVE-2025-24813x", _NAMED),
        ("CVE-25-1", _NAMED),
        ("CVE-2025-" + "9" * 10_000, _NAMED),
        ("log4shell", _NAMED),
        ("", _NAMED),
    ],
)
def test_what_is_no_name_of_a_vulnerability(id: str, said: str) -> None:
    assert doubt(id) == said


def test_the_nearest_name_is_offered() -> None:
    assert meant("Ubunto", ["debian", "ubuntu"]) == " (did you mean ubuntu?)"
    assert meant("kernel", ["debian", "ubuntu"]) == ""
    assert meant("x" * 100_000, ["debian", "ubuntu"]) == ""
