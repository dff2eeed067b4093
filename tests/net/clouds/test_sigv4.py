"""Signatures as AWS's own documentation and botocore have them."""

from datetime import UTC, datetime

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


def test_a_key_does_not_show_itself() -> None:
    assert "wJalr" not in repr(_KEYS)
