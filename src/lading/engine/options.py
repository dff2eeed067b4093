"""What a scan is asked for."""

from pathlib import Path

from msgspec import Struct

from lading.model.package import Scope
from lading.safeio.limits import Limits


class ScanOptions(Struct, frozen=True, kw_only=True):
    """How to find and read an image, and how to rate what is found.

    `platform` is `os/arch[/variant]`, empty for this machine's. The next four are for registries: `plain_http` talks
    to them without encryption, `insecure` accepts any certificate, `ca_cert` is a PEM file trusted besides the system's
    authorities, `timeout` is how many seconds one may send nothing. `base` is the reference of the image that this one
    was built on, empty to find it out. `scope` says which layers' packages count, `lock_files` whether lock files and
    manifests in images do too. `limits` are the bounds on what one layer may hold. `severity_sources` name the sources
    whose severity counts before those of the default order (lading.match.severities). `standing` are those of the
    options `platform` and `base` that hold for whatever is scanned: a target that has none of that (an SBOM, a root
    filesystem) is not refused for them.
    """

    platform: str = ""
    plain_http: bool = False
    insecure: bool = False
    ca_cert: Path | None = None
    timeout: float = 120.0
    base: str = ""
    scope: Scope = "squashed"
    lock_files: bool = False
    limits: Limits = Limits()
    severity_sources: tuple[str, ...] = ()
    standing: frozenset[str] = frozenset()
