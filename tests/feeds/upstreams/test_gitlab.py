"""GitLab's advisory database."""

import json
from pathlib import Path

import pytest

from lading.feeds.upstreams.gitlab import FEED, affected_ranges, parse_advisories
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from tests.feeds.recorder import Recorder
from tests.feeds.yaml_tree import parse_tree

V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def record(slug: str, id: str = "CVE-2024-1", affected: str = "<2.0", **fields: str) -> str:
    lines = {
        "identifier": f'"{id}"',
        "identifiers": f'["{id}"]',
        "package_slug": f'"{slug}"',
        "title": '"A vulnerability"',
        "date": '"2024-05-06"',
        "pubdate": '"2024-01-02"',
        "affected_range": f'"{affected}"',
        "fixed_versions": "[]",
        "urls": '["https://one", "https://two"]',
    }
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in {**lines, **fields}.items())


def read(tmp_path: Path, *texts: str) -> Recorder:
    return parse_tree(
        parse_advisories, "glad", {f"npm/a/{number}.yml": text for number, text in enumerate(texts)}, {}, tmp_path
    )


def test_a_record(tmp_path: Path) -> None:
    text = record(
        "maven/org.example/thing",
        affected="[,1.5),[2.0,2.3]",
        identifier='"GMS-2024-1"',
        identifiers='["GHSA-x", "GMS-2024-1", "CVE-2024-1"]',
        fixed_versions='["1.5", "2.3.1", "2.4"]',
        cvss_v2='"AV:N/AC:L/Au:N/C:P/I:P/A:P"',
        cvss_v3=f'"{V3}"',
        cwe_ids='["CWE-1035", "CWE-79", "CWE-937"]',
    )
    found = read(tmp_path, text)
    assert found.shards.keys() == {"gitlab-maven"}
    shard = found.shards["gitlab-maven"]
    assert shard.scheme == "maven"
    assert shard.advisories == [
        Advisory(
            "CVE-2024-1",
            "org.example:thing",
            ranges=(Range(fixed="1.5"), Range("2.0", fixed="2.3.1", last_affected="2.3")),
            aliases=("GHSA-x", "GMS-2024-1"),
            severities=(
                Severity("critical", "cvss3", 9.8, V3),
                Severity("high", "cvss2", 7.5, "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
            ),
            cwes=("CWE-79",),
        )
    ]
    assert shard.texts == {
        "CVE-2024-1": AdvisoryText(
            "CVE-2024-1",
            "A vulnerability",
            "https://one",
            "2024-01-02",
            "2024-05-06",
            ("org.example:thing",),
        )
    }
    assert found.dates == ["2024-05-06"]


@pytest.mark.parametrize(
    ("slug", "shard", "scheme", "package"),
    [
        ("npm/@scope/Name", "gitlab-npm", "npm", "@scope/Name"),
        ("pypi/Flask_Login", "gitlab-pypi", "pep440", "flask-login"),
        ("packagist/Vendor/Name", "gitlab-packagist", "packagist", "vendor/name"),
        ("nuget/Newtonsoft.Json", "gitlab-nuget", "nuget", "newtonsoft.json"),
        ("go/github.com/A/b/v2", "gitlab-go", "golang", "github.com/A/b/v2"),
        ("swift/github.com/Grpc/grpc-swift", "gitlab-swift", "swift", "github.com/grpc/grpc-swift"),
        ("conan/openssl", "gitlab-conan", "conan", "openssl"),
        ("gem/rack", "gitlab-gem", "gem", "rack"),
        ("cargo/tokio", "gitlab-cargo", "semver", "tokio"),
        ("pub/dio", "gitlab-pub", "pub", "dio"),
    ],
)
def test_types_of_packages(slug: str, shard: str, scheme: str, package: str, tmp_path: Path) -> None:
    affected = "[1.0,2.0)" if slug.startswith("nuget") else ">=1.0.0 <2.0.0"
    found = read(tmp_path, record(slug, affected=affected))
    assert {name: (one.scheme, [a.package for a in one.advisories]) for name, one in found.shards.items()} == {
        shard: (scheme, [package])
    }
    unit = FEED.unit_for(ShardName(shard))
    assert unit is not None and unit.name == "gitlab"


@pytest.mark.parametrize(
    ("type", "text", "expected"),
    [
        ("npm", ">=1.0.0 <2.0.0||=3.0.0", (Range("1.0.0", fixed="2.0.0"), Range("3.0.0", last_affected="3.0.0"))),
        ("npm", "=1.0.0 || =1.1.0", (Range("1.0.0", last_affected="1.0.0"), Range("1.1.0", last_affected="1.1.0"))),
        ("go", "<v1.1.13 || >=v1.2.0 <v1.2.4", (Range(fixed="v1.1.13"), Range("v1.2.0", fixed="v1.2.4"))),
        ("conan", ">=1.1.1d <=1.1.1f", (Range("1.1.1d", last_affected="1.1.1f"),)),
        ("pypi", ">=1.0,<1.5||==2.0", (Range("1.0", fixed="1.5"), Range("2.0", last_affected="2.0"))),
        ("cargo", ">=0.1.0 <= 0.2.0", (Range("0.1.0", last_affected="0.2.0"),)),
        ("maven", "(,1.0],[2.0]", (Range(last_affected="1.0"), Range("2.0", last_affected="2.0"))),
        ("maven", "(,)", (Range(),)),
        ("go", ">=0", (Range(),)),
        ("npm", ">=0.0.0 <1.2.3", (Range(fixed="1.2.3"),)),
        ("maven", "[,]", (Range(),)),
        ("npm", "<0", ()),
        ("maven", "(,0)", ()),
        ("maven", "(0)", ()),
        ("npm", "many of them", (Range(before="many of them"),)),
        ("npm", "<2022-09-26", (Range(before="<2022-09-26"),)),
        ("pypi", "<2023-01-05||>=1.0,<1.5", (Range(before="<2023-01-05"), Range("1.0", fixed="1.5"))),
    ],
)
def test_ranges(type: str, text: str, expected: tuple[Range, ...]) -> None:
    assert affected_ranges(type, text) == expected


def test_an_advisory_found_to_be_wrong_says_not_affected(tmp_path: Path) -> None:
    found = read(tmp_path, record("npm/a", affected="<0"))
    assert found.shards["gitlab-npm"].advisories == [Advisory("CVE-2024-1", "a", "not_affected")]


def test_two_records_on_one_vulnerability(tmp_path: Path) -> None:
    one = record("pypi/a_b", affected="<1.0", fixed_versions='["1.0"]', cwe_ids='["CWE-79"]')
    other = record(
        "pypi/A-B",
        affected=">=2.0,<3.0",
        fixed_versions='["3.0"]',
        identifiers='["GHSA-x", "CVE-2024-1"]',
        cwe_ids='["CWE-20", "CWE-79"]',
    )
    found = read(tmp_path, one, other)
    assert found.shards["gitlab-pypi"].advisories == [
        Advisory(
            "CVE-2024-1", "a-b", ranges=(Range(fixed="1.0"), Range("2.0", fixed="3.0")), aliases=("GHSA-x",),
            cwes=("CWE-79", "CWE-20"),
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "fields", "kind"),
    [
        ("MAL-2024-1", {}, "malware"),
        ("GMS-2024-1", {"cwe_ids": '["CWE-506"]'}, "malware"),
        ("GMS-2024-1", {"cwe_ids": '["CWE-79"]'}, "vulnerability"),
    ],
)
def test_malware(id: str, fields: dict[str, str], kind: str, tmp_path: Path) -> None:
    (advisory,) = read(tmp_path, record("npm/a", id, ">=0", **fields)).shards["gitlab-npm"].advisories
    assert (advisory.id, advisory.kind, advisory.ranges) == (id, kind, (Range(),))


def test_a_fix_lies_before_the_next_range(tmp_path: Path) -> None:
    text = record("npm/a", affected="<=1.0.0||>=2.0.0 <=2.5.0", fixed_versions='["2.6.0", "2.5.1"]')
    (advisory,) = read(tmp_path, text).shards["gitlab-npm"].advisories
    assert advisory.ranges == (Range(last_affected="1.0.0"), Range("2.0.0", fixed="2.5.1", last_affected="2.5.0"))


def test_placeholders_are_no_dates(tmp_path: Path) -> None:
    found = read(tmp_path, record("npm/a", date='"9999-12-05"'))
    assert (found.shards["gitlab-npm"].texts["CVE-2024-1"].modified, max(found.dates)) == ("", "")


def test_single_records_are_newer_than_the_archive(tmp_path: Path) -> None:
    members = {
        "npm/a/CVE-2024-1.yml": record("npm/a", affected="<1.0.0", fixed_versions='["1.0.0"]'),
        "npm/b/CVE-2024-1.yml": record("npm/b", affected="<1.0.0", fixed_versions='["1.0.0"]'),
        "npm/b/CVE-2024-2.yml": record("npm/b", "CVE-2024-2", "broken range"),
        "npm/b/CVE-2024-3.yml": "[",
        "npm/b/CVE-2024-4.yml": "- a list",
        "cocoapods/b/CVE-2024-1.yml": record("cocoapods/b"),
        "README.md": "no record",
    }
    single = {"npm/a/CVE-2024-1.yml": record("npm/a", affected="<2.0.0", fixed_versions='["2.0.0"]')}
    found = parse_tree(parse_advisories, "glad", members, single, tmp_path)
    ends = {(one.package, one.id): one.ranges[0] for one in found.shards["gitlab-npm"].advisories}
    assert ends == {
        ("a", "CVE-2024-1"): Range(fixed="2.0.0"), ("b", "CVE-2024-1"): Range(fixed="1.0.0"),
        ("b", "CVE-2024-2"): Range(before="broken range"),
    }  # fmt: skip
    assert found.skipped == [f"npm/b/CVE-2024-{number}.yml" for number in (3, 4)]


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("glad/advisories-community-main.tar", True),
        ("glad/advisories-community-main-npm.tar.gz", True),
        ("glad/maven/org.example/thing/CVE-2024-1.yml", True),
        ("glad/README.md", False),
        ("rubysec/ruby-advisory-db-master.tar", False),
    ],
)
def test_layouts(path: str, taken: bool) -> None:
    assert len(FEED.units([path])) == taken
    assert len(FEED.units(None)) == 1


