"""Fifty workloads in five namespaces: by recorded answers always, by a real API server where there is one."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lading.engine.environment import utc_now
from lading.model.errors import NetError
from lading.net.network import Network
from lading.net.routes import ServerTls
from lading.runtime.kubernetes import api as api_module
from lading.runtime.kubernetes.access import Access, Plugin, User
from lading.runtime.kubernetes.api import ClusterApi, ExpiredError
from lading.runtime.kubernetes.state import PODS
from tests.fleet import CURL, write_image
from tests.net.scripted import serve
from tests.support.cluster import FakeCluster, controller, node, pod, pull_secret, service_account
from tests.support.private_registry import PrivateRegistry
from tests.support.program import Lading
from tests.support.real_cluster import RealCluster, real_cluster

PAGE = Path(__file__).parents[3] / "docs" / "kubernetes.md"
NAMESPACES = tuple(f"team-{number}" for number in range(5))


class Place:
    """A cluster and how it is asked."""

    def __init__(self, cluster: FakeCluster | RealCluster, url: str, token: str) -> None:
        self.cluster = cluster
        self.url = url
        self.token = token

    def kubeconfig(self, directory: Path) -> Path:
        cluster = {"server": self.url, **({"insecure-skip-tls-verify": True} if self.url.startswith("https") else {})}
        document = {
            "current-context": "test",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": self.token}}],
            "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        }
        path = directory / "kubeconfig"
        path.write_text(json.dumps(document))
        return path

    def api(self) -> ClusterApi:
        access = Access("test", self.url, tls=ServerTls(insecure=True), user=User(token=self.token))
        return ClusterApi(access, NoPlugins(), Network(), 60, utc_now)


class NoPlugins:
    def run(self, plugin: Plugin, information: str) -> bytes:
        raise NetError("no plugin is run here")


@pytest.fixture(params=["recorded", "real"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "recorded":
        fake = FakeCluster(page=7, token="reader")
        with serve(fake) as server:
            yield Place(fake, server.url, "reader")
        return
    with real_cluster(tmp_path) as cluster:
        _give_role(cluster)
        yield Place(cluster, cluster.url, cluster.reader)


def _give_role(cluster: RealCluster) -> None:
    """The role that the page says is needed, with pull secrets."""
    first, second = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    role = yaml.safe_load(first)
    rules = yaml.safe_load(second)
    for rule in rules:
        rule.pop("resourceNames")
    cluster.send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", {**role, "rules": [*role["rules"], *rules]})
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "lading"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "lading"},
        "subjects": [{"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}],
    }
    cluster.send("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)


def _fill(cluster: FakeCluster | RealCluster, host: str, registry: PrivateRegistry, directory: Path) -> None:
    """Ten workloads in each namespace: four Deployments, two StatefulSets, a DaemonSet, a CronJob, a pod, and a
    Deployment that is scaled to 0. All but the last two of the kinds run an image of both platforms that is for
    everybody; each namespace has an image of its own, for its account alone."""
    for architecture in ("amd64", "arm64"):
        write_image(directory, f"web-{architecture}", [CURL], [(architecture, "1")], architecture=architecture)
    web = registry.push("shop/web", "1", [directory / "web-amd64", directory / "web-arm64"])
    image, running = f"{host}/shop/web:1", f"{host}/shop/web@{web}"
    cluster.put(node("n1"), node("n2", "arm64"))
    for number, namespace in enumerate(NAMESPACES):
        write_image(directory, f"own-{number}", [CURL], [("own", str(number))])
        own = registry.push(f"{namespace}/app", "1", [directory / f"own-{number}"])
        mine = f"{host}/{namespace}/app:1"
        cluster.put(
            pull_secret("registry", namespace, host, namespace, f"word-{number}"),
            service_account("default", namespace, "registry"),
        )
        for name in ("a", "b", "c", "d"):
            cluster.put(
                controller("Deployment", name, image, namespace=namespace),
                controller("ReplicaSet", f"{name}.1", image, namespace=namespace, owner=("Deployment", name)),
                *_two_pods(f"{name}.1", image, running, namespace, ("ReplicaSet", f"{name}.1")),
            )
        for kind, name in (("StatefulSet", "e"), ("StatefulSet", "f"), ("DaemonSet", "g")):
            cluster.put(
                controller(kind, name, image, namespace=namespace),
                *_two_pods(name, image, running, namespace, (kind, name)),
            )
        secret = {"imagePullSecrets": [{"name": "registry"}]}
        cluster.put(
            controller("CronJob", "h", mine, namespace=namespace, nodeSelector={"kubernetes.io/arch": "amd64"}),
            pod("i", mine, f"{host}/{namespace}/app@{own}", node="n1", namespace=namespace, **secret),
            controller("Deployment", "j", image, namespace=namespace, spec={"replicas": 0}),
        )


def _two_pods(
    name: str, image: str, running: str, namespace: str, owner: tuple[str, str]
) -> tuple[dict[str, Any], ...]:
    return tuple(
        pod(f"{name}.{one}", image, running, node=one, namespace=namespace, owner=owner) for one in ("n1", "n2")
    )


def test_fifty_workloads_in_five_namespaces(place: Place, tmp_path: Path, lading: Lading) -> None:
    registry = PrivateRegistry({f"{one}/": (one, f"word-{number}") for number, one in enumerate(NAMESPACES)})
    with serve(registry) as server:
        _fill(place.cluster, server.host, registry, tmp_path)
        done = lading("k8s", "--kubeconfig", place.kubeconfig(tmp_path), "--starter", "-o", "workloads", timeout=300)
    document = json.loads(done.stdout)
    (cluster,) = document["clusters"]
    assert (cluster["nodes"], cluster["pods"], cluster.get("gaps", [])) == (2, 75, [])
    assert len(document["workloads"]) == 50
    assert Counter(one["workload"]["kind"] for one in document["workloads"]) == {
        "Deployment": 25, "StatefulSet": 10, "DaemonSet": 5, "CronJob": 5, "Pod": 5,
    }  # fmt: skip
    scanned = [(one["name"].partition("@")[0].partition("/")[2], one["platform"]) for one in document["images"]]
    own = [(f"{one}/app:1", "linux/amd64") for one in NAMESPACES]
    assert sorted(scanned) == sorted([("shop/web:1", "linux/amd64"), ("shop/web:1", "linux/arm64"), *own])
    assert {one["digest"] for one in document["images"]} == {
        each["digest"] for one in document["workloads"] for each in one["containers"]
    }
    for one in document["workloads"]:
        for each in one["containers"]:
            container = each["container"]
            at = {"n1": "linux/amd64", "n2": "linux/arm64"}.get(container.get("node", ""), container["platform"])
            assert container["platform"] == at
            assert "error" not in each
    used = {(path.split("/")[2], user.partition(":")[0]) for path, user in registry.asked if user}
    assert used == {(one, one) for one in NAMESPACES}
    layers = Counter(path for path, _ in registry.asked if "/blobs/" in path)
    configs = {registry.config_digest(one["digest"]) for one in document["images"]}
    assert {path: count for path, count in layers.items() if path.rpartition("/")[2] not in configs and count > 1} == {}


def test_pages_versions_and_changes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "_PAGE", 4)
    cluster = place.cluster
    cluster.put(*(pod(f"p{number}", "x", namespace="team-0", node="n1") for number in range(10)))
    api = place.api()
    try:
        listed = api.list(PODS, "team-0")
        assert [one.metadata.name for one in listed.items] == [f"p{number}" for number in range(10)]
        assert api.list(PODS, "elsewhere").items == ()
        cluster.put(pod("later", "x", namespace="team-0", node="n1"))
        cluster.delete("Pod", "team-0", "p3")
        seen = []
        version = listed.version
        while ("DELETED", "p3") not in seen:
            for event, item, reached in api.watch(PODS, "team-0", version):
                seen += [] if item is None else [(event, item.metadata.name)]
                version = reached
                if ("DELETED", "p3") in seen:
                    break
        assert [one for one in seen if one[0] != "MODIFIED"] == [("ADDED", "later"), ("DELETED", "p3")]
    finally:
        api.close()


def test_a_version_that_is_not_known_any_more(place: Place) -> None:
    if isinstance(place.cluster, FakeCluster):
        place.cluster.forgotten = 100
        api = place.api()
        with pytest.raises(ExpiredError, match="too old resource version"):
            list(api.watch(PODS, "", "11"))
        api.close()


def test_what_a_role_does_not_give_is_refused(place: Place, tmp_path: Path, lading: Lading) -> None:
    if isinstance(place.cluster, RealCluster):
        place.cluster.put(pod("one", "x", namespace="team-0"))
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/lading"
        place.cluster.send("DELETE", path)
        arguments = ("k8s", "--kubeconfig", place.kubeconfig(tmp_path), "--starter", "-o", "workloads")
        document = json.loads(lading(*arguments, status=2).stdout)
        assert "pods: may not be listed" in document["clusters"][0]["error"]
        assert "cannot list resource" in document["clusters"][0]["error"]
