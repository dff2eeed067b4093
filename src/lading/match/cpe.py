"""Programs by their CPE names.

Only what no package manager installed is matched against the NVD: programs told by their content, libraries linked into
them, Java virtual machines. What an ecosystem or a distribution has advisories for is matched against those alone.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from lading.model.advisory import Advisory
from lading.model.cpe import parse_cpe, product_version
from lading.model.package import Package

Vendors = Mapping[str, tuple[str, ...]]
"""The other `vendor:product` names under which the NVD has listed a product, by each of its names."""

_LANGUAGES: Final[Mapping[str, frozenset[str]]] = {
    "lua": frozenset({"lua"}),
    "node": frozenset({"node.js", "nodejs", "npm"}),
    "perl": frozenset({"cpan", "perl"}),
    "php": frozenset({"composer", "php"}),
    "python": frozenset({"pip", "pypi", "python"}),
    "ruby": frozenset({"rails", "ruby", "ruby_on_rails", "rubygems"}),
}
_ECOSYSTEMS: Final = frozenset().union(*_LANGUAGES.values()) | {
    ".net", ".net_core", ".net_framework", "asp.net", "cargo", "dart", "erlang", "flutter", "go", "golang", "haskell",
    "java", "maven", "nuget", "react", "react-native", "rust", "swift",
}  # fmt: skip
_HOSTS: Final = frozenset({
    "adobe_commerce", "bamboo", "bitbucket", "chrome", "concrete_cms", "confluence", "craft_cms", "discourse", "django",
    "drupal", "eclipse", "edge", "elementor", "firefox", "grafana", "jenkins", "jira", "jira_data_center", "joomla",
    "joomla!", "laravel", "magento", "mattermost", "mediawiki", "moodle", "mybb", "opencart", "owncloud", "phpbb",
    "prestashop", "redmine", "safari", "salesforce", "sap", "silverstripe", "thunderbird", "typo3", "visual_studio",
    "visual_studio_code", "vscode", "vmware_vsphere", "vsphere", "woocommerce", "wordpress", "xwiki",
})  # fmt: skip
_SYSTEMS: Final = frozenset({
    "aix", "android", "chrome_os", "cygwin", "freebsd", "harmonyos", "hp-ux", "ios", "ipad_os", "ipados", "iphone",
    "iphone_os", "mac", "mac_os", "mac_os_x", "macos", "netbsd", "openbsd", "os_x", "os2", "solaris", "sunos", "tizen",
    "tvos", "watchos", "webos", "windows", "windows_10", "windows_11", "windows_server", "windows_phone", "x86_windows",
    "z/os", "zos",
})  # fmt: skip
_PAID: Final = frozenset({"enterprise", "enterprise_plus", "premium"})
_PAID_MARKS: Final = {"hashicorp": "ent"}
"""What stands in the version of a paid edition, by the vendors whose builds say so."""


class CpeName(NamedTuple):
    """What is looked up in the shard "nvd" and compared there: `vendor:product`, and the version ("" when it is not
    known) in the form that the shard's have."""

    key: str
    version: str


def is_matched_by_cpe(package: Package) -> bool:
    """Whether a package is a program or library that has nothing but its CPE name to be matched against."""
    return package.type == "generic" and any(parse_cpe(text) is not None for text in package.cpes)


def cpe_names(package: Package, vendors: Vendors) -> tuple[CpeName, ...]:
    """The names of a package in the NVD, sorted; those of `vendors` count beside the package's own.

    A version that a CPE does not state is the package's own.
    """
    found = set()
    for cpe in map(parse_cpe, package.cpes):
        if cpe is None:
            continue
        version, update = (package.version, "") if cpe.version in ("*", "-") else (cpe.version, cpe.update)
        for key in (cpe.key, *vendors.get(cpe.key, ())):
            found.add(CpeName(key, product_version(key, version, update)))
    return tuple(sorted(found))


