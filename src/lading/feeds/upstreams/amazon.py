"""Amazon Linux: the advisories (ALAS) of its package repositories, a shard for each release.

Source: the `updateinfo` of the repositories that https://cdn.amazonlinux.com serves. Only fixes are published. Besides
its core a release has repositories of their own for other version lines of the same packages (the topics of Amazon
Linux 2's "extras", such as kernel-5.15 or php8.1), for live patches and for NVIDIA's software.
"""

import html
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from lading.advisories.writer import ShardWriter
from lading.feeds.builds import by_condition
from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.updateinfo import Update, UpdatedPackage, iter_updates
from lading.formats.summaries import short
from lading.model.advisory import Advisory, AdvisoryText, Range, ShardName
from lading.model.severities import word_severity

_CDN = "https://cdn.amazonlinux.com"
_FOLDERS = {
    "1": {"2018.03/updates": "http://repo.us-west-2.amazonaws.com/2018.03/updates/x86_64/mirror.list"},
    "2": {"2/core": f"{_CDN}/2/core/latest/x86_64/mirror.list"},
    "2022": {"al2022/core": f"{_CDN}/al2022/core/mirrors/latest/x86_64/mirror.list"},
    "2023": {
        f"al2023/{name}": f"{_CDN}/al2023/{name}/mirrors/latest/x86_64/mirror.list"
        for name in ("core", "kernel-livepatch", "nvidia")
    },
}
_TOPICS = (
    "ansible2", "aws-nitro-enclaves-cli", "BCC", "collectd", "collectd-python3", "corretto8", "dnsmasq", "docker",
    "ecs", "emacs", "firefox", "golang1.11", "golang1.19", "golang1.9", "GraphicsMagick1.3", "haproxy2",
    "httpd_modules", "java-openjdk11", "kernel-5.10", "kernel-5.15", "kernel-5.4", "kernel-ng", "libreoffice",
    "livepatch", "lustre", "lynis", "mariadb10.5", "memcached1.5", "mock2", "mono", "nano", "nginx1", "php7.4",
    "php8.0", "php8.1", "php8.2", "postgresql10", "postgresql11", "postgresql12", "postgresql13", "postgresql14",
    "python3.8", "R4", "redis6", "ruby2.6", "ruby3.0", "rust1", "selinux-ng", "squid4", "tomcat8.5", "tomcat9",
    "unbound1.13", "unbound1.17", "vim",
)  # fmt: skip
_PATH = re.compile(r"amazon(?:-alas)?/(.*updateinfo.*\.xml(?:\.gz)?)")
_RELEASES = (
    ("2023", re.compile(r"al2023/|.*updateinfo_2023")),
    ("2022", re.compile(r"al2022/|.*updateinfo_2022")),
    ("2", re.compile(r"2/|.*(?:linux_2_updateinfo|updateinfo_2[_.])")),
    ("1", re.compile(r"20\d\d\.\d\d/|.*updateinfo_1[_.]")),
)
_SHARD = re.compile(r"amazon-(1|2|2022|2023)")
_ID = re.compile(r"ALAS(?:2023|2022|2)?(.+)", re.ASCII)
_TOPIC_NUMBER = re.compile(r"[a-zA-Z_-](\d+(?:\.\d+)*)$", re.ASCII)
_VERSION = re.compile(r"(\d+:)?([^-]+)", re.ASCII)
_TICKET = re.compile(r"^(?:\d{6,8}:\s*)+", re.ASCII)
_MOST_SUMMARY = 300


class _Repository(Struct, frozen=True):
    """`topic` is empty for the core, `core` are the names of its packages."""

    release: str
    topic: str
    core: frozenset[str]


def parse_updates(release: str, files: Mapping[str, Path], build: Build) -> None:
    """One release. Raises FeedError when a document is broken."""
    writer = build.shard(f"amazon-{release}", "rpm", "binary")
    if writer is None:
        return
    core: set[str] = set()
    for topic, path in sorted((_topic(path), path) for path in files.values()):
        repository = _Repository(release, topic, frozenset(core))
        for update in iter_updates(path):
            if not update.id:
                build.skip(f"{path.name}: an update without a name")
                continue
            build.date(max(update.issued, update.updated))
            _read_update(update, repository, writer)
            if not topic:
                core.update(package.name for part in update.collections for package in part.packages)


def _topic(path: Path) -> str:
    """The repository besides the core that a document is of ("kernel-5.15", "nvidia"), by its first collection
    ("amazon-linux-2---kernel-5.15")."""
    first = next((part for update in iter_updates(path) for part in update.collections), None)
    return first.short.partition("---")[2] if first else ""


