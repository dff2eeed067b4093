"""A scan whose result can be kept."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import structs
from msgspec.msgpack import Decoder

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import scan_inventories, without_files
from lading.model.checks import Examined
from lading.model.errors import StoreError
from lading.model.report import InventoryResult, Report
from lading.store.recording import RecordingDatabase
from lading.store.result import Result, encoded

Scanning = Callable[[Environment], tuple[tuple[InventoryResult, ...], Report]]
"""A scan in an environment: what is in each target of a report, and the report."""


def scan_to_keep(target: str, options: ScanOptions, environment: Environment) -> tuple[Result, ...]:
    """What `lading.scan` gives, one result for each platform, with the rows of advisories that it rests on. Raises
    LadingError as that does."""
    return recorded(lambda recording: scan_inventories(target, options, recording), options, environment)


def recorded(scan: Scanning, options: ScanOptions, environment: Environment) -> tuple[Result, ...]:
    """What another scan gives, likewise."""
    database = RecordingDatabase(environment.database)
    listed, report = scan(structs.replace(environment, database=database))
    assert database.recorder is not None
    needs = database.recorder.needs
    how = how_matched(options)
    results = []
    for one, found in zip(listed, report.targets, strict=True):
        kept = without_secrets(one)
        shown = structs.replace(found, image=kept.image)
        results.append(Result(kept, shown, report.tool, report.database, report.starter, report.pinned, how, needs))
    return tuple(results)


def without_secrets(listed: InventoryResult) -> InventoryResult:
    """What was listed, as it may be kept: without the paths that packages own, without what checks saw, of which there
    is what they made of it, and with the secrets in instructions masked, whether checks look for them or not."""
    from lading.engine.checking import HIDING, masked

    return structs.replace(
        listed,
        image=masked(listed.image, HIDING),
        inventory=without_files(listed.inventory),
        examined=Examined(listed.examined.families),
    )


def how_matched(options: ScanOptions) -> str:
    """The options that matching depends on, beside what was read."""
    return "\0".join((",".join(options.severity_source), *options.vex))


def encode_results(results: Sequence[Result]) -> bytes:
    """Results as one process hands them to another."""
    return encoded(results)


def decode_results(data: bytes | bytearray) -> tuple[Result, ...]:
    """What `encode_results` was given. Raises StoreError."""
    try:
        return _RESULTS.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"a result cannot be read: {error}") from error


_RESULTS: Final = Decoder(tuple[Result, ...])
