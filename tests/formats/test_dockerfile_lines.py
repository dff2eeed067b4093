"""Which line of a Dockerfile made which layer, by histories as real builders write them."""

import pytest
from msgspec import structs

from lading.formats.decoders.dockerfile import parse_dockerfile
from lading.formats.dockerfile_lines import with_lines
from lading.model.image import Base, Image, Layer

DOCKERFILE = """\
ARG VERSION=12
FROM debian:${VERSION} AS build
RUN make \\
    all

FROM debian:${VERSION}
ARG PACKAGE=curl
ENV HOME=/srv
RUN apt-get update && \\
    apt-get install -y $PACKAGE
WORKDIR /srv
COPY --from=build --chown=1:1 /out/app bin/
RUN <<EOF
set -e
echo hi > /hi
EOF
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN --mount=type=cache,target=/c pip install x
ADD ["a b.txt", "$HOME/c/"]
RUN ["app", "--init"]
CMD ["app"]
"""
DEBIAN = "/bin/sh -c #(nop) ADD file:4f2c in / "
BUILDKIT = (
    DEBIAN,
    "RUN |1 PACKAGE=wget /bin/sh -c apt-get update &&     apt-get install -y $PACKAGE # buildkit",
    "WORKDIR /srv",
    "COPY --chown=1:1 /out/app bin/ # buildkit",
    "RUN |1 PACKAGE=wget /bin/sh -c set -e\necho hi > /hi\n # buildkit",
    "RUN |1 PACKAGE=wget /bin/bash -o pipefail -c pip install x # buildkit",
    "ADD a b.txt /srv/c/ # buildkit",
    "RUN |1 PACKAGE=wget app --init # buildkit",
)
DOCKER = (
    DEBIAN,
    "|1 PACKAGE=wget /bin/sh -c apt-get update &&     apt-get install -y $PACKAGE",
    "/bin/sh -c #(nop) WORKDIR /srv",
    "/bin/sh -c #(nop) COPY --chown=1:1file:ab12 in bin/ ",
    "|1 PACKAGE=wget /bin/sh -c set -e\necho hi > /hi\n",
    "|1 PACKAGE=wget /bin/bash -o pipefail -c pip install x",
    "/bin/sh -c #(nop) ADD file:ab12 in /srv/c/ ",
    "|1 PACKAGE=wget app --init",
)
BUILDAH = (
    DEBIAN,
    "|1 PACKAGE=wget /bin/sh -c apt-get update &&     apt-get install -y $PACKAGE",
    "/bin/sh -c #(nop) COPY file:ab12 in bin/ ",
    "|1 PACKAGE=wget /bin/sh -c set -e\necho hi > /hi\n",
    "|1 PACKAGE=wget /bin/bash -o pipefail -c pip install x",
    "/bin/sh -c #(nop) ADD file:ab12 in $HOME/c/ ",
    '|1 PACKAGE=wget /bin/bash -o pipefail -c ["app", "--init"]',
)
LINES = [6, 9, 11, 12, 13, 18, 19, 20]


def lines(made_by: tuple[str, ...], text: str = DOCKERFILE, base: Base | None = None) -> list[int]:
    """The first line of each layer."""
    layers = tuple(Layer(number, created_by=one) for number, one in enumerate(made_by, 1))
    image = with_lines(Image("app", "registry", layers=layers, base=base), parse_dockerfile(text.encode(), "D"), "D")
    assert image.dockerfile == ("D" if any(one.line for one in image.layers) else "")
    return [one.line for one in image.layers]


@pytest.mark.parametrize("made_by", [BUILDKIT, DOCKER], ids=["buildkit", "docker"])
def test_every_layer_has_the_line_of_its_instruction(made_by: tuple[str, ...]) -> None:
    assert lines(made_by) == LINES


def test_a_builder_that_makes_no_layer_of_a_directory() -> None:
    assert lines(BUILDAH) == [6, 9, 12, 13, 18, 19, 20]


def test_the_last_line_of_an_instruction() -> None:
    layers = tuple(Layer(number, created_by=one) for number, one in enumerate(BUILDKIT, 1))
    image = with_lines(Image("app", "registry", layers=layers), parse_dockerfile(DOCKERFILE.encode(), "D"), "D")
    assert [one.last_line for one in image.layers] == [6, 10, 11, 12, 16, 18, 19, 20]


def test_what_lies_below_the_first_instruction_is_the_base() -> None:
    below = (DEBIAN, "RUN /bin/sh -c true # buildkit", "COPY x /y # buildkit")
    assert lines((*below, *BUILDKIT[1:])) == [6, 6, *LINES]
    assert lines((*below, *BUILDKIT[1:]), base=Base(3, "debian:12", "index", "")) == [6, 6, *LINES]


def test_an_instruction_that_was_edited_since() -> None:
    """Between two that are known the one is the other; at an end that would be a guess."""
    edited = DOCKERFILE.replace("pip install x", "pip install y")
    assert lines(BUILDKIT, edited) == LINES
    two = DOCKERFILE.replace("pip install x\n", "pip install y\nRUN true\n")
    assert lines(BUILDKIT, two) == [6, 9, 11, 12, 13, 0, 20, 21]
    first = DOCKERFILE.replace("apt-get update", "apt-get -q update")
    assert lines(BUILDKIT, first) == LINES


def test_the_stage_that_was_built() -> None:
    assert lines((DEBIAN, "RUN /bin/sh -c make     all # buildkit")) == [2, 3]


def test_stages_that_build_on_stages() -> None:
    text = "FROM alpine AS one\nRUN a\nFROM one AS two\nWORKDIR /w\nFROM two\nCOPY b c\n"
    made_by = ("ADD alpine.tar.gz / # buildkit", "RUN /bin/sh -c a # buildkit", "WORKDIR /w", "COPY b c # buildkit")
    assert lines(made_by, text) == [1, 2, 4, 6]


def test_nothing_comes_from_scratch() -> None:
    assert lines(("COPY a / # buildkit", "COPY c /d # buildkit"), "FROM scratch\nCOPY b /\nCOPY c /d\n") == [2, 3]
    assert lines(("x", "COPY c /d # buildkit"), "FROM scratch\nCOPY c /d\n") == [0, 2]


@pytest.mark.parametrize(
    "made_by", [("bazel build ...",), ("", ""), ("RUN /bin/sh -c other # buildkit",), (DEBIAN, "COPY x /y # buildkit")]
)
def test_an_image_of_something_else_has_no_lines(made_by: tuple[str, ...]) -> None:
    assert lines(made_by) == [0] * len(made_by)


def test_a_base_without_anything_above() -> None:
    base = Base(1, "debian:12", "index", "")
    assert lines((DEBIAN,), 'FROM debian:12\nCMD ["sh"]\n', base) == [1]
    image = Image("app", "rootfs")
    assert with_lines(image, parse_dockerfile(b"FROM a\nRUN b\n", "D"), "D") == structs.replace(image, dockerfile="D")
