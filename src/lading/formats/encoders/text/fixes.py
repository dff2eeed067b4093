"""What clears vulnerabilities of an image, and what stays, for people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.fix_sources import add_source_steps, add_upgrades
from lading.formats.encoders.text.footer import add_diagnostics
from lading.formats.encoders.text.text import counted, printable, size_text, wrap
from lading.formats.fix_texts import fix_instructions
from lading.formats.view import View
from lading.model.fixes import BaseMove, FixPlan, Stay, StayReason

_WHY: Final[Mapping[StayReason, str]] = {
    "not_fixed": "no fixed version is known yet",
    "wont_fix": "upstream does not fix them, or not now",
    "end_of_life": "the release is out of support: move to a newer one",
    "under_investigation": "nobody knows yet whether they are vulnerabilities here",
    "needs_more": "the fix needs more than an upgrade",
    "held": "another package accepts no fixed version",
    "bundled": "they are in what comes with something else",
    "no_manager": "nothing in the image can upgrade its packages: build it on a newer base",
    "no_better": "no version that advisories name is better",
}
_MOST: Final = 5
_ASKED: Final = ("npm", "pypi")
"""Packages whose registries can be asked."""


def encode_fixes_table(plan: FixPlan, view: View) -> bytes:
    """The counts, the steps with their lines to paste, and what stays by reason."""
    canvas = Canvas(view.width, colour=view.colour)
    canvas.add(("image    ", "dim"), (printable(plan.image.name), "bold"))
    whole = plan.matched == plan.packages
    canvas.add(
        ("matched  ", "dim"),
        (f"{plan.matched:,} of {counted(plan.packages, 'package')}", "" if whole else "yellow"),
        "" if whole else ": what the others need is not known",
    )
    cleared = plan.before - plan.after
    may_go = sum(bool(one.may_go_with) for one in plan.stays)
    told = [
        ("plan    ", "dim"),
        (f"{cleared:,} of {counted(plan.before, 'vulnerability')}", "bold"),
        (f"cleared by {counted(len(plan.steps), 'step')};", ""),
        (f"{plan.after:,} left{',' if may_go else ''}", ""),
        (f"{may_go:,} of which may go with upgrades" if may_go else "", ""),
        ("(--ask-registries tells)" if any(map(_can_be_told, plan.stays)) else "", ""),
    ]
    canvas.flow_below([one for one in told if one[0]], " ", " " * 9)
    if instructions := fix_instructions(plan):
        canvas.heading("In the Dockerfile, at the end of its last stage")
        for line in instructions:
            canvas.add((printable(line), "dim" if line.startswith("#") else "green"))
        add_upgrades(canvas, (one for one in plan.steps if one.in_image), show_all=view.show_all)
    add_source_steps(canvas, (one for one in plan.steps if not one.in_image), show_all=view.show_all)
    _add_bases(canvas, plan, show_all=view.show_all)
    _add_stays(canvas, plan.stays, show_all=view.show_all)
    add_diagnostics(canvas, plan.diagnostics)
    return canvas.render()


def _can_be_told(stay: Stay) -> bool:
    """Whether registries of packages would say if it goes: not of copies inside others."""
    package = stay.finding.package
    return bool(stay.may_go_with) and package.type in _ASKED and package.evidence == "installed"


def _add_bases(canvas: Canvas, plan: FixPlan, *, show_all: bool) -> None:
    if not plan.bases:
        return
    canvas.heading("Other bases", f"in place of {printable(plan.image.base.name)}" if plan.image.base else "")
    rows = [
        (
            printable(one.name),
            f"-{len(one.clears):,}",
            f"+{len(one.brings):,}",
            f"{one.packages:,} packages ({-one.fewer_packages:+,})",
            _sizes(one),
            "not all of it was matched" if one.incomplete else "",
        )
        for one in plan.bases
    ]
    canvas.table(rows, [("bold", "green", "red", "", "", "yellow")] * len(rows), right=(1, 2))
    for one in plan.bases if show_all else ():
        for sign, names in (("-", one.clears), ("+", one.brings)):
            for name in names:
                canvas.add((f"    {sign} {printable(name)}", "dim"))


def _sizes(move: BaseMove) -> str:
    if not move.size:
        return ""
    change = f" ({'-' if move.smaller > 0 else '+'}{size_text(abs(move.smaller))})" if move.smaller else ""
    return f"{size_text(move.size)}{change}"


def _add_stays(canvas: Canvas, stays: Sequence[Stay], *, show_all: bool) -> None:
    if not stays:
        return
    canvas.heading("Stays", counted(len(stays), "vulnerability"))
    reasons: defaultdict[StayReason, list[Stay]] = defaultdict(list)
    for one in stays:
        reasons[one.reason].append(one)
    for reason, why in _WHY.items():
        members = reasons.get(reason)
        if not members:
            continue
        canvas.add((f"{len(members):>5,}", "bold"), f"  {why}")
        details: defaultdict[str, list[str]] = defaultdict(list)
        for one in members:
            package = one.finding.package
            goes = f"may go with {one.may_go_with}" if one.may_go_with else ""
            details["; ".join(filter(None, (one.detail, goes)))].append(
                f"{one.finding.id} in {package.source or package.name}"
            )
        shown = list(details.items()) if show_all else list(details.items())[:_MOST]
        for detail, names in shown:
            some = names if show_all else names[:_MOST]
            rest = f", and {len(names) - len(some):,} more" if len(names) > len(some) else ""
            said = f"{detail}: " if detail else ""
            for line in wrap(printable(f"{said}{', '.join(some)}{rest}"), max(canvas.width - 7, 20)):
                canvas.add((f"       {line}", "dim"))
        if len(details) > len(shown):
            canvas.add((f"       and {len(details) - len(shown):,} more reasons (--all)", "dim"))


def encode_fix_instructions(plan: FixPlan, view: View) -> bytes:
    """The instructions for the Dockerfile alone."""
    return "".join(f"{printable(line)}\n" for line in fix_instructions(plan)).encode("utf-8", "backslashreplace")
