"""Builds the container image as an OCI layout: Debian's Python without a shell or package manager, and Lading.

    python -m release.image DIRECTORY [--arch amd64|arm64] [--mirror URL]

Needs mmdebstrap, dpkg-deb and the package registries, no root and no container engine. DIRECTORY gets `layout`
(an OCI image layout), `lading.cdx.json` (SBOM), and `provenance.json` (a statement of in-toto,
https://slsa.dev/spec/v1.0/provenance). The same commit, Debian packages and wheels give the same digest.
"""

import argparse
import hashlib
import io
import json
import os
import platform
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from release.wheels import LOCK, ROOT, build_wheel, download, epoch, revision, run

_SUITE, _PYTHON = "bookworm", "3.11"
_PACKAGES: Final = (
    "base-files",
    "ca-certificates",
    "libbz2-1.0",
    "libc6",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "liblzma5",
    f"libpython{_PYTHON}-minimal",
    f"libpython{_PYTHON}-stdlib",
    "libsqlite3-0",
    "libssl3",
    "libstdc++6",
    "libzstd1",
    f"python{_PYTHON}-minimal",
    "zlib1g",
)
"""What Lading loads. Others that Debian's Python names (readline, ncurses, db5.3) have modules that nothing imports."""
_LEFT_OUT: Final = ("usr/share/man/", "usr/share/locale/", "usr/share/lintian/", "usr/share/info/", "usr/share/bug/")
_IN_USR: Final = ("bin", "lib", "lib64", "sbin")
_HERE: Final = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
_SITE: Final = f"usr/local/lib/python{_PYTHON}/dist-packages"
_NOT_PROGRAMS: Final = ("bin/", "bazel-project/")
"""What wheels bring beside their packages: scripts for another Python, and what a build left lying."""
_PROGRAM: Final = f"#!/usr/bin/python{_PYTHON} -I\nfrom lading.cli.main import run\n\nrun()\n"
_USER, _NAME, _HOME = 65532, "lading", "var/lib/lading"
_CERTIFICATES: Final = "usr/share/ca-certificates/"
_BUNDLE: Final = "etc/ssl/certs/ca-certificates.crt"


