"""Answers of an API that are hostile, late or too old."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lading.engine.environment import utc_now
from lading.model.errors import NetError
from lading.net.network import Network
from lading.net.routes import ServerTls
from lading.runtime.kubernetes import api as module
from lading.runtime.kubernetes.access import Access, Plugin, User
from lading.runtime.kubernetes.api import ClusterApi, ExpiredError
from lading.runtime.kubernetes.selectors import Namespaces
from lading.runtime.kubernetes.state import NODES, PODS, Scope, read_state
from tests.net.scripted import Reply, Request, serve
from tests.net.tls import make_certificate, serve_tls
from tests.support.cluster import FakeCluster, failure, node, pod, reply


class NoPlugins:
    def run(self, plugin: Plugin, information: str) -> bytes:
        raise NetError("no plugin is run here")


def api_of(url: str, tls: ServerTls | None = None, token: str = "", timeout: float = 10) -> ClusterApi:
    access = Access("test", url, tls=tls or ServerTls(), user=User(token=token))
    return ClusterApi(access, NoPlugins(), Network(), timeout, utc_now)


def test_a_continue_token_that_expired_begins_the_list_again() -> None:
    cluster = FakeCluster(page=2)
    cluster.put(*(pod(f"p{number}", "x") for number in range(7)))
    for expired, requests in ((1, 6), (2, 8), (3, 7)):
        cluster.expire = expired
        cluster.asked.clear()
        with serve(cluster) as server:
            api = api_of(server.url)
            assert len(api.list(PODS).items) == 7
            api.close()
        assert len(cluster.asked) == requests


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda _: Reply(200, b"{"), "test: pods: the answer cannot be read"),
        (lambda _: Reply(200, b"[" * 100_000), "test: pods: the answer cannot be read"),
        (lambda _: reply({"items": [{"metadata": 3}]}), "test: pods: the answer cannot be read"),
        (lambda _: reply({"metadata": {"continue": "again"}}), "sends round in a circle"),
        (lambda _: failure(403, "no\x1b[31m way"), "answered 403 Forbidden: no?[31m way"),
        (lambda _: Reply(404, b"<html>"), "answered 404 Not Found"),
        (lambda _: Reply(200, b'{"items": [' + b" " * 5000), "an answer of more than 4,000 bytes; refused"),
        (lambda _: Reply(200, b'{"items": [{},{},{}]}'), "test: pods: more than 3 objects at once; name namespaces"),
    ],
)
def test_a_list_that_cannot_be_had_is_refused(
    answer: Callable[[Request], Reply], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE_BYTES", 4000 if "4,000" in message else 10_000_000)
    monkeypatch.setattr(module, "_MOST_OBJECTS", 3)
    with serve(answer) as server:
        api = api_of(server.url)
        with pytest.raises(NetError) as error:
            api.list(PODS)
        assert message in str(error.value)
        api.close()


def test_lists_without_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ITEMS", 10)
    monkeypatch.setattr(module, "_MOST_PAGES", 10)
    count = 0

    def endless(request: Request) -> Reply:
        nonlocal count
        count += 1
        items = [pod(f"p{count}-{one}", "x") for one in range(3)] if "/nodes" not in request.path else []
        return reply({"metadata": {"continue": str(count)}, "items": items})

    with serve(endless) as server:
        api = api_of(server.url)
        with pytest.raises(NetError, match="test: pods: more than 10; name namespaces with -n"):
            api.list(PODS)
        with pytest.raises(NetError, match="sends round in a circle"):
            api.list(NODES)
        api.close()


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_chunk(b"x" * 9000), "an event of more than 4,000 bytes; refused"),
        (_chunk(b"{}\n"), "the answer cannot be read"),
        (_chunk(b'{"type": "ADDED", "object": []}\n'), "the answer cannot be read"),
        (_chunk(b'{"type": "ERROR", "object": {"code": 500, "message": "broken"}}\n'), "test: pods: broken"),
        (b"zz\r\n", "sent a malformed chunk"),
    ],
)
def test_a_watch_that_is_not_one_is_refused(body: bytes, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EVENT_BYTES", 4000)
    with serve(lambda _: Reply(200, body + b"0\r\n\r\n", {"Transfer-Encoding": "chunked"})) as server:
        api = api_of(server.url)
        with pytest.raises(NetError) as error:
            list(api.watch(PODS, "", "1"))
        assert message in str(error.value)
        api.close()


def test_a_watch_of_a_version_that_is_forgotten() -> None:
    for answer in (
        failure(410, "too old", "Expired"),
        Reply(
            200,
            _chunk(b'{"type": "ERROR", "object": {"code": 410, "message": "too old"}}\n') + b"0\r\n\r\n",
            {"Transfer-Encoding": "chunked"},
        ),
    ):
        with serve(lambda _, one=answer: one) as server:  # type: ignore[misc]
            api = api_of(server.url)
            with pytest.raises(ExpiredError):
                list(api.watch(PODS, "", "1"))
            api.close()


def test_an_authority_that_is_named_is_the_only_one(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "DNS:kube.example")
    pem = (tmp_path / "certificate.pem").read_text()
    cluster = FakeCluster()
    cluster.put(node("n1"))
    with serve_tls(certificate, cluster) as server:
        trusted = ServerTls(sole_authority=pem, name="kube.example")
        for tls in (trusted, ServerTls(insecure=True)):
            api = api_of(server.url, tls)
            assert len(api.list(NODES).items) == 1
            api.close()
        (tmp_path / "other").mkdir()
        make_certificate(tmp_path / "other")
        other = (tmp_path / "other" / "certificate.pem").read_text()
        for tls in (ServerTls(), ServerTls(sole_authority=other), ServerTls(sole_authority=pem)):
            api = api_of(server.url, tls)
            with pytest.raises(NetError) as error:
                api.list(NODES)
            assert "certificate is not trusted" in str(error.value)
            assert str(error.value).endswith("certificate-authority-data in the kubeconfig names its authority")
            api.close()
        for tls in (ServerTls(sole_authority="nothing"), ServerTls(insecure=True, identity=("x", "y"))):
            api = api_of(server.url, tls)
            with pytest.raises(NetError, match="PEM certificate"):
                api.list(NODES)
            api.close()


def test_a_client_certificate_is_shown_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ssl

    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "client").mkdir()
    server_pem, client_pem = make_certificate(tmp_path), make_certificate(tmp_path / "client")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_pem)
    context.load_verify_locations(tmp_path / "client" / "certificate.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    identity = ((tmp_path / "client" / "certificate.pem").read_text(), (tmp_path / "client" / "key.pem").read_text())
    assert client_pem.exists()
    cluster = FakeCluster()
    cluster.put(node("n1"))
    with serve(cluster, context) as server:
        api = api_of(server.url, ServerTls(insecure=True, identity=identity))
        assert len(api.list(NODES).items) == 1
        api.close()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_credentials_go_to_no_other_server() -> None:
    with serve(lambda _: reply({"items": []})) as other:
        with serve(lambda _: Reply(302, b"", {"Location": f"{other.url}/api/v1/pods"})) as server:
            api = api_of(server.url, token="secret")
            assert api.list(PODS).items == ()
            api.close()
        assert [one.headers.get("authorization") for one in other.requests] == [None]


def test_one_list_that_fails_is_a_gap_and_all_of_them_an_error() -> None:
    cluster = FakeCluster()
    cluster.put(node("n1"), pod("p", "x"))
    cluster.forbidden = {"Node", "Job"}
    with serve(cluster) as server:
        api = api_of(server.url)
        state = read_state(api, Namespaces())
        assert sorted(one.kind.name for one in state.gaps) == ["Job", "Node"]
        assert Scope(PODS) in state.versions
        cluster.forbidden = {"Pod", "Job", "CronJob", "Deployment", "StatefulSet", "DaemonSet"}
        cluster.forbidden |= {"ReplicaSet", "ReplicationController"}
        with pytest.raises(NetError, match="pods: may not be listed"):
            read_state(api, Namespaces())
        api.close()