def component_names(package: Package) -> tuple[str, ...]:
    """What those who go by plain names call a program: Bitnami its components, RubySec its engines."""
    keys = {cpe.key for text in package.cpes if (cpe := parse_cpe(text)) is not None}
    names = {name for key in keys for name in _COMPONENTS.get(key, ())}
    return tuple(sorted(names | ({package.name} & _ENGINES)))


_ENGINES: Final = frozenset({"jruby", "mruby", "rbx", "ruby", "truffleruby"})
_COMPONENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "apache:http_server": ("apache",), "argoproj:argo_cd": ("argo-cd",), "cilium:cilium": ("cilium",),
    "clickhouse:clickhouse": ("clickhouse",), "docker:docker": ("docker-cli",), "envoyproxy:envoy": ("envoy",),
    "etcd:etcd": ("etcd",), "f5:nginx": ("nginx",), "git-scm:git": ("git",), "gitea:gitea": ("gitea",),
    "golang:go": ("golang",), "grafana:grafana": ("grafana",), "haproxy:haproxy": ("haproxy",),
    "hashicorp:consul": ("consul",), "hashicorp:vault": ("vault",), "helm:helm": ("helm",),
    "influxdata:influxdb": ("influxdb",), "lfprojects:valkey": ("valkey",), "linuxfoundation:nats-server": ("nats",),
    "linuxfoundation:valkey": ("valkey",), "lua:lua": ("lua",), "mariadb:mariadb": ("mariadb",),
    "memcached:memcached": ("memcached",), "minio:minio": ("minio",), "mongodb:mongodb": ("mongodb",),
    "nats:nats_server": ("nats",), "nginx:nginx": ("nginx",), "nodejs:node.js": ("node",),
    "openbao:openbao": ("openbao",), "openblas_project:openblas": ("openblas",), "openldap:openldap": ("openldap",),
    "openresty:openresty": ("openresty",), "osgeo:gdal": ("gdal",), "pgbouncer:pgbouncer": ("pgbouncer",),
    "php:php": ("libphp", "php"), "postgresql:postgresql": ("postgresql",),
    "prometheus:alertmanager": ("alertmanager",), "prometheus:prometheus": ("prometheus",),
    "python:python": ("libpython", "python"), "rclone:rclone": ("rclone",),
    "redis:redis": ("redis",), "ruby-lang:ruby": ("ruby",), "snapchat:keydb": ("keydb",), "sqlite:sqlite": ("sqlite",),
    "varnish-software:varnish_cache": ("varnish",), "varnish_cache_project:varnish_cache": ("varnish",),
}  # fmt: skip
"""Bitnami's names of the products that CPEs name."""


def vendor_groups(groups: Iterable[Iterable[str]]) -> Vendors:
    """Vendors by groups of names that mean one product."""
    found: dict[str, set[str]] = {}
    for group in groups:
        names = set(group)
        for name in names:
            found.setdefault(name, set()).update(names - {name})
    return {name: tuple(sorted(others)) for name, others in found.items()}


def other_software(advisory: Advisory, version: str, language: str = "") -> str:
    """Why an advisory of the shard "nvd" is about other software of the same name, "" when it is not.

    `version` is the installed one; `language` names that of a library ("python", "ruby", …), "" for a program. What is
    made for another system, for another language, or to be plugged into another program is other software; target
    software that is not known here is not.
    """
    condition = advisory.condition
    if condition is None:
        return ""
    target = condition.target
    if target in _SYSTEMS or target.startswith("windows"):
        return f"it is about the product on {target}"
    if target not in _LANGUAGES.get(language, ()) and target in _ECOSYSTEMS:
        return f"it is about a library for {target}"
    if target in _HOSTS:
        return f"it is about an extension of {target}"
    mark = _PAID_MARKS.get(advisory.package.partition(":")[0])
    if mark and condition.edition in _PAID and mark not in version:
        return f"it is about the {condition.edition} edition"
    return ""
