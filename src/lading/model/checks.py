"""What checks find in an image besides known vulnerabilities, and the port through which they do: what a check wants to
see, what it saw, and what is wrong with that."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final, Literal, get_args

from msgspec import Struct

from lading.model.advisory import SeverityLabel
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Suppression
from lading.model.image import Image, ImageConfig
from lading.model.licenses import NO_TERMS, LicenseCategory, LicenseTerms
from lading.model.package import Distribution, Package
from lading.model.reader import Reader
from lading.model.secret_rules import SecretTable

Family = Literal["config", "secrets", "licenses", "malware", "license-files", "file-digests", "package-files"]
"""Checks that are asked for together (`--checks`); `license-files` is asked for by an option of its own, and
by whoever writes a bill of materials `file-digests` and `package-files`, which find nothing and only add to what is
known of packages."""
_BY_THEMSELVES: Final = ("license-files", "file-digests", "package-files")
FAMILIES: Final[tuple[Family, ...]] = tuple(one for one in get_args(Family) if one not in _BY_THEMSELVES)

IssueKind = Literal["misconfiguration", "secret", "license", "malware"]
KIND_OF: Final[Mapping[Family, IssueKind]] = {
    "config": "misconfiguration", "secrets": "secret", "licenses": "license", "malware": "malware",
    "license-files": "license",
}  # fmt: skip
"""What the checks of each family find."""

IssuePlace = Literal["file", "configuration", "history", "package"]
"""What has the issue: a file, the image's configuration, an instruction of its history, or a package."""

IssueHidden = Literal["", "example", "shipped", "allowed"]
"""Why people see an issue as a counted line by default: it is an example of documentation; a file is as a package whose
owner is verified ships it; a file of rules allows it. Empty for those that are shown."""


class Issue(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with an image and is no known vulnerability of a package.

    `id` is the check's, `title` says what it is about, `message` what was found here. `path`, `line` (from 1, 0 where
    that is not known) and `layer` say where; `removed` is the layer that took the file away again, 0 while it is there;
    `instruction` is the instruction of the history or the name in the configuration, of a package its package URL.
    `evidence` is what was found, as people may see it: a secret only masked. `subject` tells issues of one check at one
    place apart, and is part of the fingerprint: an account, a variable, a secret's own fingerprint. `package` is the ID
    of a package that has it, `controls` are the rules of benchmarks that it breaks (`docker-cis 4.1`).
    `dockerfile_line` is that of the instruction in the image's Dockerfile, where that is known and no layer's.
    `category` is that of a license. `values` are those of the regular expressions for values of secrets, which ignores
    have, that this secret matches.
    """

    id: str
    kind: IssueKind
    title: str
    severity: SeverityLabel
    message: str = ""
    place: IssuePlace = "file"
    path: str = ""
    line: int = 0
    layer: int = 0
    removed: int = 0
    instruction: str = ""
    evidence: str = ""
    subject: str = ""
    package: str = ""
    fix: str = ""
    url: str = ""
    controls: tuple[str, ...] = ()
    hidden_reason: IssueHidden = ""
    suppressions: tuple[Suppression, ...] = ()
    dockerfile_line: int = 0
    category: LicenseCategory | Literal[""] = ""
    values: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it counts: it is neither hidden nor suppressed."""
        return not self.hidden_reason and not self.suppressions

    @property
    def family(self) -> Family:
        """The family of the check that found it."""
        if self.kind == "license":
            return "license-files" if self.place == "file" else "licenses"
        return next(family for family, kind in KIND_OF.items() if kind == self.kind)

    @property
    def fingerprint(self) -> str:
        """The same whatever the image is tagged, and when it is built again."""
        path = "" if self.place == "package" else self.path
        return _digest(self.kind, self.id, self.place, path, self.subject)

    @property
    def occurrence(self) -> str:
        """Names this issue in this very content: another layer or line is another occurrence."""
        places = (self.path, str(self.line), str(self.layer), self.instruction)
        return _digest(self.kind, self.id, self.place, self.subject, *places)


def issue_order(issue: Issue) -> tuple[object, ...]:
    """Sort key: the order of issues in a report."""
    return issue.kind, issue.id, issue.place, issue.path, issue.line, issue.subject, issue.layer, issue.instruction


class Observed(Struct, frozen=True):
    """What a check's reader saw in one file: `facts` in the family's own encoding, b"" for nothing of note, which is
    kept nowhere. They are kept in caches: a secret is none of them."""

    facts: bytes = b""
    diagnostics: tuple[Diagnostic, ...] = ()


