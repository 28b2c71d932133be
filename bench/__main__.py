"""`python -m bench [SUBJECT...]`: measure, print the table, write var/bench.json."""

import sys
from pathlib import Path

from bench import click, envelope, line, many, memory, sign, start
from bench.report import Report
from runtime.memory import settle

SUBJECTS = {
    module.SUBJECT: module.run for module in (sign, start, envelope, click, line, memory, many)
}
RESULT = Path("var/bench.json")


def main(wanted: list[str]) -> int:
    """Exit status 1 when a goal is missed."""
    unknown = [word for word in wanted if word not in SUBJECTS]
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(unknown)}; known: {', '.join(SUBJECTS)}\n")
        return 2
    settle()
    report = Report()
    for subject in wanted or list(SUBJECTS):
        sys.stderr.write(f"{subject} ...\n")
        report.rows.extend(SUBJECTS[subject]())
    report.write(RESULT)
    sys.stdout.write(report.table() + "\n")
    return 1 if any(row.met is False for row in report.rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
