#!/bin/sh
# Make the virtual environment from requirements-dev.lock: exact versions, each checked by its hash.
# Usage: scripts/install.sh DIRECTORY. What is said on failure is one sentence.
set -eu
cd "$(dirname "$0")/.."
venv=$1
# As root, PostgreSQL runs as another user, who has to read what is installed.
umask 022

fail() {
    echo "make install: $*" >&2
    exit 1
}

# Print the newest Python that is new enough.
find_python() {
    for name in python3.14 python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 to 3.14 is needed: install one (Debian 12: apt-get install python3 python3-venv)"
}

# Debian keeps a part of Python's venv in a package of its own.
install_venv_package() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    case $python in /usr/bin/python3*) ;; *) return 1 ;; esac
    echo "Installing Debian's python3-venv, which is missing"
    { apt-get update && apt-get install --yes --no-install-recommends python3-venv; } >/dev/null 2>&1
}

# Make an empty environment; "pip" is set to the command that installs into it.
make_environment() {
    rm -rf "$venv"
    if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
        uv venv --quiet --python "$python" "$venv"
        pip="uv pip"
        options="--quiet --python $venv/bin/python"
        # The certificates that the system trusts, a company's own among them.
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
        return
    fi
    options="--quiet --disable-pip-version-check --no-input"
    if "$python" -m venv "$venv" >/dev/null 2>&1; then
        pip="$venv/bin/python -m pip"
    elif rm -rf "$venv" && "$python" -m pip --version >/dev/null 2>&1 \
        && "$python" -m venv --without-pip "$venv" >/dev/null 2>&1; then
        # Debian without python3-venv: its own pip can install into another environment.
        pip="$python -m pip --python $venv/bin/python"
    elif rm -rf "$venv" && install_venv_package && "$python" -m venv "$venv"; then
        pip="$venv/bin/python -m pip"
    else
        rm -rf "$venv"
        fail "Python cannot make a virtual environment here: apt-get install python3-venv, or install uv"
    fi
}

# Two at once would take each other's files away: the second waits, and finds it done.
if command -v flock >/dev/null; then
    exec 9<.
    flock --nonblock 9 || { echo "Waiting for another make install in this directory"; flock 9; }
    [ -z "$(find "$venv/installed" -newer requirements-dev.lock -newer pyproject.toml \
        -newer scripts/install.sh 2>/dev/null)" ] || exit 0
fi

python=$(find_python)
echo "Installing into $venv with $python"
make_environment
# shellcheck disable=SC2086  # options are several words on purpose
$pip install $options --require-hashes -r requirements-dev.lock \
    || fail "the dependencies could not be installed: see above; is the package index reachable?"
# shellcheck disable=SC2086
$pip install $options --no-deps --no-build-isolation --editable . \
    || fail "Tekana itself could not be installed: see above"
touch "$venv/installed"