def test_types_that_nobody_asked_for_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "npm").write_text(record("npm/a"))
    (tmp_path / "gem").write_text("- broken")
    files = {f"glad/{type}/a/CVE-2024-1.yml": tmp_path / type for type in ("npm", "gem")}
    found = Recorder("gitlab-npm")
    parse_advisories(files, found)  # type: ignore[arg-type]
    assert (list(found.shards), found.skipped) == (["gitlab-npm"], [])


@pytest.mark.parametrize(
    ("affected", "fixes", "expected"),
    [
        ("<2.0.0", ["2.0.0"], [Range(fixed="2.0.0")]),
        ("<2.0.0", [], [Range(before="2.0.0")]),
        ("<3.0.0", [], [Range(fixed="3.0.0")]),
        ("<3.0.0", ["4.0.0"], [Range(fixed="3.0.0")]),
        ("<3.1.9", ["4.0.0"], [Range(before="3.1.9", fixed="4.0.0")]),
        ("<4.0.99||>=4.1.0 <4.1.29", ["4.1.29"], [Range(before="4.0.99", fixed="4.1.29"), Range("4.1.0", "4.1.29")]),
        ("<2.0.0", ["1.0.0"], [Range(before="2.0.0")]),
    ],
)
def test_the_end_of_a_range_is_a_fix_where_the_record_lists_it(
    affected: str, fixes: list[str], expected: list[Range], tmp_path: Path
) -> None:
    free = '"All versions starting from 3.0.0"'
    found = read(tmp_path, record("npm/a", affected=affected, fixed_versions=json.dumps(fixes), not_impacted=free))
    assert list(found.shards["gitlab-npm"].advisories[0].ranges) == expected


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Duplicate", "This advisory duplicates another."),
        ("Withdrawn Advisory: a thing", "Of old."),
        ("False positive", "Removed."),
        ("A vulnerability", "This advisory has been withdrawn."),
        ("A vulnerability", "This CVE has been marked as a False Positive and has been removed."),
        ("A vulnerability", "** REJECT ** DO NOT USE THIS CANDIDATE NUMBER."),
    ],
)
def test_a_record_that_was_taken_back(title: str, description: str, tmp_path: Path) -> None:
    text = record("npm/a", title=json.dumps(title), description=json.dumps(description))
    (found,) = read(tmp_path, text).shards["gitlab-npm"].advisories
    assert (found.state, found.ranges) == ("withdrawn", ())


