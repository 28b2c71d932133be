"""`musubi doctor`: is everything in order, and if not, what to do. Changes nothing."""

import click

from cli.checks import Finding
from cli.checks.confinement import check_confinement
from cli.checks.home import check_home
from cli.checks.keys import check_keys
from cli.checks.machine import check_machine
from cli.checks.running import check_running
from cli.checks.settings import check_settings
from cli.home import Home
from cli.options import home_option


@click.command()
@home_option
def doctor(home: Home) -> None:
    """環境を点検します（問題があれば終了コード1） - Check everything; exit code 1 on problems."""
    findings: list[Finding] = [*check_machine(), *check_confinement()]
    findings += [*check_home(home), *check_keys(home), *check_settings(home)]
    if home.config_file.exists():
        findings += check_running(home)
    for finding in findings:
        click.echo(f"{finding.mark}  {finding.words}")
    problems = sum(not finding.fine for finding in findings)
    if problems:
        click.echo(f"\n問題が{problems}件あります - {problems} problem(s).")
        raise SystemExit(1)
    click.echo("\n問題はありません - everything is in order.")
