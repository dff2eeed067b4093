"""Odd databases of apk, and what apk lists of them: for the tests, and by the thousand for
bench/package_databases.py."""

import base64
import json
import random
import shutil
import subprocess
from pathlib import Path

from lading.inventory.catalogers import apk
from tests.inventory.catalogers.parsing import tree

Shown = tuple[str, str, str, str]
"""Name, version, architecture and origin."""
_PATH = "lib/apk/db/installed"
_ODD = (
    "P:z9", "V:9-r9", "V:", "P:", "o:zz", "A:arm", "", ":", "x", "xy", "x:y", "#P:q", "P", "P :q", "p:x=1", "D:y", "\0",
    "q:1", "r:x", "f:1", "t:5", "s:tag", "é:1", "Z:Q1bad", "R:", "F:", "R:deep/x", "\r",
)  # fmt: skip
_NAMES = ("a", "b", "A", "lib.x", "ü", "-a", "")
_VERSIONS = ("1", "1.2.3-r4", "01-r1", "1-r", "v1", "", "1_alpha-r0")
_ENDS = ("\n\n",) * 14 + ("\n \n", "\n\r\n", "\n", "\nx\n", "\n\n\n")


def random_installed(dice: random.Random) -> str:
    """A database, mostly one that apk reads."""
    text = "".join(_entry(dice) + dice.choice(_ENDS) for _ in range(dice.randrange(1, 4)))
    return text.rstrip("\n") if dice.random() < 0.05 else text


def by_lading(text: str) -> tuple[list[Shown], bool]:
    """What is read of a database, and whether something is told of it."""
    found = tree(apk.CATALOGER, {_PATH: text}).values()
    packages = (package for one in found for package in one.packages)
    return sorted((one.name, one.version, one.arch, one.source) for one in packages), any(
        one.diagnostics for one in found
    )


def by_apk(text: str, place: Path) -> list[Shown] | None:
    """What apk 3 lists; None where it refuses the database. It lies at `place` for so long."""
    (place / _PATH).parent.mkdir(parents=True)
    (place / "etc/apk").mkdir(parents=True)
    for name, content in {_PATH: text, "etc/apk/world": "", "etc/apk/arch": "x86_64\n"}.items():
        (place / name).write_bytes(content.encode())
    query = ["apk", "--root", str(place), "--no-network", "query", "--installed", "--format", "json"]
    answer = subprocess.run([*query, "--fields", "name,version,arch,origin", "*"], capture_output=True, check=False)
    shutil.rmtree(place)
    if answer.returncode or b"ERROR" in answer.stderr:
        return None
    listed = json.loads(answer.stdout.decode("utf-8", "backslashreplace") or "[]", strict=False)
    texts = ({name: value.strip() for name, value in one.items()} for one in listed)
    return sorted(
        (one["name"], one.get("version", ""), one.get("arch", ""), one.get("origin") or one["name"]) for one in texts
    )


def _entry(dice: random.Random) -> str:
    name = f"{dice.choice('abcdef')}{dice.randrange(99)}" if dice.random() < 0.7 else dice.choice(_NAMES)
    version = f"{dice.randrange(9)}.1-r{dice.randrange(9)}" if dice.random() < 0.7 else dice.choice(_VERSIONS)
    checksum = base64.b64encode(dice.randbytes(20)).decode()
    lines = [f"C:Q1{checksum}", f"P:{name}", f"V:{version}", f"A:{dice.choice(('x86_64', 'noarch'))}", "S:1", "L:MIT"]
    if dice.random() < 0.7:
        lines.append(f"o:{dice.choice(('src', name, ''))}")
    if dice.random() < 0.5:
        lines += ["F:usr/bin", "M:0:0:755", "R:x", "a:0:0:644", "Z:Q1pSfk0W3d6rSMcLBvxWzY8T5sCHQ="]
    at = dice.randrange(len(lines))
    match dice.randrange(20):
        case 0 | 1:
            lines.insert(at, dice.choice(_ODD))
        case 2 | 3:
            lines.pop(at)
        case 4:
            dice.shuffle(lines)
        case 5:
            lines = [f"{line}\r" for line in lines]
        case 6:
            lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
    return "\n".join(lines)
