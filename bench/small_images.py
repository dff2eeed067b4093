"""Five small images of real packages, each built once below bench/out/small: Debian, a virtual environment of Python, a
tree of node modules, jars, and a Go program on a root of Alpine's package database.

Needs root, mmdebstrap, npm, mvn, go, buildah and the package registries. Every image has two layers at least, and an
OCI layout of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path
from typing import Final

OUT: Final = Path(__file__).resolve().parent / "out" / "small"
_DEBIAN: Final = "curl,ca-certificates,python3-minimal,perl,git"
_WHEELS: Final = ["django==4.2.1", "requests==2.31.0", "cryptography==41.0.0", "pillow==9.5.0", "pandas==2.0.3"]
_NODE: Final = {"express": "4.17.1", "webpack": "5.75.0", "axios": "0.21.1", "@babel/core": "7.22.0"}
_JARS: Final = [
    "org.springframework.boot:spring-boot-starter-web:2.7.0",
    "org.apache.logging.log4j:log4j-core:2.14.1",
    "com.google.guava:guava:31.0-jre",
]
_GO: Final = """package main

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"
)

func main() {
	command := &cobra.Command{Use: "serve", RunE: func(*cobra.Command, []string) error {
		engine := gin.New()
		engine.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ready") })
		return engine.Run()
	}}
	fmt.Println(command.Execute())
}
"""
_APK: Final = (
    ("musl", "1.2.4-r2", "musl", "MIT", "", "so:libc.musl-x86_64.so.1=1"),
    ("busybox", "1.36.1-r15", "busybox", "GPL-2.0-only", "so:libc.musl-x86_64.so.1", "cmd:busybox=1.36.1-r15"),
    ("libcrypto3", "3.1.4-r5", "openssl", "Apache-2.0", "so:libc.musl-x86_64.so.1", "so:libcrypto.so.3=3"),
    (
        "libssl3", "3.1.4-r5", "openssl", "Apache-2.0", "so:libc.musl-x86_64.so.1 so:libcrypto.so.3",
        "so:libssl.so.3=3",
    ),
    ("zlib", "1.3.1-r0", "zlib", "Zlib", "so:libc.musl-x86_64.so.1", "so:libz.so.1=1.3.1"),
    (
        "ssl_client", "1.36.1-r15", "busybox", "GPL-2.0-only", "so:libc.musl-x86_64.so.1 so:libssl.so.3",
        "cmd:ssl_client=1.36.1-r15",
    ),
)  # fmt: skip
"""Alpine's own packages cannot be had from the registries of languages: name, version, origin, license, what it needs
and what it provides, as its database states them."""


def small_image(name: str) -> Path:
    """The OCI layout of an image of `IMAGES`, built where it is not there yet."""
    layout = OUT / name
    if not (layout / "index.json").exists():
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            for layer in ("base", "app"):
                (root / layer).mkdir()
            IMAGES[name](root / "base", root / "app")
            build(root, layout, name)
    return layout


def build(context: Path, layout: Path, tag: str, instructions: str = "") -> None:
    """An image of the directories `base` and `app`, built by buildah from a Dockerfile that it leaves beside these."""
    dockerfile = context / "Dockerfile"
    dockerfile.write_text(f'FROM scratch\nCOPY base/ /\nCOPY app/ /\n{instructions}CMD ["/bin/sh"]\n')
    with tempfile.TemporaryDirectory() as store:
        buildah = ["buildah", "--root", f"{store}/root", "--runroot", f"{store}/run", "--storage-driver", "vfs"]
        _run(*buildah, "bud", "--layers", "--quiet", "-f", str(dockerfile), "-t", f"localhost/{tag}", str(context))
        layout.parent.mkdir(parents=True, exist_ok=True)
        _run(*buildah, "push", "--quiet", f"localhost/{tag}", f"oci:{layout}:{tag}")


def _debian(base: Path, app: Path) -> None:
    base.rmdir()
    _run("mmdebstrap", "--variant=minbase", "--quiet", f"--include={_DEBIAN}", "bookworm", str(base))
    shutil.rmtree(base / "dev")
    (app / "srv").mkdir()
    (app / "srv/start.sh").write_text("#!/bin/sh\nexec git daemon\n")


def _python(base: Path, app: Path) -> None:
    _system(base)
    _run(sys.executable, "-m", "venv", "--copies", str(app / "opt/venv"))
    pip = [str(app / "opt/venv/bin/python"), "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    _run(*pip, *_WHEELS)


def _node(base: Path, app: Path) -> None:
    _system(base)
    project = app / "srv/web"
    project.mkdir(parents=True)
    package = {"name": "shop", "version": "1.0.0", "license": "MIT", "dependencies": _NODE}
    (project / "package.json").write_text(json.dumps(package))
    _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", cwd=project)


def _java(base: Path, app: Path) -> None:
    _system(base)
    project = base.parent / "maven"
    project.mkdir()
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name, version in (one.split(":") for one in _JARS)
    )
    (project / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>small</groupId><artifactId>small</artifactId>"
        f"<version>1</version><dependencies>{dependencies}</dependencies></project>"
    )
    _run("mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={app}/opt/shop/lib", cwd=project)


def _go(base: Path, app: Path) -> None:
    _system(base)
    project = base.parent / "go"
    project.mkdir()
    (project / "main.go").write_text(_GO)
    _run("go", "mod", "init", "example.com/serve", cwd=project)
    _run("go", "get", "github.com/gin-gonic/gin@v1.9.0", "github.com/spf13/cobra@v1.7.0", cwd=project)
    (app / "usr/local/bin").mkdir(parents=True)
    _run("go", "build", "-p", "1", "-o", str(app / "usr/local/bin/serve"), ".", cwd=project)


def _system(base: Path) -> None:
    """A root with the package database of Alpine 3.19."""
    for path in ("etc", "lib/apk/db", "bin"):
        (base / path).mkdir(parents=True)
    (base / "etc/os-release").write_text(
        'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n'
    )
    (base / "etc/alpine-release").write_text("3.19.1\n")
    records = (
        f"C:Q1{b64encode(sha1(name.encode()).digest()).decode()}\nP:{name}\nV:{version}\nA:x86_64\nS:1\nI:1\nT:{name}\nU:https://alpinelinux.org/\n"
        f"L:{license}\no:{origin}\nm:Natanael Copa <ncopa@alpinelinux.org>\nt:1700000000\nc:{'a' * 40}\n"
        f"{f'D:{needs}{chr(10)}' if needs else ''}p:{provides}\nF:lib\nR:{name}.so\n"
        for name, version, origin, license, needs, provides in _APK
    )
    (base / "lib/apk/db/installed").write_text("\n".join(records) + "\n")
    (base / "lib").joinpath("apk/world").write_text("busybox\nssl_client\nzlib\n")


def _run(*command: str, cwd: Path | None = None) -> None:
    environment = os.environ | {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    subprocess.run(command, check=True, cwd=cwd, env=environment, stdout=subprocess.DEVNULL)


IMAGES: Final[dict[str, Callable[[Path, Path], None]]] = {
    "debian": _debian, "python": _python, "node": _node, "java": _java, "go": _go,
}  # fmt: skip
