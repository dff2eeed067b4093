"""Signatures as AWS's own documentation and botocore have them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from lading.net.clouds.sigv4 import Keys, sign

_KEYS = Keys("test", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
_NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


def test_the_example_of_the_documentation() -> None:
    signed = sign(
        _KEYS,
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        b"",
        region="us-east-1",
        service="iam",
        now=_NOW,
    )
    assert signed == {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "x-amz-date": "20150830T123600Z",
        "authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    }


_TEXT = st.text("abcXYZ019 -_.~+/=&%:\u00e9", max_size=12)
_WORD = _TEXT.map(lambda text: quote(text, safe="-_.~"))
_HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "X-Amz-Target", "X-Amz-Z", "Accept"]),
    st.text("abc /=;  ", min_size=1, max_size=12),
)


@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.lists(_WORD.filter(lambda word: word.strip(".")), max_size=3),
    st.lists(st.tuples(_WORD, _WORD), max_size=3),
    _HEADERS,
    st.binary(max_size=40),
    st.sampled_from(["", "token/with+signs=="]),
    st.integers(0, 2**32),
)
def test_random_requests_are_signed_as_botocore_signs_them(
    method: str,
    path: list[str],
    query: list[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
    token: str,
    seconds: int,
) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    url = f"https://api.ecr.eu-west-1.amazonaws.com/{'/'.join(path)}"
    if query:
        url += "?" + "&".join(f"{name}={value}" for name, value in sorted(query))
    keys = Keys("test", "AKIDEXAMPLE", "secret", token)
    signed = sign(keys, method, url, headers, body, region="eu-west-1", service="ecr", now=now)
    request = AWSRequest(method, url, dict(headers), body)
    with patch("botocore.auth.get_current_datetime", lambda *_: now):
        SigV4Auth(Credentials(keys.access, keys.secret, token or None), "ecr", "eu-west-1").add_auth(request)
    assert signed["authorization"] == request.headers["Authorization"]


def test_a_key_does_not_show_itself() -> None:
    assert "wJalr" not in repr(_KEYS)