class SeenFile(Struct, frozen=True, array_like=True):
    """What a reader saw in a file. `layer` is the one that has it, `removed` the one that took it away again or put
    another in its place, 0 for what the container sees. `owner` is the ID of the package that lists the path, empty for
    none; `shipped` tells that the file is as that package ships it; `linked` is the path by which the reader asked for
    it, where a link leads from there."""

    path: str
    layer: int
    facts: bytes
    removed: int = 0
    owner: str = ""
    shipped: bool = False
    linked: str = ""


StatedLine = tuple[str, str, int]
"""An instruction of a Dockerfile: its name in capitals, its text, and its line."""


NamedFile = tuple[str, bytes]
"""A file that the user gives, by its name with its content."""


class CheckInputs(Struct, frozen=True, omit_defaults=True):
    """What the user gives to checks: `own` are files of checks of the configuration, `fingerprint_key` is the
    organisation's key for fingerprints of secrets, b"" without one; `yara_rules` are files of YARA rules, `known_bad`
    lists of digests. `indicators` tells that there is a library for YARA rules. `secret_rules` are files of rules for
    secrets, `secret_tables` such rules with the place of each in a policy, `secret_values` the regular expressions that
    ignores have for values of secrets, `license_terms` what it says of licenses."""

    own: tuple[NamedFile, ...] = ()
    fingerprint_key: bytes = b""
    yara_rules: tuple[NamedFile, ...] = ()
    known_bad: tuple[NamedFile, ...] = ()
    indicators: bool = False
    secret_rules: tuple[NamedFile, ...] = ()
    secret_tables: tuple[tuple[str, SecretTable], ...] = ()
    secret_values: tuple[str, ...] = ()
    license_terms: LicenseTerms = NO_TERMS


class Examined(Struct, frozen=True):
    """What checks saw of an image: `families` are those that were asked for, `files` what each reader saw, by its name
    and sorted by path and layer. `config` is the image's configuration; None for what has none. `inputs` are what the
    user gave. `stated` are the instructions of the Dockerfile that the user names, its FROM first."""

    families: tuple[Family, ...] = ()
    files: Mapping[str, tuple[SeenFile, ...]] = {}
    config: ImageConfig | None = None
    inputs: CheckInputs = CheckInputs()
    stated: tuple[StatedLine, ...] = ()


class Case(Struct, frozen=True):
    """All that a check may rest on."""

    image: Image
    examined: Examined
    packages: tuple[Package, ...] = ()
    distribution: Distribution | None = None

    def files(self, reader: str) -> tuple[SeenFile, ...]:
        """What a reader saw."""
        return self.examined.files.get(reader, ())


class CheckText(Struct, frozen=True):
    """What one check is, for people: what it looks for (`title`), `why`, and what to do (`fix`). `example` is what it
    finds, `good` what it leaves alone: the content of `file`, or of a Dockerfile without one."""

    id: str
    family: Family
    severity: SeverityLabel
    title: str
    why: str
    fix: str
    file: str = ""
    example: str = ""
    good: str = ""
    references: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()


class TrialResult(Struct, frozen=True):
    """What came of an example of a check of the user's own; `wrong` says what is wrong with that, empty for nothing."""

    id: str
    what: str
    wrong: str = ""


class CheckResult(Struct, frozen=True):
    """What a family of checks found."""

    issues: tuple[Issue, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Checker(Struct, frozen=True):
    """A family of checks: what it reads of every layer, and what it makes of that. `run` is pure. `deleted` tells that
    it asks for files too that a later layer took away or replaced, `compares` that it asks whose files are and whether
    they are as their packages ship them. `mask` takes out of a text of the image what must not be shown. `texts` are
    those of its checks. `inputs` names what of CheckInputs bears on what its readers keep, and `prepared` gives the
    readers for that where any of it is given; it raises UsageError for what is of no use. `complete` gives the packages
    with what the family's readers know of them."""

    name: Family
    readers: tuple[Reader[Observed], ...]
    run: Callable[[Case], CheckResult]
    deleted: bool = False
    compares: bool = True
    mask: Callable[[str, CheckInputs], str] | None = None
    texts: Callable[[], tuple[CheckText, ...]] = tuple
    inputs: tuple[str, ...] = ()
    prepared: Callable[[CheckInputs], tuple[Reader[Observed], ...]] | None = None
    complete: Callable[[Case], tuple[Package, ...]] | None = None


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
