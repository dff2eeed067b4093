"""Reports as JSON, read as tests want them."""

from typing import Any


def open_findings(document: Any) -> list[Any]:
    """The findings of a report's one target that may be true, each with its whole package in place of the ID."""
    (target,) = document["targets"]
    packages = {package["id"]: package for package in target["packages"]}
    return [
        {**finding, "package": packages[finding["package"]]}
        for finding in target["findings"]
        if finding["status"] in ("affected", "under_investigation")
    ]
