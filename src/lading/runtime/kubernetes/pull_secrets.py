"""The pull secrets of namespaces, each read when an image of its namespace needs it.

Source: Kubernetes documentation, "Pull an Image from a Private Registry", "Images" (interpretation of config.json).
"""

from collections.abc import Mapping
from pathlib import Path

from lading.model.errors import NetError
from lading.net.docker_config import DockerConfig, parse_accounts
from lading.runtime.kubernetes.api import ClusterApi
from lading.runtime.kubernetes.plan import Attempt


class PullSecrets:
    """Those of several clusters. `troubles` say which could not be read, in a line each, by namespace."""

    def __init__(self, apis: Mapping[str, ClusterApi]) -> None:
        self._apis = apis
        self._secrets: dict[tuple[str, str, str], DockerConfig | None] = {}
        self._accounts: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._troubles: dict[tuple[str, str], list[str]] = {}

    def of(self, attempt: Attempt) -> tuple[DockerConfig, ...]:
        """The accounts that an attempt may use: those of its own namespace alone, in the order of its pod."""
        names = attempt.secrets or self._of_account(attempt)
        found = (self._secret(attempt.cluster, attempt.namespace, name) for name in names)
        return tuple(one for one in found if one is not None)

    def troubles(self, attempt: Attempt) -> tuple[str, ...]:
        """What of the namespace's secrets could not be read."""
        return tuple(self._troubles.get((attempt.cluster, attempt.namespace), ()))

    def _of_account(self, attempt: Attempt) -> tuple[str, ...]:
        """A pod that runs has the secrets of its service account already."""
        if not attempt.account:
            return ()
        key = attempt.cluster, attempt.namespace, attempt.account
        if key not in self._accounts:
            self._accounts[key] = ()
            try:
                account = self._apis[attempt.cluster].service_account(attempt.namespace, attempt.account)
                self._accounts[key] = tuple(one.name for one in account.image_pull_secrets or () if one.name)
            except NetError as error:
                self._note(attempt.cluster, attempt.namespace, f"service account {attempt.account}: {error}")
        return self._accounts[key]

    def _secret(self, cluster: str, namespace: str, name: str) -> DockerConfig | None:
        key = cluster, namespace, name
        if key not in self._secrets:
            self._secrets[key] = None
            try:
                content = self._apis[cluster].secret(namespace, name).decode()
                parse_accounts(content.encode())
                shown = Path(f"pull secret {name} of namespace {namespace}")
                self._secrets[key] = DockerConfig(shown, content=content, globs=True)
            except NetError as error:
                self._note(cluster, namespace, f"pull secret {name}: {error}")
            except ValueError:
                self._note(cluster, namespace, f"pull secret {name}: holds no accounts that can be read")
        return self._secrets[key]

    def _note(self, cluster: str, namespace: str, text: str) -> None:
        self._troubles.setdefault((cluster, namespace), []).append(text)
