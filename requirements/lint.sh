#!/bin/bash
# Every check that only reads the code. All of them run, so that one look shows all findings.
set -uo pipefail
cd "$(dirname "$0")/.."
. requirements/node.sh
failed=()

check() { # check NAME COMMAND...
    printf '%s: ' "$1"
    "${@:2}" || failed+=("$1")
}

check "ruff" .venv/bin/ruff check .
check "ruff format" .venv/bin/ruff format --check .
check "mypy" .venv/bin/mypy
check "import-linter" .venv/bin/lint-imports
eslint() {
    "$(node_bin)/node" node_modules/eslint/bin/eslint.js --config requirements/browsers.mjs webapp &&
        printf 'nothing in webapp that browsers three years old do not know\n'
}
check "eslint" eslint
if [[ ${#failed[@]} -gt 0 ]]; then
    printf 'Not clean: %s\n' "${failed[*]}"
    exit 1
fi
