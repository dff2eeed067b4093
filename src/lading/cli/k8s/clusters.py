"""The clusters that a command asks, from the user's files on."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from lading.cli.log import say
from lading.cli.plugins import PluginPrograms
from lading.engine.environment import NO_HOME, utc_now
from lading.engine.settings import Settings
from lading.model.cluster import ClusterRead
from lading.model.errors import NetError
from lading.runtime.kubernetes.api import ClusterApi
from lading.runtime.kubernetes.kubeconfig import read_kubeconfig
from lading.runtime.kubernetes.pull_secrets import PullSecrets
from lading.runtime.kubernetes.selectors import Namespaces, Term
from lading.runtime.kubernetes.state import ClusterState, read_scope, read_state
from lading.runtime.kubernetes.watch import Stale
from lading.runtime.kubernetes.workloads import Found, workloads_of


class Clusters:
    """Those of one call. `apis` asks each, `states` has what is known of each that could be read. To be closed."""

    def __init__(self, kubeconfig: Path | None, contexts: Sequence[str], settings: Settings, *, every: bool) -> None:
        """Raises UsageError for clusters that cannot be found."""
        home = Path(os.environ.get("HOME") or NO_HOME)
        self.accesses = read_kubeconfig(kubeconfig, os.environ, home).chosen(contexts, every=every)
        self._settings = settings
        self.apis: dict[str, ClusterApi] = {}
        self.states: dict[str, ClusterState] = {}
        self._errors: dict[str, str] = {}
        self.open()

    def __enter__(self) -> "Clusters":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of their contexts."""
        return tuple(one.name for one in self.accesses)

    def open(self) -> None:
        """Makes connections anew possible, after `close`."""
        network, timeout = self._settings.network, self._settings.timeout
        plugins = PluginPrograms()
        self.apis = {one.name: ClusterApi(one, plugins, network, timeout, utc_now) for one in self.accesses}
        self.secrets = PullSecrets(self.apis)

    def close(self) -> None:
        """Closes all connections."""
        for one in self.apis.values():
            one.close()

    def read(self, namespaces: Namespaces) -> None:
        """Reads all of them. One that cannot be read is told in the result, and stops no other."""
        for name in self.apis:
            self._read(name, namespaces)

    @property
    def is_whole(self) -> bool:
        """Whether all of them could be read, and everything of each."""
        return len(self.states) == len(self.apis) and not any(one.gaps for one in self.states.values())

    def read_again(self, stale: Iterable[Stale]) -> None:
        """Reads lists anew. A cluster that does not answer stays as it was, and is read as a whole later."""
        for one in stale:
            try:
                read_scope(self.apis[one.cluster], self.states[one.cluster], one.scope)
            except NetError as error:
                self.states[one.cluster].lose(one.scope, str(error))

    def read_missing(self, namespaces: Namespaces) -> None:
        """Reads what could not be read before."""
        for name in self.apis:
            state = self.states.get(name)
            if state is None:
                self._read(name, namespaces)
                continue
            self.read_again(Stale(name, scope) for scope in tuple(state.gaps) if scope in state.scopes)

    def _read(self, name: str, namespaces: Namespaces) -> None:
        try:
            self.states[name] = read_state(self.apis[name], namespaces)
            self._errors.pop(name, None)
        except NetError as error:
            if name not in self._errors:
                say("warning", f"cluster {name}: {error}")
            self._errors[name] = str(error)

    def found(self, selector: Sequence[Term]) -> tuple[tuple[Found, ...], tuple[ClusterRead, ...]]:
        """The workloads of all that are wanted, and how much of each cluster was read."""
        found: list[Found] = []
        read = []
        for access in self.accesses:
            state = self.states.get(access.name)
            if state is None:
                read.append(ClusterRead(access.name, access.server, error=self._errors[access.name]))
                continue
            ones, notes = workloads_of(access.name, state, selector)
            found += ones
            read.append(
                ClusterRead(
                    name=access.name,
                    server=access.server,
                    nodes=len(state.nodes),
                    pods=sum(one.workload.pods for one in ones),
                    gaps=tuple(dict.fromkeys(state.gaps.values())),
                    notes=notes,
                )
            )
        return tuple(found), tuple(read)
