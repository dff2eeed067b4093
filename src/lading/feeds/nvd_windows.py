"""Pages of the NVD's API: the records that were modified in a stretch of time.

Source: https://nvd.nist.gov/developers/vulnerabilities and https://nvd.nist.gov/developers/start-here (rate limits:
five requests in 30 seconds, fifty for holders of a key; stretches of at most 120 days).
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lading.feeds.feed import Copy, Document, Service, open_document
from lading.model.errors import FeedError, NetError, SafeIOError

_ADDRESS: Final = "https://services.nvd.nist.gov/rest/json/cves/2.0"
_SERVICE: Final = Service("apiKey", "NVD_API_KEY", pause=6.0, pause_with_key=0.6)
_LONGEST: Final = timedelta(days=120)
_MOST_PAGES: Final = 15
_PAGE: Final = 2000
_HEAD: Final = 4096
_TOTAL: Final = re.compile(rb'"totalResults"\s*:\s*([0-9]{1,9})')


def window_pages(folder: str, copy: Copy) -> list[str]:
    """The pages that are held."""
    return sorted(path for path in copy.held() if path.startswith(f"{folder}/window-"))


def fetch_window(folder: str, start: datetime, end: datetime, copy: Copy) -> bool:
    """Fetches what was modified from `start` to `end`. False, and none of it, where the yearly feeds are the shorter
    way (beyond 120 days, or 30,000 records with those held) or the only one: the API cannot be had, or what it lists
    has changed meanwhile. Raises FeedError."""
    documents = [_document(folder, start, end, 0)]
    most = _MOST_PAGES - len(window_pages(folder, copy))
    total = _fetch_page(documents[0], copy) if end - start <= _LONGEST else None
    if total is not None and total <= most * _PAGE:
        documents += [_document(folder, start, end, index) for index in range(_PAGE, total, _PAGE)]
        # A record that leaves the stretch while it is read moves another up, to a page that was read already.
        if all(_fetch_page(document, copy) == total for document in documents[1:]):
            return True
    for document in documents:
        copy.drop(document.path)
    return False


def _fetch_page(document: Document, copy: Copy) -> int | None:
    """How many records there are on all pages; None when this one cannot be had."""
    try:
        page = copy.fetch(document)
    except NetError:
        return None
    return _total(page) if page is not None else None


def _document(folder: str, start: datetime, end: datetime, index: int) -> Document:
    first, last = (moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000") for moment in (start, end))
    query = f"lastModStartDate={first}&lastModEndDate={last}&startIndex={index}&resultsPerPage={_PAGE}"
    name = f"window-{start:%Y%m%dT%H%M%S}-{index:06}.json"
    return Document(f"{folder}/{name}", f"{_ADDRESS}?{query}", service=_SERVICE)


def _total(page: Path) -> int | None:
    """Which a page states at its beginning."""
    try:
        stream = open_document(page)
        try:
            found = _TOTAL.search(stream.read(_HEAD))
        finally:
            stream.close()
    except SafeIOError as error:
        raise FeedError(f"{page}: cannot be read: {error}") from error
    return int(found[1]) if found else None
