"""Which distribution an image is.

Source: os-release(5); Debian's release code names; apk-tools' repositories file, which tells the branch that is really
installed from when it is newer than os-release says.
"""

import re
from collections.abc import Mapping

from msgspec import structs

from lading.model.distributions import distribution_info, distributions
from lading.model.package import Distribution
from lading.model.rebuilders import PREFIXES

_ASSIGNMENT = re.compile(r"""([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))""")
_BRANCH = re.compile(r"/(edge|v(\d{1,9})\.(\d{1,9}))/(?:main|community|testing)\b", re.ASCII)
_TWO_NUMBERS = re.compile(r"(\d{1,9})\.(\d{1,9})", re.ASCII)
_RELEASE_FILES = ("etc/centos-release", "etc/redhat-release", "etc/system-release")
_APT_SOURCES = ("etc/apt/sources.list", "etc/apt/sources.list.d/debian.sources")
_CURATED = {"usr/share/rapidfort/curated.json": "RapidFort"}
"""Files that lie in images whose packages somebody has rebuilt and keeps up, while os-release goes on as before."""
_UNSTABLE = re.compile(r"^(?:deb\s.*|Suites:.*)\b(?:sid|unstable)\b", re.MULTILINE)
_BRACKET = re.compile(r"\(([\w-]+)\)", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)*")


def parse_os_release(text: str) -> dict[str, str]:
    """The assignments of an os-release file, with shell quoting undone; what is not an assignment is skipped."""
    values = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.match(line.strip())
        if match:
            double, single, bare = match[2], match[3], match[4]
            values[match[1]] = re.sub(r"\\(.)", r"\1", double) if double is not None else single or bare or ""
    return values


def detect(texts: Mapping[str, str]) -> Distribution | None:
    """The distribution, from the texts of the files that tell (path to content); None when none of them does."""
    found = _detect(texts)
    rebuilder = next((name for path, name in _CURATED.items() if path in texts), "")
    return structs.replace(found, rebuilder=rebuilder) if found is not None and rebuilder else found


def _detect(texts: Mapping[str, str]) -> Distribution | None:
    for path in ("etc/os-release", "usr/lib/os-release"):
        values = parse_os_release(texts.get(path, ""))
        if values.get("ID"):
            return _from_os_release(values, texts, path)
    if "etc/alpine-release" in texts:
        version = texts["etc/alpine-release"].strip()
        return _alpine({"ID": "alpine", "VERSION_ID": version}, texts, "etc/alpine-release")
    if "etc/debian_version" in texts:
        return _debian({"ID": "debian"}, texts, "etc/debian_version")
    stated = (_from_text(texts.get(path, ""), path) for path in _RELEASE_FILES)
    return next((found for found in stated if found is not None), None)


def contradiction_of(found: Distribution, texts: Mapping[str, str]) -> str:
    """What stands beside the file that a distribution was told by and names another release, as a clause; empty when
    nothing does. A release without advisories contradicts none, nor do files of what the distribution is made from."""
    stated = {path: texts.get(path, "") for path in ("etc/os-release", "usr/lib/os-release")}
    others = {path: parse_os_release(text) for path, text in stated.items() if path != found.path}
    releases = {path: _from_os_release(one, texts, path).release for path, one in others.items() if one.get("ID")}
    info = distribution_info(found.id)
    if info is not None and found.codename:
        releases[f"the code name {found.codename}"] = info.release("", found.codename)
    if found.id == "debian" and (number := _NUMBER.match(texts.get("etc/debian_version", "").strip())):
        releases["etc/debian_version"] = _known("debian", number[0], "", number[0]).release
    if found.id == "alpine" and not found.release.endswith("edge"):
        below = _TWO_NUMBERS.match(texts.get("etc/alpine-release", "").strip())
        same = below is None or found.version_id.startswith(f"{below[0]}.") or found.version_id == below[0]
        releases["etc/alpine-release"] = "" if same or below is None else f"alpine-{below[0]}"
    for path in _RELEASE_FILES:
        named = _from_text(texts.get(path, ""), path)
        if named is not None and named.id == found.id:
            releases[path] = named.release
    of = {where: release for where, release in releases.items() if release and release != found.release}
    return next((f"{where} is of {release}, {found.path} of {found.release}" for where, release in of.items()), "")


