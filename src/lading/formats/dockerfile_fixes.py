"""A Dockerfile with the steps of a plan, as a file and as a patch."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import Final

from lading.formats.decoders.dockerfile import Stage
from lading.formats.fix_texts import fix_instructions
from lading.model.fixes import FixPlan

_MAKES_LAYERS: Final = frozenset({"ADD", "COPY", "RUN", "WORKDIR"})


def with_instructions(text: str, stages: Sequence[Stage], plan: FixPlan) -> str:
    """A Dockerfile with the plan's instructions after the last one of its last stage that makes a layer."""
    stage = stages[-1]
    at = max((one.last_line for one in stage.instructions if one.name in _MAKES_LAYERS), default=stage.origin.last_line)
    users = [(one.line, one.text) for one in stage.instructions if one.name == "USER"]
    before = [name for line, name in users if line <= at]
    inherited = "" if users else plan.image.user
    lines = text.splitlines(keepends=True)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if lines and not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    added = [f"{line}{end}" for line in fix_instructions(plan, before[-1] if before else inherited)]
    return "".join([*lines[:at], *added, *lines[at:]])


def patch_of(before: str, after: str, name: str) -> str:
    """The change of a file as a unified diff that `git apply` and `patch -p1` take; empty for none. `name` is the
    file's path from where they are called."""
    lines = unified_diff(before.splitlines(True), after.splitlines(True), f"a/{name}", f"b/{name}")
    return "".join(_ended(lines))


def _ended(lines: Iterator[str]) -> Iterator[str]:
    return (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
