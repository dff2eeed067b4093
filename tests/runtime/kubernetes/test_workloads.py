"""What stands at the top of pods, which images they run, where, and how confined."""

from typing import Any

import msgspec
import pytest

from lading.model.cluster import Security
from lading.model.errors import UsageError
from lading.runtime.kubernetes.api import Listed
from lading.runtime.kubernetes.images import NamedImage, image_of
from lading.runtime.kubernetes.nodes import platforms_of
from lading.runtime.kubernetes.objects import ContainerSpec, Node, PodSpec
from lading.runtime.kubernetes.plan import Attempt, Identity, look_ups_of, plan_of
from lading.runtime.kubernetes.security import security_of
from lading.runtime.kubernetes.selectors import Namespaces, parse_namespaces, parse_selector
from lading.runtime.kubernetes.state import KINDS, ClusterState, Scope
from lading.runtime.kubernetes.workloads import Found, Want, workloads_of
from tests.support.cluster import controller, node, pod

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
HOST = "registry.example"


def state_of(*resources: dict[str, Any], namespaces: Namespaces | None = None) -> ClusterState:
    state = ClusterState(namespaces or Namespaces())
    for kind in KINDS:
        items = [msgspec.convert(one, kind.type) for one in resources if one["kind"] == kind.name]
        state.replace(Scope(kind), Listed(tuple(items), "1"))
    return state


def found_in(*resources: dict[str, Any], selector: str = "") -> tuple[Found, ...]:
    return workloads_of("test", state_of(*resources), parse_selector(selector))[0]


def told(found: tuple[Found, ...]) -> list[tuple[str, int, str, list[str]]]:
    return [
        (
            one.workload.title + (f" of {one.workload.owner}" if one.workload.owner else ""),
            one.workload.pods,
            one.workload.note,
            [f"{each.name} {each.kind} {each.state}" for each in one.workload.containers],
        )
        for one in found
    ]


def running(name: str, **more: Any) -> dict[str, Any]:
    return pod(name, f"{HOST}/app:1", f"{HOST}/app@{DIGEST}", node="n1", **more)


MAIN = ["main container running"]
TEMPLATE = ["main container template"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([running("alone")], [("Pod/alone", 1, "", MAIN)]),
        (
            [
                controller("Deployment", "web", "x"),
                controller("ReplicaSet", "web.1", "x", owner=("Deployment", "web"), spec={"replicas": 0}),
                controller("ReplicaSet", "web.2", "x", owner=("Deployment", "web")),
                running("web.2.a", owner=("ReplicaSet", "web.2")),
                running("web.2.b", owner=("ReplicaSet", "web.2")),
            ],
            [("Deployment/web", 2, "", MAIN)],
        ),
        (
            [
                controller("CronJob", "night", "x"),
                controller("Job", "night.1", "x", owner=("CronJob", "night")),
                running("night.1.a", owner=("Job", "night.1")),
            ],
            [("CronJob/night", 1, "", MAIN)],
        ),
        (
            [
                controller("StatefulSet", "db", "x", owner=("Postgres", "shop")),
                running("db.0", owner=("StatefulSet", "db")),
            ],
            [("StatefulSet/db of Postgres/shop", 1, "", MAIN)],
        ),
        (
            [
                controller("ReplicaSet", "roll.1", "x", owner=("Rollout", "roll")),
                running("r", owner=("ReplicaSet", "roll.1")),
            ],
            [("Rollout/roll", 1, "", MAIN)],
        ),
        ([running("p", owner=("ReplicaSet", "unread"))], [("ReplicaSet/unread", 1, "", MAIN)]),
        ([running("etcd-n1", owner=("Node", "n1"))], [("Pod/etcd-n1", 1, "static pod of node n1", MAIN)]),
        (
            [controller("Deployment", "off", "x", spec={"replicas": 0})],
            [("Deployment/off", 0, "scaled to 0; scanned by its template", TEMPLATE)],
        ),
        (
            [controller("CronJob", "night", "x", spec={"suspend": True})],
            [("CronJob/night", 0, "suspended; scanned by its template", TEMPLATE)],
        ),
        (
            [
                controller("DaemonSet", "none", "x"),
                controller("ReplicationController", "old", "x", spec={"replicas": 1}),
            ],
            [
                ("DaemonSet/none", 0, "no pod runs; scanned by its template", TEMPLATE),
                ("ReplicationController/old", 0, "no pod runs; scanned by its template", TEMPLATE),
            ],
        ),
        ([pod("new", "app:1", node="n1")], [("Pod/new", 1, "", ["main container waiting"])]),
    ],
)
def test_what_stands_at_the_top(resources: list[dict[str, Any]], expected: list[Any]) -> None:
    assert told(found_in(node("n1"), *resources)) == expected


