"""The lines of a Dockerfile that the user names, put on the layers of what is scanned."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import structs

from lading.formats.decoders.dockerfile import LARGEST, Stage, parse_dockerfile
from lading.formats.dockerfile_lines import with_lines
from lading.formats.issue_lines import stated_in, with_issue_lines
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import UsageError
from lading.model.fixes import FixPlan
from lading.model.image import Image
from lading.model.report import Report, Target


def read_stages(path: Path) -> tuple[Stage, ...]:
    """The stages of a Dockerfile. Raises UsageError where it cannot be read, and FormatError for what is none."""
    return parse_dockerfile(_read(path), str(path))


def fixed_dockerfile(path: Path) -> Callable[[FixPlan], tuple[bytes, bytes]]:
    """What gives a Dockerfile, which is read at once, with the instructions of a plan, and the patch that makes it of
    the file that is there. Raises as `read_stages`."""
    from lading.formats.dockerfile_fixes import patch_of, with_instructions

    data = _read(path)
    stages = parse_dockerfile(data, str(path))
    text = data.decode("utf-8", "surrogateescape")

    def fixed(plan: FixPlan) -> tuple[bytes, bytes]:
        after = with_instructions(text, stages, plan)
        patch = patch_of(text, after, _name(path))
        return after.encode("utf-8", "surrogateescape"), patch.encode("utf-8", "surrogateescape")

    return fixed


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"--dockerfile {path}: cannot be read: {error.strerror}") from error


def with_dockerfile(image: Image, stages: Sequence[Stage], path: Path) -> tuple[Image, tuple[Diagnostic, ...]]:
    """The image with the lines of its layers, and what is to be said where none fits."""
    name = _name(path)
    lined = with_lines(image, stages, name)
    if lined.dockerfile:
        return lined, ()
    said = "it has no layers" if not image.layers else "none of its instructions made a layer of the image"
    return image, (diagnostic("dockerfile-unmatched", f"the lines of the Dockerfile are not known: {said}", name),)


def report_with_dockerfile(report: Report, path: Path) -> Report:
    """A kept report with the lines of a Dockerfile. Raises as `read_stages`."""
    stages = read_stages(path)

    def lined(target: Target) -> Target:
        image, said = with_dockerfile(target.image, stages, path)
        issues = with_issue_lines(target.issues, stated_in(stages))
        diagnostics = tuple(sorted({*target.diagnostics, *said}))
        return structs.replace(target, image=image, issues=issues, diagnostics=diagnostics)

    return structs.replace(report, targets=tuple(map(lined, report.targets)))


def _name(path: Path) -> str:
    """The path as documents have it: from the working directory down, which is where a repository lies."""
    if not path.is_absolute():
        return path.as_posix()
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.name
