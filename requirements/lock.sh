#!/bin/bash
# Renews the locks. They name versions and hashes, never the host that served them.
set -euo pipefail
cd "$(dirname "$0")/.."

. requirements/node.sh

compile() { # compile OUTPUT OPTION...
    local output=$1
    shift
    .venv/bin/uv pip compile pyproject.toml "$@" --quiet --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-header --output-file "requirements/$output.txt"
}

compile runtime --extra build
compile dev --extra build --extra dev --constraint=requirements/runtime.txt

npm install --package-lock-only
# Whom to thank with money is not the lock's matter, and its addresses would hide a host's name.
.venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

path = Path("package-lock.json")
lock = json.loads(path.read_text())
for entry in lock["packages"].values():
    entry.pop("funding", None)
    entry.pop("resolved", None)
path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
PYTHON
