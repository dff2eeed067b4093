#!/bin/sh
# Installs Lading from this bundle, without a network: sh install.sh [DIRECTORY]   (default: ~/.local/lib/lading)
# The program is DIRECTORY/bin/lading; PYTHON names the Python to use.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

fail() {
    echo "lading: $1" >&2
    exit 2
}

directory=${1:-${HOME:?set HOME, or name a directory}/.local/lib/lading}
(cd "$here" && sha256sum --quiet --check SHA256SUMS) || fail "the bundle is not what was published: fetch it again"
python=
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    python=$name
    break
done
[ -n "$python" ] || fail "needs Python 3.11 or newer: install it, or set PYTHON to its path"
"$python" -m venv --without-pip "$directory" || fail "cannot make $directory: see above"
# A wheel can be run as it is: the environment needs no pip of its own.
for pip in "$here"/pip-*.whl; do :; done
"$directory/bin/python" "$pip/pip" install --quiet --disable-pip-version-check --no-index --no-cache-dir \
    --require-hashes --find-links "$here/wheels" -r "$here/requirements.txt" ||
    fail "the bundle has no wheels for this Python or machine: see README.txt"
if [ -f "$here/database.tar.zst" ]; then
    "$directory/bin/lading" db import "$here/database.tar.zst"
fi
echo "installed: $directory/bin/lading"
