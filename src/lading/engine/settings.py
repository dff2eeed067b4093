"""What can be set, each setting declared once, and what holds when several places set it.

Files, variables and options are read by front doors; everything here is values.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from msgspec import Struct

from lading.engine.options import ScanOptions
from lading.model.errors import UsageError
from lading.model.package import Scope
from lading.policy.gate import FailOn
from lading.safeio.limits import Limits

Trust = Literal["anywhere", "user"]
"""Which files may have a setting. A project's file is written by whoever wrote the project: what decides where data
comes from, whom to trust, how safely to talk, or what this machine spends, stands with the user or the organisation
("user")."""

Kind = Literal["switch", "choice", "text", "path", "list", "seconds", "limits"]

Level = Literal["default", "user", "project", "organisation", "variable", "flag"]
"""What sets a value, the weakest first: built in, the file of the user, of the project, of the organisation, a
variable, an option of the command line."""

_STANDING: Final = ("user", "project", "organisation", "variable")

VARIABLE_PREFIX: Final = "LADING_"
LONGEST_TIMEOUT: Final = 86_400.0


class About(Struct, frozen=True, kw_only=True):
    """What the table says of a setting besides its name, type and default. `flags` are its options, the long one last;
    `repeated` an option that is given once for each value, where others take all of them with commas between."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    trust: Trust = "anywhere"
    repeated: bool = False


class Origin(Struct, frozen=True):
    """Where a value is from. `place` is `PATH:LINE`, the variable or the option, empty for a default. `locked` tells
    that the organisation lets nobody override it."""

    level: Level = "default"
    place: str = ""
    locked: bool = False

    def __str__(self) -> str:
        kind = f"{self.level} file" if self.level in ("user", "project", "organisation") else self.level
        return f"{kind} {self.place}{' (locked)' if self.locked else ''}".rstrip()

    def label(self, name: str) -> str:
        """The setting `name` by where it is set: `--fail-on`, `LADING_FAIL_ON` or `PATH:LINE: fail_on`."""
        return self.place if self.level in ("variable", "flag") else f"{self.place}: {name}"


class PolicyTable(Struct, frozen=True):
    """The table `policy` of a settings file as it stands there, for whoever knows policies."""

    level: Level
    file: Path
    table: Mapping[str, Any]


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting with its value. `origins` tells where each is from that is not the default; `policy_tables` are
    those of the settings files, the weakest first."""

    output: Annotated[
        tuple[str, ...],
        About(
            flags=("-o", "--output"),
            metavar="FORMAT[=FILE]",
            repeated=True,
            help="How to write the result: FORMAT to standard output, FORMAT=FILE to a file. Repeatable.",
        ),
    ] = ()
    all: Annotated[bool, About(flags=("--all",), help="Show what is hidden by default too.")] = False
    fail_on: Annotated[
        Literal["none", FailOn],
        About(
            flags=("--fail-on",),
            metavar="SEVERITY",
            help="Exit with 1 when a vulnerability has this severity or a higher one: negligible, low, medium, high, "
            "critical, or any, which counts those without a severity too; none for no such rule. Hidden ones count; "
            "those in packages without a kernel do not.",
        ),
    ] = "none"
    fail_on_unmanaged: Annotated[
        bool,
        About(
            flags=("--fail-on-unmanaged",),
            help="Exit with 1 when there are programs that belong to no package.",
        ),
    ] = False
    severity_source: Annotated[
        tuple[str, ...],
        About(
            flags=("--severity-source",),
            metavar="SOURCE,…",
            help="Whose severity counts, first come first served: distribution, cvss4, cvss3, cvss2, record, nvd, cna "
            "(this is the default order), or the name of any source, such as redhat. All are kept in the JSON.",
        ),
    ] = ()
    allow_incomplete: Annotated[
        bool,
        About(
            flags=("--allow-incomplete",),
            help="Exit with 0 instead of 3 when part of the image could not be read or matched.",
        ),
    ] = False
    db: Annotated[
        str,
        About(
            flags=("--db",),
            metavar="PATH|DIGEST|DATE",
            trust="user",
            help="Use this database and fetch nothing: an exported file, a directory, or a set of shards that is kept, "
            "by its digest or as of a date (lading db status shows them).",
        ),
    ] = ""
    db_source: Annotated[
        str,
        About(
            flags=("--db-source",),
            metavar="REF|URL",
            trust="user",
            help="Fetch advisories from this registry (lading db push) or mirror instead of each upstream.",
        ),
    ] = ""
    db_key: Annotated[
        Path | None,
        About(
            flags=("--key", "--db-key"),
            metavar="FILE",
            trust="user",
            help="Take databases only when they are signed by a key in this file of Ed25519 public keys (ssh-keygen "
            "-t ed25519). Default: lading/db.keys in the configuration directory, if it is there.",
        ),
    ] = None
    offline: Annotated[
        bool,
        About(flags=("--offline",), trust="user", help="Use the advisories that are downloaded; never fetch any."),
    ] = False
    starter: Annotated[
        bool,
        About(
            flags=("--starter",),
            trust="user",
            help="Match against the small built-in starter set instead of the database.",
        ),
    ] = False
    platform: Annotated[
        str,
        About(
            flags=("--platform",),
            metavar="OS/ARCH[/VARIANT]",
            help="Platform to take; default: this machine's.",
        ),
    ] = ""
    plain_http: Annotated[
        bool,
        About(flags=("--plain-http",), trust="user", help="Talk to the registry over HTTP, without encryption."),
    ] = False
    insecure: Annotated[
        bool, About(flags=("--insecure",), trust="user", help="Do not verify the registry's certificate.")
    ] = False
    ca_cert: Annotated[
        Path | None,
        About(
            flags=("--ca-cert",),
            metavar="FILE",
            trust="user",
            help="Trust the certificates in this PEM file too.",
        ),
    ] = None
    timeout: Annotated[
        float,
        About(
            flags=("--timeout",),
            metavar="SECONDS",
            trust="user",
            help="Give up on a registry that has sent nothing for so long; default: 120.",
        ),
    ] = 120.0
    base: Annotated[
        str,
        About(
            flags=("--base",),
            metavar="REF",
            help="The image it was built on, to tell its layers apart; default: found by the layers or the history.",
        ),
    ] = ""
    scope: Annotated[
        Scope,
        About(
            flags=("--scope",),
            help="What the container sees (squashed, the default), what any layer held, or what a later layer deleted.",
        ),
    ] = "squashed"
    lock_files: Annotated[
        bool,
        About(
            flags=("--lock-files",),
            help="Read lock files and manifests in images too; in project directories they are always read.",
        ),
    ] = False
    cache: Annotated[
        bool,
        About(
            flags=("--cache",),
            help="Keep what was found in each layer, and read no layer twice. On by default.",
        ),
    ] = True
    limit: Annotated[
        Limits,
        About(
            flags=("--limit",),
            metavar="NAME=VALUE",
            trust="user",
            repeated=True,
            help="Raise or lower a bound on what one layer may hold, such as total=200GB. Repeatable.",
        ),
    ] = Limits()
    origins: Mapping[str, Origin] = {}
    policy_tables: tuple[PolicyTable, ...] = ()

    def origin(self, name: str) -> Origin:
        """Where the value of the setting `name` is from."""
        return self.origins.get(name, Origin())

    def scan_options(self) -> ScanOptions:
        """How to find and read an image, and how to rate what is found."""
        named = [name for name in ("platform", "base") if getattr(self, name)]
        return ScanOptions(
            platform=self.platform,
            plain_http=self.plain_http,
            insecure=self.insecure,
            ca_cert=self.ca_cert,
            timeout=self.timeout,
            base=self.base,
            scope=self.scope,
            lock_files=self.lock_files,
            limits=self.limit,
            severity_sources=self.severity_source,
            standing=frozenset(name for name in named if self.origin(name).level in _STANDING),
        )


class Setting(Struct, frozen=True):
    """One setting of the table. `choices` are the words it may be, where there are such."""

    name: str
    kind: Kind
    default: Any
    about: About
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return VARIABLE_PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Its option, in full."""
        return self.about.flags[-1]


