"""The images that Dockerfiles, Compose and Bake files and manifests name."""

from collections.abc import Mapping

import pytest

from lading.formats.named_image import Read
from lading.formats.named_images import may_name_images, parse_named
from lading.model.errors import FormatError

DOCKERFILE = b"""ARG TAG=3.20
FROM --platform=$BUILDPLATFORM golang:1.23 AS build
RUN go build
FROM build AS test
FROM scratch
COPY --from=build /app /app
FROM alpine:${TAG}
FROM "${REGISTRY}/base"
"""
COMPOSE = b"""
x-common: &common
  image: redis:${REDIS:-7}
  restart: always
services:
  cache:
    <<: *common
  queue:
    <<: [*common, {restart: "no"}]
    image: rabbitmq:$VERSION
  web:
    build: ./web
  worker:
    build: ./worker
    image: registry.example/worker:1
volumes: {}
"""
MANIFESTS = b"""
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers:
      - {name: wait, image: "busybox:1.36"}
      containers:
      - name: web
        image: registry.example/web@sha256:aa
      - name: none
---
apiVersion: v1
kind: List
items:
- kind: CronJob
  metadata: {name: night}
  spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: "cron:2"}]}}}}}
- kind: ConfigMap
  metadata: {name: c}
  data: {image: "not/an:image"}
---
kind: Rollout
metadata: {name: blue}
spec: {pods: &p {containers: [{image: "blue:1"}]}, others: *p}
"""


def reader(files: Mapping[str, bytes]) -> Read:
    def read(path: str) -> bytes:
        if path not in files:
            raise FormatError(f"{path}: is no file that is there")
        return files[path]

    return read


def named(data: bytes, path: str, files: Mapping[str, bytes] | None = None, **variables: str) -> list[tuple[str, str]]:
    return [(one.name, one.where) for one in parse_named(data, path, variables, reader(files or {})).images]


def test_a_dockerfile_names_what_its_stages_build_on() -> None:
    assert named(DOCKERFILE, "app/Dockerfile") == [
        ("golang:1.23", "app/Dockerfile:2"),
        ("alpine:3.20", "app/Dockerfile:7"),
        ("${REGISTRY}/base", "app/Dockerfile:8"),
    ]


def test_a_compose_file_names_what_its_services_run() -> None:
    found = parse_named(COMPOSE, "compose.yaml", {"VERSION": "4"}, reader({}))
    assert [(one.name, one.where) for one in found.images] == [
        ("redis:7", "compose.yaml: service cache"),
        ("rabbitmq:4", "compose.yaml: service queue"),
        ("registry.example/worker:1", "compose.yaml: service worker"),
    ]
    assert found.notes == (
        "compose.yaml: service web is built and names no image: name what was built, or its Dockerfile",
    )


def test_a_dockerfile_names_what_it_copies_from() -> None:
    data = b"""# syntax=docker/dockerfile:1
ARG GO=1.23
ARG VARIANT=${TARGETARCH}
FROM --platform=$BUILDPLATFORM golang:${GO:-1}-alpine AS Build
COPY --from=ghcr.io/astral-sh/uv:0.5 --chmod=755 /uv /bin/
RUN --mount=type=cache,target=/root --mount=type=bind,from=tools:1,source=/x,target=/x <<EOF
FROM not:this
EOF
FROM base-${VARIANT} AS final
COPY --from=build /a /a
COPY --from=0 /b /b
COPY --from="busybox:1.36" /c /c
ADD --checksum=sha256:00 https://example.org/x /x
FROM final AS test
"""
    assert [name for name, _ in named(data, "Dockerfile")] == [
        *("golang:1.23-alpine", "ghcr.io/astral-sh/uv:0.5", "tools:1", "base-amd64", "busybox:1.36")
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a:${X:?say which}", "a:1"),
        ("a:${X?say}", "a:1"),
        ("a:${NONE:-${X}}", "a:1"),
        ("a:${NONE-${OTHER:-2}}", "a:2"),
        ("a:${X:+3}", "a:3"),
        ("$X/a", "1/a"),
        ("a:${NONE:?say which}", "a:${NONE:?say which}"),
    ],
)
def test_variables_of_compose_files(text: str, name: str) -> None:
    assert [one for one, _ in named(f"services: {{a: {{image: '{text}'}}}}".encode(), "compose.yaml", X="1")] == [name]


