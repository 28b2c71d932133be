"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.home import Home


def home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--home DIR`, passed on as a Home; by default MUSUBI_HOME or `var`."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        callback=lambda _context, _option, path: Home(path),
        default=Path("var"),
        envvar="MUSUBI_HOME",
        show_default=True,
        help="データの場所 - the folder that holds all data.",
    )(command)
