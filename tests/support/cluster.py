"""The Kubernetes API as it answers: recorded resources in pages, what changes in them, and who may read what."""

import base64
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.net.scripted import Reply, Request

PATHS = {
    "Pod": "/api/v1", "Node": "/api/v1", "ReplicationController": "/api/v1", "ServiceAccount": "/api/v1",
    "Secret": "/api/v1", "Namespace": "/api/v1",
    "Deployment": "/apis/apps/v1", "StatefulSet": "/apis/apps/v1", "DaemonSet": "/apis/apps/v1",
    "ReplicaSet": "/apis/apps/v1", "Job": "/apis/batch/v1", "CronJob": "/apis/batch/v1",
}  # fmt: skip
PLURALS = {name.lower() + "s": name for name in PATHS}
_WAIT = 0.5


class FakeCluster:
    """Resources by kind, namespace and name. `page` is how many a page has at most whatever is asked; `forbidden` are
    kinds (or KIND in NAMESPACE) that nobody may read; `token` is the one that is needed, empty for none. `expire` makes
    so many continue tokens expire; `asked` has every path that was asked for."""

    def __init__(self, *, page: int = 3, token: str = "") -> None:
        self.page = page
        self.token = token
        self.forbidden: set[str] = set()
        self.expire = 0
        self.forgotten = 0
        self.asked: list[str] = []
        self._version = 10
        self._resources: dict[str, dict[tuple[str, str], dict[str, Any]]] = {one: {} for one in PATHS}
        self._events: list[tuple[int, str, dict[str, Any]]] = []
        self._changed = threading.Condition()

    def put(self, *resources: Mapping[str, Any]) -> None:
        """Makes or changes resources."""
        with self._changed:
            for one in resources:
                kind = one["kind"]
                key = one["metadata"].get("namespace", ""), one["metadata"]["name"]
                self._version += 1
                metadata = {**one["metadata"], "resourceVersion": str(self._version)}
                made = {**one, "metadata": metadata}
                event = "MODIFIED" if key in self._resources[kind] else "ADDED"
                self._resources[kind][key] = made
                self._events.append((self._version, event, made))
            self._changed.notify_all()

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Removes one."""
        with self._changed:
            self._version += 1
            gone = self._resources[kind].pop((namespace, name))
            gone = {**gone, "metadata": {**gone["metadata"], "resourceVersion": str(self._version)}}
            self._events.append((self._version, "DELETED", gone))
            self._changed.notify_all()

    def __call__(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        self.asked.append(parts.path)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return failure(401, "Unauthorized")
        words = parts.path.strip("/").split("/")
        words = words[2 if words[0] == "api" else 3 :]
        namespace = ""
        if words[0] == "namespaces" and len(words) > 2:
            namespace, words = words[1], words[2:]
        kind = PLURALS.get(words[0], "")
        if not kind or not parts.path.startswith(PATHS[kind]):
            return failure(404, "the server could not find the requested resource")
        if {kind, f"{kind} in {namespace}"} & self.forbidden:
            return failure(403, f'{words[0]} is forbidden: User "reader" cannot list resource "{words[0]}"')
        if len(words) > 1:
            found = self._resources[kind].get((namespace, words[1]))
            return reply(found) if found else failure(404, f'{words[0]} "{words[1]}" not found')
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        return self._watch(kind, namespace, query) if "watch" in query else self._list(kind, namespace, query)

    def _list(self, kind: str, namespace: str, query: Mapping[str, str]) -> Reply:
        items = [one for key, one in sorted(self._resources[kind].items()) if not namespace or key[0] == namespace]
        start = int(query.get("continue", "0"))
        if start and self.expire:
            self.expire -= 1
            return failure(410, "The provided continue parameter is too old", "Expired")
        size = min(self.page, int(query["limit"])) if "limit" in query else len(items)
        following = str(start + size) if start + size < len(items) else ""
        metadata = {"resourceVersion": str(self._version), **({"continue": following} if following else {})}
        return reply({"kind": f"{kind}List", "metadata": metadata, "items": items[start : start + size] or None})

    def _watch(self, kind: str, namespace: str, query: Mapping[str, str]) -> Reply:
        since = int(query["resourceVersion"])
        if since < self.forgotten:
            gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old resource version"}}
            return _chunked([gone])
        with self._changed:
            if not self._of(kind, namespace, since):
                self._changed.wait(_WAIT)
            found = self._of(kind, namespace, since)
            mark = {"kind": kind, "metadata": {"resourceVersion": str(self._version)}}
            return _chunked([*found, {"type": "BOOKMARK", "object": mark}])

    def _of(self, kind: str, namespace: str, since: int) -> list[dict[str, Any]]:
        return [
            {"type": event, "object": one}
            for version, event, one in self._events
            if version > since and one["kind"] == kind and namespace in ("", one["metadata"].get("namespace", ""))
        ]


def reply(document: object, status: int = 200) -> Reply:
    """A document as the API sends it."""
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


def failure(status: int, message: str, reason: str = "") -> Reply:
    """Why something is not done."""
    return reply({"kind": "Status", "status": "Failure", "message": message, "reason": reason, "code": status}, status)


def _chunked(events: list[dict[str, Any]]) -> Reply:
    lines = [json.dumps(one).encode() + b"\n" for one in events]
    body = b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in lines) + b"0\r\n\r\n"
    return Reply(200, body, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})


def kubeconfig(path: Path, server: str, *, token: str = "", name: str = "test") -> Path:
    """A file that names one cluster."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": f"{name}-cluster", "cluster": {"server": server}}],
        "users": [{"name": f"{name}-user", "user": {"token": token} if token else None}],
        "contexts": [{"name": name, "context": {"cluster": f"{name}-cluster", "user": f"{name}-user"}}],
    }
    path.write_text(json.dumps(document))
    return path


