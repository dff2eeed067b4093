"""Which layers are the base's, and on what evidence."""

import pytest
from msgspec import structs

from lading.image.base import find_base, named_base
from lading.image.bases import KnownBase
from lading.model.errors import ImageError
from lading.model.image import Base, Clues, Image, Layer, Step

DEBIAN, PYTHON, PIP, APP = (f"sha256:{digit * 64}" for digit in "1234")
NAME = "docker.io/library/python:3.12"
ADDED = "2026-11-20"


def image(*diff_ids: str, name: str = "shop") -> Image:
    return Image(
        name,
        "oci-layout",
        config_digest=f"sha256:{name}",
        layers=tuple(Layer(index, diff_id) for index, diff_id in enumerate(diff_ids, 1)),
    )


def known(name: str, *diff_ids: str) -> KnownBase:
    return KnownBase(name, ADDED, "linux/amd64", f"sha256:manifest of {name}", f"sha256:{name}", diff_ids)


SHOP = image(DEBIAN, PYTHON, PIP, APP)
KNOWN = (
    known("docker.io/library/debian:12", DEBIAN),
    known(NAME, DEBIAN, PYTHON, PIP),
    known("docker.io/library/python:3.11", DEBIAN, PYTHON, APP),
    known("longer", DEBIAN, PYTHON, PIP, APP, APP),
)
LOWEST = "its 3 diff IDs are the image's lowest (lading base add, 2026-11-20)"


def test_the_longest_known_base_counts() -> None:
    assert find_base(SHOP, Clues(), KNOWN) == Base(3, NAME, "index", LOWEST)


def test_of_one_layer() -> None:
    detail = "its diff ID is the image's lowest (lading base add, 2026-11-20)"
    assert find_base(SHOP, Clues(), KNOWN[:1]) == Base(1, "docker.io/library/debian:12", "index", detail)


def test_an_image_is_not_its_own_base_but_may_have_all_its_layers() -> None:
    python = image(DEBIAN, PYTHON, PIP, name=NAME)
    base = find_base(python, Clues(), KNOWN)
    assert base is not None
    assert (base.layers, base.name) == (1, "docker.io/library/debian:12")
    only_configured = structs.replace(python, config_digest="sha256:other")
    assert find_base(only_configured, Clues(), KNOWN) == Base(3, NAME, "index", LOWEST)


@pytest.mark.parametrize(
    ("clues", "evidence", "detail"),
    [
        (Clues(base_name="python:3.12"), "annotation", f"org.opencontainers.image.base.name names it; {LOWEST}"),
        (
            Clues("anything", f"sha256:manifest of {NAME}"),
            "annotation",
            f"org.opencontainers.image.base.digest is its digest; {LOWEST}",
        ),
        (
            Clues("team/own\x1b:1", "sha256:other"),
            "index",
            f"{LOWEST}; org.opencontainers.image.base.name names team/own?:1, which is not known here",
        ),
    ],
)
def test_annotations_agree_with_the_index_or_not(clues: Clues, evidence: str, detail: str) -> None:
    base = find_base(SHOP, clues, KNOWN)
    assert base is not None
    assert (base.layers, base.name, base.evidence, base.detail) == (3, NAME, evidence, detail)


def test_no_digest_is_not_the_same_as_no_digest() -> None:
    base = find_base(SHOP, Clues(), [structs.replace(KNOWN[1], digest="")])
    assert base is not None
    assert base.evidence == "index"


def test_an_annotation_alone_names_the_base_without_its_layers() -> None:
    detail = "org.opencontainers.image.base.name names it; which layers came with it is not known"
    assert find_base(SHOP, Clues("python:3.12"), KNOWN[2:]) == Base(0, "python:3.12", "annotation", detail)


@pytest.mark.parametrize("clues", [Clues(), Clues("scratch"), Clues("", "sha256:unknown")])
def test_nothing_is_made_of_nothing(clues: Clues) -> None:
    assert find_base(SHOP, clues, KNOWN[2:]) is None


def run(text: str, comment: str = "") -> Step:
    return Step(text, True, comment)


