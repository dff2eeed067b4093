"""Whether `lading fix` foretells what its lines do: images are built from package registries, the plan is carried out,
and they are scanned again.

    python bench/fixes.py [--db HOME]     HOME: an XDG_DATA_HOME whose database has pypi and npm; needs npm and network

Every image is a directory: a virtual environment with packages of some years ago, or an application with its
node_modules. The plan's RUN lines are run with the paths of the directory in place of those of the image. Printed for
each: vulnerabilities before, foretold, and after; then how many of the foretold counts were right.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

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
LOWEST = {
    "lodash": "4.17.15", "minimist": "1.2.0", "axios": "0.21.0", "semver": "7.3.0", "ws": "7.4.0",
    "handlebars": "4.5.0", "moment": "2.29.0", "moment-timezone": "0.5.30", "node-fetch": "2.6.0", "tar": "4.4.10",
    "ini": "1.3.5",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", default=os.environ.get("XDG_DATA_HOME", ""))
    arguments = parser.parse_args()
    right = total = 0
    for name, build in [*((one, _python) for one in PYTHON), *((json.dumps(one), _node) for one in NODE)]:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            build(name, root)
            plan = _plan(root, arguments.db)
            for step in plan["steps"]:
                if step["in_image"]:
                    _carry_out("\n".join(step["lines"]), root)
            after = _plan(root, arguments.db)["before"]
        total += 1
        right += after == plan["after"]
        print(f"{plan['before']:4} before {plan['after']:4} foretold {after:4} after  {name}", flush=True)
    print(f"{right} of {total} foretold exactly")
    return 0


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


def _carry_out(lines: str, root: Path) -> None:
    command = lines.removeprefix("RUN ").replace("\\\n", " ")
    for place in ("/opt/venv", "/app"):
        command = command.replace(place, str(root / place[1:]))
    subprocess.run(["sh", "-c", command], check=False, stdout=subprocess.DEVNULL)


def _plan(root: Path, home: str) -> dict[str, object]:
    (root / "etc").mkdir(exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "-m", "lading", "fix", f"dir:{root}", "-o", "json", "--offline", "--no-cache"],
        env={**os.environ, **({"XDG_DATA_HOME": home} if home else {})},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(ran.stdout)


if __name__ == "__main__":
    sys.exit(main())
