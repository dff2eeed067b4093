"""What is said of an issue in documents of others: where it is, and what is wrong."""

from lading.model.checks import Issue


def issue_place(issue: Issue) -> str:
    """`/etc/ssh/sshd_config:32`, the instruction, the package URL, or what of the image has it."""
    if issue.place == "package" and issue.instruction:
        return issue.instruction
    if issue.path:
        return f"/{issue.path}{f':{issue.line}' if issue.line else ''}"
    return issue.instruction or {"history": "history", "package": "package"}.get(issue.place, "image configuration")


def issue_text(issue: Issue) -> str:
    """What is wrong, what was found, and what to do."""
    said = ": ".join(filter(None, (issue.title, issue.message, issue.evidence)))
    return f"{said}. {issue.fix}".strip()
