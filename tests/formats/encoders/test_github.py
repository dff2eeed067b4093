"""GitHub's dependency snapshot, by the limits of its API."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from msgspec import structs

from lading.cli.output import parse_outputs
from lading.formats.encoders.github import encode_github
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.errors import UsageError
from lading.model.report import Report
from tests.formats.encoders.special import CURL, IMAGE, LIBCURL, SPECIAL, VARIABLES

_TEXT = {"type": "string", "minLength": 1}
_METADATA = {"type": "object", "maxProperties": 8, "additionalProperties": {"type": ["string", "number", "boolean"]}}
_DEPENDENCY = {
    "type": "object",
    "properties": {
        "package_url": {"type": "string", "pattern": "^pkg"},
        "metadata": _METADATA,
        "relationship": {"enum": ["direct", "indirect"]},
        "scope": {"enum": ["runtime", "development"]},
        "dependencies": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}
_MANIFEST = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": _TEXT,
        "file": {"type": "object", "properties": {"source_location": _TEXT}, "additionalProperties": False},
        "metadata": _METADATA,
        "resolved": {"type": "object", "additionalProperties": _DEPENDENCY},
    },
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "required": ["version", "job", "sha", "ref", "detector", "scanned"],
    "properties": {
        "version": {"type": "integer"},
        "job": {
            "type": "object",
            "required": ["id", "correlator"],
            "properties": {"id": _TEXT, "correlator": _TEXT, "html_url": {"type": "string", "format": "uri"}},
            "additionalProperties": False,
        },
        "sha": {"type": "string", "minLength": 40, "maxLength": 40},
        "ref": {"type": "string", "pattern": "^refs/"},
        "detector": {
            "type": "object",
            "required": ["name", "version", "url"],
            "properties": {"name": _TEXT, "version": _TEXT, "url": _TEXT},
            "additionalProperties": False,
        },
        "manifests": {"type": "object", "additionalProperties": _MANIFEST},
        "scanned": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": False,
}
"""The body that the API takes
(https://docs.github.com/en/rest/dependency-graph/dependency-submission?apiVersion=2022-11-28)."""


def test_packages_by_where_they_are() -> None:
    (target,) = SPECIAL.report.targets
    curl = structs.replace(CURL, depends_on=(LIBCURL.id, CURL.id, "gone"), relationship="direct")
    libcurl = structs.replace(LIBCURL, relationship="transitive")
    packages = (curl, libcurl, *target.packages[2:])
    image = structs.replace(IMAGE, dockerfile="Dockerfile")
    report = Report("", (structs.replace(target, image=image, packages=packages),))
    read = json.loads(encode_github(Evaluated(report, SPECIAL.decision), View(tool="lading 1", variables=VARIABLES)))
    Draft7Validator(SCHEMA).validate(read)
    name = "docker.io/library/shop"
    assert list(read["manifests"]) == [name, f"{name} (maven)", f"{name} (npm)"]
    (lodash,) = read["manifests"][f"{name} (npm)"]["resolved"].values()
    assert lodash["metadata"] == {"path": "srv/app/node_modules/lodash/package.json"}
    system = read["manifests"][name]
    assert system["file"] == {"source_location": "Dockerfile"}
    assert system["resolved"][CURL.purl]["dependencies"] == [LIBCURL.purl]
    assert system["resolved"][LIBCURL.purl]["relationship"] == "indirect"


def test_the_commit_must_be_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_SHA", raising=False)
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    with pytest.raises(UsageError) as caught:
        parse_outputs([f"github={tmp_path}/snapshot.json"], "report")
    assert str(caught.value) == f"-o github={tmp_path}/snapshot.json: GITHUB_SHA must be set in the environment"
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    (output,) = parse_outputs([f"github={tmp_path}/snapshot.json"], "report")
    assert output.format.id == "github"
