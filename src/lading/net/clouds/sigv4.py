"""Signatures of requests to Amazon's services.

Source: AWS, "Create a signed AWS API request" (Signature Version 4).
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

from msgspec import Struct

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Keys(Struct, frozen=True):
    """An access key. `source` says for people where it comes from; `token` is that of a session, empty for none."""

    source: str
    access: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return f"Keys({self.source!r})"


def sign(
    keys: Keys,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    region: str,
    service: str,
    now: datetime,
) -> dict[str, str]:
    """The headers of a request, signed. `url` has a plain path and a query that is in order; `now` is in UTC."""
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    token = {"x-amz-security-token": keys.token} if keys.token else {}
    signed = {
        "host": parts.netloc,
        "x-amz-date": stamp,
        **token,
        **{name.lower(): " ".join(value.split()) for name, value in headers.items()},
    }
    names = ";".join(sorted(signed))
    lines = [f"{name}:{signed[name]}\n" for name in sorted(signed)]
    path = quote(parts.path or "/", safe="/-_.~")
    request = "\n".join((method, path, parts.query, "".join(lines), names, hashlib.sha256(body).hexdigest()))
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    proof = f"{_ALGORITHM} Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    del signed["host"]
    return {**signed, "authorization": proof}
