"""Which package manager moves a package, where, and by which lines."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from posixpath import dirname
from shlex import quote
from typing import Final, NamedTuple

from lading.model.package import DISTRIBUTED, INTO, Package
from lading.policy.fixes.conda import CondaRecords

_SAFE: Final = re.compile(r"[A-Za-z0-9@._+/~:^=<>,!-]+", re.ASCII)
"""What may be written into a command: anything else is the work of somebody who wants it to be run."""
_PREFIX: Final = re.compile(r"(?:^|(.*)/)lib(?:64)?/(python\d[\d.]*t?)/(?:site|dist)-packages/")
_GLOBAL: Final = re.compile(r"(?:^|/)(?:usr|usr/local|node|v\d[\d.]*)/lib$|^lib$")
_LONGEST: Final = 110
_MODULES: Final = "node_modules/"

_SYSTEM: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "deb": (
        (
            "apt-get",
            (
                "RUN apt-get update \\",
                "    && apt-get install -y --no-install-recommends --only-upgrade {} \\",
                "    && rm -rf /var/lib/apt/lists/*",
            ),
        ),
    ),
    "apk": (("apk", ("RUN apk upgrade --no-cache {}",)),),
    "rpm": (
        ("dnf5", ("RUN dnf5 upgrade -y {} && dnf5 clean all",)),
        ("dnf", ("RUN dnf upgrade -y {} && dnf clean all",)),
        ("tdnf", ("RUN tdnf update -y {} && tdnf clean all",)),
        ("microdnf", ("RUN microdnf update -y {} && microdnf clean all",)),
        ("zypper", ("RUN zypper --non-interactive update {} && zypper clean --all",)),
        ("yum", ("RUN yum update -y {} && yum clean all",)),
    ),
    "alpm": (("pacman", ("RUN pacman -Syu --noconfirm  # {}",)),),
    "opkg": (("opkg", ("RUN opkg update && opkg upgrade {}",)),),
}
"""By type of packages, the managers with the lines that move some, the best first."""
_PROGRAMS: Final[Mapping[str, str]] = {"apt": "apt-get", "apk-tools": "apk", "libdnf5-cli": "dnf5"}
"""Packages that are called otherwise than the manager in them."""


class Place(NamedTuple):
    """Who moves a package, and where that is; `reason` is why nobody can, empty otherwise. `program` is the manager's
    where it need not be on the path, `name` what the manager calls the package where it has its own names."""

    manager: str = ""
    where: str = ""
    reason: str = ""
    program: str = ""
    name: str = ""


class Move(NamedTuple):
    """A package by the name that its manager has for it, and the version to move it to. `asked_otherwise` tells that
    the application asks for another one."""

    name: str
    version: str
    asked_otherwise: bool = False


def is_safe(*texts: str) -> bool:
    """Whether texts may stand in a command."""
    return all(_SAFE.fullmatch(text) and not text.startswith("-") for text in texts)


def system_manager(kind: str, packages: Iterable[Package]) -> str:
    """The package manager that an image has for a type of system packages; empty for none."""
    names = {_PROGRAMS.get(one.name, one.name) for one in packages if one.type in DISTRIBUTED and not one.removed}
    return next((manager for manager, _ in _SYSTEM.get(kind, ()) if manager in names), "")


def places_of(package: Package, system: Callable[[str], str], conda: CondaRecords) -> tuple[Place, ...]:
    """Who moves a package, wherever it is installed. `system` gives the manager of a type of system packages."""
    if not is_safe(package.name):
        return (_UNSAFE,)
    if package.type in DISTRIBUTED:
        manager = system(package.type)
        return (Place(manager) if manager else Place(reason="the image has no package manager"),)
    if package.owner:
        return (Place(reason=f"comes with the system package {package.owner_name}"),)
    paths = [one.path for one in package.locations] or [""]
    return tuple(dict.fromkeys(_conda(package, path, conda) or _place(package, path) for path in paths))


def _conda(package: Package, path: str, conda: CondaRecords) -> Place | None:
    """Where conda installed it, which knows it by its own name; None where conda did not."""
    record = conda.installed(package, path)
    if record is None:
        return None
    program = conda.program()
    if not program:
        return Place(reason=f"comes with the conda package {record.name}, and the image has no conda")
    place = Place("conda", f"/{record.prefix}", program=f"/{program}", name=record.name)
    return place if is_safe(place.where, place.program, place.name) else _UNSAFE


def _place(package: Package, path: str) -> Place:
    if package.evidence == "declared":
        return Place("source", path) if is_safe(path or "x") else _UNSAFE
    archive, is_inside, _ = path.partition(INTO)
    if is_inside:
        return Place("source", archive) if is_safe(archive) else _UNSAFE
    finder = _PLACES.get(package.type)
    place = finder(package, path) if finder else Place("source", path)
    return place if is_safe(place.where or "x") else _UNSAFE


_UNSAFE: Final = Place(reason="its name or path is none that is safe")


def _python(package: Package, path: str) -> Place:
    match = _PREFIX.match(path)
    if match is None:
        return Place("source", path)
    prefix = match[1] or ""
    return Place("pip", match[2] if prefix in ("usr", "usr/local") else f"/{prefix}/bin/python".replace("//", "/"))


def _node(package: Package, path: str) -> Place:
    root, found, rest = path.partition(_MODULES)
    if not found:
        return Place("source", path)
    directory = root.rstrip("/")
    if not _GLOBAL.search(directory):
        return Place("pnpm" if ".pnpm/" in rest else "npm", f"/{directory}")
    if _MODULES in rest:
        return Place(reason=f"comes with {rest.split('/')[0]}, which is installed for all")
    return Place("npm -g", f"/{directory}")


def _gem(package: Package, path: str) -> Place:
    return Place("gem", f"/{path.partition('/specifications/')[0]}" if "/specifications/" in path else "")


def _composer(package: Package, path: str) -> Place:
    root = dirname(dirname(dirname(path)))
    return Place("composer", f"/{root}")


_PLACES: Final[Mapping[str, Callable[[Package, str], Place]]] = {
    "pypi": _python,
    "npm": _node,
    "gem": _gem,
    "composer": _composer,
}

_IN_IMAGE: Final = frozenset(
    {
        "conda",
        "pip",
        "npm",
        "npm -g",
        "pnpm",
        "gem",
        "composer",
        *(manager for rows in _SYSTEM.values() for manager, _ in rows),
    }
)


def is_in_image(manager: str) -> bool:
    """Whether a manager's lines are those of a Dockerfile."""
    return manager in _IN_IMAGE


