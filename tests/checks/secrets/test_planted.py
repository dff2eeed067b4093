"""All of three hundred secrets that were planted are found, wherever they lie."""

import gzip
import io
import marshal
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lading import Environment, StarterDatabase
from lading.engine.options import ScanOptions
from lading.engine.scan import scan
from tests.checks.secrets.planted import texts
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import Entry, File, make_tar

_PLACES = 10


def _file(number: int, text: str) -> list[Entry]:
    """A file of one of several kinds that holds the text, in a place of its own."""
    at, line = f"srv/app/{number}", f"# of {number}\n{text}\n".encode()
    kind = number % _PLACES
    if kind == 0:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("conf/app.conf", line)
        return [File(f"{at}/app.jar", held.getvalue())]
    if kind == 1:
        return [File(f"{at}/all.tgz", gzip.compress(make_tar([File("x/settings", line)]), mtime=0))]
    if kind == 2:
        code = compile(f"A = {text!r}\nB = 'other'", "m.py", "exec")
        return [File(f"{at}/m.pyc", bytes(16) + marshal.dumps(code))]
    if kind == 3:
        return [File(f"{at}/log.gz", gzip.compress(line, mtime=0))]
    if kind == 4:
        return [File(f"{at}/wide.ini", b"\xff\xfe" + line.decode().encode("utf-16-le"))]
    return [File(f"{at}/{('settings.yaml', 'run.sh', 'code.js', '.profile', 'notes')[kind - 5]}", line)]


def _layers(made: Sequence[str]) -> list[list[Entry]]:
    """A fifth of all in a layer that is deleted by the next."""
    entries = [entry for number, text in enumerate(made) for entry in _file(number, text)]
    cut = len(entries) // 5
    gone: list[Entry] = [File(f"srv/app/.wh.{number}") for number in range(cut)]
    return [[DEBIAN, status("a=1"), *entries[:cut]], [*gone, *entries[cut:]]]


def test_every_planted_secret_is_found(tmp_path: Path) -> None:
    made = texts(300)
    in_files, variables, labels, history = made[:240], made[240:260], made[260:280], made[280:]
    path = write_image(
        tmp_path / "image",
        _layers(in_files),
        {"Env": [f"V{number}={text}" for number, text in enumerate(variables)],
         "Labels": {f"l{number}": text for number, text in enumerate(labels)}},
        ["COPY . /", "COPY more /", *((f"RUN echo {text} # {number}",) for number, text in enumerate(history))],
    )  # fmt: skip
    environment = Environment(database=StarterDatabase(), layer_cache=tmp_path / "cache")
    issues = scan(f"oci:{path}", ScanOptions(checks=("secrets",)), environment).targets[0].issues
    shown = [one for one in issues if not one.hidden_reason]
    found = {one.path.split("/")[2] for one in shown if one.place == "file"}
    assert [text for number, text in enumerate(in_files) if str(number) not in found] == []
    assert {one.path.split("/")[2] for one in shown if one.removed == 2} == {str(number) for number in range(48)}
    said = {one.instruction for one in shown if one.place == "configuration"}
    assert [text for number, text in enumerate(variables) if f"ENV V{number}" not in said] == []
    assert [text for number, text in enumerate(labels) if f"LABEL l{number}" not in said] == []
    told = [one.instruction for one in shown if one.place == "history"]
    assert [text for number, text in enumerate(history) if not any(one.endswith(f" # {number}") for one in told)] == []
