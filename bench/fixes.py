"""Whether `lading fix` foretells what its lines do: images are built from package registries, the plan is carried out,
and they are scanned again.

    python bench/fixes.py [--db HOME] [--only KIND] [--ask]   KIND: python, node, debian, java

HOME is an XDG_DATA_HOME whose database has pypi, npm, maven and the releases of Debian. It needs root, npm, mvn,
mmdebstrap and the package registries. Every image is a directory: a virtual environment with packages of some years
ago, an application with its node_modules or its jars, or a Debian as of its first day. The plan's RUN lines
are run with the paths of the directory in place of those of the image, Debian's in a chroot; what is to be changed in a
pom.xml is changed there, and the jars are copied anew. Printed for each: vulnerabilities before, foretold, and after;
then how many counts were foretold exactly, and how often the plan was right of the vulnerabilities that it is sure of.
With --ask plans are made with --ask-registries, and npm and pip stand for the registries (package_registries.py).
"""

import argparse
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import package_registries

PYTHON = [
    "requests==2.25.1 urllib3==1.26.4 jinja2==2.11.3 markupsafe==1.1.1",
    "flask==1.1.2 werkzeug==1.0.1 jinja2==2.11.3 markupsafe==2.0.1 itsdangerous==1.1.0",
    "django==3.2.12 sqlparse==0.4.2",
    "tornado==6.1 certifi==2022.9.24 idna==2.10",
    "paramiko==2.10.1 cryptography==39.0.0",
    "fastapi==0.85.0 starlette==0.20.4 python-multipart==0.0.5",
    "ansible-core==2.13.1 pyyaml==6.0.1",
    "pillow==9.5.0 numpy==1.24.4",
    "mako==1.1.6 sqlalchemy==1.4.40",
    "scrapy==2.6.1 twisted==22.4.0 lxml==4.9.2",
]
NODE = [
    {"lodash": "^4.17.15", "minimist": "^1.2.0"},
    {"express": "4.16.4"},
    {"axios": "^0.21.0", "follow-redirects": "1.14.0"},
    {"webpack-dev-middleware": "5.3.0"},
    {"jsonwebtoken": "8.5.1", "semver": "^7.3.0"},
    {"ws": "^7.4.0", "socket.io": "2.3.0"},
    {"mongoose": "5.10.0"},
    {"handlebars": "^4.5.0", "marked": "0.3.6"},
    {"moment": "^2.29.0", "moment-timezone": "^0.5.30"},
    {"node-fetch": "^2.6.0", "tar": "^4.4.10", "ini": "^1.3.5"},
]
DEBIAN = [
    "bullseye curl openssl",
    "bullseye libtiff5 imagemagick-6.q16 sudo",
    "bullseye nginx-light openssh-client python3.9-minimal",
    "bookworm curl openssl",
    "bookworm git openssh-client libxml2",
]
FIRST = {
    "bullseye": {
        "curl": "7.74.0-1.3", "expat": "2.2.10-2", "git": "1:2.30.2-1", "gnutls28": "3.7.1-5", "gzip": "1.10-4",
        "imagemagick": "8:6.9.11.60+dfsg-1.3", "libxml2": "2.9.10+dfsg-6.7", "nginx": "1.18.0-6.1",
        "openssh": "1:8.4p1-5", "openssl": "1.1.1k-1", "python3.9": "3.9.2-1", "sudo": "1.9.5p2-3", "tiff": "4.2.0-1",
        "xz-utils": "5.2.5-2", "zlib": "1:1.2.11.dfsg-2",
    },
    "bookworm": {
        "curl": "7.88.1-10", "expat": "2.5.0-1", "git": "1:2.39.2-1.1", "glibc": "2.36-9", "gnutls28": "3.7.9-2",
        "krb5": "1.20.1-2", "libxml2": "2.9.14+dfsg-1.2", "nghttp2": "1.52.0-1", "openssh": "1:9.2p1-2",
        "openssl": "3.0.9-1", "perl": "5.36.0-7",
    },
}  # fmt: skip
"""The versions of source packages on the first day of a release."""
JAVA = [
    "org.apache.logging.log4j:log4j-core:2.14.1 commons-io:commons-io:2.6",
    "com.fasterxml.jackson.core:jackson-databind:2.9.8 commons-collections:commons-collections:3.2.1",
    "org.springframework:spring-webmvc:5.2.0.RELEASE org.yaml:snakeyaml:1.26",
    "com.h2database:h2:1.4.199 org.postgresql:postgresql:42.2.5 com.google.guava:guava:28.0-jre",
    "io.netty:netty-codec-http:4.1.60.Final org.apache.commons:commons-text:1.9",
]
LOWEST = {
    "lodash": "4.17.15", "minimist": "1.2.0", "axios": "0.21.0", "semver": "7.3.0", "ws": "7.4.0",
    "handlebars": "4.5.0", "moment": "2.29.0", "moment-timezone": "0.5.30", "node-fetch": "2.6.0", "tar": "4.4.10",
    "ini": "1.3.5",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", default=os.environ.get("XDG_DATA_HOME", ""))
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--ask", action="store_true")
    arguments = parser.parse_args()
    asking = ["--timeout", "600", *package_registries.start()] if arguments.ask else ["--offline"]
    make_plan = functools.partial(_plan, arguments.db)
    right = within = total = same = known = 0
    for kind, (images, build, carry_out) in KINDS.items():
        for name in images if arguments.only in (None, kind) else ():
            with tempfile.TemporaryDirectory() as directory:
                root = Path(directory) / "root"
                root.mkdir()
                build(name if isinstance(name, str) else json.dumps(name), root)
                plan = make_plan(root, *asking)
                for step in plan["steps"]:
                    carry_out(step, root)
                found = make_plan(root, "--offline")
            may = sum("may_go_with" in one for one in plan["stays"])
            left, after = _staying(plan), _cleared(found) | {one["id"] for one in found["stays"]}
            before = _cleared(plan) | left
            may_go = {one["id"] for one in plan["stays"]} - left
            total, right = total + 1, right + (found["before"] == plan["after"])
            within += plan["after"] - may <= found["before"] <= plan["after"]
            known, same = (
                known + len(before),
                same + len(before) - len((left ^ after) & before) - len(after - before - may_go),
            )
            counts = (
                f"{plan['before']:4} before {plan['after']:4} foretold ({may} of them may go) {found['before']:4} after"
            )
            print(f"{counts}  {kind} {name}", flush=True)
    print(f"{right} of {total} counts foretold exactly, {within} with what may go; of what is definite", end=" ")
    print(f"{same} of {known} vulnerabilities ({same / known:.1%})")
    return 0


def _staying(plan: dict[str, object]) -> set[str]:
    """What stays for certain."""
    return {one["id"] for one in plan["stays"] if "may_go_with" not in one}


def _cleared(plan: dict[str, object]) -> set[str]:
    upgrades = [one for step in plan["steps"] for one in step["upgrades"]]
    along = [other for one in upgrades for other in one.get("along", ())]
    cleared = {id for one in (*upgrades, *along) for id in one.get("clears", ())}
    return cleared - {one["id"] for one in plan["stays"]}


def _python(requirements: str, root: Path) -> None:
    environment = root / "opt/venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [environment / "bin/python", "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--upgrade", "pip", "setuptools"], check=True)
    subprocess.run([*pip, *requirements.split()], check=True)


def _node(dependencies: str, root: Path) -> None:
    """Installed at the lowest versions and then asked for by their ranges, as a tree that was not updated for long."""
    app = root / "app"
    app.mkdir()
    ranges = json.loads(dependencies)
    pinned = {name: LOWEST.get(name, version) for name, version in ranges.items()}
    for stated in (pinned, ranges):
        (app / "package.json").write_text(json.dumps({"name": "app", "version": "1.0.0", "dependencies": stated}))
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=app, check=True)


