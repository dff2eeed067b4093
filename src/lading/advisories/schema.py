"""What a shard file is: a read-only SQLite database.

`advisory` has one row for each package name, all its advisories in one MessagePack array (see `bodies`),
so that asking for a package is one look-up. `text` holds what is read only to be shown, an array for each id.
`exploited` is filled in the shard "kev" and its like, `vulnerability` in "nvd", "epss" and "cve", `life` in
"endoflife".
"""

import re

from lading.model.advisory import ShardName
from lading.model.errors import AdvisoryError

VERSION = 5
APPLICATION_ID = 0x4C414447  # "LADG"
SUFFIX = ".sqlite"
TABLES = """
CREATE TABLE advisory (package TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE text (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE vulnerability (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE life (product TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE exploited (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""
KEYS = {"advisory": "package", "text": "id", "vulnerability": "id", "life": "product", "exploited": "id"}
"""The key of each table."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,99}")


def other_format(where: str, shard: str, number: object) -> AdvisoryError:
    """What is wrong with a shard of another format than the one that is read here."""
    return AdvisoryError(
        f"{where}: the shard {shard} has the format {number}, and this Lading reads {VERSION}; "
        "use one version at both places"
    )


def check_name(name: str) -> ShardName:
    """`name` as a shard's name. It becomes a file name: anything unusual raises AdvisoryError."""
    if not _NAME.fullmatch(name):
        raise AdvisoryError(f"{name[:120]!r} cannot be the name of a shard: lower-case letters, digits, . _ + - only")
    return ShardName(name)
