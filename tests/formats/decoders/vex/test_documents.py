"""VEX documents of every format: what they are read into, and what of damaged ones is told. What statements come to is
held in tests/policy/vex."""

import base64
import json
from typing import Any

import pytest

from lading.formats.decoders.vex.documents import parse_vex
from lading.formats.decoders.vex.reading import digest_of, time_of
from lading.model.errors import FormatError
from lading.model.vex import VexDocument, VexProduct, VexStatement

_DEEP = 20_000


def read(document: object) -> VexDocument:
    return parse_vex(json.dumps(document).encode(), "x")


def test_an_openvex_document() -> None:
    product = {
        "@id": "https://example.com/shop",
        "identifiers": {"purl": "pkg:oci/shop", "cpe23": "cpe:2.3:a:x:shop:*:*:*:*:*:*:*:*"},
        "hashes": {"sha-256": "AB" * 32, "made-up": "zz"},
        "subcomponents": [{"@id": "pkg:npm/a@1"}],
    }
    statement = {
        "vulnerability": {"@id": "https://nvd.nist.gov/vuln/detail/CVE-2024-1", "name": "X-1", "aliases": ["GHSA-1"]},
        "products": [product],
        "status": "not_affected",
        "justification": "no such word",
        "impact_statement": "why",
        "status_notes": "more",
        "timestamp": "2024-05-01T14:00:00.5+02:00",
    }
    about = {"@id": "id", "author": "A", "version": 3, "timestamp": "2024-01-01T00:00:00Z"}
    document = read({**about, "last_updated": "2024-02-01T00:00:00Z", "statements": [statement]})
    assert document == VexDocument(
        "openvex",
        "id",
        "A",
        "3",
        "2024-02-01T00:00:00Z",
        (
            VexStatement(
                "X-1",
                "not_affected",
                (
                    VexProduct(
                        "https://example.com/shop",
                        ("pkg:oci/shop",),
                        ("cpe:2.3:a:x:shop:*:*:*:*:*:*:*:*",),
                        ("sha256:" + "ab" * 32,),
                        subcomponents=(VexProduct("pkg:npm/a@1", ("pkg:npm/a@1",)),),
                    ),
                ),
                "statement 1",
                ("GHSA-1", "CVE-2024-1"),
                impact="why",
                notes="more",
                author="A",
                time="2024-05-01T12:00:00.500000Z",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (1, "Expected `object`, got `int`"),
        ({"status": "fixed"}, "Object missing required field `vulnerability`"),
        ({"status": "dunno", "vulnerability": "CVE-1-1"}, "the status 'dunno' is none of affected"),
        ({"status": "fixed", "vulnerability": "CVE-1-1"}, "it names no product"),
        ({"status": "fixed", "vulnerability": {}, "products": ["pkg:npm/a"]}, "it names no vulnerability"),
        ({"status": "fixed", "vulnerability": "CVE-1-1", "products": [{}]}, "a product without a name"),
    ],
)
def test_a_statement_that_cannot_be_read_is_told(statement: object, why: str) -> None:
    good = {"status": "fixed", "vulnerability": "CVE-1-1", "products": ["pkg:npm/a"]}
    document = read({"statements": [statement, good]})
    assert [one.place for one in document.statements] == ["statement 2"]
    (told,) = document.diagnostics
    assert (told.code, told.where) == ("vex-statement-unreadable", "x")
    assert told.message.startswith(f"statement 1: {why}")


def test_many_statements_that_cannot_be_read_are_counted() -> None:
    told = [one.message for one in read({"statements": [1] * 30}).diagnostics]
    assert (len(told), told[-1]) == (21, "10 more statements cannot be read")


def test_an_envelope_around_an_attestation() -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://openvex.dev/ns",
        "subject": [{"name": "shop", "digest": {"sha256": "ab" * 32}}],
        "predicate": {"statements": [{"status": "affected", "vulnerability": "CVE-1-1"}]},
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    envelope = {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []}
    (made,) = read(envelope).statements
    assert made.products == (VexProduct("shop", digests=("sha256:" + "ab" * 32,)),)
    again = {**envelope, "payload": base64.b64encode(json.dumps(envelope).encode()).decode()}
    for wrong, why in (
        (again, "an envelope within an envelope"),
        ({**envelope, "payload": "%"}, "the payload of its envelope cannot be read"),
        ({**statement, "predicateType": "https://slsa.dev/provenance/v1"}, "an attestation of another kind"),
    ):
        with pytest.raises(FormatError, match=why):
            read(wrong)


DEEP: dict[str, str] = {
    "openvex": '{"statements":[{"status":"fixed","vulnerability":"CVE-1-1","products":['
    + '{"@id":"pkg:npm/a","subcomponents":[' * _DEEP
    + "]}" * _DEEP
    + "]}]}",
    "cyclonedx": '{"bomFormat":"CycloneDX","components":[' + '{"components":[' * _DEEP + "]}" * _DEEP + "]}",
    "csaf": '{"document":{"tracking":{"id":"x"}},"product_tree":{"branches":['
    + '{"category":"vendor","branches":[' * _DEEP
    + "]}" * _DEEP
    + "]}}",
    "attestation": '{"_type":"https://in-toto.io/Statement/v1","predicateType":"openvex","predicate":'
    + "[" * _DEEP
    + "]" * _DEEP
    + "}",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_without_end_is_refused_or_told(name: str) -> None:
    try:
        document = parse_vex(DEEP[name].encode(), "x")
    except FormatError as error:
        assert str(error).startswith("x: ")
    else:
        assert (document.statements, len(document.diagnostics)) == ((), 1)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("", "2024-05-01T12:00:00Z"), "2024-05-01T12:00:00Z"),
        (("2024-05-01T12:00:00.123456789-01:00",), "2024-05-01T13:00:00.123456Z"),
        (("2024-05-01",), "2024-05-01T00:00:00Z"),
        (("yesterday",), ""),
        (("0001-01-01T00:00:00+23:00",), ""),
        (("9999-12-31T23:59:59-23:00", "2024-05-01"), "2024-05-01T00:00:00Z"),
    ],
)
def test_times(texts: tuple[str, ...], expected: str) -> None:
    assert time_of(*texts) == expected


