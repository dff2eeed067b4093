"""RPM versions, held against rpm itself."""

import subprocess
from itertools import product

import pytest

from lading.versions.schemes import compare
from tests.versions.examples import rpm


@pytest.mark.debian("rpm")
def test_rpm_agrees() -> None:
    # rpm's own words end at a brace, a per cent sign, a quote or a backslash: none of the versions has them.
    versions = sorted(
        {
            *rpm.ASCENDING,
            *(text for pair in rpm.EQUAL for text in pair),
            "1.0-",
            "1-1.",
            "0",
            "~",
            "1^",
            "-",
            "+-1",
            "+a",
        }
    )
    pairs = list(product(versions[::2], versions))
    calls = "".join(f'print(rpm.vercmp("{left}","{right}").." ")' for left, right in pairs)
    done = subprocess.run(["rpm", "--eval", f"%{{lua:{calls}}}"], capture_output=True, text=True, check=True)
    answers = dict(zip(pairs, map(int, done.stdout.split()), strict=True))
    assert {pair: compare("rpm", *pair) for pair in pairs} == answers