class Tree:
    """The files of a layer, by path. What is written of them depends on nothing but the files and the time."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[tarfile.TarInfo, bytes]] = {}

    def add(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """A file, with the directories above it."""
        self._above(path)
        entry = tarfile.TarInfo(path)
        entry.mode, entry.size = mode, len(data)
        self._entries[path] = entry, data

    def add_directory(self, path: str, mode: int = 0o755, owner: int = 0) -> None:
        """A directory, with those above it."""
        self._above(path)
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
        self._entries[path] = entry, b""

    def add_link(self, path: str, target: str) -> None:
        """A symbolic link."""
        entry = tarfile.TarInfo(path)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        self._entries[path] = entry, b""

    def add_tar(self, data: bytes) -> None:
        """Everything in an archive but what nobody reads in a container."""
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for entry in archive:
                entry.name = _merged(entry.name.removeprefix("./").rstrip("/"))
                if entry.name in ("", ".", "usr") or _is_left_out(entry.name):
                    continue
                entry.linkname = _merged(entry.linkname) if entry.islnk() else entry.linkname
                file = archive.extractfile(entry) if entry.isreg() else None
                self._entries[entry.name] = entry, file.read() if file else b""

    def files(self, begin: str) -> Iterator[tuple[str, bytes]]:
        """The files below a path, sorted."""
        for path, (entry, data) in sorted(self._entries.items()):
            if path.startswith(begin) and entry.isreg():
                yield path, data

    def tar(self, time: int) -> bytes:
        """The layer."""
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for _, (entry, data) in sorted(self._entries.items()):
                entry.mtime = min(int(entry.mtime), time) or time
                entry.uname = entry.gname = ""
                entry.pax_headers = {}
                archive.addfile(entry, io.BytesIO(data))
        return file.getvalue()

    def _above(self, path: str) -> None:
        above = path.rpartition("/")[0]
        if above and above not in self._entries:
            self.add_directory(above)


def _merged(path: str) -> str:
    """Where a path leads once `lib` and its like are links into `usr`, which packages need not know yet."""
    return f"usr/{path}" if path.partition("/")[0] in _IN_USR else path


def _is_left_out(path: str) -> bool:
    is_text = path.startswith("usr/share/doc/") and not path.endswith("/copyright")
    return path.startswith(_LEFT_OUT) or (is_text and path.count("/") > 3)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m release.image", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="a directory that is not there yet")
    parser.add_argument("--arch", choices=("amd64", "arm64"), default="amd64")
    parser.add_argument("--mirror", help="Debian's mirror, or a snapshot of it (default: mmdebstrap's)")
    given = parser.parse_args()
    given.directory.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        digest = _build(given.directory, Path(work), given.arch, given.mirror)
    print(f"{given.directory / 'layout'}: {digest}")


def _build(target: Path, work: Path, arch: str, mirror: str | None) -> str:
    time = epoch()
    debs = _debian_packages(work / "debian", arch, mirror)
    if arch != _HERE:
        _debian_packages(work / "native", _HERE, mirror)
    wheels = work / "wheels"
    wheels.mkdir()
    build_wheel(wheels)
    download(wheels, arch, [_PYTHON])
    python = _interpreter(work / ("debian" if arch == _HERE else "native"))
    system, programs = _system(debs), _programs(work / "site", wheels)
    _compile(system, f"usr/lib/python{_PYTHON}/", python, work / "system")
    _compile(programs, f"{_SITE}/", python, work / "programs")
    digest = _write_layout(target / "layout", [system.tar(time), programs.tar(time)], arch, time)
    sbom = (str(ROOT / "lading"), "sbom", f"oci-dir:{target / 'layout'}", "-o", "cyclonedx")
    (target / "lading.cdx.json").write_bytes(run(sbom))
    materials = [*debs, *sorted(wheels.iterdir())]
    (target / "provenance.json").write_text(json.dumps(_provenance(digest, materials, arch, time), indent=2) + "\n")
    return digest


def _debian_packages(directory: Path, arch: str, mirror: str | None) -> list[Path]:
    """The files of the packages, as apt found and verified them."""
    command = [
        *("mmdebstrap", "--quiet", "--variant=extract", f"--architectures={arch}", "--format=directory"),
        *(f"--include={','.join(_PACKAGES)}", "--skip=cleanup/apt/cache", _SUITE, str(directory)),
        *([mirror] if mirror else []),
    ]
    run(command)
    found = {path.name.partition("_")[0]: path for path in (directory / "var/cache/apt/archives").glob("*.deb")}
    return [found[name] for name in _PACKAGES]


def _interpreter(root: Path) -> tuple[str, ...]:
    """How the image's Python is called where it is built, which compiles for it."""
    (loader,) = root.glob("lib/*-linux-gnu/ld-linux-*.so.*")
    libraries = ":".join(str(path) for path in (*root.glob("lib/*-linux-gnu"), *root.glob("usr/lib/*-linux-gnu")))
    program = str(root / f"usr/bin/python{_PYTHON}")
    return ("env", f"PYTHONHOME={root / 'usr'}", str(loader), "--library-path", libraries, program, "-S")


def _system(debs: Iterable[Path]) -> Tree:
    """Debian's files, and its records of them in the form that images without dpkg have."""
    tree = Tree()
    tree.add_directory("usr")
    for name in _IN_USR:
        tree.add_directory(f"usr/{name}")
        tree.add_link(name, f"usr/{name}")
    for deb in debs:
        name = deb.name.partition("_")[0]
        tree.add_tar(run(("dpkg-deb", "--fsys-tarfile", str(deb))))
        control = run(("dpkg-deb", "--field", str(deb)))
        tree.add(f"var/lib/dpkg/status.d/{name}", control)
        sums = run(("dpkg-deb", "--info", str(deb), "md5sums")).splitlines(keepends=True)
        kept = (line for line in sums if not _is_left_out(line.decode().partition("  ")[2].strip()))
        tree.add(f"var/lib/dpkg/status.d/{name}.md5sums", b"".join(kept))
    tree.add(_BUNDLE, b"".join(data for path, data in tree.files(_CERTIFICATES) if path.endswith(".crt")))
    tree.add("etc/passwd", f"root:x:0:0:root:/root:\n{_NAME}:x:{_USER}:{_USER}::/{_HOME}:\n".encode())
    tree.add("etc/group", f"root:x:0:\n{_NAME}:x:{_USER}:\n".encode())
    tree.add_directory("tmp", 0o1777)
    tree.add_directory(_HOME, 0o755, _USER)
    return tree


