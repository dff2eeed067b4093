"""In what two databases differ, as text."""

from collections.abc import Iterator

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import counted, printable, short_digest
from lading.formats.view import View
from lading.model.search import Change, DatabaseDifference, ShardDifference

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_MOST_LISTED = 20


def encode_difference_table(difference: DatabaseDifference, view: View) -> bytes:
    """The counts by shard, then the changes of each by package; of many only the first ones, unless all are to be
    shown."""
    canvas = Canvas(view.width, colour=view.colour)
    canvas.add("old  ", short_digest(difference.old), f"  as of {difference.old_date}")
    canvas.add("new  ", short_digest(difference.new), f"  as of {difference.new_date}")
    canvas.add()
    if not difference.shards:
        canvas.add(f"No difference in {counted(difference.same, 'shard')}.")
        return canvas.render()
    rows = [
        (one.shard, f"{one.added:,}", f"{one.removed:,}", f"{one.changed:,}", _PRESENCES[one.presence])
        for one in difference.shards
    ]
    header = ("shard", "added", "removed", "changed", "")
    canvas.table([header, *rows], [("dim",) * 5, *[("",) * 5] * len(rows)], right=(1, 2, 3))
    canvas.add((f"{counted(difference.same, 'shard')} without a difference", "dim"))
    for one in difference.shards:
        _add_changes(canvas, one, view.show_all)
    return canvas.render()


_PRESENCES = {"both": "", "old": "only in the old one", "new": "only in the new one"}


def _add_changes(canvas: Canvas, one: ShardDifference, show_all: bool) -> None:
    if not one.changes or (one.presence != "both" and not show_all):
        return
    canvas.heading(one.shard)
    shown = one.changes if show_all else one.changes[:_MOST_LISTED]
    for mark, style, text in _lines(shown):
        canvas.add((mark, style), f" {text}")
    if len(shown) < len(one.changes):
        canvas.add((f"and {len(one.changes) - len(shown):,} more (--all)", "dim"))


def _lines(changes: tuple[Change, ...]) -> Iterator[tuple[str, str, str]]:
    for change in changes:
        mark, style = _MARKS[change.change]
        note = f" ({change.note})" if change.note else ""
        yield mark, style, printable(f"{change.package} {change.id}{note}".strip())
