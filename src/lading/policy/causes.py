"""What made the difference between two results: the image, the data, the program or the policy."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from lading.model.changes import ChangeCause, FieldChange
from lading.model.finding import Finding
from lading.model.package import Package
from lading.model.properties import bundled_in
from lading.model.report import DataSource, Report, Target
from lading.policy.known import FindingIndex, Row
from lading.versions.ranges import contains

_MOST: Final = 3


class Cause(NamedTuple):
    """What made a difference, and how, in a sentence."""

    cause: ChangeCause
    why: str


class Side:
    """One image of one of the two results, to be asked about single packages and sources."""

    def __init__(self, report: Report, target: Target) -> None:
        self.tool = report.tool
        self.target = target
        self.index = FindingIndex(target.findings)
        self._packages: dict[tuple[str, ...], list[Package]] = defaultdict(list)
        for package in target.packages:
            self._packages[_place(package)].append(package)
        self._sources = {one.shard: one for row in target.coverage for one in row.sources}
        self._statements: dict[str, list[Finding]] = defaultdict(list)
        for finding in target.findings:
            if not finding.is_open:
                self._statements[finding.package.id].append(finding)

    def packages_like(self, row: Row) -> list[Package]:
        """The packages that a row of the other side is about, at whatever version."""
        places = dict.fromkeys(_place(one.package) for one in row)
        return [package for place in places for package in self._packages.get(place, ())]

    def source(self, shard: str) -> DataSource | None:
        """A shard that packages were matched against."""
        return self._sources.get(shard)

    def statement(self, packages: Iterable[Package], row: Row) -> Finding | None:
        """What is said of packages that they do not suffer from a row's vulnerability."""
        names = {name for one in row for name in (one.id, *one.aliases)}
        said = (one for package in packages for one in self._statements.get(package.id, ()))
        return next((one for one in said if not names.isdisjoint((one.id, *one.aliases))), None)


def why_new(row: Row, old: Side, new: Side) -> Cause:
    """Why the new result has a row that the old one has not."""
    basis = row[0].basis
    packages = old.packages_like(row)
    if not packages:
        return Cause("image", f"{_names(row)} {_were(row)} added{_origin(row, new)}")
    is_moved = not _same_version(packages, row)
    if is_moved and (not _holds(row[0], packages) or _is_same_data(basis.shard, old, new)):
        return Cause("image", f"{_names(row)} went {_versions_text(packages, _packages(row))}{_origin(row, new)}")
    return _by_data(row, old, new, old.statement(packages, row))


def why_gone(row: Row, old: Side, new: Side) -> tuple[Cause, bool]:
    """Why the new result has a row of the old one no more; and whether it can be told that it is free of it."""
    basis = row[0].basis
    packages = new.packages_like(row)
    if not packages:
        return Cause("image", f"{_names(row)} {_were(row)} removed{_origin(row, old)}"), True
    if new.source(basis.shard) is None and old.source(basis.shard) is not None:
        return Cause("data", f"it is not matched any more: the new result does not rest on {basis.shard}"), False
    is_moved = not _same_version(packages, row)
    if is_moved and (not _holds(row[0], packages) or _is_same_data(basis.shard, old, new)):
        text = _versions_text(_packages(row), packages)
        return Cause("image", f"{_names(row)} went {text}{_origin_of(packages, new)}"), True
    return _by_data(row, old, new, new.statement(packages, row)), True


def why_changed(fields: Sequence[FieldChange], row: Row, old: Side, new: Side) -> Cause:
    """Why two results say other things of a row that both have."""
    by_name = {one.field: one for one in fields}
    if change := by_name.get("suppressed"):
        return Cause("policy", f"it is taken out by {change.new}" if change.new else f"{change.old} holds no more")
    if change := by_name.get("version"):
        return Cause("image", f"{_names(row)} went from {change.old} to {change.new}{_origin(row, new)}")
    return _by_data(row, old, new, None)


def _by_data(row: Row, old: Side, new: Side, statement: Finding | None) -> Cause:
    """The packages are the same: the advisories, the program or its options are not, or files that no version tells."""
    basis = row[0].basis
    if statement is not None:
        basis = statement.basis
    before, after = old.source(basis.shard), new.source(basis.shard)
    if not _is_same_data(basis.shard, old, new):
        said = f": {statement.status.replace('_', ' ')} by {basis.advisory}" if statement is not None else ""
        return Cause("data", f"the data on it changed, {basis.shard} {_date(before)} → {_date(after)}{said}")
    if old.tool != new.tool:
        return Cause("tool", f"the program changed, {old.tool} → {new.tool}")
    if not _is_same_image(old.target, new.target):
        return Cause("image", "the versions are the same, the files are not")
    return Cause("tool", "image, data and program are the same: the options differ")


def _is_same_data(shard: str, old: Side, new: Side) -> bool:
    before, after = (side.source(shard) for side in (old, new))
    return (before.digest if before is not None else "") == (after.digest if after is not None else "")


def _is_same_image(old: Target, new: Target) -> bool:
    digests = [(image.config_digest or image.digest) for image in (old.image, new.image)]
    return bool(digests[0]) and digests[0] == digests[1]


def _holds(finding: Finding, packages: Iterable[Package]) -> bool:
    """Whether what decided a finding would have held for the packages of the other side too."""
    basis = finding.basis
    if basis.range is None:
        return False
    by_source = basis.version == finding.package.source_version
    versions = {one.source_version if by_source else one.version for one in packages}
    return any(contains(basis.scheme, version, (basis.range,)) for version in versions if version)


def _same_version(packages: Iterable[Package], row: Row) -> bool:
    return not {one.version for one in packages}.isdisjoint(one.package.version for one in row)


def _place(package: Package) -> tuple[str, ...]:
    return package.type, package.name, bundled_in(package), package.owner_name


def _packages(row: Row) -> list[Package]:
    return [one.package for one in row]


def _names(row: Row) -> str:
    names = sorted({one.package.name for one in row})
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"


def _were(row: Row) -> str:
    return "was" if len({one.package.name for one in row}) == 1 else "were"


def _versions_text(old: Iterable[Package], new: Iterable[Package]) -> str:
    before, after = (", ".join(sorted({one.version for one in side})) for side in (old, new))
    return f"from {before} to {after}"


def _origin(row: Row, side: Side) -> str:
    return _origin_of(_packages(row), side)


def _origin_of(packages: Sequence[Package], side: Side) -> str:
    image = side.target.image
    if not packages or not image.is_base(packages[0].layer):
        return ""
    return f", with the base image {image.base.name}".rstrip() if image.base is not None else ""


def _date(source: DataSource | None) -> str:
    return f"of {(source.upstream_date or source.confirmed)[:10]}" if source is not None else "not at hand"
