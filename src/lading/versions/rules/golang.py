"""Go modules and toolchains.

Source: https://go.dev/ref/mod#versions (a semantic version, its leading `v` optional here; a pseudo-version is a
pre-release; `+incompatible` and other build metadata do not count) and https://go.dev/doc/toolchain#version for
toolchains: `go1.22.1`, `go1.21rc2`, after which an experiment or the builder's own suffix may stand (` X:boringcrypto`,
`-X:jsonv2`, `-bigcorp`, ` (Red Hat 1.21.9-1.el9)`). `(devel)` is no version.
"""

import re
from typing import Final

from lading.versions.caching import cached
from lading.versions.semantic import VERSION, Numbers, Release, identifiers_key, numbers_key, release_key

_EXPERIMENT: Final = re.compile(r"[ -]X:.*", re.DOTALL)
_TOOLCHAIN: Final = re.compile(
    r"(?:go(?P<exact>[0-9]+(?:\.[0-9]+)*)|v?(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?=[a-z]))"
    r"(?:(?P<word>alpha|beta|rc)(?P<count>[0-9]+))?"
    r"(?!-devel)(?:[ \t+-].*)?",
    re.DOTALL,
)


@cached
def parse(text: str) -> tuple[Numbers, Release] | None:
    """The sort key of a version, None when `text` is not one."""
    text = _EXPERIMENT.sub("", text.strip(" "), count=1)
    toolchain = _TOOLCHAIN.fullmatch(text)
    if toolchain is not None:
        word, count = toolchain["word"], toolchain["count"]
        numbers = numbers_key(toolchain["exact"] or toolchain["numbers"])
        return numbers, (0, identifiers_key(f"{word}.{count}")) if word else (1,)
    match = VERSION.fullmatch(text)
    return None if match is None or match["bare"] else release_key(match)
