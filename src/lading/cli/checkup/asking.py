"""One question to a server, with little patience."""

import threading
from datetime import datetime
from email.utils import parsedate_to_datetime

from lading.model.errors import LadingError
from lading.net.client import HttpClient


def ask(client: HttpClient, url: str, patience: float) -> tuple[int | str, datetime | None]:
    """The status of an answer or why there is none within so many seconds, and the time that it tells. Closes the
    client."""
    found: list[tuple[int | str, datetime | None]] = []

    def request() -> None:
        try:
            response = client.request("GET", url)
            found.append((response.status, _moment(response.headers.get("date", ""))))
            response.close()
        except LadingError as error:
            found.append((str(error), None))

    asking = threading.Thread(target=request, daemon=True)
    asking.start()
    asking.join(patience)
    answer = found[0] if found else (f"{url} does not answer within {patience:g} seconds", None)
    client.close()
    return answer


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
