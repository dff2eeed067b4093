"""The reader of secrets in files: what it keeps of each are hits without values."""

from functools import cache
from typing import Final

from msgspec import msgpack

from lading.checks.secrets.rule import built_in
from lading.checks.secrets.scanner import Hit, Scanner
from lading.checks.secrets.texts import iter_texts, may_hold_texts
from lading.model.checks import Observed, SeenFile
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.reader import Reader, WantedFile

CONFIGURATION: Final = "configuration"
"""The path by which rules know what stands in the configuration of an image."""

_MOST: Final = 2_000
_decode = msgpack.Decoder(tuple[Hit, ...]).decode


@cache
def scanner() -> Scanner:
    """The scanner of the rules that come with Lading."""
    return Scanner(built_in())


def parse(file: WantedFile) -> Observed:
    """The secrets in a file."""
    scan = scanner()
    remarks: dict[str, Diagnostic] = {}

    def tell(sentence: str) -> None:
        message = f"{sentence}; secrets in the rest of it are not known"
        remarks.setdefault("limit", diagnostic("secrets-limit", message, file.path))

    hits: list[Hit] = []
    for text in iter_texts(file.path, file.content, scan.noticed, tell, file.spend):
        found = scan.scan(file.path, text.content, file.spend, text.member, text.lines)
        hits += found.hits
        if found.full or len(hits) > _MOST:
            tell("holds more that looks like secrets than is looked at")
        if len(hits) > _MOST:
            break
    return Observed(msgpack.encode(tuple(hits[:_MOST])) if hits else b"", tuple(remarks.values()))


def hits_in(file: SeenFile) -> tuple[Hit, ...]:
    """What was found in a file."""
    return _decode(file.facts)


FILES: Final = Reader(name="secrets-files", version=1, parse=parse, everything=True, takes=may_hold_texts)
