"""The steps of a plan that change the source of an application, for people."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from posixpath import basename, dirname

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import counted, printable
from lading.formats.fix_texts import upgrade_texts
from lading.model.fixes import Step, Upgrade

_MOST = 20


def add_source_steps(canvas: Canvas, steps: Iterable[Step], *, show_all: bool) -> None:
    """A section for each source, with the changes there and what they upgrade: archives that are libraries and lie in
    one directory are of one application."""
    places: defaultdict[str, list[Step]] = defaultdict(list)
    for step in steps:
        places[dirname(step.where) if _is_library(step) else step.where].append(step)
    for place, members in places.items():
        where = place if len(members) > 1 else members[0].where
        count = f" ({counted(len(members), 'archive')})" if len(members) > 1 else ""
        title = f"In the source of {printable(where or 'the application')}{count}"
        canvas.heading(title, f"clears {sum(map(_cleared, _moves(members))):,}")
        for line in dict.fromkeys(line for step in members for line in step.lines):
            canvas.add((printable(line), "green"))
        add_upgrades(canvas, members, show_all=show_all)


def _is_library(step: Step) -> bool:
    """Whether the place is an archive of the one package that is upgraded there: none with others in it."""
    if len(step.upgrades) != 1:
        return False
    (upgrade,) = step.upgrades
    return upgrade.type == "maven" and basename(step.where).startswith(upgrade.name.rpartition(":")[2])


def add_upgrades(canvas: Canvas, steps: Iterable[Step], *, show_all: bool) -> None:
    """A row for each package and the versions it moves between, with `show_all` all of them."""
    moves = _moves(steps)
    shown = moves if show_all else moves[:_MOST]
    canvas.table([_row(one) for one in shown], [("bold", "", "", "dim")] * len(shown))
    if len(shown) < len(moves):
        canvas.add((f"  and {len(moves) - len(shown):,} more (--all)", "dim"))


def _moves(steps: Iterable[Step]) -> list[list[Upgrade]]:
    """The upgrades, those together that move one package from and to the same versions in several places."""
    moves: defaultdict[tuple[str, str, str], list[Upgrade]] = defaultdict(list)
    for one in (upgrade for step in steps for upgrade in step.upgrades):
        moves[one.name, one.version, one.fixed_version].append(one)
    return list(moves.values())


def _cleared(same: Sequence[Upgrade]) -> int:
    """How many vulnerabilities go, each counted once a package."""
    along = {each for one in same for each in one.along}
    return len({name for one in same for name in one.clears}) + sum(len(each.clears) for each in along)


def _row(same: Sequence[Upgrade]) -> tuple[str, str, str, str]:
    one = same[0]
    said = dict.fromkeys(text for upgrade in same for text in upgrade_texts(upgrade))
    return (
        printable(one.name),
        f"{printable(one.version)} → {printable(one.fixed_version)}",
        f"clears {_cleared(same):,}",
        printable("; ".join(said)),
    )
