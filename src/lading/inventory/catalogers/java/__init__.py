"""Java archives: what a jar, war, ear or plug-in is, what was copied into it, and the archives inside it.

Java runs an archive whatever it is called, with a script or anything else in front of it. So every zip archive that no
name claims is looked into: it is one of Java's when it has a manifest, Maven's records, or archives inside.

Source: the JAR File Specification; Spring Boot's executable jars (BOOT-INF/lib), Jakarta Servlet (WEB-INF/lib).
Only the directory, the manifest, Maven's records and archives inside are read.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from lading.inventory.catalogers.cataloger import ONLY_BY_NAME, Cataloger, CatalogerResult, FoundPackage
from lading.inventory.catalogers.java.groups import possible_groups
from lading.inventory.catalogers.java.identity import Evidence, full_name, identify
from lading.inventory.catalogers.java.manifest import parse_manifest
from lading.inventory.catalogers.java.pom import Pom, parse_properties, parse_xml
from lading.inventory.unread import fault_of, left_out, unread
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, LimitError, SafeIOError
from lading.model.properties import BUNDLED_IN, NO_CODE, ROOT
from lading.model.reader import PACE_OF_PROGRAMS, Content, WantedFile
from lading.safeio.content import iter_pieces
from lading.safeio.zips import ZipBudget, ZipContent

_ENDINGS = ("jar", "war", "ear", "par", "sar", "nar", "jpi", "hpi", "kar", "lpkg", "rar", "jmod", "aar")
_ONLY_JAVA = (".jar", ".war", ".ear", ".jmod")
ARCHIVES = tuple(f".{ending}" for ending in _ENDINGS)
"""What the names of archives end in that are read as Java's, in others too."""
_MANIFEST = "meta-inf/manifest.mf"
_WANTED = tuple(name.encode() for name in (*ARCHIVES, _MANIFEST, "pom.properties", "pom.xml"))
_PACKED_POM = re.compile(r"(?:^|/)META-INF/maven/([^/]+)/([^/]+)/pom\.xml$")
_UNPACKED_RECORD = "/pom.properties"
_CLASS = (b".class",)
_ZIP, _SCRIPT = b"PK\3\4", b"#!"
_END = b"PK\5\6"
_TAIL = 66_000
"""Where the record lies that ends an archive."""
_RUNTIME = "Java Runtime Environment"
_DEEPEST = 8
_MOST_ARCHIVES = 20_000
_MOST_DIAGNOSTICS = 100
_MOST_POMS = 5_000
_LARGEST_PROPERTIES = 64_000
_LARGEST_POM = 500_000
_LARGEST_MANIFEST = 16_000_000
_CONTAINER = re.compile(r"(?:(?:BOOT-INF|WEB-INF)/classes|META-INF/versions/\d+)(?:/|$)")
_LIBRARIES = ("BOOT-INF/lib/", "WEB-INF/lib/")
_QUARKUS = "io.quarkus.bootstrap."
_WITHOUT_CODE = re.compile(r"-(sources|javadoc|test-sources|test-javadoc|tests)\.jar$")
_NAMES_A_STEP = 10
_BYTES_A_STEP = 12
"""How many bytes of a description are parsed in a step (see WantedFile.spend)."""
_INFLATED, _INFLATED_TIMES = 64_000_000, 10
_TEXT, _TEXT_TIMES = 4_000_000, 1
"""How many bytes what is read of a file may inflate to, and how many times its own size beyond: in all, and of what is
parsed. All that 345 jars of well-known projects say of themselves is an eightieth of their size."""


