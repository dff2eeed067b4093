"""Files that say which clusters there are and how they are reached.

Source: Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files" (merging), "kubeconfig (v1)",
"client authentication (v1)"; "Accessing the Kubernetes API from a Pod".
"""

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from lading.model.errors import FormatError, NetError, SafeIOError, UsageError
from lading.net.address import is_place, printable, split_address
from lading.net.routes import ServerTls
from lading.runtime.kubernetes.access import Access, Plugin, User
from lading.safeio.small_files import read_small
from lading.safeio.yaml_text import YamlValue, parse_yaml

_LARGEST: Final = 16_000_000
_LARGEST_PEM: Final = 1_000_000
_NONE: Final = frozenset({"", "~", "null", "Null", "NULL"})
_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
IN_CLUSTER: Final = "in-cluster"
"""What the cluster is called in which this process runs."""
_MOUNTED: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class _Cluster(Struct, frozen=True, rename="kebab"):
    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""


class _Variable(Struct, frozen=True):
    name: str
    value: str = ""


class _Exec(Struct, frozen=True, rename="camel"):
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[_Variable, ...] = ()
    api_version: str = ""
    install_hint: str = ""
    interactive_mode: str = ""
    provide_cluster_info: bool = False


class _AuthProvider(Struct, frozen=True):
    name: str = ""
    config: dict[str, str] = {}


class _User(Struct, frozen=True, rename="kebab"):
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    username: str = ""
    password: str = ""
    exec: _Exec | None = None
    auth_provider: _AuthProvider | None = None
    impersonate: str = msgspec.field(default="", name="as")
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()
    as_user_extra: dict[str, tuple[str, ...]] = {}


class _Context(Struct, frozen=True):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class _NamedCluster(Struct, frozen=True):
    name: str
    cluster: _Cluster = _Cluster()


class _NamedUser(Struct, frozen=True):
    name: str
    user: _User = _User()


class _NamedContext(Struct, frozen=True):
    name: str
    context: _Context = _Context()


class _File(Struct, frozen=True, rename="kebab"):
    clusters: tuple[_NamedCluster, ...] = ()
    users: tuple[_NamedUser, ...] = ()
    contexts: tuple[_NamedContext, ...] = ()
    current_context: str = ""


class Kubeconfig(Struct):
    """What several files say, merged: of two entries of a name the first counts. Paths are resolved already. Where
    there is no file, a process in a cluster has that cluster (`inside`)."""

    shown: str
    current: str
    clusters: dict[str, tuple[_Cluster, Path]]
    users: dict[str, tuple[_User, Path]]
    contexts: dict[str, _Context]
    inside: Access | None = None

    def chosen(self, names: Sequence[str], *, every: bool) -> tuple[Access, ...]:
        """The clusters of these contexts, or of `every` one, or of the current one where none is named. Raises
        UsageError for one that there is not, NetError for one that cannot be used."""
        if self.inside is not None and set(names) <= {IN_CLUSTER}:
            return (self.inside,)
        wanted = tuple(self.contexts) if every else tuple(dict.fromkeys(names)) or self._default()
        return tuple(self._access(name) for name in wanted)

    def _default(self) -> tuple[str, ...]:
        if self.current:
            return (self.current,)
        there = ", ".join(printable(one, 80) for one in sorted(self.contexts)) or "none"
        raise UsageError(f"{self.shown}: names no current context: choose with --context one of these: {there}")

    def _access(self, name: str) -> Access:
        context = self.contexts.get(name)
        if context is None:
            there = ", ".join(printable(one, 80) for one in sorted(self.contexts)) or "none"
            raise UsageError(f"--context {printable(name, 80)}: {self.shown} has no such context; it has: {there}")
        where = f"{self.shown}: context {printable(name, 80)}"
        found = self.clusters.get(context.cluster)
        if found is None:
            raise UsageError(f"{where}: its cluster {printable(context.cluster, 80)!r} is not there")
        if context.user and context.user not in self.users:
            raise UsageError(f"{where}: its user {printable(context.user, 80)!r} is not there")
        cluster, directory = found
        user, users_directory = self.users.get(context.user, (_User(), directory))
        server = cluster.server.rstrip("/")
        server = server if "://" in server or not server else f"https://{server}"
        try:
            split_address(server)
        except NetError as error:
            raise UsageError(f"{where}: its server is no address: {error}") from error
        if cluster.tls_server_name and not is_place(cluster.tls_server_name):
            raise UsageError(f"{where}: tls-server-name is no name of a server")
        authority = _pem(cluster.certificate_authority_data, cluster.certificate_authority, directory, where)
        identity = (
            _pem(user.client_certificate_data, user.client_certificate, users_directory, where),
            _pem(user.client_key_data, user.client_key, users_directory, where),
        )
        if bool(identity[0]) != bool(identity[1]):
            raise UsageError(f"{where}: has a client certificate without its key, or the other way round")
        tls = ServerTls(
            insecure=cluster.insecure_skip_tls_verify,
            sole_authority=authority,
            identity=identity,
            name=cluster.tls_server_name,
        )
        told = _told(cluster, server, authority) if user.exec and user.exec.provide_cluster_info else ""
        return Access(
            name, server, context.namespace, tls, cluster.proxy_url, _user(user, users_directory, told, where)
        )


