"""`lading fix --base-tags`: candidates from the tags of a real registry."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet import CURL, FIXED_CURL, write_image
from tests.support.program import Lading
from tests.support.registry import serve_registry

pytestmark = pytest.mark.debian("docker-registry", "skopeo")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    """A repository with the tags of a base."""
    copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"]
    with serve_registry(tmp_path) as address:
        for tag, steps in (
            ("1.0-slim", [[CURL]]),
            ("1.1-slim", [[FIXED_CURL]]),
            ("2.0-slim", [[FIXED_CURL], [("more", "1")]]),
            ("2.0", []),
        ):
            write_image(tmp_path, tag, *steps)
            subprocess.run([*copy, f"oci:{tmp_path / tag}:x", f"docker://{address}/team/base:{tag}"], check=True)
        yield f"{address}/team/base"


def test_the_tag_today_and_the_newest_of_its_form(lading: Lading, base: str, tmp_path: Path) -> None:
    app = write_image(tmp_path, "app", [CURL], [("app", "1")])
    options = ("--base", f"{base}:1.0-slim", "--base-tags", "--starter", "-o", "json")
    bases = json.loads(lading("fix", app, *options).stdout)["bases"]
    assert [(one["name"], len(one["clears"]), len(one.get("brings", ()))) for one in bases] == [
        (f"{base}:1.1-slim", 2, 0),
        (f"{base}:2.0-slim", 2, 0),
        (f"{base}:1.0-slim", 0, 0),
    ]


def test_a_base_that_is_not_known(lading: Lading, tmp_path: Path) -> None:
    app = write_image(tmp_path, "app", [CURL])
    done = lading("fix", app, "--base-tags", "--starter", status=2)
    assert done.stderr == f"lading: --base-tags: the base of {app} is not known by its name: name it with --base\n"