def _from_os_release(values: dict[str, str], texts: Mapping[str, str], path: str) -> Distribution:
    identity = values["ID"].lower()
    if identity == "debian":
        return _debian(values, texts, path)
    if identity == "alpine":
        return _alpine(values, texts, path)
    if identity in PREFIXES:
        return _rebuilt(identity, values, texts, path)
    codename = values.get("VERSION_CODENAME") or values.get("UBUNTU_CODENAME", "")
    version = values.get("VERSION_ID", "")
    # openEuler's service packs have releases of their own, which only its long name tells: "24.03 (LTS-SP1)".
    pack = _BRACKET.search(values.get("VERSION", "")) if identity == "openeuler" else None
    found = _known(identity, version, codename, f"{version}-{pack[1]}" if pack else version)
    return structs.replace(found, pretty=values.get("PRETTY_NAME") or values.get("NAME", identity), path=path)


def _rebuilt(identity: str, values: dict[str, str], texts: Mapping[str, str], path: str) -> Distribution:
    """A hardened image: a release of what its packages are made of, rebuilt."""
    lineage = (values.get("ID_LIKE", "").lower().split() or [""])[0]
    found = _from_os_release({**values, "ID": lineage}, texts, path) if lineage and lineage not in PREFIXES else None
    release = f"{identity}-{found.release}" if found is not None and found.release else ""
    pretty = values.get("PRETTY_NAME") or values.get("NAME", identity)
    version, codename = values.get("VERSION_ID", ""), values.get("VERSION_CODENAME", "")
    return Distribution(identity, version, codename, pretty=pretty, release=release, path=path)


def _known(identity: str, version: str, codename: str, stated: str) -> Distribution:
    """A distribution by its os-release ID; `stated` is the version that names its release."""
    info = distribution_info(identity)
    if info is None:
        return Distribution(identity, version, codename)
    release = info.release(stated, codename)
    return Distribution(identity, info.version_id(version, release), codename, release=release)


def _from_text(text: str, path: str) -> Distribution | None:
    """By a line such as `CentOS release 6.10 (Final)`: the first name in it, and the number behind that."""
    found = {}
    for info in distributions():
        if match := re.search(rf"\b{re.escape(info.name)}\b\D*([\d.]+)", text):
            found[match.start()] = (info.ids[0], match[1])
    if not found:
        return None
    identity, version = found[min(found)]
    return structs.replace(_known(identity, version, "", version), pretty=text.strip().splitlines()[0], path=path)


def _debian(values: dict[str, str], texts: Mapping[str, str], path: str) -> Distribution:
    """Testing and unstable have no VERSION_ID and say the same (`forky/sid`) everywhere but in apt's sources."""
    stated = texts.get("etc/debian_version", "").strip()
    codename = values.get("VERSION_CODENAME", "").lower()
    number = _NUMBER.match(values.get("VERSION_ID", "") or ("" if codename else stated))
    if number is None:
        codename = codename or stated.partition("/")[0].lower()
        sources = " ".join(texts.get(source, "") for source in _APT_SOURCES)
        if "/sid" in f"{stated} {values.get('PRETTY_NAME', '')}" and _UNSTABLE.search(sources):
            codename = "sid"
    version = number[0] if number else ""
    found = _known("debian", version, codename, version)
    pretty = values.get("PRETTY_NAME") or f"Debian GNU/Linux {stated or found.version_id}".strip()
    return structs.replace(found, pretty=pretty, path=path)


def _alpine(values: dict[str, str], texts: Mapping[str, str], path: str) -> Distribution:
    version = values.get("VERSION_ID", "")
    numbers = _TWO_NUMBERS.match(version)
    branch = (int(numbers[1]), int(numbers[2])) if numbers else None
    edge = "_alpha" in version or version.startswith("edge")
    for line in texts.get("etc/apk/repositories", "").splitlines():
        # "@tag" lines serve only packages that were asked for by that tag.
        match = None if line.lstrip().startswith(("#", "@")) else _BRANCH.search(line)
        if match and match[1] == "edge":
            edge = True
        elif match:
            branch = max(branch or (0, 0), (int(match[2]), int(match[3])))
    release = "alpine-edge" if edge else f"alpine-{branch[0]}.{branch[1]}" if branch else ""
    return Distribution(
        id="alpine",
        version_id=version,
        pretty=values.get("PRETTY_NAME") or f"Alpine Linux {version}".strip(),
        release=release,
        path=path,
    )
