"""Which packages of an image what it starts leads to: a stand-in for what its processes would use.

What only a configuration names, a plug-in above all, is not seen; nor is what interpreters other than Python load. Of
packages with such nothing is said.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import structs

from lading.inventory.starting import Needs
from lading.inventory.usage import Used, files_of, mark_used, owned_by
from lading.model.image import ImageConfig
from lading.model.package import DISTRIBUTED, Package, Usage

_MOST_LINKS: Final = 40
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHON: Final = re.compile(r"(?:.*/)?(?:python|pypy)[\d.]*")
_MODULE: Final = re.compile(
    r"(?:.*/)?(?:(?:site|dist)-packages|lib(?:64)?/(?:python|pypy)[\d.]*)/(?:lib-dynload/)?([^/.]+)(?:[/.].*)"
)
_LIBRARIES: Final = re.compile(r"(?:usr/(?:local/)?)?lib(?:32|64|x32)?(?:/[\w]+-linux-[\w]+)?/[^/]+")
_ALWAYS: Final = ("site", "sitecustomize", "encodings", "codecs", "io", "abc", "os", "importlib")
"""What Python itself imports."""


def with_reach(
    packages: Sequence[Package], files: Mapping[str, Needs], links: Mapping[str, str], config: ImageConfig
) -> tuple[Package, ...] | None:
    """The packages, each with whether what the image starts leads to it; None where what it starts is not found.
    `files` are the programs, scripts and modules by path, `links` the symbolic links with their targets."""
    walk = _Walk(files, links, config)
    if not walk.start():
        return None
    by = " ".join((*config.entrypoint, *config.command))[:200]
    marked = mark_used(packages, [Used("entrypoint", path, by) for path in sorted(walk.reached)], whole=False)
    owned = {path: owners for path, owners in owned_by(packages, files).items() if owners}
    code: defaultdict[str, set[str]] = defaultdict(set)
    for path, owners in owned.items():
        for one in owners:
            code[one.id].add(path)
    return tuple(
        structs.replace(one, usage=Usage(in_use=False))
        if one.usage is None and _is_unreached(one, code.get(one.id, set()))
        else one
        for one in marked
    )


def _is_unreached(package: Package, code: Collection[str]) -> bool:
    """Whether a package of which nothing was reached is not in use: it has code, and none that another way leads to."""
    if package.removed or not code or package.evidence in ("declared", "sbom"):
        return False
    if package.type not in DISTRIBUTED and package.type not in ("pypi", "golang", "cargo"):
        return False
    return not any(_is_foreign(path) for path in (*code, *files_of(package)))


def _is_open(path: str) -> bool:
    """Whether a library is where the loader looks, or is a module of Python."""
    return _LIBRARIES.fullmatch(path) is not None or _MODULE.fullmatch(path) is not None


def _is_foreign(path: str) -> bool:
    """Whether a file is of a language whose modules are not followed, or a plug-in."""
    if path.endswith((".pm", ".rb", ".js", ".mjs", ".cjs", ".php", ".jar", ".lua", ".dll", ".tcl")):
        return True
    return ".so" in posixpath.basename(path) and not _is_open(path)


class _Walk:
    """From what an image starts to all that this leads to."""

    def __init__(self, files: Mapping[str, Needs], links: Mapping[str, str], config: ImageConfig) -> None:
        self.reached: set[str] = set()
        self._files, self._links, self._config = files, links, config
        self._waiting: list[str] = []
        self._libraries: defaultdict[str, set[str]] = defaultdict(set)
        self._modules: defaultdict[str, set[str]] = defaultdict(set)
        for path, one in files.items():
            if one.is_program and ".so" in posixpath.basename(path):
                self._libraries[posixpath.basename(path)].add(path)
                if one.soname:
                    self._libraries[one.soname].add(path)
            found = _MODULE.fullmatch(path)
            if found is not None:
                self._modules[found[1]].add(path)
        given = dict(one.partition("=")[::2] for one in config.environment)
        self._directories = tuple(one.strip("/") for one in given.get("PATH", _PATH).split(":") if one)
        self._has_python = False

    def start(self) -> bool:
        """Walks from the first program on; off where that is not found."""
        words = [*self._config.entrypoint, *self._config.command]
        if not words or not (first := self._program(words[0])):
            return False
        self._visit(first)
        for word in (part for text in words[1:] for part in re.findall(r"[\w./+@:-]+", text)):
            self._name(word)
            self._modules_named((word.partition(":")[0].partition(".")[0],))
        while self._waiting:
            self._follow(self._waiting.pop())
        return True

    def _follow(self, path: str) -> None:
        needs = self._files[path]
        if _PYTHON.fullmatch(path) and not self._has_python:
            self._has_python = True
            self._modules_named(_ALWAYS)
            self._own_modules()
        for name in needs.names:
            self._name(name)
        self._modules_named(needs.imports)

    def _own_modules(self) -> None:
        """The application's own: what lies where it starts."""
        home = self._config.workdir.strip("/")
        for path in self._files if home else ():
            if path.startswith(f"{home}/") and path.endswith(".py") and not _MODULE.fullmatch(path):
                self._visit(path)

    def _modules_named(self, names: Iterable[str]) -> None:
        for name in names:
            for path in self._modules.get(name, ()):
                self._visit(path)

    def _name(self, name: str) -> None:
        """A path, a library or a program by its name."""
        if "/" in name:
            self._visit(self._resolved(name if name.startswith("/") else f"{self._config.workdir}/{name}"))
        elif ".so" in name:
            for path in self._libraries.get(name, ()):
                self._visit(path)
        elif found := self._program(name):
            self._visit(found)

    def _program(self, name: str) -> str:
        """The path of a program; empty for none."""
        places = [f"{one}/{name}" for one in self._directories]
        if "/" in name:
            places = [name if name.startswith("/") else f"{self._config.workdir}/{name}"]
        return next((path for one in places if (path := self._resolved(one)) in self._files), "")

    def _visit(self, path: str) -> None:
        if path in self._files and path not in self.reached:
            self.reached.add(path)
            self._waiting.append(path)

    def _resolved(self, path: str) -> str:
        """Where a path leads, with links followed; without a leading slash."""
        done: list[str] = []
        todo = path.split("/")[::-1]
        links = 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                del done[-1:]
                continue
            target = self._links.get("/".join([*done, part]))
            if target is None or links >= _MOST_LINKS:
                done.append(part)
                continue
            links += 1
            if target.startswith("/"):
                done = []
            todo += target.split("/")[::-1]
        return "/".join(done)


def links_of(layers: Iterable[Mapping[str, str]], removed: Iterable[Iterable[str]]) -> Iterator[tuple[str, str]]:
    """The links of layers, the lowest first, without those that a layer takes away."""
    found: dict[str, str] = {}
    for links, gone in zip(layers, removed, strict=True):
        for path in gone:
            found.pop(path, None)
        found |= links
    yield from found.items()
