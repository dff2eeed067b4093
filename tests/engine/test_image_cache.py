"""Images that are met again."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lading
from lading.engine import image_cache
from tests.end_to_end.test_bad_input import layer, write_layout
from tests.tars import File

_STATUS = b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n"
_PROGRAM = """
import sys
from pathlib import Path
import lading
environment = lading.Environment(database=lading.StarterDatabase(), layer_cache=Path(sys.argv[2]))
found = lading.inventory(sys.argv[1], environment=environment)
print([one.name for one in found.inventory.packages], "lading.inventory.catalogers.registry" in sys.modules)
"""


@pytest.fixture
def image(tmp_path: Path) -> str:
    return write_layout(tmp_path / "image", layer([File("var/lib/dpkg/status", _STATUS)]))


def test_no_reader_is_loaded_for_an_image_that_is_known(image: str, tmp_path: Path) -> None:
    def found() -> str:
        command = [sys.executable, "-c", _PROGRAM, image, str(tmp_path / "cache")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert [found(), found()] == ["['a'] True\n", "['a'] False\n"]


def test_other_code_reads_anew(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "lading"
    shutil.copytree(Path(lading.__file__).parent / "inventory", copy / "inventory")
    monkeypatch.setattr(lading, "__file__", str(copy / "__init__.py"))
    keys = []
    for change in ("", "", "# changed\n"):
        with (copy / "inventory" / "catalogers" / "dpkg.py").open("a") as file:
            file.write(change)
        image_cache._read_by.cache_clear()
        keys.append(image_cache._read_by("inventory"))
    shutil.rmtree(copy)
    image_cache._read_by.cache_clear()
    assert image_cache._read_by("inventory") == ""
    image_cache._read_by.cache_clear()
    assert keys[0] == keys[1] != keys[2]
