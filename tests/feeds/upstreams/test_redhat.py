import json
from pathlib import Path
from typing import Any

import pytest

from lading.feeds.sources import DirectorySource
from lading.feeds.upstreams.redhat import FEED, parse_documents
from lading.feeds.upstreams.redhat.products import Component, component_of, shards_of
from lading.feeds.upstreams.redhat.repositories import parse_repositories
from lading.formats.decoders.csaf import Helper, Product
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, ShardName, State
from lading.model.errors import FeedError
from lading.model.ports import NoProgress
from lading.model.severities import cvss_severity, word_severity
from tests.feeds.recorder import Recorder, parse

_SHARED = Path(__file__).parents[4] / "shared" / "feeds"
_BASEOS_9 = ("BaseOS-9.3.0.Z.MAIN", "cpe:/o:redhat:enterprise_linux:9::baseos")
_APPSTREAM_9 = ("AppStream-9.3.0.Z.MAIN", "cpe:/a:redhat:enterprise_linux:9::appstream")
_EUS_9_2 = ("BaseOS-9.2.0.Z.EUS", "cpe:/o:redhat:rhel_eus:9.2::baseos")
_RHEL_9 = ("red_hat_enterprise_linux_9", "cpe:/o:redhat:enterprise_linux:9")
_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
_PATH = "redhat-csaf-vex/2024/cve-2024-1.json"


