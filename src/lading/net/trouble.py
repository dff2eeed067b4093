"""What went wrong on a connection, in one line for people."""

import re
from typing import Final

from lading.model.errors import NetError
from lading.net.address import printable

MOST_ATTEMPTS: Final = 5
"""Requests made in all for one answer, the first included."""
FEW_ATTEMPTS: Final = 3
"""The same where it is not likely that another try helps."""
_NOT_TLS: Final = re.compile(r"WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|HTTP_REQUEST")
_REASON: Final = re.compile(r"\(_ssl\.c:\d+\)$")
_TUNNEL: Final = re.compile(r"Tunnel connection failed: (\d{3})", re.ASCII)
_LONGEST_REASON: Final = 200


class Broken(NetError):
    """The connection failed in a way that another one need not."""


class NotTls(NetError):
    """The server answers without TLS where it was asked with it."""


class Trouble(Exception):
    """A connection failed. `what` happened is said without the server's name; `attempts` is how many times it is worth
    trying in all; `by_proxy` that it was the proxy's connection, `without_tls` that the server does not speak TLS."""

    def __init__(self, what: str, attempts: int, *, by_proxy: bool = False, without_tls: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.attempts = attempts
        self.by_proxy = by_proxy
        self.without_tls = without_tls

    def as_error(self, host: str) -> NetError:
        """The error for people; Broken when it is worth another try."""
        text = f"{host}: {self.what}"
        if self.by_proxy:
            text = f"proxy for {text}; HTTP_PROXY, HTTPS_PROXY and NO_PROXY choose it"
        if self.without_tls and not self.by_proxy:
            return NotTls(text)
        return Broken(text) if self.attempts > 1 else NetError(text)


def explain(error: Exception) -> Trouble:
    """The trouble behind an exception of urllib3 or http.client."""
    from http.client import HTTPException, IncompleteRead, RemoteDisconnected

    from urllib3 import exceptions

    if isinstance(error, exceptions.ProxyError):
        inner = explain(error.original_error)
        return Trouble(inner.what, inner.attempts, by_proxy=True)
    if isinstance(error, exceptions.SSLError):
        return _explain_tls(error)
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return Trouble("stopped answering; try again later, or wait longer with --timeout", MOST_ATTEMPTS)
    if isinstance(error, exceptions.LocationValueError):
        return Trouble("is not an address that can be asked", 1)
    if _find(error, HTTPException, but=(RemoteDisconnected, IncompleteRead)):
        return Trouble("answered with what is not HTTP; is it the right address?", 1)
    if refused := _TUNNEL.search(str(error)):
        return Trouble(f"it answered {refused[1]}", 1, by_proxy=True)
    return Trouble("the connection broke; try again later", MOST_ATTEMPTS)


def _explain_tls(error: Exception) -> Trouble:
    import ssl

    text = str(error)
    if _NOT_TLS.search(text):
        return Trouble("does not speak TLS; --plain-http talks to a registry without encryption", 1, without_tls=True)
    verification = _find(error, ssl.SSLCertVerificationError)
    if isinstance(verification, ssl.SSLCertVerificationError):
        reason = printable(verification.verify_message or "verification failed", _LONGEST_REASON)
        advice = "--ca-cert FILE trusts its authority, --insecure any certificate"
        return Trouble(f"its certificate is not trusted ({reason}); {advice}", 1)
    cause = _find(error, ssl.SSLError)
    reason = printable(_REASON.sub("", str(cause.args[-1] if cause else text)).strip(), _LONGEST_REASON)
    return Trouble(f"TLS failed ({reason}); try again later", FEW_ATTEMPTS)


def _find(
    error: BaseException, kind: type[BaseException], *, but: tuple[type[BaseException], ...] = ()
) -> BaseException | None:
    """The exception of this kind that is, caused, or is held by `error`."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, kind) and not isinstance(one, but):
            return one
        if id(one) not in seen:
            seen.add(id(one))
            waiting += [inner for inner in (one.__cause__, one.__context__, *one.args) if isinstance(inner, Exception)]
    return None