def read_kubeconfig(named: Path | None, variables: Mapping[str, str], home: Path) -> Kubeconfig:
    """The clusters that are known: by the file that is `named`, by those of $KUBECONFIG, or by ~/.kube/config; where
    there is none of these, the cluster in which this process runs, if it runs in one. Raises UsageError where there is
    nothing, and for a file that cannot be read."""
    if named is not None:
        return _merged([(named, _read(named))], str(named))
    listed = [Path(one) for one in variables.get("KUBECONFIG", "").split(os.pathsep) if one]
    places = list(dict.fromkeys(listed)) or [home / ".kube" / "config"]
    files = [(one, _read(one)) for one in places if one.exists()]
    shown = ", ".join(map(str, places))
    if files:
        return _merged(files, shown)
    if listed:
        raise UsageError(f"KUBECONFIG: there is no such file: {shown}")
    inside = _inside(variables, _MOUNTED)
    if inside is None:
        raise UsageError(f"{shown}: does not exist; name a file with --kubeconfig or the variable KUBECONFIG")
    return Kubeconfig(IN_CLUSTER, IN_CLUSTER, {}, {}, {}, inside)


def _inside(variables: Mapping[str, str], mounted: Path) -> Access | None:
    host, port = variables.get("KUBERNETES_SERVICE_HOST", ""), variables.get("KUBERNETES_SERVICE_PORT", "")
    token = mounted / "token"
    if not host or not port or not token.exists():
        return None
    place = f"[{host}]" if ":" in host else host
    try:
        authority = _text(mounted / "ca.crt", _LARGEST_PEM)
        namespace = _text(mounted / "namespace", _LARGEST_PEM).strip()
    except OSError:
        authority, namespace = "", ""
    tls = ServerTls(sole_authority=authority)
    return Access(IN_CLUSTER, f"https://{place}:{port}", namespace, tls, user=User(token_file=token))


def _read(path: Path) -> _File:
    try:
        found = parse_yaml(read_small(path, _LARGEST, "kubeconfig"))
        return msgspec.convert(_without_null(found or {}), _File, strict=False)
    except SafeIOError as error:
        raise UsageError(str(error)) from error
    except (FormatError, msgspec.MsgspecError, RecursionError) as error:
        raise UsageError(f"{path}: is no kubeconfig: {printable(str(error), 300)}") from error