def node(name: str, architecture: str = "amd64", **labels: str) -> dict[str, Any]:
    """A node."""
    named = {"kubernetes.io/os": "linux", "kubernetes.io/arch": architecture, **labels}
    info = {"operatingSystem": "linux", "architecture": architecture}
    return {"kind": "Node", "metadata": {"name": name, "labels": named}, "status": {"nodeInfo": info}}


def pod(
    name: str,
    image: str,
    image_id: str = "",
    *,
    node: str = "",
    namespace: str = "prod",
    owner: Any = None,
    **more: Any,
) -> dict[str, Any]:
    """A pod of one container; `more` goes into its spec, its labels are `app`."""
    spec = {"containers": [{"name": "main", "image": image}], **({"nodeName": node} if node else {}), **more}
    statuses = [{"name": "main", "image": image, "imageID": image_id}] if image_id else []
    return {
        "kind": "Pod",
        "metadata": metadata(name, namespace, owner),
        "spec": spec,
        "status": {"phase": "Running" if image_id else "Pending", "containerStatuses": statuses},
    }


def controller(
    kind: str, name: str, image: str, *, namespace: str = "prod", owner: Any = None, spec: Any = None, **more: Any
) -> dict[str, Any]:
    """A controller of pods of one container; `more` goes into their spec, `spec` into its own."""
    restart = {"restartPolicy": "Never"} if kind in ("Job", "CronJob") else {}
    labels = {"app": name.partition(".")[0]}
    pods = {"containers": [{"name": "main", "image": image}], **restart, **more}
    own: dict[str, Any] = {"template": {"metadata": {"labels": labels}, "spec": pods}}
    if kind == "CronJob":
        own = {"jobTemplate": {"spec": own}, "schedule": "0 3 * * *"}
    elif kind == "ReplicationController":
        own["selector"] = labels
    elif kind != "Job":
        own["selector"] = {"matchLabels": labels}
    return {
        "apiVersion": PATHS[kind].removeprefix("/apis/").removeprefix("/api/"),
        "kind": kind,
        "metadata": metadata(name, namespace, owner),
        "spec": {**own, **(spec or {})},
    }


def metadata(name: str, namespace: str, owner: Any = None) -> dict[str, Any]:
    """That of a resource whose label `app` is its name without what follows the first dot."""
    found: dict[str, Any] = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{namespace}-{name}",
        "labels": {"app": name.partition(".")[0]},
    }
    if owner is not None:
        kind, owner_name = owner
        uid = f"uid-{namespace}-{owner_name}"
        found["ownerReferences"] = [
            {"kind": kind, "name": owner_name, "uid": uid, "controller": True, "apiVersion": "v1"}
        ]
    return found


def service_account(name: str, namespace: str, *secrets: str) -> dict[str, Any]:
    """A service account with pull secrets."""
    pulls = [{"name": one} for one in secrets]
    return {"kind": "ServiceAccount", "metadata": metadata(name, namespace), "imagePullSecrets": pulls}


def pull_secret(name: str, namespace: str, registry: str, user: str, password: str) -> dict[str, Any]:
    """A secret with one account."""
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    config = base64.b64encode(json.dumps({"auths": {registry: {"auth": auth}}}).encode()).decode()
    return {
        "kind": "Secret",
        "metadata": metadata(name, namespace),
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": config},
    }
