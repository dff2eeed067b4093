"""Images that Docker has, by the socket at which it listens (net/engines.py says where that is)."""

from lading.image.engine import open_engine
from lading.image.opened import Opened
from lading.image.source import Request, Source
from lading.net.engines import docker_address


def open_docker(request: Request) -> Opened:
    """The image of a name or ID. Raises NotHereError, ImageError, SafeIOError, NetError."""
    return open_engine(SOURCE.id, docker_address, request)


SOURCE = Source("docker", prefixes=("docker:", "docker-daemon:"), open=open_docker, is_local=False)
