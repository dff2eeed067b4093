"""What another base would change."""

from collections.abc import Iterable, Sequence

from lading.model.errors import UsageError
from lading.model.fixes import BaseMove
from lading.model.image import Image
from lading.model.report import Report, Target
from lading.model.rows import Row
from lading.policy.fixes.plan import planned_rows


def moves_to(target: Target, candidates: Iterable[Report]) -> tuple[BaseMove, ...]:
    """What building an image on each of the candidates would change, the best first. Raises UsageError where the base
    of the image is not known."""
    image = target.image
    base = image.base
    if base is None or not base.layers:
        raise UsageError(f"{image.name}: its base is not known, so nothing can be compared: name it with --base")
    mine = {_key(row) for row in planned_rows(target) if all(image.is_base(one.package.layer) for one in row.findings)}
    packages = sum(image.is_base(one.layer) for one in target.packages)
    size = _size(image, base.layers)
    moves = [_move(mine, packages, size, report) for report in candidates]
    return tuple(sorted(moves, key=lambda one: (len(one.brings) - len(one.clears), one.packages, one.name)))


def _move(mine: set[tuple[str, str, str]], packages: int, size: int, report: Report) -> BaseMove:
    target = report.targets[0]
    theirs = {_key(row) for row in planned_rows(target)}
    their_size = _size(target.image, len(target.image.layers))
    return BaseMove(
        name=target.image.name,
        digest=target.image.digest or target.image.config_digest,
        clears=_named(mine - theirs),
        brings=_named(theirs - mine),
        packages=len(target.packages),
        fewer_packages=packages - len(target.packages),
        size=their_size,
        smaller=size - their_size if size and their_size else 0,
        incomplete=report.incomplete,
    )


def _key(row: Row) -> tuple[str, str, str]:
    package = row.finding.package
    return package.type, package.source or package.name, row.finding.id


def _named(keys: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(f"{id} in {name}" for _, name, id in sorted(keys, key=lambda one: (one[2], one[1])))


def _size(image: Image, layers: int) -> int:
    sizes: Sequence[int] = [one.size for one in image.layers[:layers]]
    return sum(sizes) if all(sizes) else 0
