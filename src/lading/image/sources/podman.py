"""Images that Podman has, by the socket at which it listens (net/engines.py says where that is)."""

from lading.image.engine import open_engine
from lading.image.opened import Opened
from lading.image.source import Request, Source
from lading.net.engines import podman_address


def open_podman(request: Request) -> Opened:
    """The image of a name or ID. Raises NotHereError, ImageError, SafeIOError, NetError."""
    return open_engine(SOURCE.id, podman_address, request)


SOURCE = Source("podman", prefixes=("podman:",), open=open_podman, is_local=False)
