"""What Red Hat's build system leaves in its images."""

import json

import pytest

from lading.inventory.catalogers import red_hat
from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.router import Router
from lading.model.build_records import BuildRecord, ContentSets, ImageLabels
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import damaged, facts

MANIFEST = "root/buildinfo/content_manifests/ubi8-container-8.4-206.json"
DOCKERFILE = "root/buildinfo/Dockerfile-ubi8-8.4-206.1626828523"


def told(path: str, data: str | bytes) -> BuildRecord | None:
    found = facts(red_hat.CATALOGER, path, data)
    assert found == CatalogerResult(build_record=found.build_record)
    return found.build_record


def test_content_sets_are_sorted() -> None:
    document = {
        "metadata": {"icm_version": 1, "image_layer_index": 2},
        "content_sets": ["rhel-8-for-x86_64-baseos-rpms", "rhel-8-for-x86_64-appstream-rpms", "", 3],
        "image_contents": [{"purl": "pkg:golang/x@1"}],
    }
    sets = ContentSets(("rhel-8-for-x86_64-appstream-rpms", "rhel-8-for-x86_64-baseos-rpms"))
    for path in (MANIFEST, "usr/share/buildinfo/content-sets.json"):
        assert told(path, json.dumps(document)) == sets
    assert told(MANIFEST, '{"content_sets": []}') == ContentSets()
    assert told(MANIFEST, '{"content_sets": ["b", "a"]}') == ContentSets(("a", "b"))


def test_labels_of_a_json_file() -> None:
    labels = {
        "name": "ubi9/python-312",
        "version": "1",
        "release": "1700000000",
        "architecture": "x86_64",
        "cpe": "cpe:/a:redhat:rhel:9",
        "org.opencontainers.image.created": "2024-01-01T00:00:00Z",
        "description": "long",
        "vendor": None,
    }
    expected = ImageLabels(
        name="ubi9/python-312",
        version="1",
        release="1700000000",
        architecture="x86_64",
        cpe="cpe:/a:redhat:rhel:9",
        created="2024-01-01T00:00:00Z",
    )
    for path in ("usr/share/buildinfo/labels.json", "root/buildinfo/labels.json"):
        assert told(path, json.dumps(labels)) == expected


def test_labels_of_a_dockerfile() -> None:
    text = (
        "FROM sha256:1234\n"
        'LABEL maintainer="Red Hat, Inc."\n\n'
        'LABEL com.redhat.component="ubi8-container" \\\n'
        "      # what it is called\n"
        '      name="ubi8" \\\n'
        "      version='8.4'\n"
        "# LABEL name=none\n"
        "CMD echo LABEL name=other\n"
        "  label architecture x86_64\n"
        'LABEL "release"="205" "vendor"="Red \\"Hat\\", Inc." description="a=b name=c"\n'
        "LABEL release=206.1626828523\n"
        "ADD ubi8.repo /etc/yum.repos.d/\n"
    )
    expected = ImageLabels(
        architecture="x86_64",
        component="ubi8-container",
        name="ubi8",
        release="206.1626828523",
        vendor='Red "Hat", Inc.',
        version="8.4",
    )
    assert told(DOCKERFILE, text) == expected
    assert told(DOCKERFILE, "LABEL name one two \\\n") == ImageLabels(name="one two")
    assert told(DOCKERFILE, 'LABEL name=ubi8"/"ubi version=\'8\'."4" release=2\\ 5') == ImageLabels(
        name="ubi8/ubi", version="8.4", release="2 5"
    )
    assert told(DOCKERFILE, 'LABEL name="ubi\\\n8" "version" "8 4"') == ImageLabels(name="ubi8")
    assert told(DOCKERFILE, text.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize("data", ["[]", "{}", '{"content_sets": "x"}', '{"content_sets": null}', "3"])
def test_other_json_says_nothing(data: str) -> None:
    assert told(MANIFEST, data) is None


def test_what_is_broken_or_not_of_interest() -> None:
    for data in ("{", "[" * 100_000, b"\xff\xfe\xfd"):
        message = "not JSON: the repositories of the image's packages are not known from it"
        assert facts(red_hat.CATALOGER, MANIFEST, data) == CatalogerResult(
            diagnostics=(Diagnostic("warning", "broken-build-information", message, MANIFEST),)
        )
    message = "above 1,000,000 bytes: the repositories of the image's packages are not known from it"
    assert facts(red_hat.CATALOGER, DOCKERFILE, "\n" * 1_000_001) == CatalogerResult(
        diagnostics=(Diagnostic("warning", "broken-build-information", message, DOCKERFILE),)
    )
    assert told(DOCKERFILE, "FROM scratch\nLABEL\nLABEL =\nLABEL description=x\n") is None
    assert told("root/buildinfo/other", "LABEL name=x") is None
    assert not Router([red_hat.CATALOGER]).routes("usr/share/buildinfo/notes.txt")


def test_damage_never_raises_and_long_lines_take_no_time() -> None:
    for data in damaged(b'LABEL a="b" \\\n name="c" version=d\nLABEL release 5\n'):
        facts(red_hat.CATALOGER, DOCKERFILE, data)
    for data in (
        b"LABEL " + b'"' * 300_000,
        b"LABEL " + b"a" * 300_000,
        b"\\\n#" * 100_000,
        b"LABEL " * 50_000,
        b"\\" + b" " * 300_000,
        b'LABEL "' + b"\\" * 300_000,
        b" " * 300_000,
        b"LABEL" + b" " * 300_000,
    ):
        facts(red_hat.CATALOGER, DOCKERFILE, data)
