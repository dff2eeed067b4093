"""What stands for a secret where its value must not: in caches, reports and allow-lists."""

import hmac
from hashlib import sha256

from msgspec import Struct

_SIZE = 32


class Fingerprints(Struct, frozen=True):
    """Makes fingerprints with an organisation's `key`, b"" for none.

    With a key the same secret has the same fingerprint wherever it lies, and nobody without the key can try values
    against it. Without one it is salted by rule and path, which anybody knows: values cannot be looked up in a table
    made before, nor one secret be recognised at two paths, but whoever guesses a value can see that it is right.
    """

    key: bytes = b""

    def of(self, rule: str, path: str, value: bytes) -> str:
        """The fingerprint of a value that a rule found at a path, 32 hexadecimal digits."""
        if self.key:
            return hmac.new(self.key, b"lading secret\0" + rule.encode() + b"\0" + value, sha256).hexdigest()[:_SIZE]
        salt = f"lading secret\0{rule}\0{path}\0".encode("utf-8", "surrogatepass")
        return sha256(salt + value).hexdigest()[:_SIZE]

    def __repr__(self) -> str:
        return f"Fingerprints({'keyed' if self.key else 'salted'})"


def masked(beginning: str, size: int) -> str:
    """A secret of `size` bytes as people may see it: the beginning that all of its kind have, and how long it is."""
    return f"{beginning}… ({size:,} characters)"
