"""Oracle Linux and its kin: builds of another flavour, which have version lines of their own.

Source: https://linux.oracle.com/security/ (ksplice and FIPS builds beside ordinary ones); Rocky Linux's cloud group.
"""

from typing import Final

_FLAVOURS: Final = ("ksplice", "fips", ".cloud")


def is_same_flavour(version: str, fixed: str) -> bool:
    """Whether a fix says anything about an installed version: that of another flavour does not."""
    return not fixed or fixed == version or all((word in version) == (word in fixed) for word in _FLAVOURS)