def _programs(directory: Path, wheels: Path) -> Tree:
    """Lading and its libraries."""
    command = (
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"),
        *("--no-compile", "--only-binary", ":all:", "--python-version", _PYTHON, "--target", str(directory)),
        *(f"--platform={tag}" for tag in _tags(wheels)),
        *("--find-links", str(wheels)),
        # By name: of a wheel that is named by its path, pip writes that path into what it installs.
        *("==".join(path.name.split("-")[:2]) for path in sorted(wheels.iterdir())),
    )
    run(command)
    tree = Tree()
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and not name.startswith(_NOT_PROGRAMS):
            tree.add(f"{_SITE}/{name}", path.read_bytes())
    tree.add("usr/local/bin/lading", _PROGRAM.encode(), 0o755)
    return tree


def _tags(wheels: Path) -> list[str]:
    return sorted({tag for path in wheels.iterdir() for tag in path.stem.rpartition("-")[2].split(".")})


def _compile(tree: Tree, begin: str, python: tuple[str, ...], work: Path) -> None:
    """Adds the compiled form of every module: the file system of the container may be read-only. It is taken without a
    look at the source, so that it depends on no time."""
    for path, data in tree.files(begin):
        if path.endswith(".py"):
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_bytes(data)
    options = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(work), "-p", "/")
    run((*python, "-m", "compileall", *options, str(work)), {"PYTHONHASHSEED": "0"})
    for compiled in sorted(work.rglob("*.pyc")):
        tree.add(compiled.relative_to(work).as_posix(), compiled.read_bytes())


def _write_layout(directory: Path, layers: Iterable[bytes], arch: str, time: int) -> str:
    """The OCI image layout; the digest of the manifest."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes, media_type: str, **more: object) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    diff_ids, described = [], []
    for layer in layers:
        diff_ids.append(f"sha256:{hashlib.sha256(layer).hexdigest()}")
        described.append(blob(_gzip(layer), "application/vnd.oci.image.layer.v1.tar+gzip"))
    config = blob(_json(_config(diff_ids, arch, time)), "application/vnd.oci.image.config.v1+json")
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
        "layers": described,
        "annotations": _annotations(time),
    }
    runs_on = {"architecture": arch, "os": "linux"}
    entry = blob(_json(manifest), "application/vnd.oci.image.manifest.v1+json", platform=runs_on)
    (directory / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [entry]}))
    (directory / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return str(entry["digest"])


def _config(diff_ids: list[str], arch: str, time: int) -> Mapping[str, object]:
    made = _rfc3339(time)
    return {
        "created": made,
        "architecture": arch,
        "os": "linux",
        "config": {
            "User": f"{_USER}:{_USER}",
            "Env": ["PATH=/usr/local/bin:/usr/bin", f"HOME=/{_HOME}", f"SSL_CERT_FILE=/{_BUNDLE}"],
            "Entrypoint": ["/usr/local/bin/lading"],
            "WorkingDir": f"/{_HOME}",
            "Labels": _annotations(time),
        },
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [
            {"created": made, "created_by": f"release.image: Debian {_SUITE}, Python {_PYTHON}"},
            {"created": made, "created_by": "release.image: lading and its libraries"},
        ],
    }


def _annotations(time: int) -> dict[str, str]:
    name = "org.opencontainers.image"
    return {
        f"{name}.created": _rfc3339(time),
        f"{name}.licenses": "Apache-2.0",
        f"{name}.revision": revision(),
        f"{name}.title": "lading",
        f"{name}.version": _version(),
    }


def _version() -> str:
    return run((str(ROOT / "lading"), "--version")).decode().split()[1]


def _provenance(digest: str, materials: Iterable[Path], arch: str, time: int) -> Mapping[str, object]:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "lading", "digest": {"sha256": digest.partition(":")[2]}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://slsa.dev/provenance/v1#python-m-release.image",
                "externalParameters": {"arch": arch, "suite": _SUITE, "python": _PYTHON, "SOURCE_DATE_EPOCH": time},
                "resolvedDependencies": [
                    {"name": "lading", "digest": {"gitCommit": revision()}},
                    {"name": LOCK.name, "digest": {"sha256": hashlib.sha256(LOCK.read_bytes()).hexdigest()}},
                    *({"name": path.name, "digest": {"sha256": _digest(path)}} for path in materials),
                ],
            },
            "runDetails": {"builder": {"id": os.environ.get("LADING_BUILDER", "local")}},
        },
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _gzip(data: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    return compressor.compress(data) + compressor.flush()


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _rfc3339(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