def _setting(name: str, annotation: Any, default: object) -> Setting:
    of, about = get_args(annotation)
    if get_origin(of) is Literal:
        return Setting(name, "choice", default, about, get_args(of))
    return Setting(name, _KINDS[of], default, about)


_KINDS: Final[Mapping[Any, Kind]] = {
    bool: "switch", str: "text", Path | None: "path", tuple[str, ...]: "list", float: "seconds", Limits: "limits",
}  # fmt: skip

SETTINGS: Final[Mapping[str, Setting]] = {
    name: _setting(name, Settings.__annotations__[name], default)
    for name, default in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True)
    if name not in ("origins", "policy_tables")
}
"""The table of settings, by name."""

_EXCLUSIVE: Final = (("db", "starter", "each names what to match against"),)


class Given(Struct, frozen=True, kw_only=True):
    """What one place sets: values by the names of their settings, and where each of them stands. `locked` are the
    settings that nobody may override, and where that is said."""

    level: Level
    values: Mapping[str, Any] = {}
    places: Mapping[str, str] = {}
    locked: Mapping[str, str] = {}
    policy: PolicyTable | None = None


def resolve(given: Sequence[Given]) -> tuple[Settings, tuple[str, ...]]:
    """What holds when these places are asked, the weakest first; and a line for each value that a lock keeps from
    holding. A value takes the place of a weaker one as a whole, lists too. Raises UsageError for two settings of one
    place that exclude each other."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    notes: list[str] = []
    for place in given:
        for name, value in place.values.items():
            values[name], origins[name] = value, Origin(place.level, place.places[name])
    for place in given:
        for name, where in place.locked.items():
            values[name] = place.values.get(name, SETTINGS[name].default)
            origins[name] = Origin(place.level, place.places.get(name, where), locked=True)
            notes += _overruled(name, values[name], origins[name], given)
    _exclude(values, origins, notes)
    policies = tuple(place.policy for place in given if place.policy is not None)
    return Settings(**values, origins=origins, policy_tables=policies), tuple(notes)


def _overruled(name: str, value: object, lock: Origin, given: Sequence[Given]) -> list[str]:
    return [
        f"{Origin(one.level, one.places[name]).label(name)}: not used: {lock.place} locks {name}"
        for one in given
        if one.values.get(name, value) != value
    ]


def _exclude(values: dict[str, Any], origins: dict[str, Origin], notes: list[str]) -> None:
    """Of two settings that exclude each other the stronger one holds, and the other one is at its default by it."""
    for one, other, why in _EXCLUSIVE:
        if not (values.get(one) and values.get(other)):
            continue
        weak, strong = sorted((one, other), key=lambda name: _strength(origins[name]))
        if _strength(origins[weak]) == _strength(origins[strong]):
            both = " and ".join(origins[name].label(name) for name in (one, other))
            raise UsageError(f"{both} exclude each other: {why}")
        if origins[strong].locked:
            notes.append(f"{origins[weak].label(weak)}: not used: {origins[strong].place} locks {strong}")
        values[weak], origins[weak] = SETTINGS[weak].default, origins[strong]


def _strength(origin: Origin) -> tuple[bool, int]:
    return origin.locked, get_args(Level).index(origin.level)
