"""What the variables of an image say of its versions: official images set `PYTHON_VERSION` and the like when they build
what they hold by hand. That supports what was found, and names what was not.
"""

from collections.abc import Iterable, Sequence

from msgspec import structs

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.package import Package
from lading.model.properties import ENVIRONMENT

_NAMES = {
    "CADDY_VERSION": ("caddy", "github.com/caddyserver/caddy/v2"),
    "COMPOSER_VERSION": ("composer", "composer/composer"),
    "DENO_VERSION": ("deno",),
    "DOTNET_VERSION": ("microsoft.netcore.app", "microsoft.netcore.app.runtime.linux-x64"),
    "ELIXIR_VERSION": ("elixir",),
    "GOLANG_VERSION": ("go", "stdlib"),
    "HAPROXY_VERSION": ("haproxy",),
    "HTTPD_VERSION": ("httpd", "apache2"),
    "JULIA_VERSION": ("julia",),
    "MARIADB_VERSION": ("mariadb", "mariadb-server"),
    "MEMCACHED_VERSION": ("memcached",),
    "MONGO_VERSION": ("mongodb", "mongodb-org-server"),
    "MYSQL_VERSION": ("mysql", "mysql-community-server-core", "mysql-community-server-minimal"),
    "NGINX_VERSION": ("nginx",),
    "NODE_VERSION": ("node", "nodejs"),
    "OTP_VERSION": ("erlang", "erts"),
    "PG_VERSION": ("postgresql", "postgres"),
    "PHP_VERSION": ("php", "php-cli"),
    "PYTHON_VERSION": ("python",),
    "RABBITMQ_VERSION": ("rabbitmq", "rabbitmq-server", "rabbit"),
    "REDIS_VERSION": ("redis", "redis-server"),
    "RUBY_VERSION": ("ruby",),
    "RUST_VERSION": ("rust", "rust-std"),
    "TOMCAT_VERSION": ("org.apache.tomcat:tomcat-catalina", "tomcat", "org.apache.tomcat:tomcat-util"),
    "VALKEY_VERSION": ("valkey", "valkey-server"),
    "VARNISH_VERSION": ("varnish",),
    "YARN_VERSION": ("yarn", "@yarnpkg/cli-dist"),
}
"""The names under which each is found, in lower case; the first is what people call it."""


def with_environment(
    packages: Sequence[Package], variables: Iterable[str]
) -> tuple[tuple[Package, ...], tuple[Diagnostic, ...]]:
    """The packages with the variables that support them in their properties, and a remark for every variable that
    speaks of something that was not found."""
    stated = dict(one.partition("=")[::2] for one in variables)
    wanted = {variable: stated[variable] for variable in sorted(_NAMES) if stated.get(variable)}
    if not wanted:
        return tuple(packages), ()
    supported = list(packages)
    found = {variable for variable in wanted if any(_is(package, variable) for package in packages)}
    for variable, version in wanted.items():
        for place, package in enumerate(supported):
            if _is(package, variable) and _agrees(package.version, version):
                properties = {**package.properties, ENVIRONMENT: f"{variable}={version}"}
                supported[place] = structs.replace(package, properties=properties)
    remarks = tuple(_not_found(variable, wanted[variable]) for variable in wanted if variable not in found)
    return tuple(supported), remarks


def _is(package: Package, variable: str) -> bool:
    return package.name.lower() in _NAMES[variable]


def _agrees(version: str, stated: str) -> bool:
    """Whether one version is the other, as far as both go: `1.25` and `1.25.3`, `v20.1.0` and `20.1.0`."""
    one, other = (text.partition(":")[2] or text for text in (version.removeprefix("v"), stated.removeprefix("v")))
    return bool(one) and (f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.") or one == other)


def _not_found(variable: str, version: str) -> Diagnostic:
    what = f"the image's variable {variable}={version[:40]} speaks of {_NAMES[variable][0]}, of which nothing was found"
    return diagnostic("version-in-environment", what)
