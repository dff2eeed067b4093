"""docs/lading.1 is what the commands say of themselves, and man can read it."""

import shutil
import subprocess

import pytest

from tests.support.golden import Golden
from tests.support.manual import PAGE, manual


def test_the_manual_page_is_current(golden: Golden) -> None:
    golden(PAGE, manual())


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_manual_page_has_no_faults() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Kutf8", "-ww", "-Wbreak", "-z", "-Tutf8", PAGE], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
