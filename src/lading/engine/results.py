"""Results that were kept, to compare with."""

from pathlib import Path
from typing import Final

from lading.engine.documents import read_document
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.settings import Settings
from lading.engine.trust import keys_of
from lading.model.errors import FormatError, UsageError
from lading.model.report import Report
from lading.safeio.trust import SIGNATURE, check_demanded
from lading.safeio.trusted_keys import TrustedKeys

_MOST_SIGNATURE: Final = 1_000_000


def read_kept(name: str, settings: Settings) -> bytes | None:
    """The content of the report that a name may be the path of; None for what has to be scanned. No image is a file
    that starts as an object of JSON does. Raises as `read_result` does."""
    path = Path(name)
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(64)
    except (OSError, ValueError):
        return None
    return read_result(path, settings) if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else None


def read_result(path: Path, settings: Settings) -> bytes:
    """The content of a kept report, of which it is known that it is signed where that is demanded. Raises ImageError,
    SafeIOError, and UsageError for one that is refused."""
    data = read_document(path, settings)
    check_result(data, path, keys_of("report", settings))
    return data


def read_report(path: Path, environment: Environment | None = None) -> Report:
    """A report that was kept (`lading scan -o json=FILE`), signed where the environment's trust demands it. Without
    `environment` it is Environment.default(). Raises LadingError: ImageError, SafeIOError, FormatError, UsageError."""
    environment = environment or Environment.default()
    data = read_document(path, ScanOptions())
    check_result(data, path, environment.trust.report)
    return parse_result(data, str(path))


def check_result(data: bytes, path: Path, keys: TrustedKeys) -> None:
    """Raises UsageError for the content of a report that none of these keys has signed, where there are any."""
    if not keys:
        return
    try:
        signature = path.with_name(path.name + SIGNATURE).read_bytes()[:_MOST_SIGNATURE]
    except FileNotFoundError:
        signature = None
    except OSError as error:
        raise UsageError(f"{path}{SIGNATURE}: cannot be read: {error.strerror}") from error
    if why := check_demanded(data, signature, keys, "report").why:
        raise UsageError(f"{path}: {why}")


def parse_result(data: bytes, name: str) -> Report:
    """A kept report, which is on one image at least. Raises FormatError."""
    from lading.formats.decoders.report import is_report, parse_report

    if not is_report(data):
        raise FormatError(f"{name}: not a report of Lading's (lading scan -o json){_instead(data)}")
    report = parse_report(data, name)
    if not report.targets:
        raise FormatError(f"{name}: is a report on no image")
    return report


def _instead(data: bytes) -> str:
    """What to do with a document that is of another kind, as far as that is told at a glance."""
    from lading.formats.decoders.reports.any import parse_foreign_report
    from lading.formats.decoders.sbom import parse_sbom

    for parse, said in (
        (parse_sbom, "; an SBOM is named sbom:FILE"),
        (parse_foreign_report, "; lading explain IMAGE --against it tells in what another scanner differs"),
    ):
        try:
            parse(data, "")
        except FormatError:
            continue
        return said
    return ""