def test_what_a_compose_file_includes_and_extends() -> None:
    files = {
        "app/db/compose.yaml": b"include: [../compose.yaml]\nservices: {db: {image: 'postgres:16'}}",
        "app/cache.yaml": b"services: {cache: {image: 'redis:7', profiles: [debug]}}",
        "app/common.yaml": b"services: {base: {extends: deep}, deep: {image: 'common:1'}}",
    }
    data = b"""
include: [db/compose.yaml, {path: [cache.yaml, missing.yaml]}, "https://example.org/compose.yaml"]
services:
  web: {extends: {file: common.yaml, service: base}}
  job: {extends: web}
  own: {extends: web, image: "own:1"}
  odd: {extends: {file: gone.yaml, service: x}}
  circle: {extends: circle}
  built: {build: {dockerfile_inline: "FROM alpine:3.20\\nRUN true"}}
"""
    found = parse_named(data, "app/compose.yaml", {}, reader(files))
    assert [(one.name, one.where) for one in found.images] == [
        ("common:1", "app/compose.yaml: service web"),
        ("common:1", "app/compose.yaml: service job"),
        ("own:1", "app/compose.yaml: service own"),
        ("alpine:3.20", "app/compose.yaml: service built:1"),
        ("postgres:16", "app/db/compose.yaml: service db"),
        ("redis:7", "app/cache.yaml: service cache"),
    ]
    assert set(found.notes) == {
        "app/gone.yaml: is no file that is there",
        "app/compose.yaml: include app/missing.yaml: app/missing.yaml: is no file that is there",
    }


BAKE = b"""
variable "GO" { default = "1.22" }
variable "REGISTRY" {
  default = "registry.example"   # where bases are
}
group "default" { targets = ["app", "tool"] }
target "_common" {
  platforms = ["linux/amd64", "linux/arm64"]
  args = { GO_VERSION = GO, LEVEL = 3 }
}
target "app" {
  inherits = ["_common"]
  context = "./app"
  dockerfile = "Dockerfile.prod"
  contexts = {
    base = "docker-image://${REGISTRY}/base:1"
    src  = "target:other"
  }
  args = { GO_VERSION = "1.23" }
  tags = ["${REGISTRY}/app:${lower("X")}"]
  labels = { for k, v in GO : k => { x = v } }
  output = equal(GO, "") ? ["type=docker"] : ["type=registry"]
}
target "tool" {
  inherits = ["_common"]
  dockerfile-inline = <<EOT
ARG GO_VERSION
FROM golang:${GO_VERSION}
FROM alpine
EOT
}
target "remote" { context = "https://github.com/x/y.git" }
target "gone" { context = "nowhere" }
"""


def test_a_bake_file_names_what_its_targets_build_on() -> None:
    files = {"b/app/Dockerfile.prod": b"ARG GO_VERSION=1\nFROM golang:$GO_VERSION\nFROM base\nFROM debian:12"}
    found = parse_named(BAKE, "b/docker-bake.hcl", {}, reader(files))
    assert [(one.name, one.where) for one in found.images] == [
        ("registry.example/base:1", "b/docker-bake.hcl: target app"),
        ("golang:1.23", "b/app/Dockerfile.prod:2"),
        ("debian:12", "b/app/Dockerfile.prod:4"),
        ("golang:1.22", "b/docker-bake.hcl: target tool:2"),
        ("alpine", "b/docker-bake.hcl: target tool:3"),
    ]
    assert found.notes == ("b/docker-bake.hcl: target gone: b/nowhere/Dockerfile: is no file that is there",)


