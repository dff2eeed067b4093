"""Checking bytes against the size and digest they were promised with, while they pass."""

import hashlib
import re

from lading.model.errors import SafeIOError
from lading.model.ports import ByteStream

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_ADVICE = "the image is damaged: fetch it again"


def is_digest(text: str) -> bool:
    """Whether `text` is a digest that can be checked: the registered algorithms of the OCI image specification
    (descriptor.md), SHA-256 and SHA-512, in lower-case hexadecimal."""
    return _DIGEST.fullmatch(text) is not None


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    """The digest of bytes in memory."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def verify_bytes(data: bytes, digest: str, size: int, where: str) -> bytes:
    """`data` itself when it has this digest and size; raises SafeIOError otherwise."""
    if len(data) != size:
        raise SafeIOError(f"{where}: has {len(data):,} bytes, expected {size:,}: {_ADVICE}")
    found = digest_of(data, _algorithm(digest, where))
    if found != digest:
        raise _wrong_digest(where, digest, found)
    return data


class VerifiedStream:
    """`stream`, whose bytes are counted and hashed as they pass. Owns `stream`.

    The read that meets the end raises SafeIOError when the digest is not `digest`, or the size not `size` (-1: any
    size); a stream that is longer than `size` is refused as soon as it goes beyond. `where` names it in errors.
    """

    def __init__(self, stream: ByteStream, digest: str, size: int, where: str) -> None:
        self._hash = hashlib.new(_algorithm(digest, where))
        self._stream = stream
        self._read = stream.read
        self._update = self._hash.update
        self._digest = digest
        self._left = size if size >= 0 else _UNBOUNDED
        self._size = size
        self._where = where

    def read(self, size: int, /) -> bytes:
        data = self._read(size)
        if not data:
            self._finish()
        self._left -= len(data)
        if self._left < 0:
            raise SafeIOError(f"{self._where}: goes on after the {self._size:,} bytes expected: {_ADVICE}")
        self._update(data)
        return data

    def close(self) -> None:
        self._stream.close()

    def _finish(self) -> None:
        if self._size >= 0 and self._left:
            passed = self._size - self._left
            raise SafeIOError(f"{self._where}: ends after {passed:,} bytes, expected {self._size:,}: {_ADVICE}")
        found = f"{self._hash.name}:{self._hash.hexdigest()}"
        if found != self._digest:
            raise _wrong_digest(self._where, self._digest, found)


_UNBOUNDED = 1 << 62


def _algorithm(digest: str, where: str) -> str:
    if not is_digest(digest):
        raise SafeIOError(
            f"{where}: its digest {digest[:100]!r} is neither SHA-256 nor SHA-512, so it cannot be checked"
        )
    return digest.partition(":")[0]


def _wrong_digest(where: str, expected: str, found: str) -> SafeIOError:
    return SafeIOError(f"{where}: its digest is {found}, expected {expected}: {_ADVICE}")
