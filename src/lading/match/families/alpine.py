"""Vulnerabilities in Alpine's packages that its security database does not know yet, as told by the NVD.

The database only lists what was fixed. The NVD lists the product and its upstream versions, and knows nothing of
back-ports: it counts for a vulnerability only where Alpine says nothing about it, and its fix is never shown as one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from lading.match.cpe import CpeName, Vendors, other_software
from lading.model.advisory import Advisory, Range, State
from lading.model.cpe import product_version
from lading.model.package import Package
from lading.versions.ranges import contains

Origins = Mapping[str, tuple[str, ...]]
"""The `vendor:product` names of an Alpine origin package in the NVD."""

REMARK: Final = "by the NVD and upstream's version; Alpine's security database says nothing of it"

_SCHEME: Final = "generic"
_JAVA: Final = "oracle:openjdk"
_RELEASE: Final = re.compile(r"-r\d+\Z")
_SNAPSHOT: Final = re.compile(r"_(?:cvs|git|hg|svn)\d*\Z|~[0-9a-f]+\Z")
_JAVA_8: Final = re.compile(r"8\.0*(?P<update>\d+)\.\d+\Z")
_JAVA_BUILD: Final = re.compile(r"p\d+\Z")
_BEFORE: Final = re.compile(r"_(alpha|beta|pre|rc)")
_SUB_PACKAGE: Final = re.compile(
    r"-(?:bash-completion|client|common|compat|cross|current|data|dbg|dev|dev-static|doc|fish-completion|headers|lang|libs"
    r"|lts|openrc|pyc|server|static|tools|utils|zsh-completion)\Z"
)
_PYTHON: Final = re.compile(r"\A(?:py3(?:\.\d+)?|python(?:2|3)?(?:\.\d+)?)-")
_RUBY: Final = re.compile(r"\Aruby(?:\d+(?:\.\d+)?)?-")
_OTHER_LANGUAGE: Final = re.compile(r"\A(lua|perl|php)\d+(?:\.\d+)?-")
_STREAM: Final = re.compile(r"-?\d+(?:\.\d+){0,2}\Z")
_LANGUAGES: Final = {"lua": "lua", "perl": "perl", "php": "php", "py3": "python", "ruby": "ruby"}


def iter_upstream_names(origin: str) -> Iterator[str]:
    """What the upstream of an origin package may be called, the surest first, each once.

    The name itself, then without what Alpine adds: `python3.11-foo` is py3-foo, `ruby3.2-foo` ruby-foo, `php83-foo`
    php-foo; `foo-libs` and `foo-dev` are foo; of streams only the name is kept (`postgresql16`, `nodejs-current`,
    `lua5.4`).
    """
    seen = set()
    names = [origin]
    for name in names:
        if name and name not in seen:
            seen.add(name)
            yield name
            names += [
                _PYTHON.sub("py3-", name),
                _RUBY.sub("ruby-", name),
                _OTHER_LANGUAGE.sub(r"\1-", name),
                _SUB_PACKAGE.sub("", name),
                _STREAM.sub("", name),
            ]


def upstream_version(version: str) -> str:
    """Upstream's version of an apk version: without `-rN` and the mark of a snapshot, its suffixes as upstreams write
    them (`9.6_p1-r0` is 9.6p1, `2.0_rc1-r3` is 2.0-rc1)."""
    version = _RELEASE.sub("", version)
    version = _SNAPSHOT.sub("", version)
    return _BEFORE.sub(r"-\1", version).replace("_p", "p")


def apk_names(package: Package, origins: Origins, vendors: Vendors) -> tuple[CpeName, ...]:
    """The names of an apk package's origin in the NVD, sorted; none when the list of origins does not have it: that a
    product is called like a package does not make it the same."""
    keys = next((origins[name] for name in iter_upstream_names(_origin(package)) if name in origins), ())
    version = upstream_version(package.source_version or package.version)
    every = {key for one in keys for key in (one, *vendors.get(one, ()))}
    return tuple(
        sorted(CpeName(key, product_version(key, _java(version) if key == _JAVA else version)) for key in every)
    )


def unfixed(
    package: Package,
    names: Iterable[CpeName],
    advisories: Mapping[str, Iterable[Advisory]],
    spoken: Collection[str],
) -> list[Advisory]:
    """What the NVD says of an apk package's version, as advisories on the origin that hold for every version and know
    no fix, sorted by id, one for each vulnerability.

    `names` are those of `apk_names`, `advisories` the shard's by `vendor:product`; `spoken` are the ids and aliases of
    everything that Alpine's security database has on the origin, fixed or never affected. A vulnerability of a version
    that cannot be compared is "under_investigation".
    """
    origin = _origin(package)
    language = _language(origin)
    found: dict[str, State] = {}
    for key, version in names:
        for advisory in advisories.get(key, ()):
            if advisory.id in spoken or other_software(advisory, version, language):
                continue
            inside = contains(_SCHEME, version, advisory.ranges, advisory.versions)
            if inside:
                found[advisory.id] = "affected"
            elif inside is None:
                found.setdefault(advisory.id, "under_investigation")
    return [
        Advisory(vulnerability, origin, state, (Range(),) if state == "affected" else (), remark=REMARK)
        for vulnerability, state in sorted(found.items())
    ]


def _java(version: str) -> str:
    """Alpine's openjdk8 names update and build (`8.392.08`), later ones the build as a patch (`17.0.9_p9`)."""
    return _JAVA_8.sub(r"8u\g<update>", _JAVA_BUILD.sub("", version))


def _origin(package: Package) -> str:
    return package.source or package.name


def _language(origin: str) -> str:
    """The language that a package is a library of, "" for none."""
    prefixes = (name.partition("-") for name in iter_upstream_names(origin))
    return next((_LANGUAGES[prefix] for prefix, dash, _ in prefixes if dash and prefix in _LANGUAGES), "")