def _without_null(value: YamlValue) -> Any:
    """A value without what is null, which stands for what is not there."""
    if isinstance(value, dict):
        return {key: _without_null(one) for key, one in value.items() if not (isinstance(one, str) and one in _NONE)}
    return [_without_null(one) for one in value] if isinstance(value, list) else value


def _merged(files: Sequence[tuple[Path, _File]], shown: str) -> Kubeconfig:
    merged = Kubeconfig(shown, "", {}, {}, {})
    for path, file in files:
        directory = path.absolute().parent
        merged.current = merged.current or file.current_context
        for cluster in file.clusters:
            merged.clusters.setdefault(cluster.name, (cluster.cluster, directory))
        for user in file.users:
            merged.users.setdefault(user.name, (user.user, directory))
        for context in file.contexts:
            merged.contexts.setdefault(context.name, context.context)
    return merged


def _pem(data: str, path: str, directory: Path, where: str) -> str:
    """What a field has as base64, or the file that another one names; the first counts."""
    try:
        if data:
            return base64.b64decode("".join(data.split()), validate=True).decode("ascii")
        return _text(directory / path, _LARGEST_PEM) if path else ""
    except OSError as error:
        raise UsageError(f"{where}: {directory / path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{where}: a certificate or key in it is damaged") from error


def _text(path: Path, most: int) -> str:
    with path.open("rb") as file:
        return file.read(most).decode("ascii")


def _user(user: _User, directory: Path, told: str, where: str) -> User:
    if user.exec is not None:
        return User(plugin=_plugin(user.exec, directory, told, where), headers=_impersonated(user, where))
    provider = user.auth_provider
    token = user.token
    if provider is not None and not token:
        token = provider.config.get("id-token", "") if provider.name == "oidc" else ""
        if not token:
            raise UsageError(
                f"{where}: auth-provider {printable(provider.name, 40)} is no longer a part of Kubernetes: have its "
                "tool write an exec plugin"
            )
    return User(
        token=token,
        token_file=directory / user.token_file if user.token_file else None,
        username=user.username,
        password=user.password,
        headers=_impersonated(user, where),
    )


def _plugin(found: _Exec, directory: Path, told: str, where: str) -> Plugin:
    if found.api_version not in _VERSIONS:
        version = printable(found.api_version, 80)
        raise UsageError(f"{where}: its plugin speaks {version!r}, which is not one of {', '.join(_VERSIONS)}")
    if found.interactive_mode == "Always":
        raise UsageError(f"{where}: its plugin {printable(found.command, 80)} asks at a terminal, which a scan cannot")
    command = found.command
    if not command:
        raise UsageError(f"{where}: its plugin has no command")
    return Plugin(
        command=str(directory / command) if "/" in command else command,
        arguments=found.args,
        environment=tuple((one.name, one.value) for one in found.env),
        api_version=found.api_version,
        cluster=told,
        hint=printable(" ".join(found.install_hint.split()), 300),
    )


def _told(cluster: _Cluster, server: str, authority: str) -> str:
    """What a plugin is told of a cluster."""
    facts = {
        "server": server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": base64.b64encode(authority.encode()).decode(),
        "proxy-url": cluster.proxy_url,
    }
    return msgspec.json.encode({key: value for key, value in facts.items() if value}).decode()


def _impersonated(user: _User, where: str) -> tuple[tuple[str, str], ...]:
    """Raises UsageError for what would need one header several times."""
    extra = ((f"Impersonate-Extra-{quote(key, safe='')}", values) for key, values in user.as_user_extra.items())
    named = (
        ("Impersonate-User", (user.impersonate,)),
        ("Impersonate-Uid", (user.as_uid,)),
        ("Impersonate-Group", user.as_groups),
        *extra,
    )
    found = [(name, tuple(filter(None, values))) for name, values in named]
    if several := next((name for name, values in found if len(values) > 1), ""):
        raise UsageError(f"{where}: {several} has several values, of which one can be sent")
    return tuple((name, values[0]) for name, values in found if values)
