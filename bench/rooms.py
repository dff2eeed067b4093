"""How often a scan moves between the rooms of `src/lading/`, followed from the command line to the exit status.

    python bench/rooms.py [--source DIR] [--list]     DIR is the `src` of another checkout, to compare with

What counts: `lading scan --starter --no-cache` of the image of `lading demo`, in one process (`--no-sandbox`) and its
main thread alone. A *move* is a call from a function of one room to a function of another, each pair of functions once,
however often it is made. Left out are calls into `model`, `safeio` and `versions`, whose values and helpers every room
uses, and calls made while a module is being imported. An *entry* of a room is a function of it that another room calls
(or Python, for the command line): "engine is entered by 3 functions" says that the others know three functions of it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

_COUNT = """
import inspect
import sys
from pathlib import Path

import lading
from lading.cli.main import main

ROOT = str(Path(lading.__file__).parent) + "/"
EVERYBODYS = {"model", "safeio", "versions"}
moves = {}
rooms = {}
importing = 0


def room_of(code):
    if code not in rooms:
        inside = code.co_filename.startswith(ROOT)
        parts = code.co_filename[len(ROOT):].split("/") if inside else []
        rooms[code] = parts[0] if len(parts) > 1 else ""
    return rooms[code]


def trace(frame, event, argument):
    global importing
    code = frame.f_code
    if code.co_filename.startswith("<frozen importlib"):
        if code.co_name == "_find_and_load":
            importing += {"call": 1, "return": -1}.get(event, 0)
        return
    room = room_of(code)
    if event != "call" or importing or not room or room in EVERYBODYS or code.co_name.startswith("<"):
        return
    if not code.co_flags & inspect.CO_NEWLOCALS:
        return  # the body of a class
    caller = frame.f_back
    while caller is not None and (room_of(caller.f_code) in {"", *EVERYBODYS} or caller.f_code.co_name.startswith("<")):
        caller = caller.f_back
    source = room_of(caller.f_code) if caller is not None else "(start)"
    if source != room:
        name = caller.f_code.co_qualname if caller is not None else ""
        moves.setdefault((source, name, room, code.co_qualname, code.co_filename[len(ROOT):]), None)


sys.setprofile(trace)
status = main(sys.argv[1:])
sys.setprofile(None)
with open(3, "w") as out:
    for move in moves:
        print(*move, sep="\\t", file=out)
sys.exit(status)
"""


def moves_of(source: Path, image: str) -> list[list[str]]:
    """The moves of a scan by the checkout whose `src` is given, in the order in which they were first made."""
    with tempfile.TemporaryFile("w+") as out:
        command = [sys.executable, "-c", _COUNT, "scan", "--starter", "--no-cache", image]
        process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3>&{out.fileno()}', "sh", *command, "--platform", "linux/amd64"],
            env={"PYTHONPATH": str(source), "HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LADING_SANDBOX": "no"},
            stdout=subprocess.DEVNULL,
            pass_fds=[out.fileno()],
        )
        if process.wait() not in (0, 3):
            raise SystemExit("the scan failed")
        out.seek(0)
        return [line.rstrip("\n").split("\t") for line in out]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", type=Path, default=Path(__file__).resolve().parent.parent / "src")
    parser.add_argument("--list", action="store_true", help="print every move")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        layout = Path(directory) / "image"
        lading = [sys.executable, "-m", "lading", "demo", "--keep", str(layout)]
        subprocess.run(lading, env={"PYTHONPATH": str(options.source), "HOME": directory}, stdout=subprocess.DEVNULL)
        moves = moves_of(options.source, f"oci:{layout}:demo")
    entries = Counter(room for room, _, _ in {(move[2], move[3], move[4]) for move in moves})
    print(f"{len(moves)} moves between rooms")
    for room, count in sorted(entries.items()):
        print(f"  {room} is entered by {count} functions")
    if options.list:
        for source, caller, _, name, path in moves:
            print(f"    {source}.{caller} -> {path}: {name}")


if __name__ == "__main__":
    main()
