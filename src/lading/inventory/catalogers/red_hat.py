"""What Red Hat's build system leaves in an image: the repositories that its packages came from (content sets), and the
labels that name the image. Later stages take the products whose advisories count from them.

Source: content_manifest.json of atomic-reactor (`content_sets`); Dockerfile reference, LABEL; the files
`root/buildinfo/Dockerfile-NAME-VERSION-RELEASE` and, of newer builds, `usr/share/buildinfo/labels.json`.
"""

import re
from collections.abc import Mapping
from posixpath import basename

from msgspec import structs

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.model.build_records import ContentSets, ImageLabels
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json
from lading.safeio.lines import LONGEST, beginning

_LABELS = {
    "architecture": "architecture", "com.redhat.component": "component", "cpe": "cpe", "name": "name",
    "org.opencontainers.image.created": "created", "release": "release", "vendor": "vendor", "version": "version",
}  # fmt: skip
"""The fields of ImageLabels, by label."""
_CONTINUED = re.compile(r"\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*")
_INSTRUCTION = re.compile(r"^[ \t]*LABEL[ \t]+(.*)$", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(r"""(?:"[^"\\]*(?:\\.[^"\\]*){0,1000}"|'[^']*'|\\.|\S){1,10000}""")
_QUOTED = re.compile(r""""((?:[^"\\]|\\.){0,10000})"|'([^']*)'|\\(.)""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse(file: WantedFile) -> CatalogerResult:
    """The content sets or the labels that a file states."""
    name = basename(file.path)
    if name.startswith("Dockerfile-"):
        found = _labels(_dockerfile_labels(beginning(file.content)))
        is_cut = len(file.content) > LONGEST
        return structs.replace(found, diagnostics=(_broken(file, f"above {LONGEST:,} bytes"),)) if is_cut else found
    if not name.endswith(".json"):
        return CatalogerResult()
    try:
        document = decode_json(file.content, object, spend=file.spend)
    except ValueError:
        return CatalogerResult(diagnostics=(_broken(file, "not JSON"),))
    if not isinstance(document, dict):
        return CatalogerResult()
    if name == "labels.json":
        return _labels(document)
    content_sets = document.get("content_sets")
    if not isinstance(content_sets, list):
        return CatalogerResult()
    names = sorted({one for one in content_sets if isinstance(one, str) and one})
    return CatalogerResult(build_record=ContentSets(tuple(names)))


def _broken(file: WantedFile, why: str) -> Diagnostic:
    message = f"{why}: the repositories of the image's packages are not known from it"
    return diagnostic("broken-build-information", message, file.path)


def _labels(labels: Mapping[str, object]) -> CatalogerResult:
    known = {_LABELS[name]: value for name, value in labels.items() if name in _LABELS and isinstance(value, str)}
    stated = ImageLabels(**known)
    return CatalogerResult(build_record=stated) if stated != ImageLabels() else CatalogerResult()


def _dockerfile_labels(text: str) -> dict[str, str]:
    """The labels of a Dockerfile; of several with one name the last counts."""
    labels: dict[str, str] = {}
    for instruction in _INSTRUCTION.finditer(_CONTINUED.sub("", text)):
        words = _WORD.findall(instruction[1])
        if words and "=" not in words[0]:  # the old way to write one: LABEL name value
            words = ["=".join(instruction[1].split(maxsplit=1))]
        for word in words:
            key, _, value = word.partition("=")
            labels[_plain(key)] = _plain(value)
    return labels


def _plain(word: str) -> str:
    """Without quotes, wherever they stand in it, and backslashes."""
    return _QUOTED.sub(lambda part: _ESCAPED.sub(r"\1", part[1]) if part[1] else part[2] or part[3] or "", word).strip()


CATALOGER = Cataloger(
    name="red-hat",
    version=3,
    parse=parse,
    directories={
        "root/buildinfo": ("",),
        "root/buildinfo/content_manifests": (".json",),
        "usr/share/buildinfo": (".json",),
    },
)
