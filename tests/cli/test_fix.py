"""`lading fix`: the plan, the Dockerfile with it, and that it holds."""

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from tests.databases import advisory, publish
from tests.net.scripted import Reply, serve
from tests.support.program import Lading

ROOT = Path(__file__).parents[2]
DOCKERFILE = """FROM python:3.11 AS build
RUN pip wheel a
FROM python:3.11-slim
USER app
COPY --from=build /wheels /wheels
RUN pip install a \\
    b
USER 1000:1000
ENTRYPOINT ["app"]
"""


@pytest.fixture
def image(own_home: Path, tmp_path: Path) -> str:
    publish(
        own_home / ".local" / "share" / "lading" / "db",
        "pypi",
        advisory("CVE-2026-1", "a", "1.1"),
        advisory("CVE-2026-2", "a", "1.4"),
        advisory("CVE-2026-3", "b", "2.0"),
    )
    site = tmp_path / "image/usr/local/lib/python3.11/site-packages"
    for name, needs in (("a", ""), ("b", ""), ("c", "Requires-Dist: b (<2)\n")):
        (site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (site / f"{name}-1.0.dist-info/METADATA").write_text(f"Name: {name}\nVersion: 1.0\n{needs}")
    return f"dir:{tmp_path / 'image'}"


def test_what_to_do_and_what_stays(lading: Lading, image: str) -> None:
    shown = lading("fix", image, "--offline").stdout
    assert "plan     2 of 3 vulnerabilities cleared by 1 step; 1 left\n" in shown
    assert "# pip: clears 2\nRUN python3.11 -m pip install --no-cache-dir a==1.4\n" in shown
    assert "a  1.0 → 1.4  clears 2" in shown
    assert "    1  another package accepts no fixed version\n       c 1.0 requires <2: CVE-2026-3 in b\n" in shown


def test_programs_read_it_as_json(lading: Lading, image: str) -> None:
    document = json.loads(lading("fix", image, "--offline", "-o", "json").stdout)
    schema = json.loads((ROOT / "docs/schema/fixes-1.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert (document["before"], document["after"]) == (3, 1)
    (step,) = document["steps"]
    assert step["lines"] == ["RUN python3.11 -m pip install --no-cache-dir a==1.4"]
    assert step["upgrades"][0]["clears"] == ["CVE-2026-1", "CVE-2026-2"]
    assert [(one["reason"], one["id"], one["detail"]) for one in document["stays"]] == [
        ("held", "CVE-2026-3", "c 1.0 requires <2")
    ]


def test_the_dockerfile_gets_the_instructions(lading: Lading, image: str, tmp_path: Path) -> None:
    file, copy = tmp_path / "Dockerfile", tmp_path / "Dockerfile.fixed"
    file.write_text(DOCKERFILE)
    lading("fix", image, "--offline", "--dockerfile", file, "--apply", copy)
    added = "USER root\n# pip: clears 2\nRUN python3.11 -m pip install --no-cache-dir a==1.4\nUSER app\n"
    assert copy.read_text() == DOCKERFILE.replace("    b\n", f"    b\n{added}")
    assert file.read_text() == DOCKERFILE
    assert lading("fix", image, "--offline", "-o", "dockerfile").stdout == (
        "# pip: clears 2\nRUN python3.11 -m pip install --no-cache-dir a==1.4\n"
    )
    again = lading("fix", image, "--offline", "--dockerfile", file, "--apply", copy, status=2)
    assert again.stderr == f"lading: --apply {copy}: is there already; name a file that is not\n"
    without = lading("fix", image, "--apply", tmp_path / "other", status=2)
    assert without.stderr == "lading: --apply: add --dockerfile FILE to say which Dockerfile to change\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_the_change_as_a_patch(
    lading: Lading, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file, copy, patch = Path("app/Dockerfile"), Path("fixed"), Path("app.patch")
    file.parent.mkdir()
    text = DOCKERFILE.replace("\n", "\r\n") if end == "\r\n" else DOCKERFILE
    file.write_bytes((text if end else text.removesuffix("\n")).encode())
    lading("fix", image, "--offline", "--dockerfile", file, "--apply", copy, "--patch", patch)
    subprocess.run(["git", "apply", patch], check=True, capture_output=True)
    assert file.read_bytes() == copy.read_bytes() != text.encode()


def test_what_a_policy_suppresses_is_left_alone(lading: Lading, image: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[ignore]]\nvulnerability = "CVE-2026-2"\nreason = "not reachable"\n')
    document = json.loads(lading("fix", image, "--offline", "--policy", policy, "-o", "json").stdout)
    assert (document["before"], document["after"]) == (2, 1)
    assert document["steps"][0]["lines"] == ["RUN python3.11 -m pip install --no-cache-dir a==1.1"]


def test_nothing_to_do(lading: Lading, image: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    shown = lading("fix", f"dir:{tmp_path / 'empty'}", "--offline").stdout
    assert "plan     0 of 0 vulnerabilities cleared by 0 steps; 0 left\n" in shown
    assert lading("fix", f"dir:{tmp_path / 'empty'}", "--offline", "-o", "dockerfile").stdout == ""


def test_registries_are_asked_by_the_front_door_alone_where_that_is_allowed(
    lading: Lading, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = {"files": [{"filename": f"a-{one}.tar.gz", "url": one, "core-metadata": True} for one in ("1.0", "1.5")]}
    answers = {
        "/a/": json.dumps(listing).encode(),
        "/a/1.5.metadata": b"Name: a\nRequires-Dist: b >=1.5\n",
        "/b/": json.dumps({"files": [{"filename": "b-1.9.tar.gz", "url": "1.9", "core-metadata": True}]}).encode(),
        "/b/1.9.metadata": b"Name: b\n",
    }
    with serve(
        lambda request: Reply(200 if request.path in answers else 404, answers.get(request.path, b""))
    ) as server:
        asked = ("--ask-registries", "--pypi-index", server.url, "--db-source", "registry.invalid/none")
        shown = lading("fix", image, *asked).stdout
        assert {one.path for one in server.requests} == {*answers, "/c/"}
    assert "plan     2 of 3 vulnerabilities cleared by 1 step; 1 left\n" in shown
    assert "RUN python3.11 -m pip install --no-cache-dir a==1.5\n" in shown
    assert "a  1.0 → 1.5  clears 2  along with it 1 package\n" in shown
    monkeypatch.setenv("LADING_ASK_REGISTRIES", "true")
    assert "a  1.0 → 1.4  clears 2\n" in lading("fix", image, "--offline").stdout
    offline = lading("fix", image, "--ask-registries", "--offline", status=2)
    assert offline.stderr == "lading: --ask-registries: cannot be had with --offline\n"
