"""What a user's and a machine's files say of registries: mirrors, other places, and what short names mean."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import is_place
from lading.net.hub import HUB, address_of, common_host, official
from lading.net.routes import Endpoint, RegistriesFiles, Route, ServerTls, ShortName, direct

if TYPE_CHECKING:
    from lading.net.registries_conf import Conf, Registry


class Registries(Protocol):
    """Knows where repositories are asked for."""

    def route(self, host: str, repository: str, *, by_digest: bool) -> Route:
        """The servers for a repository of a registry, when a tag is wanted or a digest. Raises NetError where it must
        not be asked for, and for files that cannot be read."""

    def short_name(self, name: str) -> ShortName:
        """What a name without host, tag and digest means. Raises NetError where that is not clear."""


class DirectRegistries(Struct, frozen=True):
    """Each registry is asked itself, and a short name is Docker Hub's."""

    def route(self, host: str, repository: str, *, by_digest: bool) -> Route:
        """As the protocol says."""
        return direct(host, repository)

    def short_name(self, name: str) -> ShortName:
        """As the protocol says."""
        return ShortName((f"{HUB}/{official(HUB, name)}",))


class FileRegistries(Struct, frozen=True):
    """What files say: `registries.conf` where it speaks of the repository, else the `hosts.toml` for its registry below
    one of `hosts`, else the configuration of Docker's daemon, the first of `daemon` that is there. They are not
    mixed."""

    conf: RegistriesFiles
    hosts: tuple[Path, ...] = ()
    daemon: tuple[Path, ...] = ()

    def route(self, host: str, repository: str, *, by_digest: bool) -> Route:
        """As the protocol Registries says."""
        from lading.net.registries_conf import find_registry, read_conf

        conf, name = read_conf(self.conf), f"{host}/{repository}"
        found = find_registry(conf, name)
        if found is None:
            from lading.net import daemon_json, hosts_toml

            return (
                hosts_toml.find_route(self.hosts, host, repository)
                or daemon_json.find_route(self.daemon, host, repository)
                or direct(host, repository)
            )
        registry, covered = found
        if registry.blocked:
            raise NetError(f"{name}: {registry.origin} blocks {registry.prefix}")
        wanted = "digest-only" if by_digest else "tag-only"
        places = [(one.location, one.insecure) for one in registry.mirrors if one.pull in ("all", wanted)]
        places.append((registry.location, registry.insecure))
        endpoints = tuple(
            _endpoint(conf, registry, f"{location}{name[covered:]}" if location else name, insecure=insecure)
            for location, insecure in places
        )
        return Route(endpoints, f"{registry.origin}: {registry.prefix}")

    def short_name(self, name: str) -> ShortName:
        """As the protocol Registries says: by an alias, else in the registries that are searched."""
        from lading.net.registries_conf import read_conf

        conf = read_conf(self.conf)
        alias, origin = conf.aliases.get(name, ("", None))
        if alias:
            return ShortName((_in_full(alias),), f"the alias in {origin}")
        if not conf.search:
            return DirectRegistries().short_name(name)
        names = tuple(_in_full(f"{one}/{name}") for one in conf.search)
        if len(names) > 1 and conf.mode == "enforcing":
            raise NetError(
                f"{name}: a short name that may mean {' or '.join(names)}; name the registry too "
                f"(short-name-mode of {conf.search_origin} does not let it be guessed)"
            )
        return ShortName(names, f"unqualified-search-registries in {conf.search_origin}")


class KnownRegistries(Struct, frozen=True):
    """What was found before, or why it must not be (a text); of everything else, what DirectRegistries says."""

    routes: Mapping[tuple[str, str, bool], Route | str] = {}
    short_names: Mapping[str, ShortName | str] = {}

    @property
    def files(self) -> Iterator[Path]:
        """The files that connections need."""
        for route in self.routes.values():
            for one in () if isinstance(route, str) else route.endpoints:
                yield from one.tls.files

    def route(self, host: str, repository: str, *, by_digest: bool) -> Route:
        """As the protocol Registries says."""
        return _or_raise(self.routes.get((host, repository, by_digest))) or direct(host, repository)

    def short_name(self, name: str) -> ShortName:
        """As the protocol Registries says."""
        return _or_raise(self.short_names.get(name)) or DirectRegistries().short_name(name)


class Recorder:
    """Passes questions on, and keeps the answers."""

    def __init__(self, inner: Registries) -> None:
        self._inner = inner
        self._routes: dict[tuple[str, str, bool], Route | str] = {}
        self._short_names: dict[str, ShortName | str] = {}

    @property
    def known(self) -> KnownRegistries:
        """What was asked until now."""
        return KnownRegistries(self._routes, self._short_names)

    def route(self, host: str, repository: str, *, by_digest: bool) -> Route:
        """As the protocol Registries says."""
        asked = host, repository, by_digest
        try:
            self._routes[asked] = found = self._inner.route(host, repository, by_digest=by_digest)
        except NetError as error:
            self._routes[asked] = str(error)
            raise
        return found

    def short_name(self, name: str) -> ShortName:
        """As the protocol Registries says."""
        try:
            self._short_names[name] = found = self._inner.short_name(name)
        except NetError as error:
            self._short_names[name] = str(error)
            raise
        return found


_Answer = TypeVar("_Answer", Route, ShortName)


def _or_raise(known: _Answer | str | None) -> _Answer | None:
    if isinstance(known, str):
        raise NetError(known)
    return known


def _endpoint(conf: "Conf", registry: "Registry", name: str, *, insecure: bool) -> Endpoint:
    """A place that a registry's rule leads to. Raises NetError where that is none."""
    from lading.net.registries_conf import find_registry

    place, _, repository = name.partition("/")
    if not (repository and is_place(place)) or ":" in repository:
        raise NetError(f"{registry.origin}: {registry.prefix} leads to {name}, which names no repository")
    host = common_host(place)
    own = find_registry(conf, name)
    return Endpoint(
        host,
        address_of(host),
        official(host, repository),
        tls=ServerTls(insecure),
        refused=_refusal(own[0]) if own is not None and own[0].blocked else "",
    )


def _refusal(registry: "Registry") -> str:
    return f"{registry.origin} blocks {registry.prefix}"


def _in_full(name: str) -> str:
    host, _, repository = name.partition("/")
    return f"{common_host(host)}/{official(common_host(host), repository)}"
