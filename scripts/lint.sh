#!/bin/sh
# Run every linter and type check, all of them even when one complains. Usage: scripts/lint.sh BIN_DIRECTORY
cd "$(dirname "$0")/.." || exit 1
bin=$1
failed=""

check() {
    echo "· $*"
    "$bin/$@" || failed="$failed $1"
}

check ruff check .
check ruff format --check .
check mypy
check lint-imports
check sqlfluff lint --disable-progress-bar db migrations
if [ -n "$failed" ]; then
    echo "make lint: failed:$failed" >&2
    exit 1
fi
