"""The members of a workspace, which are the project's own and come from no registry.

Source: npm's manual on workspaces, Yarn's and Bun's on theirs: patterns of directories in the package.json around them,
as a list or as `packages` of an object; one that begins with "!" takes out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from posixpath import normpath

from msgspec import structs

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.model.properties import RELATIONSHIP

_MOST = 1000
_LONGEST = 500
_MANIFEST = "/package.json"
_WILD = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}/]*\}")


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
    found = dict(facts)
    for path, fact in facts.items():
        if not fact.companion or not f"/{path}".endswith(_MANIFEST):
            continue
        found[path] = structs.replace(found[path], companion=b"")
        root = f"/{path}".removesuffix("package.json")[1:]
        is_member = _matcher(fact.companion.decode("utf-8", "surrogatepass").split("\n"))
        for other in facts:
            directory = other.removeprefix(root).removesuffix(_MANIFEST)
            if other.startswith(root) and other != path and is_member(directory):
                found[other] = _member(found[other])
    return found


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Tells the directories, relative to that of the package.json, that patterns mean; the last that fits decides."""
    stated = [(not one.startswith("!"), _pattern(one.removeprefix("!"))) for one in patterns]

    def is_member(directory: str) -> bool:
        return next((taken for taken, pattern in reversed(stated) if pattern.fullmatch(directory)), False)

    return is_member


def _pattern(glob: str) -> re.Pattern[str]:
    """A pattern of directories; what is no such pattern means nothing."""
    path = normpath(glob.strip()).removeprefix("./")
    parts, position = [], 0
    for wild in _WILD.finditer(path):
        parts += [re.escape(path[position : wild.start()]), _meaning(wild[0])]
        position = wild.end()
    return re.compile("".join([*parts, re.escape(path[position:])]))


def _meaning(wild: str) -> str:
    if wild.startswith("{"):
        return f"(?:{'|'.join(map(re.escape, wild[1:-1].split(',')))})"
    return {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]+", "?": "[^/]"}[wild]


def _member(fact: CatalogerResult) -> CatalogerResult:
    own = ({**one.properties, RELATIONSHIP: "workspace"} for one in fact.packages)
    return structs.replace(
        fact,
        packages=tuple(
            structs.replace(one, properties=properties) for one, properties in zip(fact.packages, own, strict=True)
        ),
    )
