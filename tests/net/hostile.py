"""A server on loopback that says what it likes, byte by byte."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[socket.socket], None]


class RawServer:
    """The running server: `url` its address without a slash, `heads` the requests it was sent as they came."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        self.heads: list[bytes] = []
        self.asked = threading.Event()


@contextmanager
def serve_raw(*answers: Answer) -> Iterator[RawServer]:
    """Runs a server that gives each connection the next of these answers, the last for ever, when it has sent a
    request. A connection ends with its answer, and all of them with the context."""
    waiting = list(answers)
    held: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def converse(connection: socket.socket, answer: Answer) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (piece := connection.recv(65536)):
                    return
                head += piece
            server.heads.append(head)
            server.asked.set()
            answer(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener was shut
            while True:
                connection, _ = listener.accept()
                held.append(connection)
                answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                threads.append(threading.Thread(target=converse, args=(connection, answer)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(listener.getsockname()[1])
        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def saying(*pieces: bytes) -> Answer:
    """Says this and hangs up."""

    def answer(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return answer


def silent(*pieces: bytes) -> Answer:
    """Says this, and no more until the other side goes."""

    def answer(connection: socket.socket) -> None:
        saying(*pieces)(connection)
        while connection.recv(65536):
            pass

    return answer


def dripping(start: bytes, rest: bytes, pause: float = 0.002) -> Answer:
    """Says `start` at once, and the bytes of `rest` one by one, over and over, until the other side goes."""

    def answer(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(start)
        wait = threading.Event()
        while True:
            for byte in rest:
                connection.sendall(bytes([byte]))
                wait.wait(pause)

    return answer


def flooding(start: bytes, rest: bytes) -> Answer:
    """Says `start`, and `rest` over and over as fast as it is taken, until the other side goes."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        piece = rest * (65536 // len(rest) + 1)
        while True:
            connection.sendall(piece)

    return answer
