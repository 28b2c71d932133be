"""`musubi up`: start every process of a home, watch them, stop them at Ctrl-C."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import click

from cli.home import Home
from cli.options import home_option
from cli.prepare import prepare
from cli.supervisor.program import Program
from cli.supervisor.stack import stack
from cli.supervisor.supervise import CannotStart, check_ports, sole_supervisor, supervise


@click.command()
@home_option
def up(home: Home) -> None:
    """すべてのプロセスを起動し、見守ります - Start and watch every process."""
    run(home)


def run(
    home: Home,
    after_preparing: Callable[[], None] = lambda: None,
    on_up: Callable[[], None] | None = None,
    programs: Callable[[Home], tuple[Program, ...]] = stack,
) -> None:
    """Prepare, start, and return when a signal has stopped everything. `after_preparing` runs
    when the database is there; `on_up` once, when every process is up."""
    try:
        with sole_supervisor(home):
            check_ports(programs(home), home)
            prepare(home)
            after_preparing()
            # Anew: a home that was just made has its settings only now.
            fresh = Home(home.path)
            announce = on_up or (lambda: say(f"Everything is up: {fresh.base_url}"))
            asyncio.run(supervise(programs(fresh), fresh, say, announce))
    except CannotStart as error:
        raise click.ClickException(str(error)) from error


def say(words: str) -> None:
    """One line with the time of day."""
    now = datetime.now().astimezone()
    click.echo(f"{now:%H:%M:%S}  {words}")
