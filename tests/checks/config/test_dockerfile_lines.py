"""Findings of the configuration at the lines of the Dockerfile that state them."""

import json
from pathlib import Path

from lading.cli.main import main
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import File

DOCKERFILE = """\
FROM debian:12
ENV A=1
RUN curl -k https://a.example/x
ENV FLASK_DEBUG=1
EXPOSE 2375
LABEL api_key=kR8vnQ2x
USER root
"""


def test_findings_have_their_lines(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    layout = write_image(
        tmp_path / "image",
        [[DEBIAN, status("a=1")], [File("x")]],
        {"User": "root", "Env": ["FLASK_DEBUG=1"], "ExposedPorts": {"2375/tcp": {}}, "Labels": {"api_key": "kR8vnQ2x"}},
        ["ADD file:1 in / ", "RUN /bin/sh -c curl -k https://a.example/x # buildkit"],
    )
    out = tmp_path / "out.json"
    options = ["--starter", "--allow-incomplete", "--checks", "config", "-o", f"json={out}", "-o", f"sarif={out}.sarif"]
    assert main(["scan", str(layout), "--dockerfile", str(tmp_path / "Dockerfile"), *options]) == 0
    (target,) = json.loads(out.read_bytes())["targets"]
    assert {one["id"]: one.get("dockerfile_line", 0) for one in target["issues"]} == {
        "env-debug": 4,
        "healthcheck-missing": 1,
        "label-secret": 6,
        "port-administration": 5,
        "run-tls-off": 0,
        "user-root": 7,
    }
    (run,) = json.loads(Path(f"{out}.sarif").read_bytes())["runs"]
    places = {one["ruleId"]: one["locations"][0]["physicalLocation"] for one in run["results"]}
    assert places["env-debug"]["region"]["startLine"] == 4
    assert places["run-tls-off"]["region"]["startLine"] == 3
