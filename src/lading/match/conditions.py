"""Whether an advisory speaks of this very build of a package."""

from collections.abc import Callable, Collection
from typing import Protocol

from msgspec import Struct

from lading.match.cpe import Vendors, other_software
from lading.match.families.golang import is_unversioned
from lading.match.families.red_hat import Stream, is_fixed_in_own_stream
from lading.match.keys import SOURCE_ARCH, MatchKey
from lading.model.advisory import Advisory, Condition, Import


class Functions(Protocol):
    """The functions that are in a Go program, named as the Go vulnerability database does: `net/http.Client.Do`."""

    def holds(self, name: str, /) -> bool:
        """Whether a function is there."""

    def uses(self, package: str, /) -> bool:
        """Whether any function of the package with this import path is there."""


class ImageContext(Struct, frozen=True):
    """What the image as a whole tells about its packages.

    `has_product` says whether packages of one of these products (CPEs) may be in the image; `stream` is the minor
    release of Red Hat's that the image stays on, None for none; `functions` gives those of the Go program at a path,
    None when they are not known; `goos` and `goarch` are the platform as Go calls it; `vendors` are the other names of
    products in the NVD.
    """

    has_product: Callable[[Collection[str]], bool] = lambda _: True
    functions: Callable[[str], Functions | None] = lambda _: None
    goos: str = ""
    goarch: str = ""
    stream: Stream | None = None
    vendors: Vendors = {}


def mismatch(advisory: Advisory, key: MatchKey, context: ImageContext) -> str:
    """Why an advisory does not speak of a build, "" when it does."""
    condition = advisory.condition
    wanted = condition.module if condition is not None else ""
    if key.module is not None and not _is_module(key.module, wanted):
        return f"it is about {_module(wanted)}, the package was built in {_module(key.module)}"
    if condition is None:
        return "" if key.module is not None else "it is about no module, the package was built in one"
    if condition.released and is_unversioned(key.version):
        return "it is about releases, the package was built from a commit without any before it"
    if condition.arches and not _is_arch(key.arch, condition.arches):
        return f"it is about {' and '.join(condition.arches)}, the package is {key.arch or 'of no architecture'}"
    if condition.slots and key.slot and not _is_slot(key.slot, condition.slots):
        return f"it is about other slots, the package has slot {key.slot}"
    if condition.cpes and not context.has_product(condition.cpes) and not _has_its_fix(advisory, key):
        return f"it is about {_some(condition.cpes)}, which the image takes no packages from"
    return other_software(advisory, key.version) if condition.target or condition.edition else ""


def unlinked(condition: Condition | None, key: MatchKey, context: ImageContext) -> str:
    """Why Go programs are free of a vulnerability in functions that they do not hold, "" when one has them or that is
    not known."""
    if condition is None or not condition.imports or not key.programs:
        return ""
    every = [context.functions(program) for program in key.programs]
    known = [functions for functions in every if functions is not None]
    if len(known) < len(every):
        return ""
    here = [one for one in condition.imports if _is_platform(one, context)]
    if not here:
        return f"the vulnerability is not on {context.goos}/{context.goarch}"
    if any(_is_linked(one, functions) for one in here for functions in known):
        return ""
    names = [f"{one.path}.{symbol}" for one in here for symbol in one.symbols] or [one.path for one in here]
    return f"none of the functions with the vulnerability is in the program ({_some(names)})"


def is_on_platform(condition: Condition, context: ImageContext) -> bool:
    """Whether any of the Go packages that a condition names is compiled for the image's platform."""
    return any(_is_platform(one, context) for one in condition.imports)


def _has_its_fix(advisory: Advisory, key: MatchKey) -> bool:
    """Whether the build is the product's own after all, and past the fix: no other product's later fix is needed."""
    return is_fixed_in_own_stream(key.version, (span.fixed for span in advisory.ranges))


def _is_module(built_in: str, wanted: str) -> bool:
    """ "?" is a module whose name the advisory does not tell."""
    return built_in == wanted or (wanted == "?" and built_in != "")


def _is_arch(arch: str, arches: Collection[str]) -> bool:
    return arch in arches or arch in ("", "noarch", "all") or ("binary" in arches and arch != SOURCE_ARCH)


def _is_slot(slot: str, slots: Collection[str]) -> bool:
    if f"!{slot}" in slots:
        return False
    return slot in slots or all(one.startswith("!") for one in slots)


def _is_platform(imported: Import, context: ImageContext) -> bool:
    return (not imported.goos or not context.goos or context.goos in imported.goos) and (
        not imported.goarch or not context.goarch or context.goarch in imported.goarch
    )


def _is_linked(imported: Import, functions: Functions) -> bool:
    if not imported.symbols:
        return functions.uses(imported.path)
    return any(functions.holds(f"{imported.path}.{symbol}") for symbol in imported.symbols)


def _module(name: str) -> str:
    return f"the module {name}" if name else "no module"


def _some(names: Collection[str]) -> str:
    first = sorted(names)[:3]
    return ", ".join(first) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
