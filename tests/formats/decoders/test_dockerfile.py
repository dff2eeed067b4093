"""Reading Dockerfiles."""

import pytest

from lading.formats.decoders.dockerfile import LARGEST, MOST_INSTRUCTIONS, Instruction, parse_dockerfile
from lading.model.errors import FormatError


def read(text: str) -> list[tuple[str, str, int, int]]:
    """The instructions of the last stage."""
    stage = parse_dockerfile(text.encode(), "Dockerfile")[-1]
    return [(one.name, one.text, one.line, one.last_line) for one in stage.instructions]


def test_lines_that_continue() -> None:
    assert read(
        "FROM debian\n"
        "# a comment\n"
        "run apt-get update && \\\n"
        "\n"
        "  # a comment within\n"
        "  apt-get install -y \\  \n"
        "\tcurl\n"
        "CMD ec\\\n"
        "ho \\\\\n"
        "USER a"
    ) == [
        ("RUN", "apt-get update && apt-get install -y curl", 3, 7),
        ("CMD", "echo \\\\", 8, 9),
        ("USER", "a", 10, 10),
    ]


def test_another_escape_character() -> None:
    assert read("# syntax=docker/dockerfile:1\r\n#Escape=`\r\nFROM a\r\nRUN a `\r\n b\r\nRUN c \\\r\nRUN d") == [
        ("RUN", "a b", 4, 5),
        ("RUN", "c \\", 6, 6),
        ("RUN", "d", 7, 7),
    ]
    # After anything else it is a comment.
    assert read("# x\n#escape=`\nFROM a\nRUN a \\\n b") == [("RUN", "a b", 4, 5)]


def test_here_documents() -> None:
    assert read(
        "FROM a\n"
        "RUN <<EOF\n"
        "apt-get update\n"
        "FROM not-a-stage\n"
        "EOF\n"
        "COPY <<-'one' <<two /etc/\n"
        "\tfirst\n"
        "\tone\n"
        "second\n"
        "two\n"
        'RUN echo "<<no" $((1<<2)) <<< word\n'
        "RUN python3 <<'PY' && true\n"
        "print()\n"
        "PY\n"
    ) == [
        ("RUN", "<<EOF\napt-get update\nFROM not-a-stage", 2, 5),
        ("COPY", "<<-'one' <<two /etc/\nfirst\nsecond", 6, 10),
        ("RUN", 'echo "<<no" $((1<<2)) <<< word', 11, 11),
        ("RUN", "python3 <<'PY' && true\nprint()", 12, 14),
    ]


def test_flags_and_variables() -> None:
    stages = parse_dockerfile(
        b"ARG VERSION=12\n"
        b"ARG BASE=debian:${VERSION}\n"
        b"FROM --platform=$BUILDPLATFORM ${BASE} AS Build\n"
        b"ENV HOME=/srv \"OTHER=x\"\n"
        b"ARG VERSION\n"
        b"RUN --mount=type=cache,target=/c --network=none make $VERSION\n"
        b"COPY --chown=a:b app-$VERSION.tgz ${HOME}/${NONE:-default}/$UNKNOWN/\n"
        b"FROM build\n"
        b"WORKDIR $HOME\n"
        b"FROM scratch\n"
        b"COPY --from=build /a /b\n",
        "Dockerfile",
    )  # fmt: skip
    assert [(one.base, one.name, one.parent, one.origin.line) for one in stages] == [
        ("debian:12", "build", None, 3),
        ("build", "", 0, 8),
        ("scratch", "", None, 10),
    ]
    assert stages[0].instructions[-2:] == (
        Instruction("RUN", "make $VERSION", 6, 6, ("--mount=type=cache,target=/c", "--network=none")),
        Instruction("COPY", "app-12.tgz /srv/default/$UNKNOWN/", 7, 7, ("--chown=a:b",)),
    )
    assert stages[1].instructions == (Instruction("WORKDIR", "/srv", 9, 9),)
    assert stages[2].instructions == (Instruction("COPY", "/a /b", 11, 11, ("--from=build",)),)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Dockerfile: has no FROM instruction: not a Dockerfile"),
        (b"# FROM x\n", "Dockerfile: has no FROM instruction: not a Dockerfile"),
        (b"RUN x\nFROM y\n", "Dockerfile: line 1: RUN stands before FROM: not a Dockerfile"),
        (b"\x7fELF\x00\xff", "Dockerfile: line 1: what is no text stands before FROM: not a Dockerfile"),
        (b"FROM a\n\nRUN <<END\nx\n", "Dockerfile: line 3: the here-document END does not end"),
        (b"FROM a\n" * (MOST_INSTRUCTIONS + 1), "Dockerfile: more than 5,000 instructions"),
        (b"#" * (LARGEST + 1), "Dockerfile: larger than 1,048,576 bytes, which no Dockerfile is"),
    ],
)
def test_what_is_no_dockerfile(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_dockerfile(data, "Dockerfile")
    assert str(caught.value) == message


def test_variables_do_not_grow_without_bounds() -> None:
    text = "FROM a\nENV A=" + "x" * 1000 + "\n" + "ENV A=$A$A$A$A\n" * 100 + "COPY $A$A$A$A$A$A$A$A /\n"
    (copy,) = [one for one in parse_dockerfile(text.encode(), "Dockerfile")[0].instructions if one.name == "COPY"]
    assert len(copy.text) <= 4_000
