#!/bin/sh
# Run every linter and type check, all of them even when one complains. Usage: scripts/lint.sh BIN_DIRECTORY
cd "$(dirname "$0")/.." || exit 1
if ! bin=$(cd "${1:-.venv/bin}" 2>/dev/null && pwd) || [ ! -x "$bin/ruff" ]; then
    echo "make lint: no linters in ${1:-.venv/bin}: run 'make install'" >&2
    exit 1
fi
failed=""

# Usage: check WHAT COMMAND…
check() {
    what=$1
    shift
    echo "· $what"
    "$bin/$@" || failed="$failed, $what"
}

check "ruff check" ruff check --quiet .
check "ruff format" ruff format --quiet --check .
check "mypy" mypy
check "mypy (scripts)" mypy scripts
check "import-linter" lint-imports --no-logo
check "sqlfluff" sqlfluff lint --quiet --disable-progress-bar .
check "SQL in its rooms" python scripts/check_sql_rooms.py
check "sizes" python scripts/check_sizes.py
if [ -n "$failed" ]; then
    echo "make lint: failed: ${failed#, }" >&2
    exit 1
fi
echo "make lint: all passed"
