"""What a plan says, in words and as instructions of a Dockerfile."""

from collections.abc import Iterator, Sequence
from typing import Final

from lading.model.fixes import Along, FixPlan, Upgrade

_ROOT: Final = frozenset({"", "0", "root", "0:0", "root:root", "root:0", "0:root"})

_MOST: Final = 4


def fix_instructions(plan: FixPlan, user: str | None = None) -> list[str]:
    """The lines for the end of the last stage. `user` is whom the instructions there run as, by default whom the image
    runs as; what needs root gets it, and the user is set back."""
    user = plan.image.user if user is None else user
    steps = [step for step in plan.steps if step.in_image]
    if not steps:
        return []
    body = [line for step in steps for line in (f"# {step.manager}: clears {step.clears}", *step.lines)]
    return body if user in _ROOT else ["USER root", *body, f"USER {user}"]


def upgrade_texts(upgrade: Upgrade) -> Iterator[str]:
    """What is to be said of an upgrade beside its versions."""
    if upgrade.brought_by:
        yield f"needed by {', '.join(upgrade.brought_by[:3])}{', …' if len(upgrade.brought_by) > 3 else ''}"
    if upgrade.base:
        yield "from the base image"
    if upgrade.brings:
        yield f"brings {', '.join(upgrade.brings)}"
    if upgrade.along:
        yield f"along with it {_some(upgrade.along)}"


def _some(along: Sequence[Along]) -> str:
    """Those by which vulnerabilities go or come, and how many others there are."""
    named = [_along(one) for one in along if one.clears or one.brings][:_MOST]
    others = [
        f"{len(along) - len(named)} {'other' if named else 'package'}{'s' if len(along) - len(named) > 1 else ''}"
    ]
    return ", ".join([*named, *(others if len(along) > len(named) else [])])


def _along(one: Along) -> str:
    brings = f", brings {', '.join(one.brings)}" if one.brings else ""
    if not one.versions:
        return f"{one.name} {one.version} goes{brings}"
    versions = ", ".join(one.versions)
    return f"{one.name} {one.version} → {versions}{brings}" if one.version else f"{one.name} {versions} comes{brings}"
