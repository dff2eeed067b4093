"""Fuzz one reader by the paths that its code takes, with atheris (pip install atheris), for as long as you like.

    python bench/guided.py TARGET [LIBFUZZER OPTION ...]        such as: tar -max_total_time=3600 -rss_limit_mb=1000

The targets are those of tests/fuzzing/targets.py. libFuzzer ends at the first crash, or input that takes longer than
-timeout=SECONDS, and leaves that input in a file of the working directory.
"""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["lading"]):
    from tests.fuzzing.targets import TARGETS

_MOST = 20_000
"""Bytes of an input to begin with: smaller ones are tried faster."""


def main() -> None:
    """Hands over to libFuzzer, which ends the process."""
    name, *options = sys.argv[1:]
    target = next(one for one in TARGETS if one.name == name)
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(target.make()):
            if len(data) <= _MOST:
                Path(corpus, str(number)).write_bytes(data)
        atheris.Setup([sys.argv[0], *options, corpus], target.attempt)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
