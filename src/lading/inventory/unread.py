"""What is said of a file that could not be read as the program reads it that runs, or lists, what the file is about."""

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic


def unread(path: str, reader: str, why: str, code: str = "broken-package-entry") -> Diagnostic:
    """Part of what is in the image is not known, so the scan is incomplete. `reader` is the program ("Node", "dpkg"),
    `why` a clause on what stands in the way."""
    message = f"{why}: not read as {reader} would read it; mend the file, or leave it out of the image"
    return diagnostic(code, message, path)
