"""What packages need, from the words of several ecosystems to names; bounded, as a file may state anything."""

import base64
import binascii
import re
from collections.abc import Iterable

_MOST = 2_000
_LONGEST = 200
_PART = re.compile(r"[\s(\[<>=!~;{:]")
_ALGORITHMS = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


def bounded(names: Iterable[str]) -> tuple[str, ...]:
    """The names in their order, each once; those that are too long left out."""
    return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= _LONGEST))[:_MOST]


def bounded_constraints(stated: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Constraints by name, those that admit every version or are too long left out; of several of one name the
    first."""
    found: dict[str, str] = {}
    for name, constraint in stated:
        if constraint.strip() not in ("", "*") and max(len(name), len(constraint)) <= _LONGEST:
            found.setdefault(name, constraint.strip())
    return dict(list(found.items())[:_MOST])


def debian_relations(text: str) -> tuple[str, ...]:
    """The names in a field such as Depends (deb-control(5)): `libc6 (>= 2.36), mawk | awk`; versions and
    architectures are left out."""
    needs = ("|".join(filter(None, (_bare(one) for one in part.split("|")))) for part in text.split(","))
    return bounded(needs)


def bare_names(relations: Iterable[str]) -> tuple[str, ...]:
    """The names in relations such as `glibc>=2.36` (PKGBUILD(5)) or `requests[socks]>=2; python_version < "3.9"`
    (PEP 508)."""
    return bounded(map(_bare, relations))


def integrity(text: str) -> dict[str, str]:
    """The digests of a Subresource Integrity value (`sha512-BASE64`, several with spaces between), in hexadecimal."""
    digests = {}
    for one in text.split()[:4]:
        algorithm, _, value = one.partition("-")
        try:
            raw = base64.b64decode(value.partition("?")[0], validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(raw) == _ALGORITHMS.get(algorithm):
            digests[algorithm] = raw.hex()
    return digests


def _bare(relation: str) -> str:
    return _PART.split(relation.strip(), maxsplit=1)[0]
