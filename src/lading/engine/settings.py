"""What can be set, each setting declared once (here, or where the options of the API are), and what holds when several
places set it. Everything here is values.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NewType, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

from lading.engine.environment import Places
from lading.engine.options import About, Rate, ScanOptions
from lading.engine.secret import Secret
from lading.formats.view import GroupBy
from lading.model.errors import UsageError
from lading.net.network import Network
from lading.policy.age import DEFAULT_DAYS
from lading.policy.coverage import EVERY
from lading.policy.fail_on import WORDS
from lading.safeio.limits import Limits

Kind = Literal[
    "switch", "choice", "text", "path", "list", "words", "severities", "sources", "number", "days", "seconds", "rate",
    "limits",
    "secret",
]  # fmt: skip

Severities = NewType("Severities", str)
"""One or several words of lading.policy.fail_on, with commas between."""

Compliance = Literal["none", "docker-cis", "nist-800-190"]
"""A benchmark of lading.model.compliance."""

Source = NewType("Source", str)
"""A path, or what is had from elsewhere (`oci:REF`, `https://…`)."""

Days = NewType("Days", int)
"""A number of days, above 0."""

LogForm = Literal["auto", "text", "json", "github", "gitlab"]
Level = Literal["default", "user", "project", "organisation", "variable", "flag"]
"""What sets a value, the weakest first: built in, the file of the user, of the project, of the organisation, a
variable, an option of the command line."""

_STANDING: Final = ("user", "project", "organisation", "variable")

VARIABLE_PREFIX: Final = "LADING_"
NO_STORE: Final = "none"
LONGEST_TIMEOUT: Final = 86_400.0
MOST_NUMBER: Final = 125
"""The greatest exit status that says nothing of shells or signals."""
MOST_DAYS: Final = 36_500
LEAST_RATE: Final = 1_000
MOST_RATE: Final = 10**12


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


class PolicyTables(Struct, frozen=True):
    """The tables of a settings file that are a policy's, as they stand there, for whoever knows policies. `line_of`
    gives the line of a key by the tables and numbers that lead to it, 0 where it cannot be told."""

    level: Level
    file: Path
    tables: Mapping[str, Any]
    line_of: Callable[..., int]


class Settings(ScanOptions, frozen=True, kw_only=True):
    """Every setting with its value. `origins` tells where each is from; `policy_tables` are those of the settings
    files, the weakest first. `places` are the user's directories, `network` says how servers are reached, `notes` are
    lines that tell what has no effect."""

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
    group_by: Annotated[
        GroupBy,
        About(
            flags=("--group-by",),
            help="What vulnerabilities stand below in the table: the upgrade that fixes them (the default), their "
            "package, the layer that introduced it, or their severity.",
        ),
    ] = "upgrade"
    template: Annotated[
        Path | None,
        About(
            flags=("--template",),
            metavar="FILE",
            help="The template in Jinja2 that -o template writes the result by (docs/templates.md).",
        ),
    ] = None
    compliance: Annotated[
        Compliance,
        About(
            flags=("--compliance",),
            help="Show what the image breaks of a benchmark, in place of what was found: docker-cis (CIS Docker "
            "Benchmark, section 4), nist-800-190; all checks are run for it. Default: none.",
        ),
    ] = "none"
    sbom_author: Annotated[
        str,
        About(
            flags=("--sbom-author",),
            metavar="NAME <ADDRESS>",
            help="Who answers for SBOMs that are written, with a mail or web address.",
        ),
    ] = ""
    sbom_supplier: Annotated[
        str,
        About(
            flags=("--sbom-supplier",),
            metavar="NAME <ADDRESS>",
            help="Who supplies the images, for the SBOMs of them.",
        ),
    ] = ""
    fail_on: Annotated[
        Severities,
        About(
            flags=("--fail-on",),
            metavar="SEVERITY,…",
            help="Exit with 1 when a vulnerability has this severity or a higher one: negligible, low, medium, high, "
            "critical, or any, which counts those without a severity too (as unknown does beside another); none for no "
            "such rule. Of several the lowest counts. Hidden ones count; those in packages without a kernel do not.",
        ),
    ] = Severities("none")
    fail_on_unmanaged: Annotated[
        bool,
        About(
            flags=("--fail-on-unmanaged",),
            help="Exit with 1 when there are programs that belong to no package.",
        ),
    ] = False
    ignore_unfixed: Annotated[
        bool,
        About(flags=("--ignore-unfixed",), help="Leave out vulnerabilities that have no fix, whatever the rule."),
    ] = False
    ignore_base: Annotated[
        bool,
        About(
            flags=("--ignore-base",),
            help="Leave out what came with the base image, whatever the rule; nothing where the base is not known by "
            "the content of its layers (lading base add, --base).",
        ),
    ] = False
    only_base: Annotated[
        bool,
        About(
            flags=("--only-base",),
            help="Leave out what the application's own layers brought, whatever the rule; nothing where the base is "
            "not known by the content of its layers.",
        ),
    ] = False
    policy_file: Annotated[
        tuple[Source, ...],
        About(
            flags=("--policy", "--policy-file"),
            metavar="FILE|oci:REF",
            repeated=True,
            help="A policy: ignores, accepted gaps and rules (docs/policy.md; lading policy init writes one). Those of "
            "settings files hold besides; oci:REF is one of a registry (lading policy push). Repeatable.",
        ),
    ] = ()
    policy_key: Annotated[
        Path | None,
        About(
            flags=("--policy-key",),
            metavar="FILE",
            trust="user",
            help="Take policies of a registry only when they are signed by a key in this file: public keys of OpenSSH "
            "(Ed25519) or in PEM, as cosign has them. Default: lading/policy.keys in the configuration directory, if "
            "it is there.",
        ),
    ] = None
    report_key: Annotated[
        Path | None,
        About(
            flags=("--report-key",),
            metavar="FILE",
            trust="user",
            help="Take kept reports only when they are signed by a key in this file (REPORT.sig beside it: lading "
            "scan --sign), of the kinds that --policy-key takes. Default: lading/report.keys in the configuration "
            "directory, if it is there.",
        ),
    ] = None
    baseline: Annotated[
        str,
        About(
            flags=("--baseline",),
            metavar="REPORT|IMAGE",
            help="Fail on what is new only: what this earlier report (lading scan -o json) or image has too is kept, "
            "and counts no more (docs/compare.md).",
        ),
    ] = ""
    ignore_file: Annotated[
        tuple[Source, ...],
        About(
            flags=("--ignore-file",),
            metavar="FILE",
            repeated=True,
            help="Another scanner's ignores: .trivyignore, .trivyignore.yaml, .grype.yaml or osv-scanner.toml. "
            "Repeatable.",
        ),
    ] = ()
    exit_code: Annotated[
        int,
        About(
            flags=("--exit-code",),
            metavar="N",
            help="What to exit with in place of 1 when a rule failed, 0 to 125.",
        ),
    ] = 1
    allow_incomplete: Annotated[
        tuple[str, ...],
        About(
            flags=("--allow-incomplete",),
            metavar="[=KIND,…]",
            bare=EVERY,
            help="Exit with 0 instead of 3 when part of the image could not be read or matched; with kinds of packages "
            "(conda, deb …) or files of no package (programs, archives), when only these could not be matched.",
        ),
    ] = ()
    max_db_age: Annotated[
        Days,
        About(
            flags=("--max-db-age",),
            metavar="DAYS",
            help="Call data stale that was last compared with its source so many days ago, or is so much older than "
            "its source's news ever are; default: 5. Under a gate stale data makes the exit status 3.",
        ),
    ] = Days(DEFAULT_DAYS)
    vex_key: Annotated[
        Path | None,
        About(
            flags=("--vex-key",),
            metavar="FILE",
            trust="user",
            help="Apply VEX documents that are signed by a key in this file, wherever they are found: public keys of "
            "OpenSSH (Ed25519) or in PEM. Default: lading/vex.keys in the configuration directory, if it is there.",
        ),
    ] = None
    image_key: Annotated[
        Path | None,
        About(
            flags=("--image-key",),
            metavar="FILE",
            trust="user",
            help="Look for what is attached to the image, and take signatures and statements on it that are made by a "
            "key in this file, as cosign and lading attach make them: public keys in PEM or of OpenSSH (Ed25519). "
            "Default: lading/image.keys in the configuration directory, if it is there.",
        ),
    ] = None
    image_identity: Annotated[
        tuple[str, ...],
        About(
            flags=("--image-identity",),
            metavar="ISSUER=IDENTITY",
            trust="user",
            repeated=True,
            help="Take signatures and statements of this identity too, which has signed by a certificate (keyless), as "
            "the issuer vouches for it. Needs --trusted-root and the extra keyless. Repeatable.",
        ),
    ] = ()
    trusted_root: Annotated[
        Path | None,
        About(
            flags=("--trusted-root",),
            metavar="FILE",
            trust="user",
            help="Check certificates and logs by this trust root (trusted_root.json of sigstore); it is never fetched.",
        ),
    ] = None
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
            help="Take databases only when they are signed by a key in this file: public keys of OpenSSH (Ed25519) "
            "or in PEM, as cosign has them. Default: lading/db.keys in the configuration directory, if it is there.",
        ),
    ] = None
    offline: Annotated[
        bool,
        About(flags=("--offline",), trust="user", help="Use the advisories that are downloaded; never fetch any."),
    ] = False
    ask_registries: Annotated[
        bool,
        About(
            flags=("--ask-registries",),
            trust="user",
            help="Ask the registries of Python and npm packages which versions there are, and what upgrades bring "
            "along. They learn the names of packages that the plan is about.",
        ),
    ] = False
    pypi_index: Annotated[
        str,
        About(
            flags=("--pypi-index",),
            metavar="URL",
            trust="user",
            help="The index of Python packages that --ask-registries asks: a mirror of your own, by its simple API.",
        ),
    ] = "https://pypi.org/simple/"
    npm_registry: Annotated[
        str,
        About(
            flags=("--npm-registry",),
            metavar="URL",
            trust="user",
            help="The registry of npm packages that --ask-registries asks.",
        ),
    ] = "https://registry.npmjs.org/"
    starter: Annotated[
        bool,
        About(
            flags=("--starter",),
            trust="user",
            help="Match against the small built-in starter set instead of the database.",
        ),
    ] = False
    cache: Annotated[
        bool,
        About(
            flags=("--cache",),
            help="Keep what was found in each layer, and read no layer twice. On by default.",
        ),
    ] = True
    sandbox: Annotated[
        bool,
        About(
            flags=("--sandbox",),
            trust="user",
            help="Read images and match in a process that the kernel confines (Landlock): it writes the cache alone, "
            "reads the image and the database alone, and has no network once the image is there. On by default, as far "
            "as the kernel can.",
        ),
    ] = True
    quiet: Annotated[
        bool, About(flags=("-q", "--quiet"), help="Say nothing on standard error but errors: no progress, no notes.")
    ] = False
    verbose: Annotated[
        bool,
        About(
            flags=("-v", "--verbose"),
            help="Say on standard error each step and how long it took, what confines the reading, and what cannot.",
        ),
    ] = False
    log: Annotated[
        LogForm,
        About(
            flags=("--log",),
            help="How standard error says it: text; json, an object a line; github or gitlab, in the words that these "
            "show as notes and folds; auto (the default) takes those of the service that is running this, or text.",
        ),
    ] = "auto"
    store: Annotated[
        str,
        About(
            flags=("--store",),
            metavar="FILE|none",
            trust="user",
            help="The store of results, which lading exposure asks: scans of several images keep theirs there, those "
            "of one image only when this option is given. Default: results.sqlite in the data directory; none keeps "
            "nothing.",
        ),
    ] = ""
    jobs: Annotated[
        int,
        About(
            flags=("--jobs",),
            metavar="N",
            trust="user",
            help="Scan so many of several images at once; default: 0, as many as there are processors.",
        ),
    ] = 0
    cache_key: Annotated[
        Secret | None,
        About(
            flags=("--cache-key",),
            metavar="SECRET|@FILE",
            trust="user",
            help="Authenticate what is kept of layers with this secret, or with the content of FILE, where machines "
            "share a cache; default: a key that each user has.",
        ),
    ] = None
    fingerprint_key: Annotated[
        Secret | None,
        About(
            flags=("--fingerprint-key",),
            metavar="SECRET|@FILE",
            trust="user",
            help="Make the fingerprints of secrets that are found with this key of the organisation, or with the "
            "content of FILE, so that nobody without it can try values against them; default: a salt.",
        ),
    ] = None
    places: Places
    network: Network
    origins: Mapping[str, Origin] = {}
    policy_tables: tuple[PolicyTables, ...] = ()
    notes: tuple[str, ...] = ()


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


def _setting(field: structs.FieldInfo) -> Setting:
    of, about = get_args(_HINTS[field.name])
    if about.bare:
        return Setting(field.name, "words", field.default, about)
    if get_origin(of) is Literal:
        return Setting(field.name, "choice", field.default, about, get_args(of))
    return Setting(field.name, _KINDS[of], field.default, about, WORDS if of is Severities else ())


_KINDS: Final[Mapping[Any, Kind]] = {
    bool: "switch", str: "text", Path | None: "path", tuple[str, ...]: "list", tuple[Source, ...]: "sources",
    Severities: "severities", int: "number", Days: "days", float: "seconds", Limits: "limits",
    Rate: "rate", Secret | None: "secret",
}  # fmt: skip

_HINTS: Final = get_type_hints(Settings, include_extras=True)

SETTINGS: Final[Mapping[str, Setting]] = {
    field.name: _setting(field)
    for field in sorted(structs.fields(Settings), key=lambda field: field.name in ScanOptions.__struct_fields__)
    if get_origin(_HINTS[field.name]) is Annotated
}
"""The table of settings, by name: what is shown and matched, then what is asked of a scan."""

_EXCLUSIVE: Final = (
    ("db", "starter", "each names what to match against"),
    ("ignore_base", "only_base", "together they would leave nothing"),
)


class Given(Struct, frozen=True, kw_only=True):
    """What one place sets: values by the names of their settings, and where each of them stands. `locked` are the
    settings that nobody may override, and where that is said."""

    level: Level
    values: Mapping[str, Any] = {}
    places: Mapping[str, str] = {}
    locked: Mapping[str, str] = {}
    policy: PolicyTables | None = None


def resolve(given: Sequence[Given], places: Places, network: Network) -> Settings:
    """What holds when these places are asked, the weakest first. A value takes the place of a weaker one as a whole,
    lists too. Raises UsageError for two settings of one place that exclude each other."""
    values: dict[str, Any] = {}
    origins = dict.fromkeys(SETTINGS, Origin())
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
    return Settings(
        **values,
        standing=frozenset(one for one in ("platform", "base") if values.get(one) and origins[one].level in _STANDING),
        places=places,
        network=structs.replace(network, max_bandwidth=values.get("max_bandwidth", network.max_bandwidth)),
        origins=origins,
        policy_tables=tuple(place.policy for place in given if place.policy is not None),
        notes=tuple(notes),
    )


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
