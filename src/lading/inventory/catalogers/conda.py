"""conda: the records of installed packages, and the environments that files ask for.

Sources: https://docs.conda.io/projects/conda/en/latest/dev-guide/deep-dives/install.html (conda-meta),
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html (environment.yaml) and
https://docs.conda.io/projects/conda-build/en/latest/resources/package-spec.html (match specifications).
"""

import re
from collections.abc import Iterator
from posixpath import dirname

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.needs import bounded
from lading.inventory.published import digest, published
from lading.inventory.unread import fault_of, left_out, unread
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json

_LONGEST_LINE = 1000
_LONGEST_PATH = 4096
_DEEPEST = 32
_CACHE = "__pycache__"
_MODULES = re.compile(r"lib/python\d\.\d+t?/(?:site-packages/)?")
# What may stand in a channel's location and is secret: a user with a password, a token.
_SECRET = re.compile(r"(?<=://)[^/]*@|/t/[^/]+")
_ITEM = re.compile(r"( *)- +(.*)$")
_NAME = re.compile(r"(?:[^\s=<>!~\[]*::)?([A-Za-z0-9_.][A-Za-z0-9_.-]*)")
_EXACT = re.compile(r"(?:\d+!)?[A-Za-z0-9][A-Za-z0-9_.+]*$")
_BRACKET_VERSION = re.compile(r"\[(?:.*[,\s])?version\s*=\s*['\"]?(?:==?)?([^'\",\]]+)")
_STATED = re.compile(r"={0,2}\s*([^\s=\[]+)")
_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*+)(?![/:+])\s*(?:\[[^\]]*\])?(?:\s*===?\s*([^\s;,#]+))?")
_COMMENT = re.compile(r"(?:^|\s)#.*")


def parse_record(file: WantedFile) -> CatalogerResult:
    """The package of one record in conda-meta."""
    try:
        record = decode_json(file.content, object, spend=file.spend)
    except ValueError as error:
        return CatalogerResult(diagnostics=(unread(file.path, "conda", f"the record of a package is broken: {error}"),))
    if not isinstance(record, dict) or not ("name" in record or "version" in record):
        return CatalogerResult()
    name, version, license_name = (_word(record.get(key)) for key in ("name", "version", "license"))
    if fault := fault_of(name, version, where="the record"):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    subdir = _word(record.get("subdir"))
    channel = _SECRET.sub("", _word(record.get("channel"))).removesuffix(f"/{subdir}")
    properties = {"channel": channel, "build": _word(record.get("build")), "subdir": subdir}
    package = FoundPackage(
        type="conda",
        name=name,
        version=version,
        licenses=(license_name,) if license_name else (),
        files=_files(record.get("files"), dirname(dirname(file.path))),
        requires=_needs(record.get("depends")),
        properties={key: value for key, value in properties.items() if value},
        archives=published(
            _SECRET.sub("", _word(record.get("url"))),
            digest("md5", _word(record.get("md5"))) | digest("sha256", _word(record.get("sha256"))),
        ),
    )
    return CatalogerResult(packages=(package,))


def _needs(depends: object) -> tuple[str, ...]:
    """The names of match specifications; what starts with "__" is the machine's."""
    stated = depends if isinstance(depends, list) else []
    names = (match[1] for one in stated if isinstance(one, str) and (match := _NAME.match(one[:_LONGEST_LINE])))
    return bounded(name for name in names if not name.startswith("__"))


def _files(listed: object, prefix: str) -> tuple[str, ...]:
    """The owned paths, sorted; of Python's modules the topmost directories that themselves hold a file, without what
    is compiled of single modules."""
    paths = [path for path in listed if isinstance(path, str)] if isinstance(listed, list) else []
    split = [_split(path) for path in paths if path and len(path) <= _LONGEST_PATH]
    holding = {site + "/".join(directories) for site, directories, _ in split if directories}
    owned = {_topmost(*one, holding) for one in split if one[1][:1] != [_CACHE]}
    return tuple(sorted(f"{prefix}/{path}" if prefix else path for path in owned))


def _split(path: str) -> tuple[str, list[str], str]:
    """The directory of modules, the directories below it and the name; what lies elsewhere is all name."""
    modules = _MODULES.match(path)
    if modules is None:
        return "", [], path
    *directories, name = path[modules.end() :].split("/")
    return modules[0], directories, name


def _topmost(site: str, directories: list[str], name: str, holding: set[str]) -> str:
    above = site
    for part in directories[:_DEEPEST]:
        above += part
        if above in holding:
            return f"{above}/"
        above += "/"
    return site + "/".join([*directories, name])


def parse_environment(file: WantedFile) -> CatalogerResult:
    """What an environment.yaml asks for, with a version where it names exactly one. Only the plain block style, which
    conda writes, is read. All of it is conda's to install; what conda has pip fetch says so by the property
    `ecosystem`."""
    packages = []
    diagnostics = []
    for source, text in _iter_dependencies(file.text):
        if not source:
            message = f"dependencies in a style of YAML that is not read: {text[:40]}"
            diagnostics.append(diagnostic("unread-yaml", message, file.path))
            continue
        found = _specification(text) if source == "conda" else _requirement(text)
        properties = {} if source == "conda" else {"ecosystem": source}
        if found is not None:
            packages.append(FoundPackage("conda", *found, evidence="declared", properties=properties))
    return CatalogerResult(packages=tuple(packages), diagnostics=tuple(diagnostics))


def _iter_dependencies(text: str) -> Iterator[tuple[str, str]]:
    """(ecosystem, item) of the list `dependencies` and the list `pip` within it; the ecosystem is empty for what is not
    read."""
    inside = False
    pip_indent = -1
    for line in text.split("\n"):
        line = _COMMENT.sub("", line.rstrip()[:_LONGEST_LINE]).rstrip()
        if not line:
            continue
        if line[0] not in " -":
            key, colon, value = line.partition(":")
            inside = bool(colon) and key.strip("'\" ") == "dependencies"
            pip_indent = -1
            if inside and value.strip().startswith(("[", "{", "*")):
                yield "", value.strip()
            continue
        item = _ITEM.match(line)
        if not inside or item is None:
            continue
        indent, value = len(item[1]), item[2].strip()
        if indent <= pip_indent:
            pip_indent = -1
        key, colon, rest = value.partition(":")
        if pip_indent < 0 and colon and key.strip("'\" ") == "pip" and not rest.startswith(":"):
            pip_indent = indent
            if rest.strip():
                yield "", rest.strip()
        elif value.startswith(("{", "[", "*")):
            yield "", value
        else:
            yield ("conda" if pip_indent < 0 else "pypi"), value.strip("'\"")


def _specification(text: str) -> tuple[str, str] | None:
    """(name, version) of a match specification: `name`, `name=1.0=build`, `channel::name 1.0 build`, `name >=1`."""
    match = _NAME.match(text)
    if match is None or "://" in text:
        return None
    rest = text[match.end() :].strip()
    if rest.startswith("["):
        bracketed = _BRACKET_VERSION.match(rest)
        version = bracketed[1].strip() if bracketed else ""
    else:
        stated = _STATED.match(rest)
        version = stated[1] if stated else ""
    return match[1].lower(), version if _EXACT.match(version) else ""


def _requirement(text: str) -> tuple[str, str] | None:
    """(name, version) of a line for pip; None for options and for locations."""
    match = _REQUIREMENT.match(text)
    if match is None:
        return None
    version = match[2] or ""
    return re.sub(r"[-_.]+", "-", match[1].lower()), "" if "*" in version else version


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


CATALOGERS: tuple[Cataloger, ...] = (
    Cataloger(name="conda", version=3, parse=parse_record, patterns=("**/conda-meta/*.json",)),
    Cataloger(
        name="conda-environment",
        version=2,
        parse=parse_environment,
        patterns=("**/environment.yaml", "**/environment.yml"),
        declares=True,
    ),
)
