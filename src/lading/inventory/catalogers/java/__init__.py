"""Java archives: what a jar, war, ear or plug-in is, what was copied into it, and the archives inside it.

Source: the JAR File Specification; Spring Boot's executable jars (BOOT-INF/lib), Jakarta Servlet (WEB-INF/lib).
Only the directory, the manifest, Maven's records and archives inside are read.
"""

import hashlib
import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.java.identity import Evidence, full_name, identify
from lading.inventory.catalogers.java.manifest import parse_manifest
from lading.inventory.catalogers.java.pom import Pom, parse_properties, parse_xml
from lading.model.diagnostic import Diagnostic
from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content, WantedFile
from lading.safeio.content import iter_pieces
from lading.safeio.zips import ZipBudget, ZipContent

_ENDINGS = ("jar", "war", "ear", "par", "sar", "nar", "jpi", "hpi", "kar", "lpkg", "rar", "jmod", "aar")
_ONLY_JAVA = (".jar", ".war", ".ear", ".jmod")
_ARCHIVE = tuple(f".{ending}" for ending in _ENDINGS)
_MANIFEST = "meta-inf/manifest.mf"
_WANTED = tuple(name.encode() for name in (*_ARCHIVE, _MANIFEST, "pom.properties", "pom.xml"))
_PACKED_POM = re.compile(r"(?:^|/)META-INF/maven/([^/]+)/([^/]+)/pom\.xml$")
_END = b"PK\5\6"
_TAIL = 66_000
"""Where the record lies that ends an archive."""
_RUNTIME = "Java Runtime Environment"
_DEEPEST = 8
_MOST_ARCHIVES = 20_000
_MOST_DIAGNOSTICS = 100
_MOST_POMS = 5_000
_LARGEST_POM = 1_000_000
_LARGEST_MANIFEST = 16_000_000