def _debian(words: str, root: Path) -> None:
    """As of the first day of its release: Debian's servers have the last versions alone, so that those are installed
    and dpkg is told that they are the first ones. apt then does what it would do."""
    suite, *packages = words.split()
    command = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(packages)}", suite, root]
    subprocess.run(command, check=True)
    status = root / "var/lib/dpkg/status"
    text, exact = status.read_text(), {}
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Source|Version): (\S+)", paragraph, re.MULTILINE))
        version = FIRST[suite].get(fields.get("Source", fields.get("Package", "")), "")
        if version:
            old = re.sub(r"^(Source: \S+).*$", r"\1", paragraph, flags=re.MULTILINE)
            text = text.replace(paragraph, re.sub(r"^Version: .*$", f"Version: {version}", old, flags=re.MULTILINE))
            exact[f"(= {fields['Version']})"] = f"(= {version})"
    for new, old in exact.items():
        text = text.replace(new, old)
    status.write_text(text)


def _java(names: str, root: Path) -> None:
    (root.parent / "source").mkdir()
    _write_pom(root, dict(one.rsplit(":", 1) for one in names.split()), {})
    _copy_jars(root)


def _write_pom(root: Path, direct: dict[str, str], managed: dict[str, str]) -> None:
    """`managed` are the versions of what others bring."""

    def listed(versions: dict[str, str]) -> str:
        parts = [(*name.split(":"), version) for name, version in versions.items()]
        form = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
        return "<dependencies>" + "".join(form.format(*part) for part in parts) + "</dependencies>"

    (root.parent / "source/versions.json").write_text(json.dumps([direct, managed]))
    (root.parent / "source/pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>"
        f"{listed(direct)}<dependencyManagement>{listed(managed)}</dependencyManagement></project>"
    )


def _copy_jars(root: Path) -> None:
    shutil.rmtree(root / "app", ignore_errors=True)
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={root / 'app/lib'}"]
    subprocess.run(command, cwd=root.parent / "source", check=True)


def _in_chroot(step: dict[str, object], root: Path) -> None:
    if step["in_image"]:
        command = "\n".join(step["lines"]).removeprefix("RUN ")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["chroot", root, "sh", "-c", command], check=False, stdout=subprocess.DEVNULL, env=environment)


def _in_pom(step: dict[str, object], root: Path) -> None:
    direct, managed = json.loads((root.parent / "source/versions.json").read_text())
    for one in step["upgrades"]:
        (direct if one["name"] in direct else managed)[one["name"]] = one["fixed_version"]
    _write_pom(root, direct, managed)
    _copy_jars(root)


def _in_place(step: dict[str, object], root: Path) -> None:
    command = "\n".join(step["lines"]).removeprefix("RUN ").replace("\\\n", " ")
    for place in ("/opt/venv", "/app"):
        command = command.replace(place, str(root / place[1:]))
    if step["in_image"]:
        subprocess.run(["sh", "-c", command], check=False, stdout=subprocess.DEVNULL)


KINDS = {
    "python": (PYTHON, _python, _in_place),
    "node": (NODE, _node, _in_place),
    "debian": (DEBIAN, _debian, _in_chroot),
    "java": (JAVA, _java, _in_pom),
}


def _plan(home: str, root: Path, *options: str) -> dict[str, object]:
    (root / "etc").mkdir(exist_ok=True)
    database = ("--db", f"{home}/lading/db") if home else ()
    ran = subprocess.run(
        [sys.executable, "-m", "lading", "fix", f"dir:{root}", "-o", "json", "--no-cache", *database, *options],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(ran.stdout)


if __name__ == "__main__":
    sys.exit(main())
