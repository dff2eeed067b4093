"""Bytes that come no faster than they may."""

import contextlib
import time

from lading.net.client import HttpClient
from lading.net.network import Network
from lading.net.throttle import Throttle
from tests.net.clocks import HandClock
from tests.net.scripted import Reply, in_turn, serve


def _throttle(rate: int) -> tuple[Throttle, HandClock, list[float]]:
    clock, slept = HandClock(), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        clock.now += seconds

    return Throttle(rate, clock, sleep), clock, slept


def test_the_rate_is_kept() -> None:
    throttle, clock, slept = _throttle(1000)
    begun = clock.now
    for _ in range(100):
        throttle.spend(500)
    assert (round(clock.now - begun, 6), max(slept)) == (50, 0.5)


def test_what_is_slower_waits_for_nothing() -> None:
    throttle, clock, slept = _throttle(1000)
    for _ in range(100):
        clock.now += 1
        throttle.spend(200)
    assert slept == []


def test_no_bound() -> None:
    throttle, _, slept = _throttle(0)
    throttle.spend(10**12)
    assert slept == []


def test_a_client_keeps_the_bandwidth_of_its_network() -> None:
    body = bytes(400_000)
    client = HttpClient(network=Network(max_bandwidth=2_000_000))
    with serve(in_turn(Reply(200, body))) as server, contextlib.closing(client):
        begun = time.monotonic()
        assert client.request("GET", f"{server.url}/x").read_all(len(body)) == body
        assert time.monotonic() - begun >= 0.1
