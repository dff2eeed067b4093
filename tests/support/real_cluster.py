"""A real API server of Kubernetes over a real etcd, where both are to be had."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lading.model.errors import NetError
from lading.net.client import HttpClient
from tests.support.cluster import PATHS
from tests.support.ports import free_port

SERVER = "kube-apiserver"
VARIABLE = "TEST_ASSET_KUBE_APISERVER"
"""Names the program where it is not in PATH. It is built from the Go module k8s.io/kubernetes."""


class RealCluster:
    """Takes resources as `FakeCluster` does. `admin` and `reader` are tokens: of one who may do everything, and of one
    who may do what roles say (a user of that name)."""

    def __init__(self, url: str, admin: str, reader: str) -> None:
        self.url = url
        self.admin = admin
        self.reader = reader
        self._client = HttpClient(insecure=True, timeout=60)
        self._uids: dict[tuple[str, str, str], str] = {}

    def close(self) -> None:
        self._client.close()

    def put(self, *resources: Mapping[str, Any]) -> None:
        """Makes resources, with the namespaces that they are in, and sets the status of pods."""
        for one in resources:
            metadata = {**one["metadata"]}
            namespace, name = metadata.get("namespace", ""), metadata["name"]
            if namespace and ("Namespace", "", namespace) not in self._uids:
                self._uids["Namespace", "", namespace] = "known"
                self.send("POST", "/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": namespace}})
            metadata.pop("uid", None)
            for owner in metadata.get("ownerReferences", []):
                owner["uid"] = self._uids[owner["kind"], namespace, owner["name"]]
                owner["apiVersion"] = PATHS[owner["kind"]].removeprefix("/apis/").removeprefix("/api/")
            plural = f"{one['kind'].lower()}s"
            group = PATHS[one["kind"]]
            place = f"{group}/namespaces/{namespace}/{plural}" if namespace else f"{group}/{plural}"
            made = self.send("POST", place, {**one, "metadata": metadata})
            self._uids[one["kind"], namespace, name] = made["metadata"]["uid"]
            if one["kind"] == "Pod":
                self.send("PUT", f"{place}/{name}/status", {**made, "status": one["status"]})

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Removes one at once."""
        place = f"{PATHS[kind]}/namespaces/{namespace}/{kind.lower()}s/{name}?gracePeriodSeconds=0"
        self.send("DELETE", place, {"kind": "DeleteOptions", "gracePeriodSeconds": 0})

    def send(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.admin}", "Content-Type": "application/json"}
        body = json.dumps(document).encode() if document is not None else None
        response = self._client.request(method, f"{self.url}{path}", headers, body)
        data = response.read_all(10_000_000)
        assert response.status in (200, 201), (method, path, data)
        return json.loads(data)


@contextmanager
def real_cluster(directory: Path) -> Iterator[RealCluster]:
    """Runs one on loopback. Skips the test where the programs are not here."""
    server = os.environ.get(VARIABLE) or shutil.which(SERVER)
    etcd = shutil.which("etcd")
    if server is None or etcd is None:
        pytest.skip(f"no {SERVER} (in PATH or the variable {VARIABLE}) or no etcd")
    tokens = secrets.token_hex(16), secrets.token_hex(16)
    (directory / "tokens.csv").write_text(f'{tokens[0]},admin,1,"system:masters"\n{tokens[1]},reader,2\n')
    for command in (
        ["genrsa", "-out", str(directory / "sa.key"), "2048"],
        ["rsa", "-in", str(directory / "sa.key"), "-pubout", "-out", str(directory / "sa.pub")],
    ):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    client, peer, port = free_port(), free_port(), free_port()
    store = [etcd, "--data-dir", str(directory / "etcd"), "--listen-client-urls", f"http://127.0.0.1:{client}"]
    store += ["--advertise-client-urls", f"http://127.0.0.1:{client}", "--listen-peer-urls", f"http://127.0.0.1:{peer}"]
    api = [server, "--etcd-servers", f"http://127.0.0.1:{client}", "--secure-port", str(port)]
    api += ["--bind-address", "127.0.0.1", "--cert-dir", str(directory / "certs"), "--authorization-mode", "RBAC"]
    api += ["--token-auth-file", str(directory / "tokens.csv"), "--disable-admission-plugins", "ServiceAccount"]
    api += ["--service-account-issuer", "https://kubernetes.default.svc", "--allow-privileged"]
    api += ["--service-account-key-file", str(directory / "sa.pub"), "--service-cluster-ip-range", "10.0.0.0/24"]
    api += ["--service-account-signing-key-file", str(directory / "sa.key")]
    with _running(store, directory / "etcd.log"), _running(api, directory / "api.log"):
        cluster = RealCluster(f"https://127.0.0.1:{port}", *tokens)
        try:
            _await(cluster, directory / "api.log")
            yield cluster
        finally:
            cluster.close()


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _await(cluster: RealCluster, log: Path) -> None:
    end = time.monotonic() + 180
    while True:
        try:
            cluster.send("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/view")
            return
        except (AssertionError, NetError) as error:
            if time.monotonic() > end:
                raise AssertionError(log.read_text()[-4000:]) from error
            time.sleep(0.2)
