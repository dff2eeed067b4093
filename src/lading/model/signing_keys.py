"""Whose the keys are that sign rpm packages.

The table has the IDs of the keys, and of the subkeys that may sign, which distributions and other repositories publish,
by owner: for distributions their ID in os-release, for Fedora's packages for RHEL "epel". It is made of the keys that
https://github.com/rpm-software-management/distribution-gpg-keys collects, by `gpg --show-keys`.
"""

from functools import cache

import msgspec

EPEL = "epel"


def owners_of(key: str) -> frozenset[str]:
    """The owners of a key by its ID (16 hexadecimal digits in lower case); none of one that nobody here knows."""
    return _owners().get(key, frozenset())


@cache
def _owners() -> dict[str, frozenset[str]]:
    from pkgutil import get_data

    table = msgspec.json.decode(get_data(__package__, "data/signing_keys.json") or b"", type=dict[str, tuple[str, ...]])
    found: dict[str, set[str]] = {}
    for owner, keys in table.items():
        for key in keys:
            found.setdefault(key, set()).add(owner)
    return {key: frozenset(owners) for key, owners in found.items()}
