"""The images that Dockerfiles, Compose files and manifests name."""

import pytest

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


def named(data: bytes, path: str, **variables: str) -> list[tuple[str, str]]:
    return [(one.name, one.where) for one in parse_named(data, path, variables).images]


def test_a_dockerfile_names_what_its_stages_build_on() -> None:
    assert named(DOCKERFILE, "app/Dockerfile") == [
        ("golang:1.23", "app/Dockerfile:2"),
        ("alpine:3.20", "app/Dockerfile:7"),
        ("${REGISTRY}/base", "app/Dockerfile:8"),
    ]


def test_a_compose_file_names_what_its_services_run() -> None:
    found = parse_named(COMPOSE, "compose.yaml", {"VERSION": "4"})
    assert [(one.name, one.where) for one in found.images] == [
        ("redis:7", "compose.yaml: service cache"),
        ("rabbitmq:4", "compose.yaml: service queue"),
        ("registry.example/worker:1", "compose.yaml: service worker"),
    ]
    assert found.notes == (
        "compose.yaml: service web is built and names no image: name what was built, or its Dockerfile",
    )


def test_manifests_name_what_pods_run() -> None:
    assert named(MANIFESTS, "k8s/all.yaml") == [
        ("busybox:1.36", "k8s/all.yaml: Deployment web"),
        ("registry.example/web@sha256:aa", "k8s/all.yaml: Deployment web"),
        ("cron:2", "k8s/all.yaml: CronJob night"),
        ("blue:1", "k8s/all.yaml: Rollout blue"),
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
        ("Dockerfiles", False),
        ("package.json", False),
        ("notes.md", False),
    ],
)
def test_names_of_files(name: str, may: bool) -> None:
    assert may_name_images(name) is may


def test_a_template_is_no_manifest() -> None:
    with pytest.raises(FormatError, match=r"^t.yaml: not YAML that can be read: .*; render templates first"):
        parse_named(b"image: {{ .Values.image }}\n{{- if }}\n", "t.yaml", {})


def test_aliases_cost_no_more_than_they_are_written() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" if n else "l0: &l0 [x]" for n in range(40)]
    assert named("\n".join(levels).encode(), "laughs.yaml") == []


def test_what_refers_to_itself_is_refused() -> None:
    with pytest.raises(FormatError, match="refers to what is not there yet"):
        parse_named(b"a: &a [*a]\n", "self.yaml", {})
