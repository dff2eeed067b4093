"""Settings as JSON."""

import json
from pathlib import Path

import jsonschema

from lading.formats.documents.schema import schema_of
from lading.formats.documents.settings import SETTINGS_SCHEMA, SettingDocument, SettingsDocument
from lading.safeio.json_text import encode_document

PUBLISHED = Path(__file__).parents[3] / "docs" / "schema" / "settings-1.json"


def test_the_published_schema_is_current() -> None:
    """Fails after a change of the document: write what `schema_of` gives to docs/schema/."""
    assert PUBLISHED.read_bytes() == schema_of(SettingsDocument, SETTINGS_SCHEMA)


def test_json_follows_its_schema() -> None:
    values = (True, 120.0, "high", ("nvd", "cna"), {"total": 1}, None)
    settings = [SettingDocument("x", value, "user", "/x:1", locked=True) for value in values]
    settings.append(SettingDocument("y", False, "default"))
    document = json.loads(encode_document(SettingsDocument(SETTINGS_SCHEMA, "lading 1", tuple(settings))))
    jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_bytes())).validate(document)
    assert document["tool"] == "lading 1"
    assert [one["value"] for one in document["settings"]] == [
        True,
        120.0,
        "high",
        ["nvd", "cna"],
        {"total": 1},
        None,
        False,
    ]
    assert document["settings"][-1] == {"name": "y", "value": False, "source": "default"}