def _read_update(update: Update, repository: _Repository, writer: ShardWriter) -> None:
    vulnerabilities = update.vulnerabilities() or ((update.id,) if update.kind == "security" else ())
    packages: dict[str, list[UpdatedPackage]] = {}
    for package in (package for part in update.collections for package in part.packages):
        packages.setdefault(package.name, []).append(package)
    machines = {package.arch for builds in packages.values() for package in builds} & {"aarch64", "x86_64"}
    severity = word_severity(update.severity, "amazon")
    for name, builds in packages.items():
        arches = ((package.arch, package.version) for package in builds)
        # Excerpts and old advisories know one architecture; that says nothing about the others.
        for condition, versions in by_condition(arches, machines if len(machines) > 1 else ()):
            ranges = tuple(Range(_line(name, version, repository), fixed=version) for version in versions)
            for vulnerability in vulnerabilities:
                advisory = Advisory(
                    id=vulnerability,
                    package=name,
                    ranges=ranges,
                    severities=(severity,) if severity else (),
                    note=update.id if vulnerability != update.id else "",
                    condition=condition,
                    fix_date=update.issued,
                    remark=f"in the repository {repository.topic}" if repository.topic else "",
                )
                writer.add(advisory)
    for vulnerability in vulnerabilities:
        writer.add_text(
            AdvisoryText(
                vulnerability,
                summary=_summary(update, vulnerability),
                url=_address(update.id, repository.release),
                notice=update.id if vulnerability != update.id else "",
            )
        )


def _line(name: str, version: str, repository: _Repository) -> str:
    """Where the version line of a topic begins, so that its advisories leave the packages of the core and of other
    topics alone: 5.15 for the kernels of kernel-5.15; of a package that the core has too, two numbers of its version.
    Empty where there is but one line."""
    match = _VERSION.match(version)
    if not repository.topic or match is None:
        return ""
    epoch, upstream = match[1] or "", match[2]
    number = _TOPIC_NUMBER.search(repository.topic)
    if number is not None and f"{upstream}.".startswith(f"{number[1]}."):
        return epoch + number[1]
    return epoch + ".".join(upstream.split(".")[:2]) if name in repository.core else ""


def _summary(update: Update, vulnerability: str) -> str:
    """What the description says of one vulnerability, the first paragraph below its name; else the title."""
    _, found, rest = update.description.partition(f"{vulnerability}:")
    lines = " ".join(rest.strip().partition("\n\n")[0].split()) if found else ""
    text = html.unescape(_TICKET.sub("", lines)) or update.title.rpartition(": ")[2]
    return short(text, _MOST_SUMMARY)


def _address(notice: str, release: str) -> str:
    """The pages leave out the release from an advisory's name and have a folder for each (none for the first)."""
    number = _ID.fullmatch(notice)
    folder = "" if release == "1" else f"AL{release}/"
    return f"https://alas.aws.amazon.com/{folder}ALAS{number[1]}.html" if number else "https://alas.aws.amazon.com/"


def _unit(release: str, documents: Sequence[Document]) -> Unit:
    return Unit(f"amazon-{release}", tuple(documents), partial(parse_updates, release))


def _upstream(release: str) -> Unit:
    documents = [
        Document(f"amazon/{folder}/updateinfo.xml.gz", url, repository="updateinfo")
        for folder, url in _FOLDERS[release].items()
    ]
    if release == "2":
        documents += [
            Document(
                f"amazon/2/extras/{topic}/updateinfo.xml.gz",
                f"{_CDN}/2/extras/{topic}/latest/x86_64/mirror.list",
                optional=True,
                repository="updateinfo",
            )
            for topic in _TOPICS
        ]
    return _unit(release, documents)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return tuple(map(_upstream, _FOLDERS))
    documents: dict[str, list[Document]] = {}
    for path in sorted(held):
        if match := _PATH.fullmatch(path):
            release = next((name for name, folder in _RELEASES if folder.match(match[1])), "")
            documents.setdefault(release, []).append(Document(path, f"{_CDN}/{match[1]}"))
    return tuple(_unit(release, documents[release]) for release in sorted(documents) if release)


def _unit_for(shard: ShardName) -> Unit | None:
    match = _SHARD.fullmatch(shard)
    return _upstream(match[1]) if match else None


FEED = Feed("amazon", "Amazon Linux security advisories", _units, _unit_for)
