"""Docker Hub's names: what it is called, and where it answers."""

from typing import Final

HUB: Final = "docker.io"
HUB_ADDRESS: Final = "registry-1.docker.io"
_NAMES: Final = frozenset({HUB, "index.docker.io", HUB_ADDRESS})
_OFFICIAL: Final = "library/"


def common_host(host: str) -> str:
    """A registry's common name: all of Docker Hub's become one; in lower case."""
    return HUB if host.lower() in _NAMES else host.lower()


def is_hub(host: str) -> bool:
    """Whether a name is one of Docker Hub's."""
    return host in _NAMES


def address_of(host: str) -> str:
    """The host (and port) at which the registry of a common name answers."""
    return HUB_ADDRESS if host == HUB else host


def official(host: str, repository: str) -> str:
    """A repository in full: Docker Hub's own images lie below `library/`."""
    return f"{_OFFICIAL}{repository}" if host == HUB and "/" not in repository else repository