def lines_of(
    manager: str, where: str, kind: str, moves: Sequence[Move], program: str = "", *, develops: bool = False
) -> tuple[str, ...]:
    """The lines that move packages: of a Dockerfile, or for the application's source. Where what only a development
    needs is installed (`develops`), they leave it there."""
    if manager == "conda":
        return _with_conda(program, where, moves)
    for name, lines in _SYSTEM.get(kind, ()):
        if name == manager:
            named = " ".join(sorted({quote(one.name) for one in moves}))
            return tuple(line.format(named) for line in lines)
    if manager not in _LINES:
        return tuple(_source(kind, one) for one in moves)
    lines = _LINES[manager](where, moves)
    return tuple(line.replace(_OMITS.get(manager, ""), "") for line in lines) if develops else lines


def _with_conda(program: str, prefix: str, moves: Sequence[Move]) -> tuple[str, ...]:
    """At least the version: channels do not have every one that the package's own registry has."""
    command = f"RUN {program} install --yes --prefix {quote(prefix)}"
    wanted = _wrapped(command, [f"{one.name}>={one.version}" for one in moves], " \\")
    return (*wanted, f"    && {program} clean --all --yes")


def _pip(where: str, moves: Sequence[Move]) -> tuple[str, ...]:
    """Of a version before a release the release is as good, and any later one."""
    pinned = [f"{one.name}{'>=' if re.search('[a-z]', one.version) else '=='}{one.version}" for one in moves]
    return _wrapped(f"RUN {where} -m pip install --no-cache-dir", pinned)


def _npm(where: str, moves: Sequence[Move]) -> tuple[str, ...]:
    named = [f"{one.name}@{one.version}" for one in moves if one.asked_otherwise]
    others = [one.name for one in moves if not one.asked_otherwise]
    if not named:
        return _wrapped(f"RUN cd {quote(where)} && npm update --omit=dev", others)
    installed = _wrapped(f"RUN cd {quote(where)} && npm install --omit=dev", named, " \\" if others else "")
    return (*installed, *_wrapped("    && npm update --omit=dev", others)) if others else installed


def _npm_global(where: str, moves: Sequence[Move]) -> tuple[str, ...]:
    return _wrapped("RUN npm install --global", [f"{one.name}@{one.version}" for one in moves])


def _pnpm(where: str, moves: Sequence[Move]) -> tuple[str, ...]:
    return _wrapped(f"RUN cd {quote(where)} && pnpm update --prod", [one.name for one in moves])


def _gems(where: str, moves: Sequence[Move]) -> tuple[str, ...]:
    old = " ".join(quote(one.name) for one in moves)
    return (
        *_wrapped("RUN gem install --no-document", [f"{one.name}:{one.version}" for one in moves], " \\"),
        f"    && gem cleanup {old}",
    )


def _composed(where: str, moves: Sequence[Move]) -> tuple[str, ...]:
    command = f"RUN cd {quote(where)} && composer update --no-dev --with-dependencies"
    return _wrapped(command, [one.name for one in moves])


def _wrapped(command: str, words: Sequence[str], end: str = "") -> tuple[str, ...]:
    """A command on one line, or with a line for each word where that would be long."""
    quoted = [quote(one) for one in words]
    whole = " ".join([command, *quoted])
    if len(whole) <= _LONGEST:
        return (f"{whole}{end}",)
    return (f"{command} \\", *(f"    {one} \\" for one in quoted[:-1]), f"    {quoted[-1]}{end}")


_OMITS: Final[Mapping[str, str]] = {"npm": " --omit=dev", "pnpm": " --prod", "composer": " --no-dev"}
_LINES: Final[Mapping[str, Callable[[str, Sequence[Move]], tuple[str, ...]]]] = {
    "pip": _pip,
    "npm": _npm,
    "npm -g": _npm_global,
    "pnpm": _pnpm,
    "gem": _gems,
    "composer": _composed,
}


def _source(kind: str, move: Move) -> str:
    if kind == "golang":
        if move.name == "stdlib":
            return f"build with Go {move.version} or later"
        return f"go get {quote(move.name)}@v{move.version.removeprefix('v')}"
    if kind == "maven":
        include = quote(move.name)
        return f"mvn versions:use-dep-version -Dincludes={include} -DdepVersion={move.version} -DforceVersion=true"
    form = _SOURCES.get(kind, "install {name} {version} or later")
    return form.format(name=quote(move.name), version=quote(move.version))


_SOURCES: Final[Mapping[str, str]] = {
    "cargo": "cargo update --package {name} --precise {version}",
    "nuget": "dotnet add package {name} --version {version}",
    "hex": "mix deps.update {name}",
    "pub": "dart pub upgrade {name}",
    "npm": "npm install {name}@{version}",
    "pypi": "pip install {name}=={version}",
}