@pytest.mark.parametrize("title", ["Duplicate entries overflow a table", "Withdrawn coins can be spent", "A flaw"])
def test_a_title_may_have_such_a_word(title: str, tmp_path: Path) -> None:
    (found,) = read(tmp_path, record("npm/a", title=json.dumps(title))).shards["gitlab-npm"].advisories
    assert found.state == "affected"


def test_a_duplicate_merges_into_the_record_that_it_names(tmp_path: Path) -> None:
    told = '"This advisory has been withdrawn because it is a duplicate of GHSA-aaaa-bbbb-cccc. It is kept."'
    kept = record("npm/a", identifiers='["CVE-2024-1", "GHSA-aaaa-bbbb-cccc"]', affected="<=1.5.0")
    other = record("npm/a", "GHSA-dddd-eeee-ffff", affected="<=9", description=told)
    (found,) = read(tmp_path, other, kept).shards["gitlab-npm"].advisories
    assert found == Advisory(
        "CVE-2024-1",
        "a",
        ranges=(Range(last_affected="1.5.0"),),
        aliases=("GHSA-aaaa-bbbb-cccc", "GHSA-dddd-eeee-ffff"),
    )


def test_a_duplicate_of_a_record_that_is_not_there_goes_by_its_name(tmp_path: Path) -> None:
    told = '"### Duplicate Advisory\\nThis advisory has been withdrawn because it is a duplicate of CVE-2023-9."'
    (found,) = read(tmp_path, record("npm/a", description=told)).shards["gitlab-npm"].advisories
    assert (found.id, found.aliases, found.state) == ("CVE-2024-1", ("CVE-2023-9",), "affected")


