"""The demo's stack with named points: what `musubi faults` starts as a process of its own."""

import os
from dataclasses import replace
from pathlib import Path

import click

from cli.demo import run_seeded
from cli.home import Home
from cli.options import home_option
from cli.supervisor.program import Program
from cli.supervisor.stack import PROJECT, stack

INSIDE = Path(__file__).with_name("inside")
INSTRUMENTED = frozenset({"web", "envelopes", "documents", "signing"})


def points_folder(home: Home) -> Path:
    """Where the harness and this home's processes meet."""
    return home.root / "faults"


def programs(home: Home) -> tuple[Program, ...]:
    """As in production, but our own processes have points."""
    return tuple(
        _with_points(program, home) if program.name in INSTRUMENTED else program
        for program in stack(home)
    )


def _with_points(program: Program, home: Home) -> Program:
    added = {
        "PYTHONPATH": os.pathsep.join([str(INSIDE), str(PROJECT)]),
        "FAULTS_FOLDER": str(points_folder(home)),
    }
    return replace(program, environment=program.environment | added)


@click.command()
@home_option
def main(home: Home) -> None:
    """Start, seed, and run until a signal."""
    run_seeded(home, programs)


if __name__ == "__main__":
    main()
