"""What scans need on this machine: each thing that is looked at, what was found, and what to do about it."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from lading import __version__
from lading.cli.units import count_text, size_text
from lading.engine.settings import Settings
from lading.model.errors import LadingError
from lading.net.docker_config import DockerConfig

State = Literal["ok", "note", "warning", "failed"]
"""Fine; something to know; scans work, but not as well as they could; scans fail, or say less than they should."""

_LOST: Final = {"cache": "every layer is read each time", "data": "advisories cannot be kept"}
_LEAST_SPACE: Final = 2_000_000_000
_NO_SPACE: Final = 200_000_000


class Check(Struct, frozen=True, omit_defaults=True):
    """One thing that was looked at."""

    state: State
    name: str
    found: str
    remedy: str = ""


def checks_of(settings: Settings) -> Iterator[Check]:
    """What is looked at without asking anybody."""
    yield _program()
    yield from _parts()
    yield from _settings(settings)
    yield from _directories(settings)
    yield from _database(settings)
    yield _sandbox(settings)
    yield from _certificates(settings)
    yield from _accounts(settings)


def _program() -> Check:
    system = f"{platform.system()} {platform.machine()}"
    return Check("ok", "program", f"lading {__version__}, Python {platform.python_version()}, {system}")


def _parts() -> Iterator[Check]:
    if find_spec("hyperscan") is None:
        yield Check(
            "note",
            "hyperscan",
            "there is no wheel of it for this Python and machine: searches take longer, and find the same",
        )
    if find_spec("cel_expr_python") is None:
        yield Check(
            "note",
            "rules",
            "the extra for [[rule]] tables of policies is not installed",
            "if you have such: pip install 'lading[rules]'",
        )


def _settings(settings: Settings) -> Iterator[Check]:
    places = [one.place.rpartition(":")[0] or one.place for one in settings.origins.values() if one.level != "default"]
    where = f", by {', '.join(dict.fromkeys(places))}" if places else ""
    yield Check("ok", "settings", f"{count_text(len(places), 'value')} set{where}")
    for note in settings.notes:
        yield Check("warning", "settings", str(note), "lading config show tells what is set and where")


def _directories(settings: Settings) -> Iterator[Check]:
    yield _directory("cache", settings.places.layers, "XDG_CACHE_HOME", needed=False)
    fetches = not (settings.db or settings.starter or settings.offline)
    yield _directory("data", settings.places.database, "XDG_DATA_HOME", needed=fetches)
    try:
        with tempfile.TemporaryFile():
            yield _space("temporary", Path(tempfile.gettempdir()), needed=False)
    except OSError as error:
        yield Check(
            "warning",
            "temporary",
            f"no temporary file can be made ({error.strerror}): large databases inside images are not read",
            "set TMPDIR to a directory that can be written",
        )


def _directory(name: str, path: Path, variable: str, *, needed: bool) -> Check:
    there = next(one for one in (path, *path.parents) if _exists(one))
    if os.access(there, os.W_OK | os.X_OK) and there.is_dir():
        return _space(name, there, needed=needed, shown=path)
    return Check(
        "failed" if needed else "warning",
        name,
        f"{path} cannot be written: {_LOST[name]}",
        f"set {variable} to a directory that can be written",
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # below a directory that is closed to this user


def _space(name: str, path: Path, *, needed: bool, shown: Path | None = None) -> Check:
    free = shutil.disk_usage(path).free
    said = f"{shown or path}, {size_text(free)} free"
    if free < _NO_SPACE:
        return Check("failed" if needed else "warning", name, f"{said}: too little", "make room, or use another disk")
    if free < _LEAST_SPACE:
        return Check("warning", name, f"{said}: a full database takes up to 2 GB while it is built")
    return Check("ok", name, said)


def _database(settings: Settings) -> Iterator[Check]:
    from lading.advisories.store import ShardStore
    from lading.policy.age import day_of

    if settings.starter:
        yield Check("note", "database", "the built-in starter set: a demonstration, and no scan")
        return
    store = ShardStore(settings.places.database)
    broken, confirmed = [], []
    for name in store.names():
        try:
            confirmed.append((day_of(store.check(name).built), name))
        except LadingError as error:
            broken.append(str(error))
    for said in broken[:3]:
        yield Check("failed", "database", said)
    if not confirmed:
        if not broken:
            if settings.offline:
                yield Check(
                    "failed", "database", "nothing is downloaded yet, and --offline fetches nothing",
                    "run: lading db update, or lading db import FILE",
                )  # fmt: skip
            else:
                yield Check("note", "database", "nothing is downloaded yet: the first scan fetches what it needs")
        return
    yield _age(settings, [day for day, _ in confirmed if day is not None], len(confirmed))


def _age(settings: Settings, days: Sequence[date], count: int) -> Check:
    said = count_text(count, "shard")
    today = datetime.now(UTC).date()
    if not days:
        return Check("warning", "database", f"{said}; nothing says when they were last compared with upstream")
    oldest, newest = min(days), max(days)
    if newest > today + timedelta(days=1):
        return Check(
            "failed", "clock", f"the database was compared with upstream on {newest}, and this clock says {today}",
            "set the clock",
        )  # fmt: skip
    age = (today - oldest).days
    said = f"{said}, compared with upstream {_days_text(oldest, newest)}"
    if age > settings.max_db_age:
        return Check("warning", "database", f"{said}: some are old, and stale under a gate", "run: lading db update")
    return Check("ok", "database", said)


def _days_text(oldest: date, newest: date) -> str:
    return f"on {newest}" if oldest == newest else f"between {oldest} and {newest}"


def _sandbox(settings: Settings) -> Check:
    from lading.cli.processes.landlock import landlock_version

    if not settings.sandbox:
        return Check("note", "sandbox", "off (--no-sandbox): images are read with all the rights of this user")
    version = landlock_version()
    if not version:
        return Check(
            "note",
            "sandbox",
            "this kernel has no Landlock, so images are read with the rights of this user",
            "Linux has it since 5.13, where it is not left out at boot (lsm=)",
        )
    return Check("ok", "sandbox", f"Landlock, version {version}")


def _certificates(settings: Settings) -> Iterator[Check]:
    from lading.net.certificates import sole_authority

    if settings.ca_cert is None:
        return
    try:
        sole_authority(settings.ca_cert.read_text("ascii", "replace"))
    except OSError as error:
        found = f"{settings.ca_cert} cannot be read ({error.strerror})"
    except LadingError:
        found = f"{settings.ca_cert} holds no certificate in PEM"
    else:
        yield Check("ok", "ca-cert", str(settings.ca_cert))
        return
    yield Check("failed", "ca-cert", f"{found}: no server can be asked", "name another file with --ca-cert, or none")


def _accounts(settings: Settings) -> Iterator[Check]:
    from lading.net.accounts import Accounts

    accounts = settings.network.credentials
    for one in accounts.files if isinstance(accounts, Accounts) else ():
        found = one.look("registry.invalid", "x")
        missing = list(_missing_helpers(one))
        if not isinstance(found, str) or found.startswith("has none"):
            yield Check("ok", "accounts", str(one.path))
        elif found != "does not exist" and not missing:
            yield Check("warning", "accounts", f"{one.path} {found}", "mend it, or log in anew: lading registry login")
        for helper in missing:
            yield Check(
                "warning", "accounts", f"{one.path} names docker-credential-{helper}, which is not on PATH",
                "install it, or take credsStore and credHelpers out",
            )  # fmt: skip


def _missing_helpers(config: DockerConfig) -> Iterator[str]:
    try:
        named = config.named_helpers()
    except (OSError, ValueError):
        return  # which is told of the file
    yield from (one for one in named if not shutil.which(f"docker-credential-{one}"))
