"""Which line of a Dockerfile states what a check found in an image's configuration: what makes a layer has its line by
that (lading.formats.dockerfile_lines)."""

import re
from collections.abc import Iterable, Sequence

from msgspec import structs

from lading.formats.decoders.dockerfile import Stage
from lading.model.checks import Issue, StatedLine


def stated_in(stages: Sequence[Stage]) -> tuple[StatedLine, ...]:
    """The instructions of the last stage and those it builds on, in their order, with its FROM as the first."""
    chain = [stages[-1]]
    while (parent := chain[-1].parent) is not None:
        chain.append(stages[parent])
    origin = stages[-1].origin
    stated = [one for stage in reversed(chain) for one in stage.instructions]
    return tuple((one.name, one.text, one.line) for one in (origin, *stated))


def with_issue_lines(issues: Iterable[Issue], stated: Sequence[StatedLine]) -> tuple[Issue, ...]:
    """The issues of the configuration and the history with the lines of their instructions; of several the last, as the
    last counts. What no instruction states stands at FROM."""
    return tuple(_with_line(issue, stated) if stated else issue for issue in issues)


def _with_line(issue: Issue, stated: Sequence[StatedLine]) -> Issue:
    if issue.place not in ("configuration", "history") or issue.layer:
        return issue
    name, _, text = issue.instruction.partition(" ")
    if not name:
        names = (
            ("USER",) if issue.id == "user-root" else ("CMD", "ENTRYPOINT") if issue.id.startswith("command-") else ()
        )
        found = [line for word, _, line in stated if word in names]
    else:
        found = [line for word, written, line in stated if word == name and _has(written, text)]
    line = found[-1] if found else 0 if name else stated[0][2]
    return structs.replace(issue, dockerfile_line=line) if line else issue


def _has(stated: str, wanted: str) -> bool:
    """Whether an instruction states a variable, a label, a port or a path, or is the text itself."""
    word = re.escape(wanted.removesuffix("/tcp"))
    return re.search(rf"(?<![\w.-]){word}(?![\w.-])", stated) is not None
