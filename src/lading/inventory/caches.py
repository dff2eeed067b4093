"""What package managers keep to install from: it lies in an image and is not installed, unless an environment links to
it or the image runs from there.

Sources: the manuals of each on its cache (uv's buckets, pip, conda's package directory, npm-cache(1), Cargo's home,
Go's module cache, Yarn, pnpm, Bun, Composer, RubyGems, NuGet, Hex, opam, Cabal, rustup, mise, asdf, nvm, Volta, SDKMAN;
apt, apk, dnf, pacman, zypper). Places from which programs run as they are (Maven's and Gradle's repositories, NuGet's
global packages, Deno's modules, pub's cache, zip archives of Yarn's Plug'n'Play) are none of these.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import structs

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.seen import Known, Seen
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.image import ImageConfig

_PLACES: Final = (
    # What uv unpacked: a wheel, but not the environment of a tool that `uvx` runs.
    r"/archive-v\d+(?=/[\w-]{12,}/(?!lib(?:64)?/python))",
    r"/(?:\.cache/uv|\.?uv[-_/]?cache)/(?:builds|built-wheels|flat-index|git|sdists|simple|wheels)-v\d+",
    r"/\.cache/pip",
    r"/pip/(?:cache|http|http-v2|wheels)(?=/[0-9a-f]{1,2}/)",
    r"/\.cache/(?:composer|go-build|Homebrew|luarocks|pdm|pypoetry/(?:artifacts|cache)|yarn)",
    r"/\.composer/cache",
    r"/_cacache/(?:content-v2|index-v5|tmp)",
    r"/\.bun/install/cache",
    r"/(?:pnpm/|\.pnpm-)store/v\d+",
    r"/[^/]*(?:conda|mamba|forge)[^/]*/pkgs",
    r"/\.?cargo/(?:git/(?:checkouts|db)|registry/(?:cache|src))",
    r"/registry/(?:cache|src)/(?:github\.com|index\.crates\.io)-[0-9a-f]{16}",
    # A toolchain that Go fetched runs from there.
    r"/pkg/mod(?=/(?!golang\.org/toolchain@))",
    r"/(?:bundler?|gems?|ruby|vendor)/(?:[^/]+/){0,3}cache(?=/[^/]+\.gem$)",
    r"/(?:http-cache|v3-cache|\.hex/packages|\.opam/(?:download-cache|repo)|\.cabal/packages)",
    r"/\.(?:asdf/downloads|local/share/mise/downloads|nvm/\.cache|rustup/(?:downloads|tmp)|sdkman/(?:archives|tmp)"
    r"|volta/(?:inventory|tmp))",
    r"^/var/cache/(?:apk|apt/archives|dnf|libdnf5|pacman/pkg|yum|zypp/packages)",
    r"^/etc/apk/cache",
)
_CACHE: Final = re.compile("(?:" + "|".join(_PLACES) + ")(?=/)")
_HINT: Final = re.compile(
    r"archive|cache|\.cabal|cargo/git|download|\.hex|inventory|/mod/|\.opam|pkgs/|registry/|store/v|/tmp/|/pip/"
)
"""Stands in every one of these paths, and in few others."""
_CONDA: Final = "/conda-meta/"
_FINDS: Final = re.compile(r"(?:PATH|LIB|OPTIONS|OPTS|PRELOAD)$", re.ASCII)
"""The ends of the names of variables that say where programs and libraries lie: PATH, CLASSPATH, NODE_OPTIONS."""
_MOST_NAMED: Final = 3


class Caches:
    """The package caches of an image, of which `paths` are the files that readers know."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._conda = {f"/{path.partition(_CONDA)[0]}/pkgs/" for path in paths if _CONDA in path}
        self._known: dict[str, str] = {}

    def around(self, path: str) -> str:
        """The cache that a path lies in, "" for none."""
        cut = path.rfind("/") + 1
        directory = path if path.endswith(".gem") else path[:cut]
        cache = self._known.get(directory)
        if cache is None:
            cache = self._known[directory] = self._around(f"/{directory}")
        return cache

    def _around(self, rooted: str) -> str:
        if not _HINT.search(rooted):
            return ""
        if found := _CACHE.search(rooted):
            return rooted[1 : found.end()]
        return next((prefix[1:-1] for prefix in sorted(self._conda) if rooted.startswith(prefix)), "")


def installed(
    visible: Mapping[Known, Seen], links: Mapping[str, str], runs: Sequence[str] = ()
) -> tuple[dict[Known, Seen], list[Diagnostic]]:
    """What the container sees without what lies in caches alone; what an environment links to from there stands where
    the link is. `links` are the links to directories above such files, and to these files, with what each leads to.
    A cache from which the image runs (`runs`, see `run_by`) is none. What was left out is reported."""
    caches = Caches(seen.path for seen in visible.values())
    used: dict[str, bool] = {}
    linked: dict[str, list[str]] = {}
    for link, target in sorted(links.items()):
        if caches.around(f"{target}/") not in ("", target) and not caches.around(f"{link}/"):
            linked.setdefault(target, []).append(link)
    kept: dict[Known, Seen] = {}
    left_out: list[tuple[str, CatalogerResult]] = []
    for known, seen in visible.items():
        cache = caches.around(seen.path)
        if cache and cache not in used:
            used[cache] = any(f"/{cache}/" in text for text in runs)
        if not cache or used[cache]:
            kept[known] = seen
            continue
        places = tuple(_places(seen.path, linked))
        kept |= {(seen.reader, place): structs.replace(seen, path=place) for place in places}
        if not places and (seen.facts.packages or seen.facts.unknown):
            left_out.append((cache, seen.facts))
    return kept, [*_report(left_out), *_report_used([cache for cache, is_used in used.items() if is_used])]


def run_by(config: ImageConfig | None) -> tuple[str, ...]:
    """What of a configuration leads to what runs: the words of the entrypoint and the command, and the variables by
    which programs find others."""
    if config is None:
        return ()
    named = (one.partition("=") for one in config.environment)
    places = (f"{place}/" for name, _, value in named if _FINDS.search(name) for place in value.split(":"))
    return (*config.entrypoint, *config.command, *places)


def _places(path: str, linked: Mapping[str, list[str]]) -> Iterator[str]:
    """Where links lead to a path: all that lead to the file itself, else the first that leads to a directory above."""
    if path in linked:
        yield from linked[path]
        return
    above = path
    while above := above.rpartition("/")[0]:
        if above in linked:
            yield linked[above][0] + path[len(above) :]
            return


def _report_used(used: Sequence[str]) -> Iterator[Diagnostic]:
    if used:
        named = ", ".join(sorted(used)[:_MOST_NAMED]) + (", …" if len(used) > _MOST_NAMED else "")
        message = f"the image runs what lies in package caches ({named}): archives in them were not opened"
        yield diagnostic("package-cache-used", message, min(used))


def _report(left_out: list[tuple[str, CatalogerResult]]) -> Iterator[Diagnostic]:
    if not left_out:
        return
    names = sorted({cache for cache, _ in left_out})
    named = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
    packages = {(one.type, one.name, one.version) for _, facts in left_out for one in facts.packages}
    files = sum(1 for _, facts in left_out if not facts.packages)
    counts = [
        f"{number:,} {what}{'s' if number > 1 else ''}"
        for number, what in ((len(packages), "package"), (files, "file"))
        if number
    ]
    message = f"{' and '.join(counts)} in package caches ({named}) left out: they are kept to install from"
    yield diagnostic("package-cache", message, names[0])