class _Reading:
    """The packages of one file and of the archives inside it. `is_none` tells of a file that only has the name of an
    archive."""

    def __init__(self, file: WantedFile) -> None:
        self.packages: list[FoundPackage] = []
        self.diagnostics: list[Diagnostic] = []
        self.is_none = False
        self._budget = ZipBudget(_INFLATED + _INFLATED_TIMES * len(file.content), spend=file.spend)
        self._spend = file.spend
        self._texts = ZipBudget(_TEXT + _TEXT_TIMES * len(file.content), what="descriptions in it come")
        self._archives = 0

    def read(self, content: Content, path: str, depth: int = 0) -> bool:
        """Reads an archive; False when it was read and nothing tells what it is. `path` is where it lies:
        `outer.jar!/lib/inner.jar`. Raises LimitError when the whole file asks for too much."""
        self._archives += 1
        if self._archives > _MOST_ARCHIVES:
            raise LimitError(f"more than {_MOST_ARCHIVES:,} archives inside; the rest was not read", "zip")
        if depth > _DEEPEST:
            self._incomplete("archive-too-deep", f"archives inside archives beyond {_DEEPEST}", path)
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
        inner = [name for name in archive.names if name.lower().endswith(ARCHIVES)]
        overlapping = archive.overlapping(inner)
        for name in inner:
            if name not in overlapping:
                self._read_inner(archive, name, f"{path}!/{name}", depth + 1)
        if overlapping:
            message = f"archives inside that lie over one another: {len(overlapping):,}"
            self._incomplete("overlapping-archives", message, path)
        for doubt in archive.doubts:
            self._incomplete("ambiguous-archive", doubt, path)
        return known or len(self.packages) > before

    def has_classes(self, content: Content) -> bool:
        """Whether an archive holds classes. Raises SafeIOError when it is none."""
        return bool(ZipContent(content, self._budget, _CLASS).names)

    def _is_without_code(self, path: str, content: Content) -> bool:
        """Whether an archive holds the sources, the documentation or the tests of an artifact."""
        classifier = _WITHOUT_CODE.search(path)
        return classifier is not None and (classifier[1] == "tests" or not self._packages_of(content))

    def _packages_of(self, content: Content) -> Collection[str] | None:
        """The Java packages of an archive's classes, None when its directory cannot be read again."""
        try:
            names = ZipContent(content, self._budget, _CLASS).names
        except SafeIOError:
            return None
        self._spend(len(names) // _NAMES_A_STEP)
        directories = {name.rpartition("/")[0] for name in names}
        return {_CONTAINER.sub("", one).replace("/", ".") for one in directories} - {""}

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
            self.remark(diagnostic("unidentified-archive", message, path))

    def _unreadable(self, content: Content, message: str, path: str) -> None:
        if content[:2] in (b"PK", b"JM") or _has_end(content):
            self._incomplete("damaged-archive", message, path)
        elif path.lower().endswith(_ONLY_JAVA):
            self.is_none = "!/" not in path
            self.remark(diagnostic("not-an-archive", "not a zip archive: nothing was read from it", path))

    def _identify(self, archive: ZipContent, content: Content, path: str) -> bool:
        manifest_name = next((name for name in reversed(archive.names) if name.lower() == _MANIFEST), "")
        manifest = self._manifest(archive, manifest_name, path)
        if "weave-classes" in manifest or manifest.get("implementation-title") == _RUNTIME:
            return True  # An agent's patches, named like what they patch; a part of a JVM, which its own file states
        # The name of any other zip archive, such as of a distribution, is not that of an artifact.
        named = path if manifest_name or path.lower().endswith(ARCHIVES) else ""
        packages = partial(self._packages_of, content)
        identity = identify(Evidence(named, manifest, self._poms(archive, path), packages))
        inside = {"path": path} if "!/" in path else {}
        owner = path.rpartition("/")[2]
        if identity.own is not None:
            digest = hashlib.sha1(usedforsecurity=False)
            for piece in iter_pieces(content):
                digest.update(piece)
            empty = NO_CODE if self._is_without_code(named, content) else {}
            root = ROOT if not identity.own.group and _is_application(path, archive.names, manifest) else {}
            self.packages.append(
                _package(identity.own, {**inside, **empty, **root}, digests={"sha1": digest.hexdigest()})
            )
            owner = full_name(identity.own)
        for pom in identity.others:
            self.packages.append(_package(pom, {**inside, BUNDLED_IN: owner}, bundled=True))
        return identity.own is not None or not (manifest_name or path.lower().endswith(_ONLY_JAVA))

    def _poms(self, archive: ZipContent, path: str) -> list[Pom]:
        """The coordinates packed into an archive: those of pom.properties, with what only the pom.xml beside says."""
        found: dict[str, Pom] = {}
        unread: list[str] = []
        for name in archive.names:
            directory, _, last = name.rpartition("/")
            if last == "pom.properties":
                pom = parse_properties(self._text(archive, name, path, _LARGEST_PROPERTIES))
                found[directory] = _merged(pom, found.get(directory, Pom()))
            elif place := _PACKED_POM.search(name):
                packed = parse_xml(self._text(archive, name, path, _LARGEST_POM))
                unread += [] if packed else [directory]
                pom = _merged(packed or Pom(), Pom(place[1], place[2]))
                found[directory] = _merged(found.get(directory, Pom()), pom)
            if len(found) > _MOST_POMS:
                self._incomplete("archive-limit", f"more than {_MOST_POMS:,} artifacts packed into one", path)
                break
        for directory in unread:
            if not found[directory].version:
                self._incomplete("damaged-archive", f"{directory}/pom.xml: no POM that can be read", path)
        return list(found.values())

    def _manifest(self, archive: ZipContent, name: str, path: str) -> Mapping[str, str]:
        try:
            return parse_manifest(self._text(archive, name, path, _LARGEST_MANIFEST))
        except FormatError as error:
            self._incomplete("damaged-archive", str(error), path)
            return {}

    def _text(self, archive: ZipContent, name: str, path: str, limit: int) -> bytes:
        if not name:
            return b""
        try:
            text = archive.read(name, limit)
            self._texts.take(len(text))
            self._spend(len(text) // _BYTES_A_STEP)
            return text
        except LimitError:
            raise
        except SafeIOError as error:
            self._incomplete("damaged-archive", str(error), path)
            return b""

    def _incomplete(self, code: str, message: str, path: str) -> None:
        self.remark(unread(path, "Java", message, code))


def parse_archive(file: WantedFile) -> CatalogerResult:
    """The artifact the archive is, the copies and the archives inside it; nothing of a script without an archive. Of an
    archive that was unpacked, what its record states."""
    lower = file.path.lower()
    if lower.endswith(_UNPACKED_RECORD):
        return _parse_unpacked(file)
    if not lower.endswith(ARCHIVES):
        return _parse_unnamed(file)
    if lower.endswith(".jmod") and lower.rpartition("/")[2].startswith(("java.", "jdk.")):
        return CatalogerResult()  # A module of the JVM, which its `release` file states
    reading = _Reading(file)
    is_known = _read(reading, file)
    if reading.is_none:
        return _result(reading, ONLY_BY_NAME)
    return _result(reading, "" if is_known or reading.packages else "Java archive")


def _parse_unpacked(file: WantedFile) -> CatalogerResult:
    pom = parse_properties(file.content[:_LARGEST_PROPERTIES])
    if fault := fault_of(pom.artifact, pom.version, "artifact", "the record"):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    return CatalogerResult(packages=(_package(pom, {}),))


def _parse_unnamed(file: WantedFile) -> CatalogerResult:
    """A file that may be an archive by its content."""
    if file.content[: len(_SCRIPT)] == _SCRIPT and not _has_end(file.content):
        return CatalogerResult()
    reading = _Reading(file)
    try:
        has_classes = reading.has_classes(file.content)
    except LimitError as error:
        return _result(reading, "", _beyond(error, file.path))
    except SafeIOError:
        return CatalogerResult()
    if _read(reading, file) and reading.packages:
        return _result(reading)
    return _result(reading, "Java archive" if has_classes else "")


def _read(reading: _Reading, file: WantedFile) -> bool:
    try:
        return reading.read(file.content, file.path)
    except LimitError as error:
        reading.remark(_beyond(error, file.path))
        return True


def _beyond(error: LimitError, path: str) -> Diagnostic:
    return diagnostic("archive-limit", str(error), path)


def _result(reading: _Reading, unknown: str = "", *further: Diagnostic) -> CatalogerResult:
    return CatalogerResult(
        packages=tuple(reading.packages), diagnostics=(*reading.diagnostics, *further), unknown=unknown
    )


def _has_end(content: Content) -> bool:
    return content.rfind(_END, max(0, len(content) - _TAIL)) >= 0


def _is_application(path: str, names: Iterable[str], manifest: Mapping[str, str]) -> bool:
    """Whether an archive is what an application is started from, and keeps its libraries as they are."""
    starts = "start-class" in manifest or manifest.get("main-class", "").startswith(_QUARKUS)
    return starts or path.lower().endswith((".war", ".ear")) or any(one.startswith(_LIBRARIES) for one in names)


def _merged(pom: Pom, other: Pom) -> Pom:
    """The first with what it lacks from the second."""
    return Pom(
        pom.group or other.group,
        pom.artifact or other.artifact,
        pom.version or other.version,
        pom.licenses or other.licenses,
        pom.requires or other.requires,
        pom.maker or other.maker,
    )


def _package(
    pom: Pom, properties: dict[str, str], bundled: bool = False, digests: dict[str, str] | None = None
) -> FoundPackage:
    return FoundPackage(
        type="maven",
        name=full_name(pom),
        version=pom.version,
        maintainer=pom.maker,
        licenses=pom.licenses,
        evidence="bundled" if bundled else "installed",
        properties=properties,
        requires=pom.requires,
        digests=digests or {},
        candidates=()
        if pom.group
        else tuple(f"{group}:{pom.artifact}" for group in possible_groups(pom.artifact, pom.version)),
    )


CATALOGER = Cataloger(
    name="java",
    version=15,
    parse=parse_archive,
    patterns=(*(f"**/*.{ending}" for ending in _ENDINGS), "**/META-INF/maven/*/*/pom.properties"),
    magic=(_ZIP, _SCRIPT),
    pace=PACE_OF_PROGRAMS,
)
