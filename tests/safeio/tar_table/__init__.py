"""The table of header combinations: archives by group and name, made of hand-written blocks.

What Go's archive/tar reads from each is in archive_tar/answers.json.
"""

from collections.abc import Callable

from tests.safeio.tar_table.common import Cases
from tests.safeio.tar_table.headers import checksums, ends, numbers, types
from tests.safeio.tar_table.names import global_headers, gnu_times, links, names, sequences
from tests.safeio.tar_table.records import pax_records
from tests.safeio.tar_table.sparse import sparse_gnu, sparse_pax

_BUILDERS: tuple[Callable[[], Cases], ...] = (
    numbers,
    checksums,
    types,
    ends,
    names,
    gnu_times,
    links,
    sequences,
    global_headers,
    pax_records,
    sparse_gnu,
    sparse_pax,
)
GROUPS = {builder.__name__: builder for builder in _BUILDERS}
"""The table's groups; each gives its archives by name."""