def _document(
    statuses: dict[str, list[tuple[tuple[str, str], str, str]]],
    remediations: list[tuple[str, str, list[str]]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A VEX document. Products by status are (platform and its CPE, component, its package URL)."""
    parts = [part for products in statuses.values() for part in products]
    return {
        "document": {
            "title": "A document",
            "tracking": {"id": "CVE-2024-1", "current_release_date": "2024-05-01T00:00:00+00:00"},
        },
        "product_tree": {
            "branches": [
                {"category": "x", "product": {"product_id": id, "product_identification_helper": helper}}
                for id, helper in {
                    **{platform: {"cpe": cpe} for (platform, cpe), _, _ in parts},
                    **{component: {"purl": purl} if purl else {} for _, component, purl in parts},
                }.items()
            ],
            "relationships": [
                {
                    "category": "default_component_of",
                    "full_product_name": {"product_id": f"{platform}:{component}"},
                    "product_reference": component,
                    "relates_to_product_reference": platform,
                }
                for (platform, _), component, _ in parts
            ],
        },
        "vulnerabilities": [
            {
                "cve": "CVE-2024-1",
                "title": "curl: a vulnerability",
                "cwe": {"id": "CWE-79"},
                "release_date": "2024-04-01T00:00:00+00:00",
                "product_status": {
                    status: [f"{platform}:{component}" for (platform, _), component, _ in products]
                    for status, products in statuses.items()
                },
                "remediations": [
                    {
                        "category": category,
                        "product_ids": products,
                        **(
                            {"url": f"https://access.redhat.com/errata/{details}", "date": "2024-04-30T10:00:00+00:00"}
                            if category == "vendor_fix"
                            else {"details": details}
                        ),
                    }
                    for category, details, products in remediations or ()
                ],
                "threats": [{"category": "impact", "details": "Moderate"}],
                "scores": [{"cvss_v3": {"vectorString": _VECTOR}}],
                **more,
            }
        ],
    }


def _rpm(name: str, arch: str, version: str = "7.76.1-26.el9_3.2", more: str = "") -> tuple[str, str]:
    return f"{name}-0:{version}.{arch}", f"pkg:rpm/redhat/{name}@{version.replace('+', '%2B')}?arch={arch}{more}"


def _told(document: object, tmp_path: Path) -> dict[str, list[Advisory]]:
    recorder = parse(parse_documents, _PATH, document, tmp_path)
    assert not recorder.skipped
    return {name: writer.advisories for name, writer in recorder.shards.items()}


_SEVERITIES = (word_severity("Moderate", "redhat"), cvss_severity(_VECTOR))


def test_a_fix_is_said_once_for_all_architectures_and_products(tmp_path: Path) -> None:
    products = [
        (platform, *_rpm("curl", arch)) for platform in (_BASEOS_9, _APPSTREAM_9) for arch in ("x86_64", "s390x", "src")
    ]
    products += [(_EUS_9_2, *_rpm("curl", "x86_64", "7.76.1-23.el9_2.4"))]
    products += [(_BASEOS_9, *_rpm("curl-debuginfo", "x86_64"))]
    ids = [f"{platform}:{component}" for (platform, _), component, _ in products]
    remediations = [("vendor_fix", "RHSA-2024:1", ids[:6]), ("vendor_fix", "RHSA-2024:2", ids[6:7])]
    recorder = parse(parse_documents, _PATH, _document({"fixed": products}, remediations), tmp_path)
    shard = recorder.shards["rhel-9"]
    assert (shard.scheme, shard.names) == ("rpm", "both")
    assert shard.advisories == [
        Advisory(
            id="CVE-2024-1",
            package="curl",
            ranges=(Range(fixed=version),),
            severities=_SEVERITIES,  # type: ignore[arg-type]
            note=note,
            condition=Condition(arches=arches, cpes=cpes),
            fix_date="2024-04-30",
            cwes=("CWE-79",),
        )
        for version, note, arches, cpes in (
            ("7.76.1-26.el9_3.2", "RHSA-2024:1", ("s390x", "src", "x86_64"), (_APPSTREAM_9[1], _BASEOS_9[1])),
            ("7.76.1-23.el9_2.4", "RHSA-2024:2", ("x86_64",), (_EUS_9_2[1],)),
        )
    ]
    assert shard.texts == {
        "CVE-2024-1": AdvisoryText(
            id="CVE-2024-1",
            summary="curl: a vulnerability",
            url="https://access.redhat.com/security/cve/CVE-2024-1",
            published="2024-04-01T00:00:00+00:00",
            modified="2024-05-01T00:00:00+00:00",
        )
    }
    assert recorder.dates == ["2024-05-01T00:00:00+00:00"]


@pytest.mark.parametrize(
    ("platform", "cpe", "release"),
    [
        ("BaseOS-9.2.0.Z.EUS", "cpe:/o:redhat:rhel_eus:9.2::baseos", "9"),
        ("AppStream-8.4.0.Z.AUS", "cpe:/a:redhat:rhel_aus:8.4::appstream", "8"),
        ("7Server-ELS", "cpe:/o:redhat:rhel_els:7", "7"),
    ],
)
def test_a_fix_for_longer_support_alone_leaves_the_release_open(
    platform: str, cpe: str, release: str, tmp_path: Path
) -> None:
    curl = ((platform, cpe), *_rpm("curl", "x86_64", "7.76.1-23"))
    found = [
        (one.condition, one.ranges, one.state)
        for one in _told(_document({"fixed": [curl]}), tmp_path)[f"rhel-{release}"]
    ]
    fixed = (Condition(("x86_64",), cpes=(cpe,)), (Range(fixed="7.76.1-23"),), "affected")
    main = (f"red_hat_enterprise_linux_{release}", f"cpe:/o:redhat:enterprise_linux:{release}")
    assert found == [fixed, (Condition(("binary",), cpes=(main[1],)), (Range(),), "affected")]
    named = _document({"fixed": [curl], "known_not_affected": [(main, "curl", "pkg:rpm/redhat/curl")]})
    assert (Range(),) not in [one.ranges for one in _told(named, tmp_path)[f"rhel-{release}"]]


@pytest.mark.parametrize(
    ("status", "category", "details", "state"),
    [
        ("known_affected", "none_available", "Affected", "affected"),
        ("known_affected", "none_available", "Fix deferred", "deferred"),
        ("known_affected", "no_fix_planned", "Will not fix", "wont_fix"),
        ("known_affected", "no_fix_planned", "Out of support scope", "end_of_life"),
        ("known_affected", "workaround", "Switch it off.", "affected"),
        ("under_investigation", "none_available", "Affected", "under_investigation"),
        ("known_not_affected", "workaround", "Switch it off.", "not_affected"),
    ],
)
def test_states_without_a_fix(tmp_path: Path, status: str, category: str, details: str, state: State) -> None:
    products = [
        (_RHEL_9, "curl.src", "pkg:rpm/redhat/curl?arch=src"),
        (_RHEL_9, "curl", "pkg:rpm/redhat/curl"),
        (_RHEL_9, "libcurl", "pkg:rpm/redhat/libcurl"),
    ]
    ids = [f"{_RHEL_9[0]}:{component}" for _, component, _ in products]
    told = _told(_document({status: products}, [(category, details, ids)]), tmp_path)
    cpes = (_RHEL_9[1],)
    found = [(one.package, one.state, one.condition) for one in told["rhel-9"]]
    assert found == [("curl", state, Condition(cpes=cpes)), ("libcurl", state, Condition(("binary",), cpes=cpes))]
    decided = state not in ("not_affected", "under_investigation")
    assert {one.ranges for one in told["rhel-9"]} == {(Range(),) if decided else ()}


def test_modules(tmp_path: Path) -> None:
    fixed = [
        (_APPSTREAM_9, *_rpm("nodejs", "x86_64", f"18.1-1.module+el9.3.0+{build}", "&epoch=1&rpmmod=nodejs:18:90:abc"))
        for build in ("21+9aaa0000", "21+1bbb1111")
    ]
    affected = [
        (_RHEL_9, "nodejs:16/nodejs", "pkg:rpm/redhat/nodejs?rpmmod=nodejs:16"),
        (_RHEL_9, "nodejs:14/npm", ""),
    ]
    remediations = [("vendor_fix", "RHSA-2024:1", [f"{_APPSTREAM_9[0]}:{component}" for _, component, _ in fixed])]
    told = _told(_document({"fixed": fixed, "known_affected": affected}, remediations), tmp_path)
    assert [(one.package, one.ranges, one.condition) for one in told["rhel-9"]] == [
        (
            "nodejs",
            # The least of the builds for several contexts.
            (Range(fixed="1:18.1-1.module+el9.3.0+21+1bbb1111"),),
            Condition(("x86_64",), "nodejs:18", (_APPSTREAM_9[1],)),
        ),
        ("nodejs", (Range(),), Condition(("binary",), "nodejs:16", (_RHEL_9[1],))),
        ("npm", (Range(),), Condition(("src",), "nodejs:14", (_RHEL_9[1],))),
    ]


def test_modules_between_package_and_platform(tmp_path: Path) -> None:
    document = _document(
        {"fixed": [(_APPSTREAM_9, "nodejs:14:8030:22", ""), (_APPSTREAM_9, *_rpm("npm", "noarch", "1-1.module+el9"))]}
    )
    module, package = document["product_tree"]["relationships"]
    package["relates_to_product_reference"] = module["full_product_name"]["product_id"]
    told = _told(document, tmp_path)
    assert [(one.package, one.condition) for one in told["rhel-9"]] == [
        ("npm", Condition(("noarch",), "nodejs:14", (_APPSTREAM_9[1],)))
    ]


def test_a_fix_outweighs_that_another_build_is_free(tmp_path: Path) -> None:
    fixed = [(_BASEOS_9, *_rpm("curl", "x86_64"))]
    free = [(_BASEOS_9, *_rpm("curl", "x86_64", "7.76.1-31.el9")), (_BASEOS_9, *_rpm("libcurl", "x86_64"))]
    told = _told(_document({"fixed": fixed, "known_not_affected": free}), tmp_path)
    assert [(one.package, one.state) for one in told["rhel-9"]] == [("curl", "affected"), ("libcurl", "not_affected")]


def test_images(tmp_path: Path) -> None:
    product = ("RHOSE", "cpe:/a:redhat:openshift:4.12::el8")

    def image(name: str, tag: str) -> tuple[tuple[str, str], str, str]:
        digest = "sha256%3A" + "0" * 64
        url = f"repository_url=registry.redhat.io/{name}"
        return product, f"{name}@{tag}", f"pkg:oci/{name.rpartition('/')[2]}@{digest}?arch=amd64&{url}&tag={tag}"

    fixed = [image("openshift4/ose-cli", tag) for tag in ("v4.14.0-2.p0", "v4.12.0-1.p0")]
    fixed += [image("rhceph/rhceph-7-rhel9", "1770632724")]
    fixed += [(product, "digest", "pkg:oci/ose-x@sha256:00?repository_url=registry.redhat.io/openshift4")]
    folder = (product, "tool", "pkg:oci/tool?repository_url=registry.redhat.io/openshift4")
    free = [(product, "openshift4/free", "pkg:oci/openshift4/free"), image("rhceph/rhceph-7-rhel9", "1770632725")]
    statuses = {"fixed": fixed, "known_affected": [folder], "known_not_affected": free}
    recorder = parse(parse_documents, _PATH, _document(statuses), tmp_path)
    assert list(recorder.shards) == ["rhel-containers"]
    shard = recorder.shards["rhel-containers"]
    assert (shard.scheme, shard.names) == ("rpm", "binary")
    assert [(one.package, one.state, one.ranges, one.condition) for one in shard.advisories] == [
        (
            "openshift4/ose-cli",
            "affected",
            (Range(fixed="v4.12.0-1.p0"), Range(introduced="v4.13", fixed="v4.14.0-2.p0")),
            None,
        ),
        ("rhceph/rhceph-7-rhel9@release", "affected", (Range(fixed="1770632724"),), None),
        ("openshift4/tool", "affected", (Range(),), None),
        ("openshift4/free", "not_affected", (), None),
    ]


def test_severity_by_product(tmp_path: Path) -> None:
    products = [(_RHEL_9, "curl.src", ""), (_RHEL_9, "wget.src", "")]
    threats = [
        {"category": "impact", "details": "Low", "product_ids": [f"{_RHEL_9[0]}:curl.src"]},
        {"category": "impact", "details": "Important"},
    ]
    told = _told(_document({"known_affected": products}, threats=threats, scores=[]), tmp_path)
    assert [(one.package, [severity.label for severity in one.severities]) for one in told["rhel-9"]] == [
        ("curl", ["low"]),
        ("wget", ["high"]),
    ]


def test_advisories_speak_of_vulnerabilities_without_a_vex_document(tmp_path: Path) -> None:
    update = _document({"fixed": [(_BASEOS_9, *_rpm("curl", "x86_64"))]})
    update["document"]["tracking"] |= {"id": "RHSA-2024:1", "initial_release_date": "2024-04-29T01:02:03+00:00"}
    fixed = {"category": "vendor_fix", "url": "https://access.redhat.com/errata/RHSA-2024:1"}
    fixed["product_ids"] = [f"{_BASEOS_9[0]}:curl-0:7.76.1-26.el9_3.2.x86_64"]  # type: ignore[assignment]
    other = {**update["vulnerabilities"][0], "cve": "CVE-2024-2", "remediations": [fixed]}
    update["vulnerabilities"].append(other)
    vex = _document({"known_not_affected": [(_RHEL_9, "curl.src", "")]})
    files = {_PATH: tmp_path / "vex", "redhat-csaf-advisories/2024/rhsa-2024_1.json": tmp_path / "update"}
    (tmp_path / "vex").write_text(json.dumps(vex))
    (tmp_path / "update").write_text(json.dumps(update))
    recorder = Recorder()
    parse_documents(files, recorder)  # type: ignore[arg-type]
    found = [(one.id, one.state, one.note, one.fix_date) for one in recorder.shards["rhel-9"].advisories]
    assert found == [
        ("CVE-2024-1", "not_affected", "", ""),
        ("CVE-2024-2", "affected", "RHSA-2024:1", "2024-04-29"),
    ]


def test_broken_documents_are_counted(tmp_path: Path) -> None:
    assert parse(parse_documents, _PATH, "{", tmp_path).skipped == [_PATH]
    nameless = _document({"known_affected": [(_RHEL_9, "curl.src", "")]}, cve="")
    assert parse(parse_documents, _PATH, nameless, tmp_path).skipped == ["CVE-2024-1: a vulnerability without a CVE"]


@pytest.mark.parametrize(
    ("id", "purl", "component"),
    [
        ("x", "pkg:rpm/redhat/a@1-2.el9?arch=x86_64&epoch=2", Component("rpm", "a", "2:1-2.el9", "x86_64")),
        ("x", "pkg:rpm/redhat/a@1%2B2-3?arch=source", Component("rpm", "a", "1+2-3", "src")),
        ("x", "pkg:rpm/redhat/a?arch=src&rpmmod=m:s:1:c", Component("rpm", "a", "", "src", "m:s")),
        ("x", "pkg:rpm/redhat/a", Component("rpm", "a", "", "binary")),
        ("a-b-2:1-2.el6_9.i686", "", Component("rpm", "a-b", "2:1-2.el6_9", "i686")),
        ("a-0:1-2.el8.src::m:s", "", Component("rpm", "a", "1-2.el8", "src", "m:s")),
        ("a-1-2.el8.x86_64.rpm", "", Component("rpm", "a", "1-2.el8", "x86_64")),
        ("kernel", "", Component("named", "kernel", "", "src")),
        ("nodejs:16/nodejs", "", Component("named", "nodejs", "", "src", "nodejs:16")),
        ("io.quarkus/quarkus-http", "", Component("other", "io.quarkus/quarkus-http")),
        ("x", "pkg:generic/redhat/rhcos@4?arch=x86_64", Component("other", "x")),
        ("x", "pkg:oci/a/b", Component("image", "a/b")),
        ("x", "pkg:oci/b?repository_url=registry.redhat.io/a/b&tag=1-2", Component("image", "a/b", "1-2")),
    ],
)
def test_components(id: str, purl: str, component: Component) -> None:
    assert component_of(Product(id, "", Helper(purl=purl))) == component


@pytest.mark.parametrize(
    ("cpe", "shards"),
    [
        ("cpe:/o:redhat:enterprise_linux:8", ["rhel-8"]),
        ("cpe:/o:redhat:enterprise_linux:10.1", ["rhel-10"]),
        ("cpe:/o:redhat:enterprise_linux_eus:10.0", ["rhel-10"]),
        ("cpe:/a:redhat:rhel_eus:9.2::appstream", ["rhel-9"]),
        ("cpe:/o:redhat:rhel_els:6", ["rhel-6"]),
        ("cpe:/a:redhat:rhel_software_collections:3::el7", ["rhel-7"]),
        ("cpe:/a:redhat:openshift:4.13::el9", ["rhel-9"]),
        ("cpe:/a:redhat:rhel_dotnet:8.0::el8", ["rhel-8"]),
        ("cpe:/a:redhat:hummingbird:1", ["hummingbird"]),
        ("cpe:/a:redhat:satellite:6", ["rhel-7", "rhel-8", "rhel-9", "rhel-10"]),
        ("cpe:/o:redhat:enterprise_linux:4", []),
    ],
)
def test_shards_of_products(cpe: str, shards: list[str]) -> None:
    assert list(shards_of(cpe, "rpm")) == shards
    assert shards_of(cpe, "image") == ("rhel-containers",)


def test_repositories(tmp_path: Path) -> None:
    document = {
        "last_updated": "2023-10-25T00:44:58Z",
        "data": {
            "rhel-9-for-x86_64-baseos-rpms": {"cpes": ["cpe:/o:redhat:enterprise_linux:9::baseos"]},
            "none": {"cpes": []},
            "broken": [],
        },
    }
    recorder = parse(parse_repositories, "redhat-security-data/repository-to-cpe.json", document, tmp_path)
    assert recorder.shards["redhat-repositories"].advisories == [
        Advisory(
            id="rhel-9-for-x86_64-baseos-rpms",
            package="rhel-9-for-x86_64-baseos-rpms",
            state="not_affected",
            condition=Condition(cpes=("cpe:/o:redhat:enterprise_linux:9::baseos",)),
        )
    ]
    assert (recorder.skipped, recorder.dates) == (["broken"], ["2023-10-25T00:44:58Z"])
    with pytest.raises(FeedError, match="repository-to-cpe"):
        parse(parse_repositories, "x", "[]", tmp_path)


def test_units() -> None:
    held = [
        "redhat-csaf-vex/feed-2024-08-04/csaf_vex_2024-08-04.tar.zst",
        "redhat-csaf-vex/feed-2024-08-04/changes.csv",
        "redhat-csaf-vex/feed-2024-08-04/archive_latest.txt",
        "redhat-csaf-vex/2024/cve-2024-1.json",
        "redhat-csaf-advisories/2024/rhsa-2024_1.json",
        "redhat/data/csaf/v2/vex/2024/cve-2024-2.json",
        "redhat/data/csaf/v2/vex/deletions.csv",
        "redhat-security-data/hydra/cve/cve-2024-1.json",
        "redhat-security-data/repository-to-cpe.json",
        "suse-csaf-vex/cve-2024-1.json",
    ]
    documents, repositories = FEED.units(held)
    assert [one.path for one in documents.documents] == [*held[:2], *held[3:7]]
    assert [one.path for one in repositories.documents] == ["redhat-security-data/repository-to-cpe.json"]
    assert FEED.units([]) == ()
    shards = ("rhel-9", "rhel-containers", "hummingbird", "redhat-repositories", "rhel-4", "debian-12")
    units = [FEED.unit_for(ShardName(name)) for name in shards]
    assert [unit.name if unit else "" for unit in units] == [
        "redhat",
        "redhat",
        "redhat",
        "redhat-repositories",
        "",
        "",
    ]


@pytest.mark.skipif(not _SHARED.is_dir(), reason="no copies of the upstream feeds (../shared/feeds)")
def test_everything_held_is_read() -> None:
    source = DirectorySource(_SHARED)
    recorder = Recorder()
    for unit in FEED.units(source.held()):
        with source.fetch(unit, NoProgress()) as fetched:
            assert fetched is not None
            unit.parse(fetched.files, recorder)  # type: ignore[arg-type]
    assert recorder.skipped == []
    assert set(recorder.shards) >= {*(f"rhel-{major}" for major in range(6, 11)), "rhel-containers", "hummingbird"}
    assert len(recorder.shards["redhat-repositories"].advisories) == 8564
    for name in ("rhel-8", "rhel-9"):
        advisories = recorder.shards[name].advisories
        keys = {(one.package, one.id, one.note, one.condition) for one in advisories}
        assert len(keys) == len(advisories)
