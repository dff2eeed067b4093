"""What is said of an issue in documents of others: where it is, what is wrong, and which line brought it."""

from lading.formats.finding_texts import layer_line
from lading.model.checks import Issue
from lading.model.image import Image


def issue_place(issue: Issue) -> str:
    """`/etc/ssh/sshd_config:32`, the instruction, the package URL, or what of the image has it."""
    if issue.place == "package" and issue.instruction:
        return issue.instruction
    if issue.path:
        return f"/{issue.path}{f':{issue.line}' if issue.line else ''}"
    return issue.instruction or {"history": "history", "package": "package"}.get(issue.place, "image configuration")


def issue_said(issue: Issue) -> str:
    """What is wrong, and what was found."""
    return ": ".join(filter(None, (issue.title, issue.message, issue.evidence)))


def issue_text(issue: Issue) -> str:
    """What is wrong, what was found, and what to do."""
    return f"{issue_said(issue)}. {issue.fix}".strip()


def issue_line(issue: Issue, image: Image) -> str:
    """The line of the Dockerfile that states it, or that of the instruction that made its layer: `Dockerfile:3`; empty
    where it is not known."""
    if issue.dockerfile_line and image.dockerfile:
        return f"{image.dockerfile}:{issue.dockerfile_line}"
    return layer_line(image.layer(issue.layer), image)


def issue_address(issue: Issue) -> str:
    """Where the check is described; empty where no address of the web is known."""
    return issue.url if issue.url.startswith(("https://", "http://")) else ""
