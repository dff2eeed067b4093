"""Programs that are a runtime with somebody's scripts in it: what of them is in there no reader opens.

Sources: the Node.js documentation, "Single executable applications" (the fuse that a loaded program has blown);
oven-sh/bun, src/StandaloneModuleGraph.zig; denoland/deno, cli/lib/standalone/binary.rs (what stands at the end);
pyinstaller/pyinstaller, PyInstaller/archive/readers.py.
"""

from typing import Final

from msgspec import Struct

from lading.model.reader import Content
from lading.safeio.containers.pyinstaller import pyinstaller_end

_BUN: Final = b"\n---- Bun! ----\n"
_DENO: Final = b"d3n0l4nd"
_FUSE: Final = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1"
_END: Final = 64
_LEAST_NODE: Final = 20_000_000
"""No program with Node.js in it has fewer bytes: smaller ones need not be searched."""


class Carrier(Struct, frozen=True):
    """What such a program is called, and the name of the rule that tells the version of its runtime."""

    said: str
    runtime: str


def carrier_of(content: Content) -> Carrier | None:
    """What kind of such a program this is, None for any other."""
    end = content[max(0, len(content) - _END) :]
    if _BUN in end:
        return Carrier("Bun program with a script archive", "bun")
    if _DENO in end:
        return Carrier("Deno program with a script archive", "deno")
    if pyinstaller_end(content):
        return Carrier("PyInstaller program with a module archive", "")
    if len(content) >= _LEAST_NODE and content.find(_FUSE) >= 0:
        return Carrier("Node.js program with a script archive", "node")
    return None