def test_what_has_ended_is_counted_and_left_out() -> None:
    done = running("done")
    done["status"]["phase"] = "Succeeded"
    job = controller("Job", "once", "x")
    job["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}
    night = controller("Job", "night.1", "x", owner=("CronJob", "night"))
    night["status"] = job["status"]
    found, notes = workloads_of("test", state_of(done, job, night, controller("CronJob", "night", "x")), ())
    assert [one.workload.title for one in found] == ["CronJob/night"]
    assert notes == ("1 job ended and is left out", "1 pod ended and is left out")


def test_every_kind_of_container() -> None:
    one = running("p", initContainers=[{"name": "init", "image": "init:1"}], volumes=[
        {"name": "models", "image": {"reference": "models:1"}}, {"name": "empty", "emptyDir": {}},
    ])  # fmt: skip
    one["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "debug:1", "targetContainerName": "main"}]
    one["status"]["initContainerStatuses"] = [{"name": "init", "imageID": f"docker-pullable://init@{OTHER}"}]
    (found,) = found_in(node("n1"), one)
    assert told((found,))[0][3] == [
        "main container running", "init init running", "debug ephemeral waiting", "models volume waiting",
    ]  # fmt: skip
    assert [one.reference for one in found.workload.containers] == [
        f"{HOST}/app:1@{DIGEST}",
        f"docker.io/library/init:1@{OTHER}",
        "docker.io/library/debug:1",
        "docker.io/library/models:1",
    ]


def test_labels_of_pods_or_of_what_is_above_choose() -> None:
    resources = [
        node("n1"),
        controller("Deployment", "web", "x"),
        controller("ReplicaSet", "web.1", "x", owner=("Deployment", "web")),
        {**running("p", owner=("ReplicaSet", "web.1"))},
        running("other"),
    ]
    resources[3]["metadata"]["labels"] = {"tier": "front"}
    for selector in ("app=web", "tier=front", "tier in (front, back)", "tier", "app=web,!none"):
        assert [one.workload.title for one in found_in(*resources, selector=selector)] == ["Deployment/web"], selector
    assert [one.workload.title for one in found_in(*resources, selector="app!=web,!tier")] == ["Pod/other"]


@pytest.mark.parametrize(
    ("labels", "selector", "holds"),
    [
        ({"a": "b"}, "a=b", True),
        ({"a": "b"}, "a == b", True),
        ({"a": "b"}, "a!=b", False),
        ({}, "a!=b", True),
        ({"a": "b"}, "a notin (c, d)", True),
        ({}, "a notin (c)", True),
        ({"a": "c"}, "a in (b,c), a", True),
        ({"x.io/a": "1"}, "x.io/a=1,!b", True),
        ({"a": ""}, "a=", True),
        ({"inn": "1"}, "inn=1", True),
    ],
)
def test_a_selector_holds(labels: dict[str, str], selector: str, holds: bool) -> None:
    assert all(one.holds(labels) for one in parse_selector(selector)) is holds


@pytest.mark.parametrize("text", ["=b", "a=b=c", "a in b", "a in (b", "a,,b", "(a)", "a in (b c)", "!"])
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no selector of labels"):
        parse_selector(text)


def test_namespaces_by_name_and_pattern() -> None:
    assert parse_namespaces(("a", "b", "a")).named == ("a", "b")
    assert parse_namespaces(("a*", "b")).named == ()
    wanted = parse_namespaces(("team-*", "!team-ci"))
    assert [wanted.has(one) for one in ("team-a", "team-ci", "shop")] == [True, False, False]


CONFIG = "sha256:" + "c" * 64


@pytest.mark.parametrize(
    ("named", "image_id", "expected"),
    [
        ("nginx", "", NamedImage("docker.io/library/nginx:latest")),
        ("nginx:1", f"docker.io/library/nginx@{DIGEST}", NamedImage(f"docker.io/library/nginx:1@{DIGEST}")),
        ("nginx:1", f"docker-pullable://nginx@{DIGEST}", NamedImage(f"docker.io/library/nginx:1@{DIGEST}")),
        (
            f"{HOST}/a:1",
            f"{HOST}/b@{DIGEST}",
            NamedImage(f"{HOST}/a:1@{DIGEST}", f"{HOST}/b@{DIGEST}"),
        ),
        (f"{HOST}/a@{DIGEST}", "", NamedImage(f"{HOST}/a@{DIGEST}")),
        (f"{HOST}/a:1", CONFIG, NamedImage(f"{HOST}/a:1", config=CONFIG)),
        (f"{HOST}/a:1", f"docker://{CONFIG}", NamedImage(f"{HOST}/a:1", config=CONFIG)),
        (f"{HOST}/a:1", "c" * 64, NamedImage(f"{HOST}/a:1", config=CONFIG)),
        (f"{HOST}/a@{DIGEST}", CONFIG, NamedImage(f"{HOST}/a@{DIGEST}")),
        (CONFIG, f"{HOST}/a@{DIGEST}", NamedImage(f"{HOST}/a@{DIGEST}")),
        (CONFIG, "", NamedImage(trouble=f"'{CONFIG}' is no name of an image that a registry could have")),
        ("UPPER", "", NamedImage(trouble="'UPPER' is no name of an image that a registry could have")),
    ],
)
def test_which_image_a_container_runs(named: str, image_id: str, expected: NamedImage) -> None:
    assert image_of(named, image_id) == expected


NODES = {
    one["metadata"]["name"]: msgspec.convert(one, Node)
    for one in (node("n1"), node("n2", "arm64", pool="fast"), node("n3", "amd64", pool="fast"))
}


def _affinity(*expressions: dict[str, Any]) -> dict[str, Any]:
    terms = [{"matchExpressions": list(expressions)}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"nodeName": "n2"}, ("linux/arm64",)),
        ({"nodeName": "gone"}, ()),
        ({}, ("linux/amd64", "linux/arm64")),
        ({"nodeSelector": {"kubernetes.io/arch": "arm64"}}, ("linux/arm64",)),
        ({"nodeSelector": {"kubernetes.io/arch": "s390x"}}, ("linux/s390x",)),
        ({"affinity": _affinity({"key": "pool", "operator": "DoesNotExist"})}, ("linux/amd64",)),
        (
            {"affinity": _affinity({"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]})},
            ("linux/arm64",),
        ),
        (
            {"affinity": _affinity({"key": "kubernetes.io/arch", "operator": "NotIn", "values": ["amd64"]})},
            ("linux/arm64",),
        ),
    ],
)
def test_on_which_platforms_a_pod_may_run(spec: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert platforms_of(msgspec.convert(spec, PodSpec), NODES) == expected


RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
OPEN = ("may run as root", "may gain privileges", "seccomp not set", "capabilities kept")


@pytest.mark.parametrize(
    ("pod_spec", "context", "expected"),
    [
        ({}, RESTRICTED, Security("restricted")),
        ({}, {}, Security("baseline", OPEN)),
        ({}, {**RESTRICTED, "runAsUser": 0}, Security("baseline", ("runs as root",))),
        ({"securityContext": {"runAsUser": 0}}, {**RESTRICTED, "runAsUser": 5}, Security("restricted")),
        ({}, {**RESTRICTED, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}, Security("restricted")),
        (
            {},
            {**RESTRICTED, "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}},
            Security("baseline", ("capabilities added",)),
        ),
        ({"os": {"name": "windows"}}, {"runAsNonRoot": True}, Security("restricted")),
        ({"hostPID": True, "hostIPC": True}, RESTRICTED, Security("privileged", ("host processes", "host IPC"))),
        ({}, {**RESTRICTED, "privileged": True}, Security("privileged", ("privileged",))),
        ({}, {"capabilities": {"add": ["SYS_ADMIN", "KILL"]}}, Security("privileged", ("capability SYS_ADMIN",))),
        (
            {"volumes": [{"name": "s", "hostPath": {"path": "/var/run/docker.sock"}}, {"name": "e", "emptyDir": {}}]},
            RESTRICTED,
            Security("privileged", ("host path /var/run/docker.sock",)),
        ),
        ({}, {"seccompProfile": {"type": "Unconfined"}}, Security("privileged", ("no seccomp",))),
        ({}, {"procMount": "Unmasked"}, Security("privileged", ("/proc unmasked",))),
        ({}, {"appArmorProfile": {"type": "Unconfined"}}, Security("privileged", ("no AppArmor",))),
        ({}, {"seLinuxOptions": {"type": "spc_t"}}, Security("privileged", ("SELinux options",))),
        ({}, {"windowsOptions": {"hostProcess": True}}, Security("privileged", ("host process",))),
        (
            {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
            RESTRICTED,
            Security("privileged", ("sysctl kernel.msgmax",)),
        ),
    ],
)
def test_how_confined_a_container_is(pod_spec: dict[str, Any], context: dict[str, Any], expected: Security) -> None:
    container = msgspec.convert({"name": "c", "image": "x", "securityContext": context}, ContainerSpec)
    assert security_of(msgspec.convert(pod_spec, PodSpec), container, None) == expected


def test_the_profile_of_an_annotation_and_ports_of_the_host() -> None:
    named = {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}
    container = msgspec.convert({"name": "c", "ports": [{"hostPort": 80}, {"containerPort": 1}]}, ContainerSpec)
    assert security_of(PodSpec(), container, named).reasons == ("host port 80", "no AppArmor")


def test_an_image_is_scanned_once_for_each_platform_by_all_its_names() -> None:
    one = Want("c", "a", f"{HOST}/a:1@{DIGEST}", "linux/amd64", secrets=("s",))
    same = Want("c", "b", f"{HOST}/mirror/a:1@{DIGEST}", "linux/amd64", also=f"{HOST}/a@{DIGEST}")
    other = Want("c", "b", f"{HOST}/a:1@{DIGEST}", "linux/arm64")
    tag = Want("c", "d", f"{HOST}/a:1", "linux/amd64", account="default")
    moved = Want("c", "d", f"{HOST}/a:2", "linux/amd64")
    wants = (one, same, other, tag, moved)
    assert [look.reference for look in look_ups_of(wants)] == [f"{HOST}/a:1", f"{HOST}/a:2"]
    plan = plan_of(
        wants,
        {
            (tag.reference, "linux/amd64"): Identity(OTHER, DIGEST),
            (moved.reference, "linux/amd64"): Identity(error="not there"),
        },
    )
    assert [task.name for task in plan.tasks] == [
        f"{HOST}/a:1@{DIGEST} (linux/amd64)", f"{HOST}/a:1@{DIGEST} (linux/arm64)",
    ]  # fmt: skip
    assert plan.tasks[0].attempts == (
        Attempt("c", "a", f"{HOST}/a:1@{DIGEST}", ("s",)),
        Attempt("c", "b", f"{HOST}/mirror/a:1@{DIGEST}"),
        Attempt("c", "d", f"{HOST}/a:1@{DIGEST}", account="default"),
        Attempt("c", "b", f"{HOST}/a@{DIGEST}"),
    )
    assert plan.troubles == {(f"{HOST}/a:2", "linux/amd64"): "not there"}


def test_an_image_that_only_its_node_has_is_not_taken_for_another() -> None:
    want = Want("c", "a", f"{HOST}/a:1", "linux/amd64", config=CONFIG)
    place = (f"{HOST}/a:1", "linux/amd64")
    assert plan_of([want], {place: Identity(DIGEST, config=CONFIG)}).troubles == {}
    (trouble,) = plan_of([want], {place: Identity(DIGEST, config=OTHER)}).troubles.values()
    assert trouble.startswith(f"its node runs the image of the configuration {CONFIG[:19]}")
    absent = plan_of([want], {place: Identity(error="no such platform", absent=True)})
    assert (absent.tasks, dict(absent.troubles), set(absent.absent)) == ((), {}, {place})
