import json

import pytest

from lading.formats.decoders.csaf import iter_products, parse_csaf
from lading.model.errors import FormatError

_TREE = {
    "branches": [
        {
            "category": "vendor",
            "name": "Vendor",
            "branches": [
                {
                    "category": "product_name",
                    "name": "System 8",
                    "product": {
                        "name": "System 8",
                        "product_id": "system-8",
                        "product_identification_helper": {"cpe": "cpe:/o:vendor:system:8"},
                    },
                },
                {
                    "category": "architecture",
                    "name": "x86_64",
                    "branches": [
                        {
                            "category": "product_version",
                            "name": "tool-1-2.x86_64",
                            "product": {
                                "name": "tool-1-2.x86_64",
                                "product_id": "tool-1-2.x86_64",
                                "product_identification_helper": {"purl": "pkg:rpm/vendor/tool@1-2?arch=x86_64"},
                            },
                        }
                    ],
                },
            ],
        }
    ],
    "full_product_names": [{"name": "module", "product_id": "tools:1"}],
    "relationships": [
        {
            "category": "default_component_of",
            "full_product_name": {"name": "", "product_id": whole},
            "product_reference": part,
            "relates_to_product_reference": of,
        }
        for whole, part, of in (
            ("system-8:tools:1", "tools:1", "system-8"),
            ("system-8:tools:1:tool", "tool-1-2.x86_64", "system-8:tools:1"),
            ("lost", "tool-1-2.x86_64", "nothing"),
            ("round", "round", "round"),
        )
    ],
}
_DOCUMENT = {
    "document": {
        "title": "A vulnerability",
        "tracking": {"id": "V-1", "current_release_date": "2024-02-01T00:00:00Z"},
        "references": [
            {"category": "self", "url": "https://vendor.example/v-1.json"},
            {"category": "self", "url": "https://vendor.example/v-1"},
        ],
        "aggregate_severity": {"text": "important"},
    },
    "product_tree": _TREE,
    "vulnerabilities": [
        {
            "cve": "CVE-2024-1",
            "cwe": {"id": "CWE-79", "name": "…"},
            "product_status": {"fixed": ["system-8:tools:1:tool"]},
            "flags": [{"label": "component_not_present", "product_ids": ["a"]}],
            "remediations": [{"category": "vendor_fix", "product_ids": ["a"], "url": "https://vendor.example/v-1"}],
            "threats": [{"category": "impact", "details": "Low"}],
            "scores": [{"products": ["a"], "cvss_v3": {"vectorString": "CVSS:3.1/X", "baseScore": 3.1}}],
        }
    ],
}


def test_document() -> None:
    csaf = parse_csaf(json.dumps(_DOCUMENT).encode())
    assert csaf.document.tracking.id == "V-1"
    assert csaf.document.url == "https://vendor.example/v-1"
    assert csaf.document.aggregate_severity is not None and csaf.document.aggregate_severity.text == "important"
    vulnerability = csaf.vulnerabilities[0]
    assert vulnerability.cwe is not None and (vulnerability.cve, vulnerability.cwe.id) == ("CVE-2024-1", "CWE-79")
    assert vulnerability.product_status == {"fixed": ("system-8:tools:1:tool",)}
    assert [(one.category, one.details, one.product_ids) for one in vulnerability.threats] == [("impact", "Low", ())]
    assert [one.cvss_v3.vector for one in vulnerability.scores if one.cvss_v3] == ["CVSS:3.1/X"]
    assert [one.url for one in vulnerability.remediations] == ["https://vendor.example/v-1"]


def test_a_chain_goes_from_the_component_to_the_platform() -> None:
    csaf = parse_csaf(json.dumps(_DOCUMENT).encode())
    component, module, platform = csaf.chain("system-8:tools:1:tool")
    assert component.purl == "pkg:rpm/vendor/tool@1-2?arch=x86_64"
    assert module.product_id == "tools:1"
    assert platform.cpe == "cpe:/o:vendor:system:8"
    assert [one.product_id for one in csaf.chain("system-8")] == ["system-8"]
    assert [csaf.chain(name) for name in ("lost", "round", "unheard-of")] == [(), (), ()]


def test_products_come_with_their_branches() -> None:
    csaf = parse_csaf(json.dumps(_DOCUMENT).encode())
    found = [
        ([branch.name for branch in path], product.product_id)
        for path, product in iter_products(csaf.product_tree.branches)
    ]
    assert found == [
        (["Vendor", "System 8"], "system-8"),
        (["Vendor", "x86_64", "tool-1-2.x86_64"], "tool-1-2.x86_64"),
    ]


def test_a_document_without_products_is_one() -> None:
    csaf = parse_csaf(b'{"document": {"tracking": {"id": "V-2"}}}')
    assert (csaf.document.url, csaf.vulnerabilities, csaf.products) == ("", (), {})


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"document": {"tracking": {"id": 1}}}', b"[" * 100_000, b"\xff"])
def test_broken(data: bytes) -> None:
    with pytest.raises(FormatError, match="not a CSAF document"):
        parse_csaf(data)


def test_branches_without_end() -> None:
    deep = '{"category": "x", "branches": [' * 50_000
    data = f'{{"document": {{"tracking": {{"id": "x"}}}}, "product_tree": {{"branches": [{deep}'
    with pytest.raises(FormatError):
        parse_csaf(data.encode())
