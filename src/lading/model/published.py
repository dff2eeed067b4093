"""What registries of packages publish: the versions of a package, and what one of them needs."""

from typing import Protocol

from msgspec import Struct


class Runtime(Struct, frozen=True):
    """What packages are to run with: the version of the language's interpreter ("3.11.7"; empty where it is not known)
    and the platform's architecture as images name it ("amd64")."""

    version: str = ""
    architecture: str = ""


class Published(Struct, frozen=True):
    """The versions of a package that can be installed, in no order: `withdrawn` are those of them that are taken only
    where no other will do, `preferred` the one that is taken wherever it will do, empty for none."""

    versions: tuple[str, ...]
    withdrawn: frozenset[str] = frozenset()
    preferred: str = ""


class Need(Struct, frozen=True):
    """A package that another one needs: its name, the versions that will do in the ecosystem's own words (empty for
    every one), and the `extras` of it that are needed as well."""

    name: str
    constraint: str = ""
    extras: tuple[str, ...] = ()


class PackageRegistries(Protocol):
    """Registries of packages that may be asked. Each raises LadingError where a registry cannot be asked."""

    def published(self, kind: str, name: str, runtime: Runtime) -> Published | None:
        """The versions of a package of a type ("pypi", "npm"); None where no registry has it or is known for it."""

    def needs(
        self, kind: str, name: str, version: str, runtime: Runtime, extras: tuple[str, ...] = ()
    ) -> tuple[Need, ...] | None:
        """What a version needs; None where nobody says."""
