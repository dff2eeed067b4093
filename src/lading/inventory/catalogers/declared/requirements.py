"""pip: requirements files.

Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/ and PEP 508.
"""

import re
from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import cataloger, package, python_name, unfixed
from lading.inventory.published import iter_labelled, together
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile

_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_REQUIREMENT = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\]\s*)?(.*)", re.DOTALL)
# What follows the version specifiers: a marker, or options such as --hash.
_END_OF_SPECIFIERS = re.compile(r";|\s--?[A-Za-z]")
_PIN = re.compile(r"===?\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*)")
# How a path, a URL or the name of a file goes on.
_PLACES = ("/", "\\", ":", "+")
_ARCHIVES = ("-whl", "-zip", "-gz")
_HASH = re.compile(r"\s--hash[= ]([a-z0-9]+:[0-9a-f]+)")
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))

_NAMES = (
    "requirements-dev",
    "requirements-test",
    "requirements-tests",
    "requirements-docs",
    "requirements-prod",
    "requirements-lock",
    "requirements_dev",
    "requirements_test",
    "requirements_prod",
    "requirements_lock",
)


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The requirements that are pinned to one version. Options and included files are not followed."""
    loose = []
    for line in _CONTINUED.sub(" ", _decoded(file)).splitlines():
        requirement = _REQUIREMENT.fullmatch(_COMMENT.sub("", line).strip())
        if requirement is None:
            continue
        name = python_name(requirement[1])
        specifiers = _END_OF_SPECIFIERS.split(requirement[2], maxsplit=1)[0].strip().strip("()")
        version = _pinned(specifiers.partition("#")[0])  # pip refuses a comment right behind it, other tools do not
        if version:
            yield package("pypi", name, version, archives=together(iter_labelled(_HASH.findall(requirement[2]))))
        elif not specifiers.startswith(_PLACES) and not name.endswith(_ARCHIVES):
            loose.append(name)
    yield from unfixed(file, loose)


def _pinned(specifiers: str) -> str:
    for specifier in specifiers.split(","):
        if pin := _PIN.fullmatch(specifier.strip()):
            return pin[1]
    return ""


def _decoded(file: WantedFile) -> str:
    """The text in the encoding that its byte order mark says: PowerShell writes UTF-16."""
    data = file.data
    for mark, encoding in _ENCODINGS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return file.text


CATALOGER = cataloger(
    "requirements",
    ("**/*requirements.txt", "**/requirements/*.txt", *(f"**/{name}.txt" for name in _NAMES)),
    read,
)
