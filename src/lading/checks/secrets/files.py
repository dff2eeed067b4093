"""The reader of secrets in files: what it keeps of each are hits without values."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from msgspec import msgpack, structs

from lading.checks.secrets.fingerprints import Fingerprints
from lading.checks.secrets.rule import built_in
from lading.checks.secrets.scanner import Hit, Scanner
from lading.checks.secrets.texts import is_plain, iter_texts, may_hold_texts
from lading.model.checks import CheckInputs, Observed, SeenFile
from lading.model.diagnostics import diagnostic
from lading.model.reader import Reader, WantedFile

CONFIGURATION: Final = "configuration"
"""The path by which rules know what stands in the configuration of an image."""

_MOST: Final = 2_000
_FULL: Final = "holds more that looks like secrets than is looked at"
_NOTHING: Final = Observed()
_decode = msgpack.Decoder(tuple[Hit, ...]).decode


@cache
def scanner() -> Scanner:
    """The scanner of the rules that come with Lading, with fingerprints by a salt."""
    return Scanner(built_in())


def keyed_scanner(key: bytes) -> Scanner:
    """The same, with fingerprints by a key; b"" for none."""
    return scanner().with_fingerprints(Fingerprints(key)) if key else scanner()


def parse(file: WantedFile, key: bytes = b"") -> Observed:
    """The secrets in a file, without their values."""
    scan = keyed_scanner(key)
    if is_plain(file.content):  # as most are
        found = scan.scan(file.path, file.content, file.spend)
        return _observed(file.path, found.hits, _FULL if found.full else "")
    hits: list[Hit] = []
    told: list[str] = []
    for text in iter_texts(file.path, file.content, scan.noticed, told.append, file.spend):
        found = scan.scan(file.path, text.content, file.spend, text.member, text.lines)
        hits += found.hits
        if found.full or len(hits) > _MOST:
            told.append(_FULL)
        if len(hits) > _MOST:
            break
    return _observed(file.path, hits[:_MOST], told[0] if told else "")


def _observed(path: str, hits: Sequence[Hit], told: str) -> Observed:
    if not hits and not told:
        return _NOTHING
    message = f"{told}; secrets in the rest of it are not known"
    diagnostics = (diagnostic("secrets-limit", message, path),) if told else ()
    return Observed(msgpack.encode(tuple(hits)) if hits else b"", diagnostics)


def hits_in(file: SeenFile) -> tuple[Hit, ...]:
    """What was found in a file."""
    return _decode(file.facts)


def prepared(inputs: CheckInputs) -> tuple[Reader[Observed], ...]:
    """The reader whose fingerprints are made with the organisation's key."""
    return (structs.replace(FILES, parse=partial(parse, key=inputs.fingerprint_key)),)


FILES: Final = Reader(name="secrets-files", version=1, parse=parse, everything=True, takes=may_hold_texts)
