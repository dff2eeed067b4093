"""GitLab's report of dependency scanning; that of container scanning is in test_reports.py."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from lading.formats.encoders.gitlab import encode_gitlab_dependencies
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.report import Report
from tests.formats.encoders.special import SPECIAL

_VIEW = View(tool="lading 1.0")
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_DEPENDENCY: dict[str, Any] = {
    "type": "object",
    "required": ["package", "version"],
    "properties": {
        "package": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "version": {"type": "string"},
        "direct": {"type": "boolean"},
    },
    "additionalProperties": False,
}


def schema_of(shared: Path) -> dict[str, Any]:
    """The schema of the other report with what dependency scanning has in its places: the type, the location, and the
    list of files."""
    schema: dict[str, Any] = json.loads((shared / "schemas/gitlab-container-scanning-15.2.1.schema.json").read_text())
    schema["properties"]["scan"]["properties"]["type"]["enum"] = ["dependency_scanning"]
    schema["properties"]["vulnerabilities"]["items"]["properties"]["location"] = {
        "type": "object",
        "required": ["file", "dependency"],
        "properties": {"file": _TEXT, "dependency": _DEPENDENCY},
        "additionalProperties": False,
    }
    schema["properties"]["dependency_files"] = {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["path", "package_manager", "dependencies"],
            "properties": {
                "path": _TEXT,
                "package_manager": _TEXT,
                "dependencies": {"type": "array", "items": _DEPENDENCY},
            },
            "additionalProperties": False,
        },
    }
    schema["required"] = [*schema["required"], "dependency_files"]
    return schema


def test_dependency_scanning(shared: Path) -> None:
    validator = Draft7Validator(schema_of(shared))
    read = json.loads(b"".join(encode_gitlab_dependencies(SPECIAL, _VIEW)))
    validator.validate(read)
    validator.validate(json.loads(b"".join(encode_gitlab_dependencies(Evaluated(Report("", ()), Decision()), _VIEW))))
    assert [(one["name"], one["location"]["file"][:12]) for one in read["vulnerabilities"]] == [
        ("CVE-2021-23337", "srv/app/node"), ("MAL-2026-1", "srv/a:b =cmd"),
    ]  # fmt: skip
    files = [(one["path"][:15], one["package_manager"], len(one["dependencies"])) for one in read["dependency_files"]]
    assert files == [
        ("srv/a:b =cmd|a,", "pip", 1), ("srv/app/app.jar", "maven", 1), ("srv/app/node_mo", "npm", 1),
    ]  # fmt: skip
