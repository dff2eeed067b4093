"""Clients that do not really wait."""

from collections.abc import Iterator

import pytest

from lading.net.client import HttpClient
from tests.net.clocks import TickingClock


@pytest.fixture
def pauses() -> list[float]:
    """How long the client would have waited, each time."""
    return []


@pytest.fixture
def client(pauses: list[float]) -> Iterator[HttpClient]:
    client = HttpClient(sleep=pauses.append)
    yield client
    client.close()


@pytest.fixture
def ticking(pauses: list[float]) -> Iterator[HttpClient]:
    """A client for which every wait takes a second, however soon it ends."""
    client = HttpClient(sleep=pauses.append, clock=TickingClock())
    yield client
    client.close()
