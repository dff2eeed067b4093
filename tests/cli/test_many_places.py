"""All images of a registry or an engine: which are found, which are wanted, and how much work they are."""

import json
import subprocess
from pathlib import Path

import pytest

from lading.engine.enumeration import Choice, RegistryPlace, chosen_tags, parse_place
from lading.model.errors import UsageError
from tests.fleet import CURL, write_image
from tests.support.engines import podman_engine, said_by_engine
from tests.support.fleet_registry import FleetRegistry, serve_fleet
from tests.support.program import Lading

pytestmark = pytest.mark.long


@pytest.fixture
def images(tmp_path: Path) -> dict[tuple[str, str], Path]:
    """Five repositories, nine images, which share their base and some a second layer."""
    found = {}
    for number, (name, tag) in enumerate(
        [(f"team/app{one}", f"1.{one}.0") for one in range(5)]
        + [("other/web", tag) for tag in ("1.0", "1.9", "1.10", "dev")]
    ):
        write_image(tmp_path, f"image{number}", [CURL], [(f"app{number}", "1")])
        found[name, tag] = tmp_path / f"image{number}"
    return found


def names(stdout: str, host: str) -> list[str]:
    return sorted(one["name"].removeprefix(f"{host}/") for one in json.loads(stdout)["images"])


def test_a_registry_is_scanned_whole_and_each_layer_read_once(
    images: dict[tuple[str, str], Path], lading: Lading
) -> None:
    registry = FleetRegistry(images)
    with serve_fleet(registry) as server:
        done = lading("scan", "--registry", server.host, "--starter", "--jobs", "4", "-o", "summary")
    assert names(done.stdout, server.host) == [
        "other/web:1.0", "other/web:1.10", "other/web:1.9", "other/web:dev",
        "team/app0:1.0.0", "team/app1:1.1.0", "team/app2:1.2.0", "team/app3:1.3.0", "team/app4:1.4.0",
    ]  # fmt: skip
    assert json.loads(done.stdout)["layers"] == {"total": 27, "unique": 11}
    layers = {
        one["digest"]
        for layout in images.values()
        for manifest in [json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"]]
        for one in json.loads((layout / "blobs" / manifest.replace(":", "/")).read_bytes())["layers"]
    }
    assert len(layers) == 11
    assert {digest: registry.blobs[digest] for digest in layers} == dict.fromkeys(layers, 1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("/team/*", "--newest", "1"), [f"team/app{one}:1.{one}.0" for one in range(5)]),
        (("/other/web",), ["other/web:1.0", "other/web:1.10", "other/web:1.9", "other/web:dev"]),
        (("/other/web", "--newest", "2"), ["other/web:1.10", "other/web:1.9"]),
        (("/*/web", "--tag-version", ">=1.9"), ["other/web:1.10", "other/web:1.9"]),
        (("/other/web", "--tag", "1.*", "--tag", "!1.9"), ["other/web:1.0", "other/web:1.10"]),
        (("/other/web", "--tag", "dev", "--newest", "1"), ["other/web:dev"]),
    ],
)
def test_what_is_wanted_of_a_registry(
    options: tuple[str, ...], expected: list[str], images: dict[tuple[str, str], Path], lading: Lading
) -> None:
    place, *others = options
    with serve_fleet(FleetRegistry(images)) as server:
        done = lading("scan", "--registry", server.host + place, *others, "--starter", "-o", "summary")
    assert names(done.stdout, server.host) == expected


def test_images_that_are_too_old_or_none_at_all(images: dict[tuple[str, str], Path], lading: Lading) -> None:
    with serve_fleet(FleetRegistry(images)) as server:
        arguments = ("scan", "--registry", f"{server.host}/other/web", "--starter")
        done = lading(*arguments, "--max-age", "30", status=2)
        assert done.stderr == f"lading: {server.host}/other/web: has no image that is wanted\n"
        done = lading(*arguments[:2], f"{server.host}/none/*", "--starter", status=2)
        assert done.stderr == f"lading: {server.host}/none/*: has no image that is wanted\n"
        done = lading(*arguments[:2], f"{server.host}/team/app0", "--max-age", "36000", "--starter")
        assert "1 scanned" in done.stdout


def test_a_registry_that_fails_every_tenth_request_loses_nothing(
    images: dict[tuple[str, str], Path], lading: Lading
) -> None:
    registry = FleetRegistry(images, failing=10)
    with serve_fleet(registry) as server:
        done = lading("scan", "--registry", server.host, "--starter", "-o", "summary")
    assert len(names(done.stdout, server.host)) == 9
    assert registry.count >= 40


