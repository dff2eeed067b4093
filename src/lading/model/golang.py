"""Versions of Go modules.

Source: https://go.dev/ref/mod#pseudo-versions; debug/buildinfo of the Go standard library.
"""

import re

_PSEUDO = re.compile(r"-(?:0\.)?\d{14}-[0-9a-f]{12}")


def is_release(version: str) -> bool:
    """Whether the version of a program's main module names a release: not a commit, nor a build from a directory."""
    return version not in ("", "(devel)", "UNKNOWN") and not is_commit(version)


def is_commit(version: str) -> bool:
    """Whether a version stands for a commit between releases."""
    return _PSEUDO.search(version) is not None
