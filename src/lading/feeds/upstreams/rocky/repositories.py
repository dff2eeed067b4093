"""The advisories and modules of Rocky Linux's package repositories.

Source: createrepo_c's updateinfo.xml and modules.yaml (https://docs.fedoraproject.org/en-US/modularity/, "modulemd").
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lading.feeds.feed import Build, read_document
from lading.feeds.updateinfo import Update, iter_updates
from lading.feeds.upstreams.rocky.notices import Notice, RpmBuild, Vulnerability, add_notice
from lading.model.errors import FormatError
from lading.safeio.yaml_text import parse_yaml

_LIMIT = 500_000_000
_RELEASE = re.compile(r"rocky-linux-(\d+)", re.ASCII)
_IN_PATH = re.compile(r"/(\d+)(?:\.\d+)?/", re.ASCII)
_MARK = re.compile(r"\.(module[^\s:]*)", re.ASCII)
_BETWEEN = re.compile(rb"^---[ \t]*$", re.MULTILINE)


def parse_modules(paths: Iterable[Path], build: Build) -> Mapping[str, str]:
    """`name:stream` of modules by the mark that their builds have in the release
    ("module+el9.1.0+13358+56c3b6a3")."""
    found: dict[str, str] = {}
    for path in paths:
        for document in _BETWEEN.split(read_document(path, _LIMIT)):
            if b"document: modulemd\n" not in document.replace(b"\r\n", b"\n"):
                continue  # defaults, obsoletes
            try:
                found |= _module(document)
            except FormatError:
                build.skip(f"{path.name}: a module that cannot be read")
    return found


def _module(document: bytes) -> dict[str, str]:
    root = parse_yaml(document.split(b"\n...", 1)[0])
    data = root.get("data", "") if isinstance(root, dict) else ""
    if not isinstance(data, dict) or not data.get("name") or not data.get("stream"):
        raise FormatError("it has no name")
    artifacts = data.get("artifacts", "")
    builds = artifacts.get("rpms", "") if isinstance(artifacts, dict) else ""
    marks = (_MARK.search(one) for one in builds if isinstance(one, str))
    # The architecture stands behind the mark, with a dot before it.
    return {mark[1].rpartition(".")[0]: f"{data['name']}:{data['stream']}" for mark in marks if mark}


def parse_updates(
    files: Mapping[str, Path], modules: Mapping[str, str], known: Collection[str], build: Build
) -> set[str]:
    """The advisories of repositories, those of one name taken together, for each architecture has repositories of its
    own. Those whose names are `known` are left out; gives the names of the others. Raises FeedError."""
    releases: dict[str, dict[str, tuple[Notice, set[RpmBuild]]]] = {}
    for layout, path in sorted(files.items()):
        for update in iter_updates(path):
            if not update.id:
                build.skip(f"{path.name}: an update without a name")
            elif update.id not in known:
                build.date(max(update.issued, update.updated))
                for release, builds in _releases(update, layout, modules):
                    held = releases.setdefault(release, {}).setdefault(update.id, (_notice(update), set()))
                    held[1].update(builds)
    for release, notices in releases.items():
        for notice, built in notices.values():
            add_notice(notice, release, built, build)
    return {name for notices in releases.values() for name in notices}


def _releases(update: Update, layout: str, modules: Mapping[str, str]) -> Iterator[tuple[str, Sequence[RpmBuild]]]:
    for part in update.collections:
        release = _RELEASE.search(part.short) or _IN_PATH.search(layout)
        if release is not None:
            yield (
                release[1],
                [
                    RpmBuild(one.name, one.arch, one.version, part.module or _module_of(one.version, modules))
                    for one in part.packages
                ],
            )


def _module_of(version: str, modules: Mapping[str, str]) -> str:
    mark = _MARK.search(version)
    return modules.get(mark[1], "") if mark else ""


def _notice(update: Update) -> Notice:
    vulnerabilities = tuple(Vulnerability(one) for one in update.vulnerabilities())
    return Notice(update.id, update.title, update.severity, update.issued, vulnerabilities)