def test_a_registry_without_a_catalogue_says_what_to_do(lading: Lading) -> None:
    with serve_fleet(FleetRegistry({})) as server:
        done = lading("scan", "--registry", f"{server.host}/nowhere", "--starter", status=2)
    assert done.stderr == f"lading: {server.host}/nowhere: has no image that is wanted\n"


def test_all_images_of_an_engine(lading: Lading) -> None:
    listed = [
        {"Id": "sha256:" + "1" * 64, "RepoTags": ["shop:1", "shop:latest"]},
        {"Id": "sha256:" + "2" * 64, "RepoTags": ["<none>:<none>"]},
        {"Id": "sha256:" + "3" * 64, "RepoTags": None},
    ]
    answers = {"/images/json": (200, json.dumps(listed).encode())}
    with said_by_engine(answers, {}) as socket:
        variables = {"DOCKER_HOST": f"unix://{socket}"}
        done = lading("scan", "--engine", "docker", "--starter", "-o", "summary", variables=variables, status=2)
    document = json.loads(done.stdout)
    assert [one["name"] for one in document["images"]] == [
        "docker:sha256:" + "2" * 64, "docker:sha256:" + "3" * 64, "docker:shop:1",
    ]  # fmt: skip
    assert all("no such image in docker" in one["error"] for one in document["images"])


def test_options_that_choose_need_a_registry(lading: Lading) -> None:
    assert lading("scan", "x", "--newest", "3", status=2).stderr == (
        "lading: --tag, --tag-version, --newest and --max-age choose among the images of --registry HOST\n"
    )
    assert lading("scan", "--registry", "h.example", "--tag-version", "~~", status=2).stderr == (
        "lading: --tag-version '~~': no range of versions; write \">=1.2, <2\" or the like\n"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("registry.example", RegistryPlace("registry.example", "*")),
        ("registry.example/", RegistryPlace("registry.example", "*")),
        ("https://registry.example:5000/team/*", RegistryPlace("registry.example:5000", "team/*")),
        ("localhost:5000/app", RegistryPlace("localhost:5000", "app")),
        ("docker.io/debian", RegistryPlace("docker.io", "library/debian")),
    ],
)
def test_places(text: str, place: RegistryPlace) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["", "team", "registry.example/app:1", "registry.example/App", "u:p@registry.example"])
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"^--registry '.*': expected HOST\[:PORT\], or HOST/REPOSITORY where \* may stand$"
    ):
        parse_place(text)


def test_tags_are_chosen_by_name_and_version() -> None:
    tags = ["latest", "v1.2.0", "1.10.0", "1.9.0", "1.10.0-rc1", "2024-01-01", "sha-abc"]
    assert chosen_tags(tags, Choice()) == ["2024-01-01", "latest", "sha-abc", "v1.2.0", "1.9.0", "1.10.0-rc1", "1.10.0"]
    assert chosen_tags(tags, Choice(newest=2)) == ["1.10.0-rc1", "1.10.0"]
    assert chosen_tags(tags, Choice(versions=">=1.9, <1.9.1")) == ["1.9.0"]
    assert chosen_tags(tags, Choice(tags=("v*",))) == ["v1.2.0"]
    assert chosen_tags(tags, Choice(tags=("!*.*", "!latest"))) == ["2024-01-01", "sha-abc"]
    assert chosen_tags([], Choice(newest=2)) == []


@pytest.mark.debian("podman", "skopeo")
def test_all_images_of_a_real_engine(images: dict[tuple[str, str], Path], lading: Lading, tmp_path: Path) -> None:
    (tmp_path / "podman").mkdir()
    with podman_engine(tmp_path / "podman") as socket:
        for name, layout in list(images.items())[:2]:
            archive = tmp_path / f"{layout.name}.tar"
            target = f"docker-archive:{archive}:localhost/{':'.join(name)}"
            subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{layout}:x", target], check=True)
            command = ["curl", "--silent", "--fail", "--unix-socket", socket, "--data-binary", f"@{archive}"]
            subprocess.run(
                [*command, "--header", "Content-Type: application/x-tar", "http://e/images/load"], check=True
            )
        variables = {"CONTAINER_HOST": f"unix://{socket}"}
        done = lading("scan", "--engine", "podman", "--starter", "-o", "summary", variables=variables)
    assert [one["name"] for one in json.loads(done.stdout)["images"]] == [
        "localhost/team/app0:1.0.0", "localhost/team/app1:1.1.0",
    ]  # fmt: skip