@pytest.mark.parametrize(
    ("algorithm", "value", "expected"),
    [
        ("SHA-256", "AB" * 32, "sha256:" + "ab" * 32),
        ("sha256", "sha256:" + "ab" * 32, "sha256:" + "ab" * 32),
        ("sha512", "not hexadecimal", ""),
    ],
)
def test_digests(algorithm: str, value: str, expected: str) -> None:
    assert digest_of(algorithm, value) == expected


def test_revoked_and_dated_by_its_words() -> None:
    tracking: dict[str, Any] = {"id": "x", "status": "interim", "version": "2", "current_release_date": "2024-05-01"}
    product = {"product_id": "P", "name": "p", "product_identification_helper": {"purl": "pkg:npm/a"}}
    flag = {"label": "component_not_present", "date": "2024-06-01T00:00:00Z", "product_ids": ["P"]}
    vulnerability = {"cve": "CVE-1-1", "product_status": {"known_not_affected": ["P", "Q"]}, "flags": [flag]}
    document = {"document": {"tracking": tracking}, "product_tree": {"full_product_names": [product]}}
    read_back = read({**document, "vulnerabilities": [vulnerability]})
    (statement,) = read_back.statements
    assert (read_back.revoked, statement.time, statement.justification) == (
        "",
        "2024-06-01T00:00:00Z",
        "component_not_present",
    )
    (told,) = read_back.diagnostics
    assert told.message == "vulnerability 1, known_not_affected, Q: the product tree has no such product"
