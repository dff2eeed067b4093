"""What an index of Python packages publishes, by its simple API and the metadata beside the files.

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/ (JSON; core-metadata),
https://packaging.python.org/en/latest/specifications/core-metadata/.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from email.parser import HeaderParser
from typing import Any, Final

import msgspec
from msgspec import Struct
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidName, canonicalize_name, parse_sdist_filename, parse_wheel_filename

from lading.model.errors import FormatError
from lading.model.published import Need, Published, Runtime

ACCEPT: Final = "application/vnd.pypi.simple.v1+json"
_MOST_DOTS: Final = 30
"""In the name of a wheel, which stands for every combination of tags between dots. The largest have a dozen."""
_MOST_FILES: Final = 100_000
_MOST_NEEDS: Final = 10_000
_MACHINES: Final[Mapping[str, str]] = {"amd64": "x86_64", "arm64": "aarch64", "386": "i686", "arm": "armv7l"}


class _File(Struct):
    filename: str
    url: str = ""
    requires_python: Any = msgspec.field(name="requires-python", default=None)
    core_metadata: Any = msgspec.field(name="core-metadata", default=False)
    dist_info_metadata: Any = msgspec.field(name="data-dist-info-metadata", default=False)
    yanked: Any = False


class _Listing(Struct):
    files: list[_File] = []


class PythonPackage:
    """One package of the index. What can be installed depends on the interpreter and the platform."""

    def __init__(self, content: bytes) -> None:
        """Raises FormatError for a listing that is none."""
        if content.count(b"{") > 2 * _MOST_FILES:
            raise FormatError(f"a listing of more than {_MOST_FILES:,} files")
        try:
            listing = msgspec.json.decode(content, type=_Listing)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise FormatError(f"no listing of a package in JSON: {error}") from error
        self._files: defaultdict[str, list[_File]] = defaultdict(list)
        for one in listing.files:
            if version := _version(one.filename):
                self._files[version].append(one)

    def published(self, runtime: Runtime) -> Published:
        """pip takes versions that have a file for the interpreter, those withdrawn only where they are named."""
        suiting = {version: [one for one in files if _suits(one, runtime)] for version, files in self._files.items()}
        return Published(
            tuple(version for version, files in suiting.items() if files),
            frozenset(version for version, files in suiting.items() if files and all(one.yanked for one in files)),
        )

    def metadata_url(self, version: str) -> str:
        """Where the metadata of a version lies, of whichever file has it; empty for nowhere. May be relative."""
        files = self._files.get(version, [])
        found = next((one for one in files if one.core_metadata or one.dist_info_metadata), None)
        return f"{found.url}.metadata" if found is not None else ""


def path_of(name: str) -> str:
    """Where the listing of a package lies below the index's address; empty for a name that is none."""
    try:
        return f"{canonicalize_name(name, validate=True)}/"
    except InvalidName:
        return ""


def parse_needs(metadata: str, runtime: Runtime, extras: Iterable[str] = ()) -> tuple[Need, ...]:
    """What a package needs by its metadata, on Linux with that interpreter."""
    stated = (HeaderParser().parsestr(metadata).get_all("Requires-Dist") or [])[:_MOST_NEEDS]
    return tuple(_iter_needs(map(str, stated), _environment(runtime), ("", *extras)))


def _iter_needs(stated: Iterable[str], environment: dict[str, str], extras: tuple[str, ...]) -> Iterator[Need]:
    for text in stated:
        try:
            need = Requirement(text)
            marker = need.marker
            is_wanted = marker is None or any(marker.evaluate({**environment, "extra": one}) for one in extras)
        except ValueError:  # no requirement, or of numbers that Python does not take
            continue
        if is_wanted:
            yield Need(canonicalize_name(need.name), str(need.specifier), tuple(sorted(need.extras)))


def _environment(runtime: Runtime) -> dict[str, str]:
    full = runtime.version or "3.13"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": _machine(runtime),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": ".".join(full.split(".")[:2]),
        "sys_platform": "linux",
    }


def _machine(runtime: Runtime) -> str:
    return _MACHINES.get(runtime.architecture, runtime.architecture or "x86_64")


def _version(filename: str) -> str:
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1]) if filename.count(".") <= _MOST_DOTS else ""
        return str(parse_sdist_filename(filename)[1])
    except ValueError:  # of whatever kind: no name of a file, or a number of more digits than Python takes
        return ""


def _suits(file: _File, runtime: Runtime) -> bool:
    """Whether pip takes a file, as far as its name and its listing tell."""
    try:
        if file.requires_python and runtime.version and runtime.version not in SpecifierSet(str(file.requires_python)):
            return False
    except ValueError:  # no specifier
        return True
    if not file.filename.endswith(".whl"):
        return True
    number = "".join(runtime.version.split(".")[:2])
    own = {f"cp{number}", f"py{number}", "py3"}
    return any(
        (tag.platform == "any" or ("linux" in tag.platform and tag.platform.endswith(_machine(runtime))))
        and (tag.interpreter in own or tag.abi == "abi3" or not number)
        for tag in parse_wheel_filename(file.filename)[3]
    )
