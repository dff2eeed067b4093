"""Clusters followed: a thread for each list, until something changes.

Source: Kubernetes documentation, "Efficient detection of changes".
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, Queue
from typing import Any, Final

from msgspec import Struct

from lading.model.errors import NetError
from lading.runtime.kubernetes.api import ClusterApi, ExpiredError
from lading.runtime.kubernetes.state import ClusterState, Scope

_SETTLE: Final = 1.0
_MOST_SETTLE: Final = 10.0
_JOIN: Final = 5.0
_MOST_WAITING: Final = 20_000


class _Change(Struct, frozen=True):
    """A change of a cluster. `expired` tells that the list is to be read anew, `trouble` why it can no longer be
    watched."""

    cluster: str
    scope: Scope
    event: str = ""
    item: Any = None
    version: str = ""
    expired: bool = False
    trouble: str = ""


class Stale(Struct, frozen=True):
    """A list that is to be read anew, and why where that is a fault."""

    cluster: str
    scope: Scope
    trouble: str = ""


def wait_for_changes(
    apis: Mapping[str, ClusterApi], states: Mapping[str, ClusterState], seconds: float | None = None
) -> tuple[Stale, ...]:
    """Waits until something changes, and then for a moment in which nothing does, and takes it into the states; at
    most so many seconds for a first change. Gives the lists that must be read anew. The APIs are closed afterwards, and
    no thread is left."""
    changes: Queue[_Change] = Queue(_MOST_WAITING)
    stale: dict[tuple[str, Scope], Stale] = {}
    with _watching(apis, states, changes):
        for one in _until_settled(changes, seconds):
            _take(one, states, stale)
    while not changes.empty():
        _take(changes.get_nowait(), states, stale)
    return tuple(stale.values())


def _take(one: _Change, states: Mapping[str, ClusterState], stale: dict[tuple[str, Scope], Stale]) -> None:
    if one.expired or one.trouble:
        stale[one.cluster, one.scope] = Stale(one.cluster, one.scope, one.trouble)
    else:
        states[one.cluster].apply(one.scope, one.event, one.item, one.version)


def _until_settled(changes: "Queue[_Change]", seconds: float | None) -> Iterator[_Change]:
    """The changes up to a pause. Those that only mark how far it is count for none."""
    end = None if seconds is None else time.monotonic() + seconds
    latest = None
    while True:
        now = time.monotonic()
        if (end is not None and now >= end) or (latest is not None and now >= latest):
            return
        wait = min((one - now for one in (end, latest) if one is not None), default=None)
        try:
            one = changes.get(timeout=wait)
        except Empty:
            return
        yield one
        if one.event != "BOOKMARK":
            latest = latest or time.monotonic() + _MOST_SETTLE
            end = min(time.monotonic() + _SETTLE, latest)


@contextmanager
def _watching(
    apis: Mapping[str, ClusterApi], states: Mapping[str, ClusterState], changes: "Queue[_Change]"
) -> Iterator[None]:
    stopping = threading.Event()
    threads = [
        threading.Thread(
            target=_watch, args=(apis[name], name, scope, version, changes, stopping), name="watch", daemon=True
        )
        for name, state in states.items()
        for scope, version in state.versions.items()
    ]
    try:
        for one in threads:
            one.start()
        yield
    finally:
        stopping.set()
        for api in apis.values():
            api.close()
        for one in threads:
            if one.is_alive():  # an interruption may come before it was started
                one.join(_JOIN)


def _watch(
    api: ClusterApi,
    name: str,
    scope: Scope,
    version: str,
    changes: "Queue[_Change]",
    stopping: threading.Event,
) -> None:
    """Watches one list, asking again each time that the server ends the answer."""
    while not stopping.is_set():
        try:
            for event, item, reached in api.watch(scope.kind, scope.namespace, version):
                changes.put(_Change(name, scope, event, item, reached))
                version = reached or version
        except ExpiredError:
            changes.put(_Change(name, scope, expired=True))
            return
        except NetError as error:
            if not stopping.is_set():
                changes.put(_Change(name, scope, trouble=str(error)))
            return