def alike(id: str, link: str, affected: str = "<1.0.0", ids: str = "") -> str:
    return record("npm/a", id, affected, urls=f'["{link}"]', **({"identifiers": ids} if ids else {}))


def test_a_record_without_a_public_name_merges_into_one_on_the_same_issue(tmp_path: Path) -> None:
    issue, notes = "https://github.com/a/a/issues/7", "https://example.com/blog/2.0"
    texts = [
        alike("GMS-2022-1", issue),
        alike("CVE-2022-9", issue, ids='["CVE-2022-9", "GHSA-x"]'),
        alike("GMS-2022-2", issue, "<2.0.0"),
        alike("GMS-2022-3", notes),
        alike("CVE-2022-8", notes),
    ]
    found = read(tmp_path, *texts).shards["gitlab-npm"].advisories
    assert sorted((one.id, one.aliases) for one in found) == [
        ("CVE-2022-8", ()), ("CVE-2022-9", ("GHSA-x", "GMS-2022-1")), ("GMS-2022-2", ()), ("GMS-2022-3", ()),
    ]  # fmt: skip


def test_of_several_records_without_a_public_name_the_first_stays(tmp_path: Path) -> None:
    commit = "https://github.com/a/a/commit/0123456789abcdef"
    found = read(tmp_path, *(alike(f"GMS-2022-{number}", commit) for number in (3, 1, 2)))
    assert [(one.id, one.aliases) for one in found.shards["gitlab-npm"].advisories] == [
        ("GMS-2022-1", ("GMS-2022-2", "GMS-2022-3"))
    ]
