"""Which release cycle a distribution or a runtime belongs to, in the words of endoflife.date.

Source: https://endoflife.date (its products and how each names its cycles).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lading.model.advisory import Cycle, LifeCycle
from lading.model.distributions import distribution_info
from lading.model.package import Distribution, Package
from lading.model.properties import implementor

_PACKAGES: Final[Mapping[tuple[str, str], str]] = {
    ("gem", "rails"): "rails", ("golang", "stdlib"): "go", ("pypi", "django"): "django",
} | {
    ("generic", name): product
    for name, product in {
        "cockroachdb": "cockroachdb", "consul": "consul", "containerd": "containerd",
        "corretto": "amazon-corretto", "deno": "deno", "docker": "docker-engine", "envoy": "envoy",
        "erlang": "erlang", "etcd": "etcd", "go": "go", "grafana": "grafana", "haproxy": "haproxy",
        "httpd": "apache-http-server", "kubernetes": "kubernetes", "liberica": "bellsoft-liberica",
        "mariadb": "mariadb", "memcached": "memcached", "microsoft-openjdk": "microsoft-build-of-openjdk",
        "mongodb": "mongodb", "mysql": "mysql", "nginx": "nginx", "node": "nodejs", "nomad": "nomad",
        "openjdk": "openjdk-builds-from-oracle", "openssl": "openssl", "oracle-jdk": "oracle-jdk",
        "oracle-jre": "oracle-jdk", "perl": "perl", "php": "php", "postgresql": "postgresql",
        "prometheus": "prometheus", "python": "python", "redis": "redis", "ruby": "ruby",
        "sapmachine": "sapmachine", "temurin": "eclipse-temurin", "traefik": "traefik", "valkey": "valkey",
        "varnish": "varnish", "vault": "hashicorp-vault", "zulu": "azul-zulu",
    }.items()
}  # fmt: skip
"""Products by type and name of a package, as the catalogers name it."""
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_ORACLE_OPENJDK: Final = "openjdk-builds-from-oracle"


def product_of(subject: Distribution | Package) -> str:
    """The product of endoflife.date whose cycles a distribution or a package has; empty when none is known."""
    if isinstance(subject, Distribution):
        info = distribution_info(subject.id)
        if info is None:
            return ""
        others = (product for word, product in info.other_life_cycles.items() if word in subject.pretty.lower())
        return next(others, info.life_cycle)
    product = _PACKAGES.get((subject.type, subject.name.lower()), "")
    # Every vendor's build of OpenJDK may go by the bare name, and each has a life of its own.
    if product == _ORACLE_OPENJDK and not implementor(subject).startswith("Oracle"):
        return ""
    return product


def life_of(subject: Distribution | Package, life_cycles: Mapping[str, LifeCycle]) -> tuple[str, Cycle] | None:
    """The product and the cycle of a distribution or a package, None when `life_cycles` (by product) has neither.

    A cycle is named by as many of a version's numbers as the product tells its releases apart by.
    """
    product = product_of(subject)
    life = life_cycles.get(product) if product else None
    if life is None:
        return None
    cycles = {cycle.name: cycle for cycle in life.cycles}
    found = next((cycles[name] for name in _names(_version(subject), product) if name in cycles), None)
    return None if found is None else (product, found)


def _version(subject: Distribution | Package) -> str:
    if isinstance(subject, Package):
        return subject.version
    return subject.version_id or subject.release.rpartition("-")[2]


def _names(version: str, product: str) -> Iterator[str]:
    """What a version's cycle may be called, the closest first."""
    match = _NUMBERS.search(version)
    if match is None:
        return
    numbers = match[0].split(".")
    if numbers[0] == "1" and product in _JAVA and len(numbers) > 1 and int(numbers[1][:9]) > _LAST_WITH_ONE:
        numbers = numbers[1:]
    for count in range(len(numbers), 0, -1):
        yield ".".join(numbers[:count])
    if len(numbers) == 1:
        yield f"{numbers[0]}.0"


_JAVA: Final = frozenset(
    {
        "amazon-corretto", "azul-zulu", "bellsoft-liberica", "eclipse-temurin", "microsoft-build-of-openjdk",
        _ORACLE_OPENJDK, "oracle-jdk", "sapmachine",
    }
)  # fmt: skip
_LAST_WITH_ONE: Final = 4
"""Java 5 to 8 call themselves 1.5 to 1.8; up to 1.4 that was the name too."""
