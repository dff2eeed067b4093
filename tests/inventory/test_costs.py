"""What reading a file costs: so much that small images of such files end at the bound of work."""

import gzip

import pytest

from lading.inventory.catalogers.binary.native_image import read_sbom
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.catalogers.registry import readers_for
from lading.inventory.executables.read import read_program
from lading.inventory.reading import FileReader
from lading.inventory.remains import CATALOGERS as REMAINS
from lading.inventory.router import Route, Router
from lading.model.errors import LimitError
from lading.model.reader import PACE_OF_PROGRAMS
from lading.safeio.limits import Limits, Work
from lading.safeio.zstd import compress
from tests.inventory.executables.build import Part, pe
from tests.inventory.test_corruption import Stored
from tests.safeio.tar_blocks import file as in_tar

ROUTER = Router((*readers_for(declared=True).catalogers, *REMAINS))
BASE = 60


class Spent(Work):
    """Counts steps."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def spend(self, steps: int) -> None:
        self.steps += steps


def cost(path: str, data: bytes) -> int:
    spent = Spent()
    FileReader(Limits(), spent).read(path, ROUTER.routes(path), Stored(data))
    return spent.steps


@pytest.mark.parametrize(
    ("data", "pace", "steps"),
    [
        (b"a" * 8000, 8, 1000),
        (b"a\n" * 4000, 8, 3000),
        (b"\r" * 8000, 8, 5000),
        (b"\xff" * 8000, 8, 5000),
        (b"\n" * 8000, PACE_OF_PROGRAMS, 80),
    ],
)
def test_text_costs_more_than_programs_and_ends_of_lines_most(data: bytes, pace: int, steps: int) -> None:
    reader = Cataloger(name="a", version=1, parse=lambda _: CatalogerResult(), pace=pace)
    spent = Spent()
    FileReader(Limits(), spent).read("x", [Route(reader, "x")], Stored(data))
    assert spent.steps == BASE + steps


INSTALLED = "usr/lib/python3/dist-packages/a-1.dist-info"
LOG = b"2024-01-01 00:00:00 status installed a:amd64 1\n" * 5000
SCRIPTS = in_tar(b"a-1-r0.Q1abc=.pre-install", bytes(100_000)) + bytes(1024)


@pytest.mark.parametrize(
    ("path", "data", "least"),
    [
        ("app/node_modules/a/package.json", b"[" * 10_000, 10_000),
        ("opt/conda/conda-meta/a.json", b'{"a":' * 2000, 10_000),
        (f"{INSTALLED}/direct_url.json", b"[" * 10_000, 10_000),
        (f"{INSTALLED}/RECORD", b"a\n" * 5000, 10_000),
        ("srv/manifest.wall", compress(b'{"jsonwall":"1.0"}\n' + b"{}\n" * 10_000), 10_000),
        ("var/log/dpkg.log.1.gz", gzip.compress(LOG), len(LOG) // 20),
        ("lib/apk/db/scripts.tar.gz", gzip.compress(SCRIPTS), len(SCRIPTS) // 400),
        ("var/lib/rpmmanifest/container-manifest-2", b"\xff" * 10_000, 2500),
        ("a/conaninfo.txt", b"\n" * 10_000, 2500),
        ("a/bun.lock", b'"",' * 10_000, 60_000),
    ],
)
def test_what_takes_long_for_its_size_costs_as_much(path: str, data: bytes, least: int) -> None:
    assert least <= cost(path, data) < BASE + 4 * max(least, len(data))


def test_the_end_of_work_ends_the_search_for_a_text_in_a_program() -> None:
    text = gzip.compress(bytes(1_000_000))
    data = pe([Part(".data", b"sbom_length\0" + text * 3, 0x9000, 0xC0000040)])
    program = read_program(data)
    assert program is not None
    told: list[int] = []
    assert read_sbom(program, data, told.append) is None
    assert told == [50_000] * 3

    def refuse(steps: int) -> None:
        raise LimitError("enough", "work")

    with pytest.raises(LimitError, match="enough"):
        read_sbom(program, data, refuse)
