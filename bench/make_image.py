"""Build the benchmark's image: Debian with apt packages, wheels, node_modules and jars, in gzip layers.

    python bench/make_image.py          once; needs root, mmdebstrap, npm, mvn, skopeo and the package registries

Writes below bench/out: `layout` (OCI layout), `oci.tar` (the same as a tar) and `docker.tar` (docker archive, plain).
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

OUT = Path(__file__).resolve().parent / "out"
LAYOUT = OUT / "layout"
ROOT = OUT / "root"
APT = [
    "build-essential",
    "curl",
    "git",
    "imagemagick",
    "libboost-dev",
    "libssl-dev",
    "libxml2-dev",
    "nginx",
    "openssh-client",
    "perl-doc",
    "php-cli",
    "postgresql",
    "python3-dev",
    "python3-numpy",
    "python3-pip",
    "rclone",
    "ruby-full",
    "skopeo",
    "sqlite3",
    "unzip",
    "vim",
    "wget",
]
WHEELS = [
    "boto3",
    "celery",
    "cryptography",
    "django",
    "fastapi",
    "flask",
    "matplotlib",
    "numpy",
    "pandas",
    "pillow",
    "requests",
    "scikit-learn",
    "scipy",
    "sqlalchemy",
]
NODE = [
    "@angular/cli",
    "@babel/preset-env",
    "eslint",
    "express",
    "gatsby-cli",
    "jest",
    "lodash",
    "react-scripts",
    "typescript",
    "webpack",
]
JARS = {
    "org.springframework.boot": ["spring-boot-starter-web:3.3.4", "spring-boot-starter-data-jpa:3.3.4"],
    "org.apache.kafka": ["kafka_2.13:3.8.0"],
    "org.apache.hadoop": ["hadoop-client:3.4.0"],
    "org.elasticsearch.client": ["elasticsearch-rest-high-level-client:7.17.24"],
}


def main() -> None:
    """Builds what is not there yet."""
    if (OUT / "docker.tar").exists():
        print(f"{OUT} is complete")
        return
    shutil.rmtree(OUT, ignore_errors=True)
    (LAYOUT / "blobs" / "sha256").mkdir(parents=True)
    layers = [
        ("ADD rootfs.tar /", debian_base()),
        (f"RUN apt-get install -y {' '.join(APT)}", apt_packages()),
        (f"RUN pip install {' '.join(WHEELS)}", wheels()),
        (f"RUN npm install {' '.join(NODE)}", node_modules()),
        ("COPY lib /opt/java/lib", jars()),
        ("COPY app /srv/app", application()),
    ]
    write_layout(layers)
    shutil.rmtree(ROOT)
    for target in (f"oci-archive:{OUT}/oci.tar:bench", f"docker-archive:{OUT}/docker.tar:bench:latest"):
        run("skopeo", "copy", "--quiet", f"oci:{LAYOUT}:bench", target)


def debian_base() -> Path:
    """A minimal Debian root filesystem, left in ROOT for the layers above."""
    run("mmdebstrap", "--variant=minbase", "--quiet", "bookworm", str(ROOT))
    return pack("base", ROOT, ["."])


def apt_packages() -> Path:
    """What installing packages adds to the root filesystem: everything whose inode changed."""
    stamp = OUT / "stamp"
    stamp.touch()
    shutil.copy("/etc/resolv.conf", ROOT / "etc" / "resolv.conf")
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"]
    (ROOT / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (ROOT / "usr/sbin/policy-rc.d").chmod(0o755)
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *APT], ["clean"]):
        run("chroot", str(ROOT), *environment, "apt-get", *command)
    changed = subprocess.run(
        ["find", ".", "-xdev", "-cnewer", str(stamp), "!", "-type", "d", "-print0"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return pack("apt", ROOT, sorted(filter(None, changed.stdout.split("\0"))))


def wheels() -> Path:
    target = OUT / "wheels"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target / "usr/local/lib/python3"), *WHEELS)
    return pack("wheels", target, ["."])


def node_modules() -> Path:
    target = OUT / "node" / "srv" / "web"
    target.mkdir(parents=True)
    (target / "package.json").write_text('{"name": "bench-web", "version": "1.0.0", "private": true}')
    run(
        "npm",
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--legacy-peer-deps",
        "--ignore-scripts",
        *NODE,
        cwd=target,
    )
    return pack("node", OUT / "node", ["."])


def jars() -> Path:
    target = OUT / "jars"
    target.mkdir()
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, artifacts in JARS.items()
        for name, version in (artifact.split(":") for artifact in artifacts)
    )
    (target / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>bench</artifactId>"
        f"<version>1</version><dependencies>{dependencies}</dependencies></project>"
    )
    run("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=opt/java/lib", cwd=target)
    return pack("jars", target, ["opt"])


def application() -> Path:
    target = OUT / "app" / "srv" / "app"
    target.mkdir(parents=True)
    (target / "server.py").write_text("print('ready')\n")
    return pack("app", OUT / "app", ["."])


def pack(name: str, folder: Path, paths: Sequence[str]) -> Path:
    """A layer's uncompressed tar."""
    path = OUT / f"{name}.tar"
    listing = OUT / f"{name}.list"
    listing.write_text("\0".join(paths))
    run("tar", "--numeric-owner", "-C", str(folder), "--null", "-T", str(listing), "-cf", str(path))
    if folder != ROOT:
        shutil.rmtree(folder)
    return path


def write_layout(layers: Sequence[tuple[str, Path]]) -> None:
    """The OCI layout of these (instruction, tar) layers, compressed by gzip as container tools do."""
    diff_ids, descriptors, history, files, size = [], [], [], 0, 0
    for instruction, path in layers:
        with tarfile.open(path) as tar:
            files += sum(1 for _ in tar)
        size += path.stat().st_size
        diff_ids.append(f"sha256:{sha256(path)}")
        run("gzip", "-6", str(path))
        packed = path.with_suffix(".tar.gz")
        digest = sha256(packed)
        descriptors.append(descriptor("layer.v1.tar+gzip", digest, packed.stat().st_size))
        packed.rename(LAYOUT / "blobs" / "sha256" / digest)
        history.append({"created_by": instruction})
    config = put_json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["python3", "/srv/app/server.py"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": history,
        },
        "config.v1+json",
    )
    manifest = put_json({"schemaVersion": 2, "config": config, "layers": descriptors}, "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "bench"}
    (LAYOUT / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (LAYOUT / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    print(f"{len(layers)} layers, {files:,} files, {size:,} bytes uncompressed")


def put_json(document: object, kind: str) -> dict[str, object]:
    data = json.dumps(document).encode()
    digest = hashlib.sha256(data).hexdigest()
    (LAYOUT / "blobs" / "sha256" / digest).write_bytes(data)
    return descriptor(kind, digest, len(data))


def descriptor(kind: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": size}


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(*command: str, cwd: Path | None = None) -> None:
    print("+", *command[:6], "…" if len(command) > 6 else "", flush=True)
    subprocess.run(command, check=True, cwd=cwd)


if __name__ == "__main__":
    main()
