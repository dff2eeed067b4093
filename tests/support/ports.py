"""Ports for servers that cannot be asked which one they took."""

import random
import socket


def free_port() -> int:
    """A port of loopback that nobody listens at, below those that the kernel gives to connections and to servers that
    ask for any: no other test is given it before a server is started there."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
