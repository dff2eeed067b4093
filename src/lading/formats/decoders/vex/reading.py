"""What the readers of every format share: dates, and statements that cannot be read."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.vex import VexProduct

MOST_STATEMENTS: Final = 200_000
"""More products than that in all statements of one document are not read."""
_MOST_REMARKS: Final = 20
_ALGORITHM: Final = re.compile(r"[^a-z0-9]")
_HEX: Final = re.compile(r"[0-9a-fA-F]{32,128}")
_DIGEST: Final = re.compile(r"sha(?:256|384|512):[0-9a-fA-F]{64,128}")


def time_of(*texts: str) -> str:
    """The first of these dates and times (RFC 3339) that is one, in UTC; empty when none is."""
    for text in texts:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        try:
            return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
        except OverflowError:  # the first and the last day there is, in another zone
            continue
    return ""


def digest_of(algorithm: str, value: str) -> str:
    """A hash as `sha256:…` in lower case, whatever its algorithm is written like ("SHA-256"); empty for none."""
    value = value.strip().rpartition(":")[2]
    return f"{_ALGORITHM.sub('', algorithm.lower())}:{value.lower()}" if _HEX.fullmatch(value) else ""


def product_named(name: str) -> VexProduct:
    """What one identifier names: a package URL, a CPE, a digest, or just a name."""
    name = name.strip()
    if name.startswith("pkg:"):
        return VexProduct(name, purls=(name,))
    if name.lower().startswith(("cpe:2.3:", "cpe:/")):
        return VexProduct(name, cpes=(name,))
    return VexProduct(name, digests=(name.lower(),) if _DIGEST.fullmatch(name) else ())


def unread(problems: Iterable[tuple[str, str]], where: str) -> tuple[Diagnostic, ...]:
    """What of a document could not be read, by place and reason: the first of them, and how many more there are."""
    listed = list(problems)
    told = [diagnostic("vex-statement-unreadable", f"{place}: {why}", where) for place, why in listed[:_MOST_REMARKS]]
    if len(listed) > _MOST_REMARKS:
        more = f"{len(listed) - _MOST_REMARKS:,} more statements cannot be read"
        told.append(diagnostic("vex-statement-unreadable", more, where))
    return tuple(told)
