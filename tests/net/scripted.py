"""A server on loopback that answers as a test tells it to."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """One answer. With `cut_after` the connection is closed after so many bytes of the body; `endless` follows it over
    and over, every `pause` seconds, until the other side goes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    endless: bytes = b""
    pause: float = 0.0


@dataclass(frozen=True)
class Request:
    """What the server was asked. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


Script = Callable[[Request], Reply]


class Server:
    """The running server: `url` its address without a slash, `requests` everything it was asked."""

    def __init__(self, scheme: str, server: ThreadingHTTPServer, requests: list[Request]) -> None:
        self.host = f"127.0.0.1:{server.server_address[1]}"
        self.url = f"{scheme}://{self.host}"
        self.requests = requests
        self.dead = False
        self._server = server

    def die(self) -> None:
        """Answers nothing any more, and takes no more connections."""
        self.dead = True
        self._server.shutdown()
        self._server.socket.shutdown(socket.SHUT_RDWR)  # also for who has inherited it
        self._server.server_close()


@contextmanager
def serve(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Runs a server that answers by `script`, for as long as the context lasts."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, body)
            requests.append(request)
            reply = script(request)
            if running.dead:
                self.close_connection = True
                return
            self.send_response(reply.status)
            length = {} if "Transfer-Encoding" in reply.headers else {"Content-Length": str(len(reply.body))}
            for name, value in {**length, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body[: reply.cut_after])
                while reply.endless:
                    self.wfile.write(reply.endless)
                    time.sleep(reply.pause)
            self.close_connection = self.close_connection or reply.cut_after is not None

        do_HEAD = do_POST = do_PUT = do_PATCH = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that go away are part of the tests."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        running = Server("https" if tls else "http", server, requests)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def in_turn(*replies: Reply) -> Script:
    """A script that gives these answers one after the other, the last for ever."""
    waiting = list(replies)
    lock = threading.Lock()

    def answer(_: Request) -> Reply:
        with lock:
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return answer


def ranged(body: bytes, *, cuts: list[int], headers: Mapping[str, str] | None = None) -> Script:
    """A script that serves `body` with ranges, and cuts one answer after another after so many bytes."""
    waiting = list(cuts)

    def answer(request: Request) -> Reply:
        cut = waiting.pop(0) if waiting else None
        asked = request.headers.get("range", "")
        if not asked:
            return Reply(200, body, headers or {}, cut)
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        content_range = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Reply(206, body[start:], {**(headers or {}), "Content-Range": content_range}, cut)

    return answer