class _Reading:
    """The packages of one file and of the archives inside it."""

    def __init__(self) -> None:
        self.packages: list[FoundPackage] = []
        self.diagnostics: list[Diagnostic] = []
        self._budget = ZipBudget()
        self._archives = 0

    def read(self, content: Content, path: str, depth: int) -> bool:
        """Reads an archive; False when it was read and nothing tells what it is. `path` is where it lies:
        `outer.jar!/lib/inner.jar`. Raises LimitError when the whole file asks for too much."""
        self._archives += 1
        if self._archives > _MOST_ARCHIVES:
            raise LimitError(f"more than {_MOST_ARCHIVES:,} archives inside; the rest was not read", "zip")
        if depth > _DEEPEST:
            self._incomplete("archive-too-deep", f"archives inside archives beyond {_DEEPEST} are not read", path)
            return True
        try:
            archive = ZipContent(content, self._budget, _WANTED)
        except LimitError:
            raise
        except SafeIOError as error:
            self._unreadable(content, str(error), path)
            return True
        before = len(self.packages)
        known = self._identify(archive, content, path)
        for name in archive.names:
            if name.lower().endswith(_ARCHIVE):
                self._read_inner(archive, name, f"{path}!/{name}", depth + 1)
        return known or len(self.packages) > before

    def remark(self, diagnostic: Diagnostic) -> None:
        """Takes down a diagnostic, unless there are many of its level."""
        if sum(one.level == diagnostic.level for one in self.diagnostics) < _MOST_DIAGNOSTICS:
            self.diagnostics.append(diagnostic)

    def _read_inner(self, archive: ZipContent, name: str, path: str, depth: int) -> None:
        try:
            content = archive.open(name)
        except LimitError:
            raise
        except SafeIOError as error:
            self._incomplete("damaged-archive", str(error), path)
            return
        if not self.read(content, path, depth):
            message = "a Java archive that nothing identifies: neither its content nor its name"
            self.remark(Diagnostic("info", "unidentified-archive", message, path))

    def _unreadable(self, content: Content, message: str, path: str) -> None:
        if content[:2] in (b"PK", b"JM") or content.rfind(_END, max(0, len(content) - _TAIL)) >= 0:
            self._incomplete("damaged-archive", message, path)
        elif len(content) and path.lower().endswith(_ONLY_JAVA):
            self.remark(Diagnostic("warning", "not-an-archive", "not a zip archive: nothing was read from it", path))

    def _identify(self, archive: ZipContent, content: Content, path: str) -> bool:
        manifest_name = next((name for name in archive.names if name.lower() == _MANIFEST), "")
        manifest = parse_manifest(self._text(archive, manifest_name, path, _LARGEST_MANIFEST))
        if "weave-classes" in manifest or manifest.get("implementation-title") == _RUNTIME:
            return True  # An agent's patches, named like what they patch; a part of a JVM, which its own file states
        identity = identify(Evidence(path, manifest, self._poms(archive, path)))
        inside = {"path": path} if "!/" in path else {}
        owner = path.rpartition("/")[2]
        if identity.own is not None:
            digest = hashlib.sha1(usedforsecurity=False)
            for piece in iter_pieces(content):
                digest.update(piece)
            self.packages.append(_package(identity.own, {**inside, "sha1": digest.hexdigest()}))
            owner = full_name(identity.own)
        for pom in identity.others:
            self.packages.append(_package(pom, {**inside, "bundled_in": owner}, bundled=True))
        return identity.own is not None or not (manifest_name or path.lower().endswith(_ONLY_JAVA))

    def _poms(self, archive: ZipContent, path: str) -> list[Pom]:
        """The coordinates packed into an archive: those of pom.properties, with what only the pom.xml beside says."""
        found: dict[str, Pom] = {}
        for name in archive.names:
            directory, _, last = name.rpartition("/")
            if last == "pom.properties":
                pom = parse_properties(self._text(archive, name, path, _LARGEST_POM))
                found[directory] = _merged(pom, found.get(directory, Pom()))
            elif place := _PACKED_POM.search(name):
                pom = parse_xml(self._text(archive, name, path, _LARGEST_POM)) or Pom()
                found[directory] = _merged(found.get(directory, Pom()), _merged(pom, Pom(place[1], place[2])))
            if len(found) > _MOST_POMS:
                self._incomplete("archive-limit", f"more than {_MOST_POMS:,} artifacts packed into one", path)
                break
        return list(found.values())

    def _text(self, archive: ZipContent, name: str, path: str, limit: int) -> bytes:
        if not name:
            return b""
        try:
            return archive.read(name, limit)
        except LimitError:
            raise
        except SafeIOError as error:
            self._incomplete("damaged-archive", str(error), path)
            return b""

    def _incomplete(self, code: str, message: str, path: str) -> None:
        self.remark(Diagnostic("incomplete", code, message, path))


def parse_archive(file: WantedFile) -> CatalogerResult:
    """The artifact the archive is, the copies and the archives inside it."""
    if file.path.endswith(".jmod") and file.path.rpartition("/")[2].startswith(("java.", "jdk.")):
        return CatalogerResult()  # A module of the JVM, which its `release` file states
    reading = _Reading()
    known = True
    try:
        known = reading.read(file.content, file.path, 0)
    except LimitError as error:
        reading.remark(Diagnostic("incomplete", "archive-limit", str(error), file.path))
    return CatalogerResult(
        packages=tuple(reading.packages),
        diagnostics=tuple(reading.diagnostics),
        unknown="" if known or reading.packages else "Java archive",
    )


def _merged(pom: Pom, other: Pom) -> Pom:
    """The first with what it lacks from the second."""
    return Pom(
        pom.group or other.group,
        pom.artifact or other.artifact,
        pom.version or other.version,
        pom.licenses or other.licenses,
    )


def _package(pom: Pom, properties: dict[str, str], bundled: bool = False) -> FoundPackage:
    return FoundPackage(
        type="maven",
        name=full_name(pom),
        version=pom.version,
        licenses=pom.licenses,
        evidence="bundled" if bundled else "installed",
        properties=properties,
    )


CATALOGER = Cataloger(
    name="java",
    version=2,
    parse=parse_archive,
    patterns=tuple(f"**/*.{ending}" for ending in _ENDINGS),
)
