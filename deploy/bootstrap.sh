#!/bin/sh
# Make ./.bootstrap, a virtual environment that holds only uv. Safe to run again after anything.
set -eu

python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "error: Python 3.11 or newer is needed, and '$python' is not" >&2
    echo "  hint: install it (Debian: apt-get install python3 python3-venv), or make PYTHON=..." >&2
    exit 3
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "error: '$python' cannot make virtual environments" >&2
    echo "  hint: Debian: apt-get install python3-venv" >&2
    exit 3
fi

"$python" -m venv --clear .bootstrap
.bootstrap/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
