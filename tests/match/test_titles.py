"""Which title a vulnerability has in a package."""

from lading.match.conditions import ImageContext
from lading.match.packages import match_packages
from lading.model.advisory import Advisory, AdvisoryText, Range, ShardName
from lading.model.package import Package
from tests.samples import FakeStore


def title(*texts: AdvisoryText) -> tuple[str, str]:
    """That of a vulnerability that PyPI knows as GHSA-x and GitLab as CVE-2024-1."""
    first = Advisory("GHSA-x", "p", ranges=(Range(fixed="2"),), aliases=("CVE-2024-1",))
    second = Advisory("CVE-2024-1", "p", ranges=(Range(fixed="2"),))
    store = FakeStore(
        {"pypi": (first,), "gitlab-pypi": (second,)}, texts=texts, schemes={"pypi": "pep440", "gitlab-pypi": "pep440"}
    )
    held = [found for shard in ("pypi", "gitlab-pypi") if (found := store.provenance(ShardName(shard)))]
    (finding,) = match_packages([Package("p", "1", "pypi")], held, ImageContext(), store)
    return finding.summary, finding.url


def test_the_title_of_the_source_that_decides() -> None:
    assert title(AdvisoryText("GHSA-x", "First", "https://1"), AdvisoryText("CVE-2024-1", "Second", "https://2")) == (
        "First", "https://1",
    )  # fmt: skip


def test_a_title_of_another_source_before_a_sentence_of_the_text() -> None:
    sentence = AdvisoryText("GHSA-x", "P is a thing.", "https://1", excerpt=True)
    assert title(sentence, AdvisoryText("CVE-2024-1", "A flaw", "https://2")) == ("A flaw", "https://1")
    assert title(sentence, AdvisoryText("CVE-2024-1", "Another.", excerpt=True)) == ("P is a thing.", "https://1")
    assert title(sentence) == ("P is a thing.", "https://1")


def test_without_a_text_of_its_own_that_of_another_source() -> None:
    assert title(AdvisoryText("CVE-2024-1", "A sentence.", "https://2", excerpt=True)) == ("A sentence.", "https://2")
    assert title(AdvisoryText("GHSA-x", "", "https://1"), AdvisoryText("CVE-2024-1", "A flaw")) == (
        "A flaw",
        "https://1",
    )
    assert title() == ("", "")
