"""The members of a workspace, which are the project's own and come from no registry.

Source: npm's manual on workspaces, Yarn's and Bun's on theirs: patterns of directories in the package.json around them,
as a list or as `packages` of an object; one that begins with "!" takes out. Understood are directories (`a/b`), all in
one (`a/*`) and all below one (`a/**`); what is stated otherwise means nothing, so that packages are matched as ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from posixpath import dirname, normpath

from msgspec import structs

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.model.properties import RELATIONSHIP

_MOST = 200
_LONGEST = 500
_MANIFEST = "package.json"
_DEEPEST = 8
"""How far above a package the package.json of its workspace is looked for."""
_WILD = frozenset("*?{}[]")


def stated_members(workspaces: object) -> bytes:
    """The patterns that a package.json states, a line each; empty for none."""
    stated = workspaces.get("packages") if isinstance(workspaces, dict) else workspaces
    patterns = stated[:_MOST] if isinstance(stated, list) else []
    return b"\n".join(
        one.encode("utf-8", "surrogatepass")
        for one in patterns
        if isinstance(one, str) and one and len(one) <= _LONGEST and "\n" not in one
    )


def own_members(facts: Mapping[str, CatalogerResult]) -> dict[str, CatalogerResult]:
    """The facts, in which the members of workspaces are called so, and no patterns are left."""
    stated = {dirname(path): fact.companion for path, fact in facts.items() if fact.companion}
    read = {one: _Patterns(one.decode("utf-8", "surrogatepass").split("\n")) for one in set(stated.values())}
    roots = {directory: read[one] for directory, one in stated.items()}
    if not roots:
        return dict(facts)
    return {path: _freed(_member(fact) if _is_member(path, roots) else fact) for path, fact in facts.items()}


class _Patterns:
    """The directories that patterns mean, by what they begin with: the last pattern that fits decides."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._places: dict[tuple[str, str], tuple[int, bool]] = {}
        for number, stated in enumerate(patterns):
            path = normpath(stated.removeprefix("!").strip()).removeprefix("./")
            head, _, last = path.rpartition("/")
            kind, place = (last, head) if last in ("*", "**") else ("", path)
            if _WILD.isdisjoint(place):
                self._places[kind, place] = number, not stated.startswith("!")

    def mean(self, directory: str) -> bool:
        """Whether a directory, relative to the package.json, is one of them."""
        above = islice(_above(directory), _DEEPEST)
        keys = [("", directory), ("*", dirname(directory)), *(("**", one) for one in above)]
        return max((self._places[key] for key in keys if key in self._places), default=(0, False))[1]


def _above(directory: str) -> Iterator[str]:
    """The directories above one, the nearest first."""
    while directory:
        directory = dirname(directory)
        yield directory


def _is_member(path: str, roots: Mapping[str, _Patterns]) -> bool:
    directory = dirname(path)
    if not path.endswith(f"/{_MANIFEST}") or "/node_modules/" in f"/{path}":
        return False
    for root in islice(_above(directory), _DEEPEST):
        patterns = roots.get(root)
        if patterns is not None and patterns.mean(directory[len(root) :].lstrip("/")):
            return True
    return False


def _freed(fact: CatalogerResult) -> CatalogerResult:
    return structs.replace(fact, companion=b"") if fact.companion else fact


def _member(fact: CatalogerResult) -> CatalogerResult:
    packages = (structs.replace(one, properties={**one.properties, RELATIONSHIP: "workspace"}) for one in fact.packages)
    return structs.replace(fact, packages=tuple(packages))
