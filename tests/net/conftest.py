"""A client that does not really wait."""

from collections.abc import Iterator

import pytest

from lading.net.client import HttpClient


@pytest.fixture
def pauses() -> list[float]:
    """How long the client would have waited, each time."""
    return []


@pytest.fixture
def client(pauses: list[float]) -> Iterator[HttpClient]:
    client = HttpClient(sleep=pauses.append)
    yield client
    client.close()
