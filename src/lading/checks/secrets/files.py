"""The reader of secrets in files: what it keeps of each are hits without values."""

from collections.abc import Sequence
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import msgpack, structs

from lading.checks.secrets.fingerprints import Fingerprints
from lading.checks.secrets.rule import RuleSet, built_in
from lading.checks.secrets.scanner import Hit, Scanner, nowhere
from lading.checks.secrets.texts import is_plain, iter_texts, may_hold_texts
from lading.model.checks import CheckInputs, Observed, SeenFile
from lading.model.diagnostics import diagnostic
from lading.model.reader import PACE_OF_PROGRAMS, Reader, WantedFile

if TYPE_CHECKING:
    from lading.checks.secrets.own_scanner import OwnScanner

CONFIGURATION: Final = "configuration"
"""The path by which rules know what stands in the configuration of an image."""

_MOST: Final = 2_000
_FULL: Final = "holds more that looks like secrets than is looked at"
_NOTHING: Final = Observed()
_NO_INPUTS: Final = CheckInputs()
_EVERY: Final = 1_024
_decode = msgpack.Decoder(tuple[Hit, ...]).decode


class Scanners(NamedTuple):
    """The scanner of the rules that come with Lading, and that of the user's own, None without such."""

    built_in: Scanner
    own: "OwnScanner | None" = None


@cache
def scanner() -> Scanner:
    """The scanner of the rules that come with Lading, with fingerprints by a salt."""
    return Scanner(built_in())


@lru_cache(maxsize=4)
def scanners(inputs: CheckInputs) -> Scanners:
    """The scanners for what the user gives. Raises UsageError for rules that cannot be used."""
    key = inputs.fingerprint_key
    if not (inputs.secret_rules or inputs.secret_tables or inputs.secret_values):
        return Scanners(scanner().with_inputs(Fingerprints(key)) if key else scanner())
    from lading.checks.secrets.own_scanner import OwnScanner
    from lading.checks.secrets.patterns import compiled
    from lading.checks.secrets.rule_files import parse_rules

    stated = parse_rules(inputs.secret_rules, inputs.secret_tables)
    values = tuple((one, compiled(one, "policy: ignore: value")) for one in inputs.secret_values)
    own = OwnScanner(stated, values)
    rules = tuple(one for one in built_in().rules if one.id not in stated.disabled)
    left = scanner() if rules == built_in().rules else Scanner(RuleSet(rules))
    allowed = own.allowed if stated.allows else nowhere
    return Scanners(left.with_inputs(Fingerprints(key), allowed, values), own if stated.rules else None)


def parse(file: WantedFile, inputs: CheckInputs = _NO_INPUTS) -> Observed:
    """The secrets in a file, without their values."""
    scan, own = scanners(inputs)
    if own is None and is_plain(file.content):  # as most are
        found = scan.scan(file.path, file.content, file.spend)
        return _observed(file.path, found.hits, _FULL if found.full else "")
    hits: list[Hit] = []
    told: list[str] = []
    notices = scan.noticed if own is None else _everywhere
    for text in iter_texts(file.path, file.content, notices, told.append, file.spend):
        found = scan.scan(file.path, text.content, file.spend, text.member, text.lines)
        hits += found.hits
        full = found.full
        if own is not None:
            found = own.scan(file.path, text.content, file.spend, scan.fingerprints, text.member)
            hits += found.hits
        if found.full or full or len(hits) > _MOST:
            told.append(_FULL)
        if len(hits) > _MOST:
            break
    return _observed(file.path, hits[:_MOST], told[0] if told else "")


def _everywhere(data: bytes) -> Sequence[int]:
    """Places all over some bytes, for rules of which nobody knows what gives them away."""
    return range(_EVERY, len(data) + _EVERY, _EVERY)


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
    """The reader for the organisation's key and rules of the user's own. Raises UsageError for those of no use."""
    scanners(inputs)  # what cannot be used is an error before anything is read
    return (structs.replace(FILES, parse=partial(parse, inputs=inputs)),)


FILES: Final = Reader(
    name="secrets-files", version=1, parse=parse, everything=True, takes=may_hold_texts, pace=PACE_OF_PROGRAMS
)
