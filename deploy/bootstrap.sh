#!/bin/sh
# Make ./.bootstrap, a virtual environment that holds only uv. Safe to run again after anything.
set -eu

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_environments() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }
optimised() {
    "$1" -c 'import sys, sysconfig
sys.exit("--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or ""))'
}

python=${PYTHON:-python3}

# Version managers compile Python without profile-guided optimisation unless told to; a distribution's has it, and
# whatever is run here takes a sixth less time by it.
system=/usr/bin/python3
if [ -z "${PYTHON:-}" ] && new_enough python3 && ! optimised python3 &&
    ! [ "$(command -v python3)" -ef "$system" ] && new_enough "$system" && makes_environments "$system"; then
    python=$system
    echo "using $system, since '$(command -v python3)' was built without --enable-optimizations and is slower" >&2
    echo "  hint: to use it all the same, make PYTHON=python3 ..." >&2
fi

if ! new_enough "$python"; then
    echo "error: Python 3.11 or newer is needed, and '$python' is not" >&2
    echo "  hint: install it (Debian: apt-get install python3 python3-venv), or make PYTHON=..." >&2
    exit 3
fi
if ! makes_environments "$python"; then
    echo "error: '$python' cannot make virtual environments" >&2
    echo "  hint: Debian: apt-get install python3-venv" >&2
    exit 3
fi

"$python" -m venv --clear .bootstrap
.bootstrap/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
