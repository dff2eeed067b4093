"""What the packages of an image are to its distribution, once its advisories have been asked."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, structs

from lading.model.package import Package


class Standing(Struct, frozen=True):
    """`covered` are the IDs of the packages that are matched with the system package that they came in, and with
    nothing else. `decided` has, by the ID of others, the names of the vulnerabilities that the distribution decides for
    them. `verified` are the IDs of those that the distribution is known to ship. `foreign` are the package URLs of
    system packages that say they are another repository's and that the distribution does not know."""

    covered: frozenset[str] = frozenset()
    decided: Mapping[str, frozenset[str]] = {}
    verified: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()

    def decides(self, package: Package, names: Iterable[str]) -> bool:
        """Whether the distribution's word on a vulnerability with these names stands for a package that came in one of
        its own."""
        if not package.owner:
            return False
        decided = self.decided.get(package.id)
        return decided is not None and not decided.isdisjoint(names)

    def applied(self, packages: Iterable[Package]) -> tuple[Package, ...]:
        """The packages with what their ownership rests on. Programs that were recognised in the system package that
        they are, are left out."""
        return tuple(
            self._with_ownership(package) if package.owner else package
            for package in packages
            if not (package.owner and package.type == "generic" and package.id in self.covered)
        )

    def _with_ownership(self, package: Package) -> Package:
        return structs.replace(package, ownership="verified" if package.id in self.verified else "claimed")


UNKNOWN: Final = Standing()
"""Nothing has been asked yet."""
