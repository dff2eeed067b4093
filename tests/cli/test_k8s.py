"""`lading k8s`: clusters whose images lie in a registry, each scanned once, with the right accounts."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import CURL, FIXED_CURL, write_image
from tests.net.scripted import serve
from tests.support.cluster import FakeCluster, controller, kubeconfig, metadata, node, pod, pull_secret
from tests.support.private_registry import PrivateRegistry
from tests.support.program import Lading

pytestmark = pytest.mark.long


class Site:
    """A cluster, a registry, and the digests of its images: `web` of two platforms for everybody, `api` for anna alone,
    `job` for bert alone."""

    def __init__(self, directory: Path, cluster: FakeCluster, registry: PrivateRegistry) -> None:
        self.directory = directory
        self.cluster = cluster
        self.registry = registry
        write_image(directory, "web-amd64", [CURL])
        write_image(directory, "web-arm64", [CURL], [("arm", "1")], architecture="arm64")
        write_image(directory, "api", [FIXED_CURL])
        write_image(directory, "job", [CURL], [("job", "1")])
        self.web = registry.push("shop/web", "1", [directory / "web-amd64", directory / "web-arm64"])
        self.api = registry.push("team-a/api", "2", [directory / "api"])
        self.job = registry.push("team-b/job", "3", [directory / "job"])
        self.host = ""
        self.kubeconfig = directory / "kubeconfig"

    def image(self, name: str) -> str:
        return f"{self.host}/{name}"

    def start(self) -> None:
        """Two nodes and three workloads in three namespaces."""
        web = self.image("shop/web:1")
        running = f"{self.image('shop/web')}@{self.web}"
        self.cluster.put(
            node("n1"),
            node("n2", "arm64"),
            controller("Deployment", "web", web),
            controller("ReplicaSet", "web.5d", web, owner=("Deployment", "web")),
            pod("web.5d.x", web, running, node="n1", owner=("ReplicaSet", "web.5d")),
            pod("web.5d.y", web, running, node="n2", owner=("ReplicaSet", "web.5d"), hostNetwork=True),
            pod(
                "api",
                self.image("team-a/api:2"),
                f"{self.image('team-a/api')}@{self.api}",
                node="n1",
                namespace="a",
                imagePullSecrets=[{"name": "accounts"}],
            ),
            controller("CronJob", "nightly", self.image("team-b/job:3"), namespace="b"),
            {
                "kind": "ServiceAccount",
                "metadata": metadata("default", "b"),
                "imagePullSecrets": [{"name": "accounts"}],
            },
            pull_secret("accounts", "a", self.host, "anna", "secret-a"),
            pull_secret("accounts", "b", self.host, "bert", "secret-b"),
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    registry = PrivateRegistry({"team-a/": ("anna", "secret-a"), "team-b/": ("bert", "secret-b")})
    cluster = FakeCluster(token="of-the-cluster")
    made = Site(tmp_path, cluster, registry)
    with serve(registry) as images, serve(cluster) as api:
        made.host = images.host
        made.start()
        kubeconfig(made.kubeconfig, api.url, token="of-the-cluster")
        yield made


@pytest.fixture
def k8s(site: Site, lading: Lading) -> Callable[..., Any]:
    """The workloads as JSON."""

    def run(*arguments: str | Path, status: int = 0) -> Any:
        options = ("--kubeconfig", site.kubeconfig, "--starter", "-o", "workloads")
        return json.loads(lading("k8s", *options, *arguments, status=status).stdout)

    return run


def names(document: Any) -> list[str]:
    return sorted(
        f"{one['workload']['namespace']}/{one['workload']['kind']}/{one['workload']['name']}"
        for one in document["workloads"]
    )


def test_each_image_is_scanned_once_by_its_nodes_platform_and_its_namespaces_accounts(
    site: Site, k8s: Callable[..., Any]
) -> None:
    document = k8s()
    web, api, job = f"{site.image('shop/web:1')}@{site.web}", f"{site.image('team-a/api:2')}@{site.api}", ""
    job = f"{site.image('team-b/job:3')}@{site.job}"
    assert [(one["name"], one["platform"]) for one in document["images"]] == [
        (web, "linux/amd64"), (web, "linux/arm64"), (job, "linux/amd64"), (api, "linux/amd64"),
    ]  # fmt: skip
    assert [one["digest"] for one in document["images"][:2]] == [
        site.registry.platform_digest(site.web, "amd64"), site.registry.platform_digest(site.web, "arm64"),
    ]  # fmt: skip
    asked = {(path.partition("/manifests/")[0], user) for path, user in site.registry.asked if user}
    assert {one for one in asked if "/blobs/" not in one[0]} == {
        ("/v2/team-a/api", "anna:secret-a"), ("/v2/team-b/job", "bert:secret-b"),
    }  # fmt: skip
    assert not [path for path, user in site.registry.asked if user == "anna:secret-a" and "team-a" not in path]
    assert not [path for path, user in site.registry.asked if user == "bert:secret-b" and "team-b" not in path]
    assert document["clusters"] == [
        {"name": "test", "server": document["clusters"][0]["server"], "nodes": 2, "pods": 3}
    ]


def test_workloads_are_told_by_what_is_at_the_top_and_ranked_by_where_they_run(k8s: Callable[..., Any]) -> None:
    document = k8s()
    told = [
        (
            one["workload"]["namespace"],
            one["workload"]["kind"],
            one["workload"].get("pods", 0),
            one["workload"].get("note", ""),
            [
                (each["container"]["state"], each["container"].get("security", {}).get("level"))
                for each in one["containers"]
            ],
        )
        for one in document["workloads"]
    ]
    assert told == [
        ("prod", "Deployment", 2, "", [("running", "baseline"), ("running", "privileged")]),
        ("b", "CronJob", 0, "no job runs now; scanned by its template", [("template", "baseline")]),
        ("a", "Pod", 1, "", [("running", "baseline")]),
    ]
    risks = [one.get("risk", 0.0) for one in document["workloads"]]
    assert risks[0] == pytest.approx(1.5 * risks[1], abs=0.1)
    assert [one["namespace"] for one in document["namespaces"]] == ["prod", "b", "a"]


def test_what_may_not_be_listed_is_a_gap_and_never_clean(site: Site, k8s: Callable[..., Any]) -> None:
    site.cluster.forbidden = {"CronJob"}
    document = k8s(status=3)
    assert document["clusters"][0]["gaps"] == [
        f"cronjobs: may not be listed: {site_host(document)}: answered 403 Forbidden: cronjobs is forbidden: "
        'User "reader" cannot list resource "cronjobs"; '
        "name a namespace with -n, or give the role in docs/kubernetes.md"
    ]
    assert names(document) == ["a/Pod/api", "prod/Deployment/web"]
    assert document["exit_status"] == 3


def site_host(document: Any) -> str:
    return str(document["clusters"][0]["server"]).removeprefix("http://")


def test_a_pull_secret_that_may_not_be_read_is_named_with_its_image(site: Site, k8s: Callable[..., Any]) -> None:
    site.cluster.forbidden = {"Secret in a"}
    document = k8s(status=2)
    (broken,) = [one for one in document["workloads"] if one.get("unscanned")]
    assert broken["workload"]["name"] == "api"
    error = broken["containers"][0]["error"]
    assert "401" in error
    assert "pull secret accounts: " in error
    assert "403 Forbidden" in error


def test_an_account_that_is_given_by_hand_counts_where_there_is_one_registry(site: Site, lading: Lading) -> None:
    site.cluster.forbidden = {"Secret in a"}
    variables = {"LADING_USERNAME": "anna", "LADING_PASSWORD": "secret-a"}
    options = ("k8s", "--kubeconfig", site.kubeconfig, "--starter", "-o", "workloads", "-n", "a")
    assert names(json.loads(lading(*options, variables=variables).stdout)) == ["a/Pod/api"]
    site.cluster.put(pod("far", "other.example/far:1", namespace="a"))
    assert "is for one registry, and these are of several" in lading(*options, variables=variables, status=2).stderr


def test_namespaces_and_labels_choose(site: Site, k8s: Callable[..., Any]) -> None:
    assert names(k8s("-n", "a")) == ["a/Pod/api"]
    assert names(k8s("-n", "!prod")) == ["a/Pod/api", "b/CronJob/nightly"]
    assert names(k8s("-n", "p*", "-n", "b")) == ["b/CronJob/nightly", "prod/Deployment/web"]
    assert names(k8s("-l", "app in (web, api)")) == ["a/Pod/api", "prod/Deployment/web"]
    site.cluster.asked.clear()
    k8s("-n", "a")
    assert not [path for path in site.cluster.asked if "/pods" in path and path != "/api/v1/namespaces/a/pods"]


def test_a_namespace_that_is_not_there_is_no_clean_result(site: Site, k8s: Callable[..., Any]) -> None:
    document = k8s("-n", "prd", status=3)
    assert document["clusters"][0]["gaps"] == ["namespace prd: there is none of this name"]


def test_a_cluster_with_nothing_that_is_wanted_is_refused(site: Site, lading: Lading) -> None:
    done = lading("k8s", "--kubeconfig", site.kubeconfig, "--starter", "-l", "app=none", status=2)
    assert done.stderr == "lading: test: no workload that is wanted is there\n"


def test_a_cluster_that_refuses_everything_is_named(site: Site, lading: Lading, k8s: Callable[..., Any]) -> None:
    site.cluster.token = "another"
    document = k8s(status=2)
    assert document["clusters"][0]["error"] == f"{site_host(document)}: answered 401 Unauthorized: Unauthorized"
    assert document["exit_status"] == 2


def test_several_contexts_make_one_result(site: Site, tmp_path: Path, lading: Lading) -> None:
    other = FakeCluster()
    web = f"{site.image('shop/web')}@{site.web}"
    other.put(node("m1"), pod("web", site.image("shop/web:1"), web, node="m1", namespace="live"))
    with serve(other) as api:
        second = kubeconfig(tmp_path / "second", api.url, name="other")
        variables = {"KUBECONFIG": f"{site.kubeconfig}:{tmp_path / 'none'}:{second}"}
        options = ("k8s", "--starter", "-o", "workloads")
        document = json.loads(lading(*options, "--all-contexts", variables=variables).stdout)
        assert [one["name"] for one in document["clusters"]] == ["test", "other"]
        assert len([one for one in document["images"] if "shop/web" in one["name"]]) == 2
        alone = json.loads(lading(*options, "--context", "other", variables=variables).stdout)
        assert names(alone) == ["live/Pod/web"]
        done = lading(*options, "--context", "nowhere", variables=variables, status=2)
        assert done.stderr.endswith("has no such context; it has: other, test\n")


def test_the_table_and_a_gate(site: Site, lading: Lading) -> None:
    done = lading("k8s", "--kubeconfig", site.kubeconfig, "--starter", "--fail-on", "critical", status=1)
    lines = done.stdout.splitlines()
    assert [line.split(" · ")[0] for line in lines if line.startswith("── ")] == [
        "── Namespaces", "── Workloads", "── Less confined than others", "── Images", "── All",
    ]  # fmt: skip
    assert "prod/Deployment/web: main: host network" in lines
    assert lines[-1] == "Exit 1: a rule failed for the images that are marked."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-n", "UPPER"), "--namespace 'UPPER': no name of a namespace, and no pattern of names"),
        (("-l", "a=b=c"), "--selector 'a=b=c': no selector of labels; write \"app=web,tier in (a, b),!old\""),
        (("--all-contexts", "--context", "x"), "--all-contexts and --context exclude each other"),
        (("--all-namespaces", "-n", "x"), "--all-namespaces and --namespace exclude each other"),
    ],
)
def test_what_cannot_be_asked(arguments: tuple[str, ...], message: str, site: Site, lading: Lading) -> None:
    done = lading("k8s", "--kubeconfig", site.kubeconfig, *arguments, status=2)
    assert done.stderr == f"lading: {message}\n"


def test_no_kubeconfig_says_what_to_do(lading: Lading, own_home: Path) -> None:
    done = lading("k8s", status=2)
    assert done.stderr == (
        f"lading: {own_home}/.kube/config: does not exist; name a file with --kubeconfig or the variable KUBECONFIG\n"
    )


def test_a_watch_tells_what_changes_and_scans_what_is_new(site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "workloads.json"
    command = [
        sys.executable,
        "-m",
        "lading",
        "k8s",
        "--kubeconfig",
        str(site.kubeconfig),
        "--starter",
        "--watch",
        "-q",
    ]
    process = subprocess.Popen(
        [*command, "-o", "table", "-o", f"workloads={kept}"], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("kept in "):
            pass
        site.registry.asked.clear()
        running = f"{site.image('shop/web')}@{site.web}"
        site.cluster.put(pod("debug", site.image("shop/web:1"), running, node="n2", namespace="a"))
        line = process.stdout.readline()
        assert line.partition(" ")[2].startswith(
            f"+ a/Pod/debug: main: {site.image('shop/web:1')}@{site.web}: 1 critical"
        )
        assert not site.registry.manifests_asked()
        site.cluster.delete("Pod", "a", "debug")
        assert process.stdout.readline().partition(" ")[2] == "- a/Pod/debug\n"
        site.cluster.forgotten = 10_000
        site.cluster.put(
            controller("CronJob", "nightly", site.image("team-b/job:3"), namespace="b", spec={"suspend": True})
        )
        assert (
            process.stdout.readline().partition(" ")[2] == "~ b/CronJob/nightly: suspended; scanned by its template\n"
        )
        end = time.monotonic() + 60
        while "suspended" not in kept.read_text() and time.monotonic() < end:
            time.sleep(0.05)
        assert "suspended" in kept.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
    assert process.returncode == 130
