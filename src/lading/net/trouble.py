"""What went wrong on a connection, in one line for people."""

import re
import socket
from typing import Final

from lading.model.errors import NetError
from lading.net.retry import MOST_ATTEMPTS

_FEW_ATTEMPTS: Final = 3
_NOT_TLS: Final = re.compile(r"WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|HTTP_REQUEST")
_REASON: Final = re.compile(r"\(_ssl\.c:\d+\)$")


class Trouble(Exception):
    """A connection failed. `attempts` is how many times it is worth trying in all."""

    def __init__(self, message: str, attempts: int) -> None:
        super().__init__(message)
        self.attempts = attempts

    def as_error(self) -> NetError:
        return NetError(str(self))


def explain(error: Exception, host: str) -> Trouble:
    """The trouble behind an exception of urllib3, for the server (or proxy) `host`."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.ProxyError):
        inner = explain(error.original_error, host)
        return Trouble(f"proxy for {inner}; HTTP_PROXY, HTTPS_PROXY and NO_PROXY choose it", inner.attempts)
    if isinstance(error, exceptions.SSLError):
        return _explain_tls(error, host)
    if isinstance(error, exceptions.NameResolutionError):
        return Trouble(f"{host}: no address found for this name; check its spelling and the network", _FEW_ATTEMPTS)
    cause = _os_error(error)
    if isinstance(cause, ConnectionRefusedError):
        return Trouble(f"{host}: connection refused; check the name and the port", _FEW_ATTEMPTS)
    if isinstance(error, exceptions.NewConnectionError):
        reason = cause.strerror if cause and cause.strerror else "no route"
        return Trouble(f"{host}: cannot be reached ({reason}); check the network", _FEW_ATTEMPTS)
    if isinstance(error, exceptions.ConnectTimeoutError):
        return Trouble(f"{host}: no connection in time; check the network and the proxy settings", _FEW_ATTEMPTS)
    if isinstance(error, exceptions.TimeoutError):
        return Trouble(f"{host}: stopped answering; try again later", MOST_ATTEMPTS)
    return Trouble(f"{host}: the connection broke; try again later", MOST_ATTEMPTS)


def _explain_tls(error: Exception, host: str) -> Trouble:
    import ssl

    text = str(error)
    if _NOT_TLS.search(text):
        return Trouble(f"{host}: does not speak TLS; --plain-http talks to a registry without encryption", 1)
    verification = _find(error, ssl.SSLCertVerificationError)
    if isinstance(verification, ssl.SSLCertVerificationError):
        reason = verification.verify_message or "verification failed"
        advice = "--ca-cert FILE trusts its authority, --insecure any certificate"
        return Trouble(f"{host}: its certificate is not trusted ({reason}); {advice}", 1)
    cause = _find(error, ssl.SSLError)
    reason = _REASON.sub("", str(cause.args[-1] if cause else text)).strip()
    return Trouble(f"{host}: TLS failed ({reason}); try again later", _FEW_ATTEMPTS)


def _os_error(error: Exception) -> OSError | None:
    found = _find(error, OSError)
    return found if isinstance(found, OSError) and not isinstance(found, socket.gaierror) else None


def _find(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The exception of this kind that is, caused, or is held by `error`."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, kind):
            return one
        if id(one) not in seen:
            seen.add(id(one))
            waiting += [inner for inner in (one.__cause__, one.__context__, *one.args) if isinstance(inner, Exception)]
    return None