def state(text: str, comment: str = "") -> Step:
    return Step(text, False, comment)


KIT = "buildkit.dockerfile.v0"
CMD = state('/bin/sh -c #(nop)  CMD ["bash"]')
START = state('ENTRYPOINT ["/start"]')


FOLLOW = ", and more layers follow"


@pytest.mark.parametrize(
    ("history", "count", "sign"),
    [
        ([run("ADD"), CMD, run("RUN"), CMD], 1, f'CMD ["bash"] ends the build of layer 1{FOLLOW}'),
        (
            [run("ADD"), CMD, run("RUN"), state("ENV A=1"), CMD, state("USER 1"), run("COPY"), state('CMD "x"'), START],
            2,
            f'CMD ["bash"] ends the build of layers 1 to 2{FOLLOW}',
        ),
        ([run("ADD"), START, run("RUN"), CMD], 1, f'ENTRYPOINT ["/start"] ends the build of layer 1{FOLLOW}'),
        ([run("ADD"), CMD, run("RUN"), START, run("RUN")], 1, f'CMD ["bash"] ends the build of layer 1{FOLLOW}'),
        (
            [run("debian.sh", "debuerreotype"), run("RUN", KIT), run("RUN", KIT)],
            1,
            "another builder made layer 1, BuildKit the layer above",
        ),
        (
            [run("a", KIT), run("b", KIT), CMD, run("c", KIT), run("d")],
            3,
            "BuildKit made layers 1 to 3, another builder the layer above",
        ),
        (
            [run("a"), run("b", KIT), CMD, run("c", KIT)],
            2,
            f'CMD ["bash"] ends the build of layers 1 to 2{FOLLOW}',
        ),
    ],
)
def test_the_history_tells_where_another_build_ended(history: list[Step], count: int, sign: str) -> None:
    alone = find_base(SHOP, Clues(history=tuple(history)), KNOWN[2:])
    assert alone == Base(count, "", "history", f"by its history only: {sign}")
    lead = "org.opencontainers.image.base.name names it; its layers are known by the history only"
    assert find_base(SHOP, Clues("x:1", history=tuple(history)), ()) == Base(count, "x:1", "history", f"{lead}: {sign}")


@pytest.mark.parametrize(
    "history",
    [
        [],
        [CMD, run("ADD")],
        [run("ADD"), run("RUN"), CMD],
        [run("ADD"), state("RUN CMD"), state("CMDS"), run('RUN CMD ["x"]'), run("RUN")],
        [run("ADD", KIT), run("RUN", KIT), state("CMD x")],
    ],
)
def test_a_history_without_signs(history: list[Step]) -> None:
    assert find_base(SHOP, Clues(history=tuple(history)), ()) is None


def test_words_of_the_history_are_fit_to_be_shown() -> None:
    evil = state("CMD \x1b[31m" + "x" * 200)
    base = find_base(SHOP, Clues(history=(run("ADD"), evil, run("RUN"))), ())
    assert base is not None
    shown = "CMD ?[31m" + "x" * 71
    assert base.detail == f"by its history only: {shown} ends the build of layer 1, and more layers follow"


def test_the_user_names_the_base() -> None:
    detail = "--base names it; its 2 diff IDs are the image's lowest"
    assert named_base(SHOP, image(DEBIAN, PYTHON, name="b")) == Base(2, "b", "named", detail)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (
            image(DEBIAN, APP, name="b"),
            "its layer 2 is sha256:222222222222, that of the base sha256:444444444444; "
            "if the base was renewed since, name it by the digest it had",
        ),
        (image(DEBIAN, PYTHON, PIP, APP, APP, name="b"), "the base has 5 layers, the image 4"),
        (image(name="b"), "the base has 0 layers, the image 4"),
        (Image("b", "rootfs", layers=(Layer(1),)), "a root filesystem has no layers that would show it"),
    ],
)
def test_a_base_that_is_none(named: Image, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        named_base(SHOP, named)
    assert str(raised.value) == f"shop: was not built on --base b: {message}"
