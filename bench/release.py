"""Whether the container image and the offline bundle are what docs/release.md says.

    python bench/release.py [DATABASE]     DATABASE: `lading db export`, with debian-12, pypi, crates.io and nvd

Needs root, mmdebstrap, podman, unshare and the package registries. The image is built twice and the digests compared;
its first command is run in a container as its own user, the file system read-only; it is scanned with its VEX document.
The bundle is built twice, installed where there is no network, and scans the image there.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
PODMAN = ("podman", "--runtime", "runc", "run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024")


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("database", type=Path, nargs="?")
    database: Path | None = parser.parse_args().database
    with tempfile.TemporaryDirectory() as work:
        results = [*image(Path(work), database), *bundle(Path(work), database)]
    for what, holds, detail in results:
        print(f"{'ok    ' if holds else 'FAILED'}  {what}: {detail}")
    return 0 if all(holds for _, holds, _ in results) else 1


def image(work: Path, database: Path | None) -> list[tuple[str, bool, str]]:
    begin = monotonic()
    digests = [built("release.image", str(work / name)) for name in ("first", "second")]
    seconds = (monotonic() - begin) / 2
    results = [("two builds of the image have one digest", digests[0] == digests[1], f"{digests[0]}, {seconds:.0f} s")]
    layout = work / "first" / "layout"
    size = sum(path.stat().st_size for path in (layout / "blobs/sha256").iterdir())
    results.append(("size", size < 100_000_000, f"{size / 1e6:.0f} MB compressed"))
    found = run("podman", "pull", "--quiet", f"oci:{layout}").strip()
    try:
        # As Docker has it: nothing but the memory that containers share can be written.
        read_only = ("--read-only", "--read-only-tmpfs=false", "--tmpfs", "/dev/shm")
        shown = run(*PODMAN, "--ulimit", "nproc=1024:1024", *read_only, found, "demo", check=False)
        user = run("podman", "image", "inspect", "--format", "{{.Config.User}}", found).strip()
    finally:
        run("podman", "rmi", "--force", found)
    results.append(("its first command, read-only", "CVE-" in shown, f"as {user}, {len(shown.splitlines())} lines"))
    if database is not None:
        options = ("--vex", str(ROOT / "release/lading.openvex.json"), "--all", "-o", "json")
        scan = (str(ROOT / "lading"), "scan", f"oci-dir:{layout}", "--db", str(database), *options)
        report = json.loads(run(*scan, check=False))
        findings = [one for target in report["targets"] for one in target["findings"] if one["status"] == "affected"]
        open_rows = sorted({one["id"] for one in findings if not one.get("suppressions")})
        gaps = [
            f"{one['code']} {one.get('where', '')}"
            for target in report["targets"] for one in target["diagnostics"] if one["level"] == "incomplete"
        ]  # fmt: skip
        unexplained = [*open_rows, *gaps]
        detail = f"{len({one['id'] for one in findings})} found, not explained: {', '.join(unexplained) or 'none'}"
        results.append(("it scans itself", not unexplained, detail))
    return results


def bundle(work: Path, database: Path | None) -> list[tuple[str, bool, str]]:
    options = ("--python", f"3.{sys.version_info.minor}", *(("--database", str(database)) if database else ()))
    digests = [built("release.bundle", str(work / f"{name}.tar.gz"), *options) for name in ("first", "second")]
    results = [("two builds of the bundle have one digest", digests[0] == digests[1], digests[0])]
    run("tar", "-C", str(work), "-xzf", str(work / "first.tar.gz"))
    home = work / "home"
    home.mkdir()
    offline = ("unshare", "--net", "env", "-i", "PATH=/usr/bin:/bin", f"HOME={home}")
    run(*offline, "sh", str(work / "lading/install.sh"), str(work / "installed"))
    run("tar", "-C", str(work / "first/layout"), "-cf", str(work / "image.tar"), ".")
    program = str(work / "installed/bin/lading")
    scanned = run(*offline, program, "scan", str(work / "image.tar"), "--offline", check=False)
    results.append(("installed and scanning without a network", "packages matched" in scanned, scanned.splitlines()[1]))
    return results


def built(module: str, *words: str) -> str:
    """The digest that a builder prints at the end."""
    return run(sys.executable, "-m", module, *words).split()[-1]


def run(*command: str, check: bool = True) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, check=check, capture_output=True, text=True, env=environment).stdout


if __name__ == "__main__":
    sys.exit(main())
