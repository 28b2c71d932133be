"""The table of routes: methods and permission of each. `python -m tests.webapp.routes` writes it.

A route that disappears or changes its permission shows in the difference.
"""

import json
import tempfile
from pathlib import Path

from flask import Flask

from tests.webapp.stack import build_office, sqlite_in
from webapp.security import permission_of

FILE = Path(__file__).parent / "routes.json"


def table(app: Flask) -> list[dict[str, object]]:
    """Every route, in order."""
    rows: list[dict[str, object]] = [
        {
            "route": rule.rule,
            "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
            "permission": permission_of(app, rule.endpoint),
        }
        for rule in app.url_map.iter_rules()
    ]
    return sorted(rows, key=lambda row: (str(row["route"]), str(row["methods"])))


def main() -> None:
    """Write the table anew."""
    with tempfile.TemporaryDirectory() as folder:
        rows = table(build_office(Path(folder), sqlite_in(Path(folder))).app)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
