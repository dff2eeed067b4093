"""The way from a mirror list to a document."""

import pytest

from lading.feeds.repositories import Located, locate
from lading.model.errors import FeedError, NetError

_REPOMD = b"""<repomd xmlns="r"><data type="primary"><location href="repodata/p.xml.gz"/></data>
<data type="updateinfo">
<checksum type="sha256">AA</checksum><location href="repodata/u.xml.gz"/></data><data type="modules"/></repomd>"""
_SERVED = {
    "https://a/x/mirror.list": b"https://b/core/guid/x86_64/\nhttps://c/core\n",
    "https://b/core/guid/x86_64/repodata/repomd.xml": _REPOMD,
    "https://a/bad/mirror.list": b"<html>",
    "https://a/empty/mirror.list": b"",
    "https://a/bad/repodata/repomd.xml": b"<repomd>",
}


def read(url: str) -> bytes:
    return _SERVED[url]


def test_a_document_is_found() -> None:
    wanted = "https://b/core/guid/x86_64/repodata/u.xml.gz"
    assert locate("https://a/x/mirror.list", "updateinfo", read) == Located(wanted, "aa")
    assert locate("https://b/core/guid/x86_64/repodata/repomd.xml", "updateinfo", read) == Located(wanted, "aa")


@pytest.mark.parametrize("kind", ["group", "modules"])
def test_a_repository_without_it(kind: str) -> None:
    with pytest.raises(NetError, match=f"has no {kind}") as caught:
        locate("https://a/x/mirror.list", kind, read)
    assert caught.value.status == 404


@pytest.mark.parametrize("name", ["bad/mirror.list", "empty/mirror.list", "bad/repodata/repomd.xml"])
def test_what_leads_nowhere(name: str) -> None:
    with pytest.raises(FeedError):
        locate(f"https://a/{name}", "updateinfo", read)


def test_the_latest_archive() -> None:
    url = "https://a/vex/archive_latest.txt"
    assert locate(url, "archive", lambda _: b"vex_2024-01-02.tar.zst\n") == Located(
        "https://a/vex/vex_2024-01-02.tar.zst"
    )
    for text in (b"", b"<html>", b"../x", b"https://b/x"):
        with pytest.raises(FeedError, match="names no archive"):
            locate(url, "archive", lambda _, text=text: text)  # type: ignore[misc]
