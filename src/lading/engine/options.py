"""What a scan is asked for: the options of the API, which are settings of the front doors as well."""

from pathlib import Path
from typing import Annotated, Literal, NewType

from msgspec import Struct

from lading.model.package import Scope
from lading.safeio.limits import Limits

Trust = Literal["anywhere", "user"]
"""Which files may have a setting. A project's file is written by whoever wrote the project: what decides where data
comes from, whom to trust, how safely to talk, or what this machine spends, stands with the user or the organisation
("user")."""


Rate = NewType("Rate", int)
"""Bytes a second, 0 for no bound."""


class About(Struct, frozen=True, kw_only=True):
    """What the table says of a setting besides its name, type and default. `flags` are its options, the long one last;
    `repeated` an option that is given once for each value, where others take all of them with commas between; `bare` a
    list that may be given as a switch too, and is then this one word."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    trust: Trust = "anywhere"
    repeated: bool = False
    bare: str = ""


class ScanOptions(Struct, frozen=True, kw_only=True):
    """How to find and read an image, and how to rate what is found.

    `standing` are those of the options `platform` and `base` that hold for whatever is scanned: a target that has none
    of that (an SBOM, a root filesystem) is not refused for them.
    """

    severity_source: Annotated[
        tuple[str, ...],
        About(
            flags=("--severity-source",),
            metavar="SOURCE,…",
            help="Whose severity counts, first come first served: distribution, cvss4, cvss3, cvss2, record, nvd, cna "
            "(this is the default order), or the name of any source, such as redhat. All are kept in the JSON.",
        ),
    ] = ()
    vex: Annotated[
        tuple[str, ...],
        About(
            flags=("--vex",),
            metavar="FILE|DIR|URL",
            repeated=True,
            help="Apply these VEX documents: OpenVEX, CSAF or CycloneDX, in a file, a directory of them, at an https "
            "address, or of a VEX repository. Documents that lie in the image are shown, and applied when signed by a "
            "trusted key. Repeatable.",
        ),
    ] = ()
    attestations: Annotated[
        bool,
        About(
            flags=("--attestations",),
            trust="user",
            help="Look for what is attached to the image: signatures, SBOMs, VEX documents and provenance, in its "
            "registry and its index (docs/signatures.md). Without it that is done where keys for images are there.",
        ),
    ] = False
    platform: Annotated[
        str,
        About(
            flags=("--platform",),
            metavar="OS/ARCH[/VARIANT]",
            help="Platform to take; default: this machine's. With all, lading scan takes every platform of the image.",
        ),
    ] = ""
    image_from: Annotated[
        tuple[str, ...],
        About(
            flags=("--from", "--image-from"),
            metavar="PLACE,…",
            trust="user",
            help="Where to look for an image that is named without a prefix, first come first served: docker, podman, "
            "containers-storage, containerd, registry (this is the default order, of those that are here).",
        ),
    ] = ()
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
    max_bandwidth: Annotated[
        Rate,
        About(
            flags=("--max-bandwidth",),
            metavar="BYTES",
            trust="user",
            help="Take no more than so many bytes a second from registries and sources of advisories, such as 5MB; "
            "default: 0, for no bound.",
        ),
    ] = Rate(0)
    token_host: Annotated[
        tuple[str, ...],
        About(
            flags=("--token-host",),
            metavar="HOST,…",
            trust="user",
            help="Send a registry's credentials to these token services too (HOST or HOST:PORT), which are not known "
            "to belong to it.",
        ),
    ] = ()
    base: Annotated[
        str,
        About(
            flags=("--base",),
            metavar="REF",
            help="The image it was built on, to tell its layers apart; default: found by the layers or the history.",
        ),
    ] = ""
    dockerfile: Annotated[
        Path | None,
        About(
            flags=("--dockerfile",),
            metavar="FILE",
            help="The Dockerfile that the image was built from: findings then name the line that brought them, and "
            "SARIF has it as their place.",
        ),
    ] = None
    scope: Annotated[
        Scope,
        About(
            flags=("--scope",),
            help="What the container sees (squashed, the default), what any layer held, or what a later layer deleted.",
        ),
    ] = "squashed"
    lazy: Annotated[
        bool,
        About(
            flags=("--lazy",),
            help="Fetch of layers in registries that have a table of contents (eStargz, zstd:chunked) only what is "
            "looked at; what engines unpack may be something else, so the scan counts as incomplete.",
        ),
    ] = False
    lock_files: Annotated[
        bool,
        About(
            flags=("--lock-files",),
            help="Read lock files and manifests in images too; in project directories they are always read.",
        ),
    ] = False
    checks: Annotated[
        tuple[str, ...],
        About(
            flags=("--checks",),
            metavar="FAMILY,…",
            help="Look for more than known vulnerabilities (docs/checks.md): config (how the image and what is in it "
            "are configured), secrets (keys, tokens and passwords), licenses (what packages are under, by category), "
            "malware (install scripts, packed programs, signs of malware), all (but malware), or none (the default).",
        ),
    ] = ()
    license_full: Annotated[
        bool,
        About(
            flags=("--license-full",),
            help="Look for texts and tags of licenses in every file too, not in packages alone (docs/licenses.md); "
            "asks for --checks licenses.",
        ),
    ] = False
    check_file: Annotated[
        tuple[str, ...],
        About(
            flags=("--check-file",),
            metavar="FILE",
            repeated=True,
            help="Look for what the checks in this file find too (docs/own-checks.md; lading checks test tries them). "
            "Repeatable.",
        ),
    ] = ()
    yara_rules: Annotated[
        tuple[str, ...],
        About(
            flags=("--yara-rules",),
            metavar="FILE|DIR",
            repeated=True,
            help="Look for what these YARA rules describe too, those of every .yar and .yara file of a directory "
            "(docs/malware.md). Repeatable; asks for --checks malware.",
        ),
    ] = ()
    secret_rules: Annotated[
        tuple[str, ...],
        About(
            flags=("--secret-rules",),
            metavar="FILE",
            repeated=True,
            help="Look for the secrets that this file of rules describes too, ours or of gitleaks (docs/secrets.md). "
            "Repeatable; asks for --checks secrets.",
        ),
    ] = ()
    known_bad: Annotated[
        tuple[str, ...],
        About(
            flags=("--known-bad",),
            metavar="FILE",
            repeated=True,
            help="Look for files whose SHA-256 is in this list, one digest in each line. Repeatable; asks for --checks "
            "malware.",
        ),
    ] = ()
    in_use: Annotated[
        bool,
        About(
            flags=("--in-use",),
            help="Leave out, whatever the rule, what is known not to be in use (docs/runtime.md): by the processes of "
            "a container (lading runtime), or by what an image starts and all that this leads to.",
        ),
    ] = False
    limit: Annotated[
        Limits,
        About(
            flags=("--limit",),
            metavar="NAME=VALUE",
            trust="user",
            repeated=True,
            help="Raise or lower a bound on what a layer may hold, or an image cost, such as total=200GB. Repeatable.",
        ),
    ] = Limits()
    standing: frozenset[str] = frozenset()
