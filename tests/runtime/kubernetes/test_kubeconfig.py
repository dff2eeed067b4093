"""kubeconfig files: merged, resolved, and what in them cannot be used."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lading.cli.plugins import PluginPrograms
from lading.model.errors import NetError, UsageError
from lading.runtime.kubernetes import kubeconfig as module
from lading.runtime.kubernetes.access import Access, Plugin, User
from lading.runtime.kubernetes.credentials import ClusterCredentials
from lading.runtime.kubernetes.kubeconfig import read_kubeconfig

NOW = datetime(2026, 1, 1, tzinfo=UTC)
V1 = "client.authentication.k8s.io/v1"


def write(path: Path, *, user: Any = None, cluster: Any = None, current: str = "one", name: str = "one") -> Path:
    document = {
        "current-context": current,
        "clusters": [{"name": f"c-{name}", "cluster": {"server": f"https://{name}.example:6443/", **(cluster or {})}}],
        "users": [{"name": f"u-{name}", "user": user}],
        "contexts": [{"name": name, "context": {"cluster": f"c-{name}", "user": f"u-{name}", "namespace": None}}],
    }
    path.write_text(json.dumps(document))
    return path


def access(path: Path) -> Access:
    (found,) = read_kubeconfig(path, {}, path.parent).chosen((), every=False)
    return found


def sent(found: Access, plugins: Any = None) -> dict[str, str]:
    return dict(ClusterCredentials(found, plugins or PluginPrograms(), lambda: NOW).shown().headers)


def test_of_several_files_the_first_that_names_something_counts(tmp_path: Path) -> None:
    first = write(tmp_path / "first", user={"token": "first"}, current="")
    second = write(tmp_path / "second", user={"token": "second"}, cluster={"server": "https://other.example"})
    third = write(tmp_path / "third", name="three", current="three")
    variables = {"KUBECONFIG": f"{first}:{tmp_path / 'none'}:{second}::{third}"}
    config = read_kubeconfig(None, variables, tmp_path)
    (found,) = config.chosen((), every=False)
    assert (found.name, found.server, found.user.token) == ("one", "https://one.example:6443", "first")
    assert [one.name for one in config.chosen((), every=True)] == ["one", "three"]
    assert [one.name for one in config.chosen(("three", "three"), every=False)] == ["three"]


def test_the_file_in_the_home_directory_and_yaml(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\npreferences: {}\nclusters:\n- name: a\n  cluster:\n"
        "    insecure-skip-tls-verify: true\n    server: https://[::1]:6443\nusers:\n- name: a\n  user: {}\n"
        "contexts:\n- name: a\n  context: {cluster: a, user: a, namespace: shop}\n"
    )
    (found,) = read_kubeconfig(None, {}, tmp_path).chosen((), every=False)
    assert (found.server, found.namespace, found.tls.insecure, sent(found)) == ("https://[::1]:6443", "shop", True, {})


def test_files_are_beside_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("authority")
    (tmp_path / "token").write_text("of-a-file\n")
    path = write(
        tmp_path / "config",
        user={
            "tokenFile": "token",
            "token": "another",
            "client-certificate-data": _b64("c"),
            "client-key-data": _b64("k"),
        },
        cluster={"certificate-authority": "ca.crt", "tls-server-name": "kube.example"},
    )
    found = access(path)
    tls = found.tls
    assert (tls.sole_authority, tls.identity, tls.name) == ("authority", ("c", "k"), "kube.example")
    assert sent(found) == {"Authorization": "Bearer of-a-file"}
    (tmp_path / "token").write_text("rotated")
    assert sent(found) == {"Authorization": "Bearer rotated"}
    assert "rotated" not in repr(found) and "of-a-file" not in repr(found)


def test_names_passwords_impersonation_and_old_providers(tmp_path: Path) -> None:
    found = access(
        write(tmp_path / "a", user={"username": "anna", "password": "x", "as": "root", "as-groups": ["ops"]})
    )
    assert sent(found) == {
        "Impersonate-User": "root",
        "Impersonate-Group": "ops",
        "Authorization": f"Basic {_b64('anna:x')}",
    }
    oidc = {"auth-provider": {"name": "oidc", "config": {"id-token": "abc"}}}
    assert sent(access(write(tmp_path / "b", user=oidc))) == {"Authorization": "Bearer abc"}


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_process_in_a_cluster_has_that_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOUNTED", tmp_path)
    (tmp_path / "token").write_text("mounted")
    (tmp_path / "ca.crt").write_text("authority")
    (tmp_path / "namespace").write_text("shop\n")
    variables = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    (found,) = read_kubeconfig(None, variables, tmp_path / "nowhere").chosen((), every=False)
    assert (found.name, found.server, found.namespace) == ("in-cluster", "https://[fd00::1]:443", "shop")
    assert sent(found) == {"Authorization": "Bearer mounted"}


@pytest.mark.parametrize(
    ("user", "cluster", "message"),
    [
        ({}, {"server": "ftp://x"}, "its server is no address"),
        ({}, {"server": ""}, "its server is no address"),
        ({"client-certificate-data": "eA=="}, {}, "has a client certificate without its key"),
        ({"client-certificate": "none", "client-key": "none"}, {}, "cannot be read: No such file or directory"),
        ({}, {"certificate-authority-data": "%%%"}, "a certificate or key in it is damaged"),
        ({"auth-provider": {"name": "gcp"}}, {}, "auth-provider gcp is no longer a part of Kubernetes"),
        ({"exec": {"command": "x", "apiVersion": "v1alpha1"}}, {}, "its plugin speaks 'v1alpha1'"),
        ({"exec": {"apiVersion": V1}}, {}, "its plugin has no command"),
        ({"exec": {"command": "x", "apiVersion": V1, "interactiveMode": "Always"}}, {}, "asks at a terminal"),
        ({"as": "a", "as-groups": ["a", "b"]}, {}, "Impersonate-Group has several values"),
        ({}, {"tls-server-name": "a b"}, "tls-server-name is no name of a server"),
    ],
)
def test_what_cannot_be_used_is_refused(user: Any, cluster: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        access(write(tmp_path / "config", user=user, cluster=cluster))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["[1, 2]", "clusters: 3", "a: [", "\x00", "users:\n- name: {}\n", "&a [*a]"])
def test_a_damaged_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(UsageError, match="is no kubeconfig"):
        read_kubeconfig(tmp_path / "config", {}, tmp_path)


def test_contexts_that_are_not_there(tmp_path: Path) -> None:
    config = read_kubeconfig(write(tmp_path / "config", current=""), {}, tmp_path)
    with pytest.raises(UsageError, match="names no current context: choose with --context one of these: one"):
        config.chosen((), every=False)
    with pytest.raises(UsageError, match=r"--context two: .* has no such context; it has: one"):
        config.chosen(("two",), every=False)


def plugin(tmp_path: Path, script: str, **more: Any) -> Path:
    program = tmp_path / "login"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return write(tmp_path / "config", user={"exec": {"command": "./login", "apiVersion": V1, "args": None, **more}})


def test_a_plugin_is_run_beside_its_file_and_told_of_the_cluster(tmp_path: Path) -> None:
    script = f"""echo run >> {tmp_path}/runs
    printf '%s' "$KUBERNETES_EXEC_INFO" > {tmp_path}/told
    echo "{{\\"apiVersion\\": \\"{V1}\\", \\"status\\": {{\\"token\\": \\"$1-$WORD\\",
    \\"expirationTimestamp\\": \\"2026-01-01T01:00:00Z\\"}}}}" """
    found = access(
        plugin(tmp_path, script, args=["for"], env=[{"name": "WORD", "value": "me"}], provideClusterInfo=True)
    )
    moment = [NOW]
    credentials = ClusterCredentials(found, PluginPrograms(), lambda: moment[0])
    for _ in range(3):
        assert dict(credentials.shown().headers) == {"Authorization": "Bearer for-me"}
    assert json.loads((tmp_path / "told").read_text()) == {
        "apiVersion": V1,
        "kind": "ExecCredential",
        "spec": {"cluster": {"server": "https://one.example:6443"}, "interactive": False},
    }
    assert (tmp_path / "runs").read_text() == "run\n"
    moment[0] = NOW + timedelta(minutes=59, seconds=50)
    credentials.shown()
    credentials.forget()
    credentials.shown()
    assert (tmp_path / "runs").read_text() == "run\n" * 3


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "failed with status 3; install it"),
        ("echo no", "its answer is no ExecCredential"),
        (f'echo \'{{"apiVersion": "{V1}"}}\'', "it gave neither a token nor a certificate"),
        ('echo \'{"apiVersion": "v2"}\'', "it answers in another version than"),
        (f'echo \'{{"apiVersion": "{V1}", "status": {{"token": "a b"}}}}\'', "is no token that could be sent"),
        (
            f'echo \'{{"apiVersion": "{V1}", "status": {{"clientCertificateData": "a"}}}}\'',
            "it gave a certificate without its key",
        ),
        ("sleep 30 & sleep 30", "it did not answer in 0.5 seconds"),
        ("yes", "it answered with more than"),
    ],
)
def test_a_plugin_that_gives_nothing_is_named(script: str, message: str, tmp_path: Path) -> None:
    found = access(plugin(tmp_path, script, installHint="install\nit"))
    with pytest.raises(NetError) as error:
        sent(found, PluginPrograms(0.5 if "sleep" in script else 60))
    assert str(error.value).startswith(str(tmp_path / "login"))
    assert message in str(error.value)


def test_a_plugin_that_is_not_installed() -> None:
    found = Access("x", "https://x", user=User(plugin=Plugin("no-such-login", api_version=V1, hint="get it")))
    with pytest.raises(NetError) as error:
        sent(found)
    assert str(error.value) == (
        "no-such-login: the program with the credentials is not installed (not in PATH); get it"
    )
