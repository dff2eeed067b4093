"""What is known of a cluster: its resources as they were listed, kept up with what changes."""

from collections.abc import Iterable
from typing import Any, Final, cast

from msgspec import Struct

from lading.model.errors import NetError
from lading.runtime.kubernetes.api import ClusterApi, Kind, Listed
from lading.runtime.kubernetes.objects import Controller, Node, Pod
from lading.runtime.kubernetes.selectors import Namespaces

_CORE: Final = "/api/v1"
_APPS: Final = "/apis/apps/v1"
_BATCH: Final = "/apis/batch/v1"
PODS: Final = Kind("Pod", _CORE, "pods", Pod)
NODES: Final = Kind("Node", _CORE, "nodes", Node, namespaced=False)
CONTROLLERS: Final = (
    Kind("Deployment", _APPS, "deployments", Controller),
    Kind("StatefulSet", _APPS, "statefulsets", Controller),
    Kind("DaemonSet", _APPS, "daemonsets", Controller),
    Kind("ReplicaSet", _APPS, "replicasets", Controller),
    Kind("ReplicationController", _CORE, "replicationcontrollers", Controller),
    Kind("Job", _BATCH, "jobs", Controller),
    Kind("CronJob", _BATCH, "cronjobs", Controller),
)
KINDS: Final = (PODS, NODES, *CONTROLLERS)
_FORBIDDEN, _NOT_THERE = 403, 404
_MOST: Final = 500_000

Key = tuple[str, str]
"""The namespace and the name of a resource."""


class Scope(Struct, frozen=True):
    """One list of the API: a kind in one namespace, or in all (empty)."""

    kind: Kind
    namespace: str = ""

    @property
    def words(self) -> str:
        """What is in it."""
        return f"{self.kind.plural} of namespace {self.namespace}" if self.namespace else self.kind.plural


class ClusterState:
    """The resources of one cluster. `versions` are those of the lists, `gaps` say what could not be read."""

    def __init__(self, namespaces: Namespaces) -> None:
        self.namespaces = namespaces
        self.versions: dict[Scope, str] = {}
        self.gaps: dict[Scope, str] = {}
        self._objects: dict[str, dict[Key, Any]] = {kind.name: {} for kind in KINDS}

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The lists that are read."""
        return tuple(
            Scope(kind, one)
            for kind in KINDS
            for one in (self.namespaces.named if kind.namespaced and self.namespaces.named else ("",))
        )

    @property
    def pods(self) -> Iterable[Pod]:
        """The pods of the namespaces that are wanted."""
        return cast(Iterable[Pod], self._wanted(PODS))

    @property
    def nodes(self) -> dict[str, Node]:
        """The nodes by name."""
        return {name: node for (_, name), node in self._objects[NODES.name].items()}

    def controllers(self, kind: Kind) -> Iterable[Controller]:
        """Those of a kind in the namespaces that are wanted."""
        return cast(Iterable[Controller], self._wanted(kind))

    def has_any(self, namespace: str) -> bool:
        """Whether anything is known of a namespace."""
        return any(key[0] == namespace for kind in (PODS, *CONTROLLERS) for key in self._objects[kind.name])

    def replace(self, scope: Scope, listed: Listed) -> None:
        """Takes a list in place of what was known."""
        known = self._objects[scope.kind.name]
        for key in [key for key in known if not scope.namespace or key[0] == scope.namespace]:
            del known[key]
        known.update((_key(one), one) for one in listed.items)
        self.versions[scope] = listed.version
        self.gaps.pop(scope, None)

    def apply(self, scope: Scope, event: str, item: Any, version: str) -> None:
        """Takes a change."""
        self.versions[scope] = version or self.versions[scope]
        if event == "DELETED":
            self._objects[scope.kind.name].pop(_key(item), None)
        elif item is not None:
            known = self._objects[scope.kind.name]
            if len(known) < _MOST or _key(item) in known:
                known[_key(item)] = item
            else:
                self.gaps[scope] = f"{scope.words}: more than {_MOST:,}; name namespaces with -n"

    def lose(self, scope: Scope, why: str) -> None:
        """A list can no longer be had; what it was is kept."""
        self.versions.pop(scope, None)
        self.gaps[scope] = f"{scope.words}: as they were before: {why}"

    def _wanted(self, kind: Kind) -> Iterable[Any]:
        return (one for key, one in sorted(self._objects[kind.name].items()) if self.namespaces.has(key[0]))


def _key(item: Any) -> Key:
    return item.metadata.namespace, item.metadata.name


def read_state(api: ClusterApi, namespaces: Namespaces) -> ClusterState:
    """All lists of a cluster, as far as this user may have them. Raises NetError where it cannot be read at all."""
    state = ClusterState(namespaces)
    for scope in state.scopes:
        read_scope(api, state, scope)
    if not state.versions or all(one.kind is NODES for one in state.versions):
        raise NetError("; ".join(dict.fromkeys(state.gaps.values())))
    for namespace in namespaces.named:
        if gap := _missing(api, state, namespace):
            state.gaps[Scope(PODS, namespace)] = gap
    return state


def read_scope(api: ClusterApi, state: ClusterState, scope: Scope) -> None:
    """Reads one list, or notes why it cannot be had. Raises NetError where the cluster does not answer."""
    try:
        state.replace(scope, api.list(scope.kind, scope.namespace))
    except NetError as error:
        if error.status in (0, 200, 401):
            raise
        state.versions.pop(scope, None)
        state.gaps[scope] = f"{scope.words}: {_why(error)}"


def _why(error: NetError) -> str:
    if error.status == _FORBIDDEN:
        return f"may not be listed: {error}; name a namespace with -n, or give the role in docs/kubernetes.md"
    if error.status == _NOT_THERE:
        return f"this cluster does not have them in the version that is asked for ({error})"
    return str(error)


def _missing(api: ClusterApi, state: ClusterState, namespace: str) -> str:
    """Why nothing is known of a namespace that was named; empty where something is, or where it is there."""
    if state.has_any(namespace):
        return ""
    try:
        api.namespace(namespace)
    except NetError as error:
        if error.status in (0, 200, 401):
            raise
        what = (
            "there is none of this name"
            if error.status == _NOT_THERE
            else f"whether it is there is not known ({error})"
        )
        return f"namespace {namespace}: {what}"
    return ""