def test_a_bake_file_as_json() -> None:
    data = b"""{"variable": {"TAG": {"default": "12"}}, "target": {"a": {"dockerfile-inline": "ARG T=1\\nFROM d:$T",
    "args": {"T": "${TAG}"}}}}"""
    assert named(data, "docker-bake.json") == [("d:12", "docker-bake.json: target a:2")]


@pytest.mark.parametrize("data", [b"target {", b'x "y" = 1', b"a = [", b"\xff$", b"a = {1}", b"}"])
def test_bake_files_that_are_none(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^docker-bake.hcl: line \d+: not HCL"):
        named(data, "docker-bake.hcl")


def test_manifests_name_what_pods_run() -> None:
    assert named(MANIFESTS, "k8s/all.yaml") == [
        ("busybox:1.36", "k8s/all.yaml: Deployment web"),
        ("registry.example/web@sha256:aa", "k8s/all.yaml: Deployment web"),
        ("cron:2", "k8s/all.yaml: CronJob night"),
        ("blue:1", "k8s/all.yaml: Rollout blue"),
    ]


RESOURCES = b"""
kind: Pod
metadata: {name: volumes}
spec: {volumes: [{name: m, image: {reference: "models:1"}}, {name: e, emptyDir: {}}], containers: [{image: "a:1"}]}
---
kind: Task
metadata: {name: build}
spec: {stepTemplate: {image: "t:1"}, steps: [{image: "golang:1"}, {script: "echo"}], sidecars: [{image: "dind:1"}]}
---
kind: Workflow
metadata: {name: argo}
spec: {templates: [{container: {image: "alpine:3"}}, {script: {image: "python:3", source: x}}]}
---
kind: Prometheus
metadata: {name: own}
spec: {image: "quay.io/p:2"}
---
kind: Other
metadata: {name: logo}
spec: {image: "logo.png", icon: {image: "a/b.png"}}
"""


def test_resources_of_others_name_images() -> None:
    assert [name for name, _ in named(RESOURCES, "all.yaml")] == [
        *("models:1", "a:1", "t:1", "golang:1", "dind:1", "alpine:3", "python:3", "quay.io/p:2")
    ]


def test_manifests_as_json() -> None:
    data = b'{"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"image": "a:1"}]}}'
    assert named(data, "pod.json") == [("a:1", "pod.json: Pod a")]


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("Dockerfile", True),
        ("Dockerfile.dev", True),
        ("Containerfile", True),
        ("app.dockerfile", True),
        ("web-Dockerfile", True),
        ("compose.yaml", True),
        ("deploy.yml", True),
        ("docker-bake.hcl", True),
        ("docker-bake.override.json", True),
        ("ci.bake.hcl", True),
        ("bake-base.hcl", True),
        ("rebake.json", False),
        ("main.hcl", False),
        ("Dockerfiles", False),
        ("package.json", False),
        ("notes.md", False),
    ],
)
def test_names_of_files(name: str, may: bool) -> None:
    assert may_name_images(name) is may


def test_a_template_is_no_manifest() -> None:
    with pytest.raises(FormatError, match=r"^t.yaml: not YAML that can be read: .*; render templates first"):
        parse_named(b"image: {{ .Values.image }}\n{{- if }}\n", "t.yaml", {}, reader({}))


def test_aliases_cost_no_more_than_they_are_written() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" if n else "l0: &l0 [x]" for n in range(40)]
    assert named("\n".join(levels).encode(), "laughs.yaml") == []


def test_what_refers_to_itself_is_refused() -> None:
    with pytest.raises(FormatError, match="refers to what is not there yet"):
        parse_named(b"a: &a [*a]\n", "self.yaml", {}, reader({}))
